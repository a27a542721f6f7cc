import { done, withRoute } from '@/lib/http';

export const DELETE = withRoute('DELETE /api/v1/sessions/[id]', {}, async ({ runtime, params, viewer }) => {
  if (viewer) await runtime.access.people.revokeSession(viewer.id, params.id ?? '');
  return done();
});
