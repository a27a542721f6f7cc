import { runQuery } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/runs', { query: runQuery }, async ({ reads, query }) =>
  json(await reads.listRuns(query)),
);
