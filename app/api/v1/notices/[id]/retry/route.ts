import { scopeOf } from '@/lib/domain/access';
import { done, requirePermission, withRoute } from '@/lib/http';

export const POST = withRoute('POST /api/v1/notices/[id]/retry', {}, async ({ runtime, viewer, params }) => {
  requirePermission(viewer, 'dispatch');
  await runtime.alerts.noticeDesk.retry(params.id ?? '', scopeOf(viewer));
  return done();
});
