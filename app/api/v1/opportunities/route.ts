import { opportunityQuery } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute({ query: opportunityQuery }, async ({ runtime, query }) =>
  json(await runtime.reads.listOpportunities(query)),
);
