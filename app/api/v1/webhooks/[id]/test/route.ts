import { json, withRoute } from '@/lib/http';

/** Waits for the receiver's answer, and says how it went. */
export const POST = withRoute('POST /api/v1/webhooks/[id]/test', {}, async ({ runtime, params, note }) => {
  const delivery = await runtime.webhooks.test(params.id ?? '');
  note({ state: delivery.state, status: delivery.responseStatus });
  return json(delivery);
});
