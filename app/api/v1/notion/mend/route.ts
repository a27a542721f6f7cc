import { json, withRoute } from '@/lib/http';

/** Puts back the properties that the desk writes and somebody has deleted, and tries again what Notion refused. */
export const POST = withRoute('POST /api/v1/notion/mend', {}, async ({ runtime }) =>
  json(await runtime.notion.desk.mend()),
);
