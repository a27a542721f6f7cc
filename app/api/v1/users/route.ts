import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/users', {}, async ({ runtime }) =>
  json({ items: await runtime.access.people.list() }),
);
