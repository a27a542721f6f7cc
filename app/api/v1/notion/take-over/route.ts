import { json, withRoute } from '@/lib/http';

/** Accounts of files whose ids pages name belong to Notion from now on. */
export const POST = withRoute('POST /api/v1/notion/take-over', {}, async ({ runtime, note }) => {
  const moved = await runtime.notion.desk.takeOver();
  note({ accounts: moved.accounts });
  return json(moved);
});
