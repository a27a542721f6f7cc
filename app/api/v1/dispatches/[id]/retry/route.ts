import { json, withRoute } from '@/lib/http';

export const POST = withRoute('POST /api/v1/dispatches/[id]/retry', {}, async ({ runtime, reads, params, actor }) => {
  const id = params.id ?? '';
  await runtime.desk.retryDispatch(id, actor);
  const dispatch = await reads.getDispatch(id);
  return json(dispatch, dispatch.state === 'drafted' || dispatch.state === 'failed' ? 200 : 202);
});
