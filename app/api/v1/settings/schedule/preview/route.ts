import { schedulePreviewQuery } from '@/lib/contracts/schedule';
import { json, withRoute } from '@/lib/http';

/** When an expression would fire next; or what is wrong with one that is none. */
export const GET = withRoute(
  'GET /api/v1/settings/schedule/preview',
  { query: schedulePreviewQuery },
  async ({ runtime, query }) => json(runtime.schedule.preview(query)),
);
