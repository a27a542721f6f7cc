import { dispatchQuery, dispatchRequest } from '@/lib/contracts';
import { gatedResponse, json, withRoute } from '@/lib/http';

export const GET = withRoute({ query: dispatchQuery }, async ({ runtime, query }) =>
  json(await runtime.reads.listDispatches(query)),
);

/** 201 a new dispatch that came to an end, 200 one that was there, 202 one that goes on by itself, 409 held by gates. */
export const POST = withRoute({ body: dispatchRequest }, async ({ runtime, body, actor }) => {
  const outcome = await runtime.desk.dispatch(body.opportunityId, actor, body.override);
  if (outcome.outcome === 'gated') return gatedResponse(outcome.gates);
  const dispatch = await runtime.reads.getDispatch(outcome.dispatchId);
  const settled = dispatch.state === 'drafted' || dispatch.state === 'failed';
  const status = !settled ? 202 : outcome.outcome === 'created' ? 201 : 200;
  const response = json(dispatch, status);
  response.headers.set('location', `/api/v1/dispatches/${dispatch.id}`);
  return response;
});
