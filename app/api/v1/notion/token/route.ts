import { notionConnectRequest } from '@/lib/contracts/notion';
import { json, withRoute } from '@/lib/http';

/** Connects the workspace, after Notion let the token in. */
export const PUT = withRoute(
  'PUT /api/v1/notion/token',
  { body: notionConnectRequest },
  async ({ runtime, body, actor }) => json(await runtime.notion.desk.connect(body.token, actor)),
);
