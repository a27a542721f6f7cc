import { json, withRoute } from '@/lib/http';

/** Accounts of Notion belong to files from now on. */
export const POST = withRoute('POST /api/v1/notion/release', {}, async ({ runtime, note }) => {
  const moved = await runtime.notion.desk.release();
  note({ accounts: moved.accounts });
  return json(moved);
});
