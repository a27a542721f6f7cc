import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/accounts/[id]/alerts', {}, async ({ reads, params }) =>
  json(await reads.getAccountAlerts(params.id ?? '')),
);
