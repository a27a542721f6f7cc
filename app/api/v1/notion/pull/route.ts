import { json, withRoute } from '@/lib/http';

/** Reads the accounts database now. */
export const POST = withRoute('POST /api/v1/notion/pull', {}, async ({ runtime, note }) => {
  const runId = await runtime.notion.desk.pullNow();
  note({ runId });
  return json({ runId }, 202);
});
