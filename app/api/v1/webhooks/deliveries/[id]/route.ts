import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/webhooks/deliveries/[id]', {}, async ({ runtime, params }) =>
  json(await runtime.webhooks.getDelivery(params.id ?? '')),
);
