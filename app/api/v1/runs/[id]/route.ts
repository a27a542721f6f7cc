import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/runs/[id]', {}, async ({ reads, params }) =>
  json(await reads.getRun(params.id ?? '')),
);
