import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/accounts/[id]', {}, async ({ reads, params }) =>
  json(await reads.getAccount(params.id ?? '')),
);
