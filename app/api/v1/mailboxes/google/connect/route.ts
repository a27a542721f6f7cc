import { googleConnectRequest } from '@/lib/contracts';
import { AppError } from '@/lib/errors';
import { json, requirePermission, withRoute } from '@/lib/http';

/** The address of Google's consent page, which the browser is to open. It works once, for who asked, for ten minutes. */
export const POST = withRoute(
  'POST /api/v1/mailboxes/google/connect',
  { body: googleConnectRequest },
  async ({ runtime, request, viewer, body, note }) => {
    requirePermission(viewer, 'mailbox');
    if (viewer.kind === 'key') {
      throw new AppError('forbidden', 'Consent is given by a person in a browser, not with an API key.', {
        remedy: 'Sign in and connect the mailbox in Settings → Mail.',
      });
    }
    const shared = body.shared ?? false;
    note({ shared });
    const origin = `http://${request.headers.get('host') ?? 'localhost'}`;
    return json({ url: await runtime.mailboxes.askGoogle(viewer, { shared }, origin) });
  },
);
