import { dispatchQuery, dispatchRequest } from '@/lib/contracts';
import { gatedResponse, json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/dispatches', { query: dispatchQuery }, async ({ reads, query }) =>
  json(await reads.listDispatches(query)),
);

/** 201 a new dispatch that came to an end, 200 one that was there, 202 one that goes on by itself, 409 held by gates. */
export const POST = withRoute(
  'POST /api/v1/dispatches',
  { body: dispatchRequest },
  async ({ runtime, reads, body, actor, note }) => {
    const outcome = await runtime.desk.dispatch(body.opportunityId, actor, body.override);
    if (outcome.outcome === 'gated') return gatedResponse(outcome.gates);
    // Where the dispatch was there already, nothing was overridden.
    const override = outcome.outcome === 'created' ? body.override : undefined;
    note(override ? { override: override.reason } : {}, { type: 'opportunity', id: body.opportunityId });
    const dispatch = await reads.getDispatch(outcome.dispatchId);
    const settled = dispatch.state === 'drafted' || dispatch.state === 'failed';
    const status = !settled ? 202 : outcome.outcome === 'created' ? 201 : 200;
    const response = json(dispatch, status);
    response.headers.set('location', `/api/v1/dispatches/${dispatch.id}`);
    return response;
  },
);
