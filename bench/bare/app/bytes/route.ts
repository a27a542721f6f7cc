import { readFileSync } from 'node:fs';

export const dynamic = 'force-dynamic';

let bytes: string | null = null;

/** The yardstick: a route that does nothing but answer with the bytes it is given. */
export function GET(): Response {
  bytes ??= readFileSync(/*turbopackIgnore: true*/ process.env.BARE_BYTES ?? '', 'utf8');
  return new Response(bytes, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });
}
