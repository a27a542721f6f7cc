import { json, withRoute } from '@/lib/http';

/** Loads the sample portfolio and answers with the run that scans it. */
export const POST = withRoute({}, async ({ runtime }) => {
  const runId = await runtime.desk.loadSample();
  return json(await runtime.reads.getRun(runId), 202);
});
