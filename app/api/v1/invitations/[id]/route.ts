import { done, withRoute } from '@/lib/http';

export const DELETE = withRoute('DELETE /api/v1/invitations/[id]', {}, async ({ runtime, params }) => {
  await runtime.access.people.withdrawInvitation(params.id ?? '');
  return done();
});
