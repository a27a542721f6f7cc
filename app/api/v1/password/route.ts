import { passwordChange } from '@/lib/contracts';
import { done, withRoute } from '@/lib/http';

/** Changes one's own password; every other session of the person ends. */
export const POST = withRoute(
  'POST /api/v1/password',
  { body: passwordChange, limit: 'sign_in' },
  async ({ runtime, body, viewer, sessionId }) => {
    const { currentPassword, newPassword } = body;
    if (viewer) await runtime.access.people.changePassword(viewer.id, currentPassword, newPassword, sessionId);
    return done();
  },
);
