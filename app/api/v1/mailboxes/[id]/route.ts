import { json, requirePermission, withRoute } from '@/lib/http';

/** Nothing that opens the mailbox is kept; Google is told to take its consent back. */
export const DELETE = withRoute('DELETE /api/v1/mailboxes/[id]', {}, async ({ runtime, viewer, params, note }) => {
  requirePermission(viewer, 'mailbox');
  const revoked = await runtime.mailboxes.disconnect(viewer, params.id ?? '');
  note({ revoked });
  return json({ revoked });
});
