import { deliveryQuery } from '@/lib/contracts/webhooks';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/webhooks/deliveries', { query: deliveryQuery }, async ({ runtime, query }) =>
  json(await runtime.webhooks.listDeliveries(query)),
);
