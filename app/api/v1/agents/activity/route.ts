import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/agents/activity', {}, async ({ reads }) =>
  json(await reads.describeAgentActivity()),
);
