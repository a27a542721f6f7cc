import { alertSnoozeRequest } from '@/lib/contracts/alerts';
import { json, withRoute } from '@/lib/http';

/** Nobody is told of the account until a date. */
export const PUT = withRoute(
  'PUT /api/v1/accounts/[id]/alert-snooze',
  { body: alertSnoozeRequest },
  async ({ runtime, reads, params, body, actor, note }) => {
    const id = params.id ?? '';
    await runtime.alerts.snooze(id, body, actor);
    note({ until: body.until, reason: body.reason });
    return json(await reads.getAccountAlerts(id));
  },
);

/** The next scan decides anew. */
export const DELETE = withRoute('DELETE /api/v1/accounts/[id]/alert-snooze', {}, async ({ runtime, reads, params }) => {
  const id = params.id ?? '';
  await runtime.alerts.unsnooze(id);
  return json(await reads.getAccountAlerts(id));
});
