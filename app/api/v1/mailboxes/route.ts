import { json, requirePermission, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/mailboxes', {}, async ({ runtime, viewer }) => {
  requirePermission(viewer, 'mailbox');
  return json(await runtime.mailboxes.list(viewer));
});
