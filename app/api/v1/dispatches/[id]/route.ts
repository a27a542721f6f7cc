import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/dispatches/[id]', {}, async ({ reads, params }) =>
  json(await reads.getDispatch(params.id ?? '')),
);
