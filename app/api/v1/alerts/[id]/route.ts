import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/alerts/[id]', {}, async ({ reads, params }) =>
  json(await reads.getAlert(params.id ?? '')),
);
