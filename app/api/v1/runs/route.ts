import { runQuery } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute({ query: runQuery }, async ({ runtime, query }) =>
  json(await runtime.reads.listRuns(query)),
);
