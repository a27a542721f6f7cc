import { json, withRoute } from '@/lib/http';

/** Loads the sample portfolio and answers with the run that scans it. */
export const POST = withRoute('POST /api/v1/sample', {}, async ({ runtime, reads }) => {
  const runId = await runtime.desk.loadSample();
  return json(await reads.getRun(runId), 202);
});
