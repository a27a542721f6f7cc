import { googleCallbackQuery } from '@/lib/contracts';
import { requirePermission, withRoute } from '@/lib/http';

/** The way back from Google's consent page. It ends on the settings page, which says what came of it. */
export const GET = withRoute(
  'GET /api/v1/mailboxes/google/callback',
  { query: googleCallbackQuery, limit: 'write' },
  async ({ runtime, viewer, query, actor, note }) => {
    requirePermission(viewer, 'mailbox');
    const { outcome, mailboxId } = await runtime.mailboxes.finishGoogle(viewer, query, actor);
    note({ outcome }, mailboxId === null ? undefined : { type: 'mailbox', id: mailboxId });
    return new Response(null, {
      status: 303,
      headers: { location: `/settings/mail?google=${outcome}`, 'cache-control': 'no-store' },
    });
  },
);
