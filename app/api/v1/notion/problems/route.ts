import { json, withRoute } from '@/lib/http';

/** Pages that are no accounts, or not in full, and what Notion refused. */
export const GET = withRoute('GET /api/v1/notion/problems', {}, async ({ runtime }) =>
  json(await runtime.notion.desk.problems()),
);
