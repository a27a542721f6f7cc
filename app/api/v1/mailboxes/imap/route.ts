import { imapConnectRequest } from '@/lib/contracts';
import { json, requirePermission, withRoute } from '@/lib/http';

/** Connects a mailbox that speaks IMAP, after it let the desk in. */
export const POST = withRoute(
  'POST /api/v1/mailboxes/imap',
  { body: imapConnectRequest },
  async ({ runtime, viewer, body, actor, note }) => {
    requirePermission(viewer, 'mailbox');
    const mailbox = await runtime.mailboxes.connectImap(viewer, body, actor);
    note({ kind: 'imap', shared: body.shared ?? false }, { type: 'mailbox', id: mailbox.id });
    return json(mailbox, 201);
  },
);
