import { alertSettings } from '@/lib/contracts/alerts';
import { json, withRoute } from '@/lib/http';

export const GET = withRoute('GET /api/v1/settings/alerts', {}, async ({ runtime }) =>
  json(await runtime.alerts.settings()),
);

export const PUT = withRoute(
  'PUT /api/v1/settings/alerts',
  { body: alertSettings },
  async ({ runtime, body, note }) => {
    const before = await runtime.alerts.readSettings();
    await runtime.alerts.saveSettings(body);
    note({ before, after: body });
    return json(await runtime.alerts.settings());
  },
);
