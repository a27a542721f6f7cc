import { noticeResolution } from '@/lib/contracts/alerts';
import { scopeOf } from '@/lib/domain/access';
import { done, requirePermission, withRoute } from '@/lib/http';

/** What a person saw who looked for a draft that the mailbox could not speak for. */
export const POST = withRoute(
  'POST /api/v1/notices/[id]/resolve',
  { body: noticeResolution },
  async ({ runtime, viewer, params, body, note }) => {
    requirePermission(viewer, 'dispatch');
    await runtime.alerts.noticeDesk.resolve(params.id ?? '', body.draft, scopeOf(viewer));
    note({ draft: body.draft });
    return done();
  },
);
