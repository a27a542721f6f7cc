import { opportunityPatch } from '@/lib/contracts';
import { json, requirePermission, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/opportunities/[id]', {}, async ({ reads, params }) =>
  json(await reads.getOpportunity(params.id ?? '')),
);

export const PATCH = withRoute('PATCH /api/v1/opportunities/[id]', { body: opportunityPatch }, async (input) => {
  const { runtime, reads, params, body, actor, viewer, note } = input;
  if (body.action === 'snooze' || body.action === 'reopen') requirePermission(viewer, 'opportunity.plan');
  // Only what who asks can see can be acted on.
  const { id } = await reads.getOpportunity(params.id ?? '');
  const changed = await runtime.desk.actOnOpportunity(id, body, actor);
  note({ action: body.action, ...(body.action === 'dismiss' ? { reason: body.reason } : {}) });
  return json(changed);
});
