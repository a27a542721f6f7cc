import { publicMessage } from '@/lib/errors';
import { json } from '@/lib/http';
import { getRuntime } from '@/lib/runtime';

export const dynamic = 'force-dynamic';

/** 200 where the desk can serve, with what works only in part and why; 503 where it cannot. */
export async function GET(): Promise<Response> {
  try {
    const { ready, degraded } = await (await getRuntime()).readiness();
    const status = ready ? (degraded.length > 0 ? 'degraded' : 'ok') : 'unavailable';
    return json({ status, degraded }, ready ? 200 : 503);
  } catch (error) {
    return json({ status: 'unavailable', degraded: [{ part: 'runtime', reason: publicMessage(error) }] }, 503);
  }
}
