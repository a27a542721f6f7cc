import { dispatchResolution } from '@/lib/contracts';
import { json, withRoute } from '@/lib/http';

/** What a person saw who looked for a draft that the mailbox could not speak for. */
export const POST = withRoute(
  'POST /api/v1/dispatches/[id]/resolve',
  { body: dispatchResolution },
  async ({ runtime, reads, params, body, actor, note }) => {
    const id = params.id ?? '';
    // One that is not there, or not for these eyes, is not found before anything is decided.
    await reads.getDispatch(id);
    await runtime.desk.resolveDispatch(id, body.draft, actor);
    note({ draft: body.draft });
    const dispatch = await reads.getDispatch(id);
    return json(dispatch, dispatch.state === 'drafted' || dispatch.state === 'failed' ? 200 : 202);
  },
);
