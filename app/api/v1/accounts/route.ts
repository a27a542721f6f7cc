import { accountQuery } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/accounts', { query: accountQuery }, async ({ reads, query }) =>
  json(await reads.listAccounts(query)),
);
