import { opportunityQuery } from '@/lib/contracts';
import { jsonText, withRoute } from '@/lib/http';

export const GET = withRoute({ query: opportunityQuery }, async ({ runtime, query }) =>
  jsonText(await runtime.reads.opportunitiesJson(query)),
);
