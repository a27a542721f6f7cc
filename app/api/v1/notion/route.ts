import { done, json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/notion', {}, async ({ runtime }) =>
  json(await runtime.notion.desk.overview()),
);

/** Nothing that opens the workspace is kept. */
export const DELETE = withRoute('DELETE /api/v1/notion', {}, async ({ runtime }) => {
  await runtime.notion.desk.disconnect();
  return done();
});
