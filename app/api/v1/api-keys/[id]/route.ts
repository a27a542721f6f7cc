import { done, withRoute } from '@/lib/http';

export const DELETE = withRoute('DELETE /api/v1/api-keys/[id]', {}, async ({ runtime, params }) => {
  await runtime.access.keys.revoke(params.id ?? '');
  return done();
});
