import { accountQuery } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute({ query: accountQuery }, async ({ runtime, query }) =>
  json(await runtime.reads.listAccounts(query)),
);
