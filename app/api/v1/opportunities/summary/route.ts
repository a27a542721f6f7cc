import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/opportunities/summary', {}, async ({ reads }) =>
  json(await reads.summarizeOpportunities()),
);
