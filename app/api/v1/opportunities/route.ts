import { opportunityQuery } from '@/lib/contracts';
import { jsonText, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/opportunities', { query: opportunityQuery }, async ({ reads, query }) =>
  jsonText(await reads.opportunitiesJson(query)),
);
