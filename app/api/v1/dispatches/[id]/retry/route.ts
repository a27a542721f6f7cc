import { json, withRoute } from '@/lib/http';

export const POST = withRoute({}, async ({ runtime, params, actor }) => {
  const id = params.id ?? '';
  await runtime.desk.retryDispatch(id, actor);
  const dispatch = await runtime.reads.getDispatch(id);
  return json(dispatch, dispatch.state === 'drafted' || dispatch.state === 'failed' ? 200 : 202);
});
