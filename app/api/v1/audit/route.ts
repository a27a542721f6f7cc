import { auditQuery } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/audit', { query: auditQuery }, async ({ runtime, query }) =>
  json(await runtime.access.audit.list(query)),
);
