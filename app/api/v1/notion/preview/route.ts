import { notionPreviewRequest } from '@/lib/contracts/notion';
import { json, withRoute } from '@/lib/http';

/** The proposed mapping, and the first rows as they would come in. Nothing is kept. */
export const POST = withRoute(
  'POST /api/v1/notion/preview',
  { body: notionPreviewRequest },
  async ({ runtime, body, note }) => {
    note({ dataSourceId: body.dataSourceId });
    return json(await runtime.notion.desk.preview(body));
  },
);
