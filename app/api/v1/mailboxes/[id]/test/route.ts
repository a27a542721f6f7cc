import { json, requirePermission, withRoute } from '@/lib/http';

/** Asks the mailbox something harmless, and answers how it is now. */
export const POST = withRoute('POST /api/v1/mailboxes/[id]/test', {}, async ({ runtime, viewer, params, note }) => {
  requirePermission(viewer, 'mailbox');
  const mailbox = await runtime.mailboxes.test(viewer, params.id ?? '');
  note({ state: mailbox.state });
  return json(mailbox);
});
