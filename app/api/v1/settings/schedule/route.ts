import { scheduleChange } from '@/lib/contracts/schedule';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/settings/schedule', {}, async ({ runtime }) =>
  json(await runtime.schedule.read()),
);

/** Changes what is named, and answers the schedule as it is then. */
export const PATCH = withRoute(
  'PATCH /api/v1/settings/schedule',
  { body: scheduleChange },
  async ({ runtime, body, note }) => {
    note(await runtime.schedule.change(body));
    return json(await runtime.schedule.read());
  },
);
