import { alertQuery } from '@/lib/contracts/alerts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/alerts', { query: alertQuery }, async ({ reads, query }) =>
  json(await reads.listAlerts(query)),
);
