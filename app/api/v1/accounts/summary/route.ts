import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/accounts/summary', {}, async ({ reads }) =>
  json(await reads.summarizeAccounts()),
);
