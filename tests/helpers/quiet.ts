import { runList } from '../../lib/contracts';
import { alertSettingsView } from '../../lib/contracts/alerts';
import type { ApiClient } from './api-client';
import { eventually } from './eventually';

/** Until nothing runs in the background: what follows a scan follows it by itself. */
export async function untilQuiet(api: ApiClient): Promise<void> {
  let quiet = 0;
  await eventually(
    async () => {
      const { items } = await api.expect(runList, 200, 'GET', '/api/v1/runs?state=queued,running&limit=1');
      quiet = items.length === 0 ? quiet + 1 : 0;
      return quiet >= 3;
    },
    'the end of all runs',
    60_000,
  );
}

/** Alerts are decided and listed, and nobody is told of them by drafts or by itself. */
export async function tellNobody(api: ApiClient): Promise<void> {
  const { settings } = await api.expect(alertSettingsView, 200, 'GET', '/api/v1/settings/alerts');
  const silent = { ...settings, singlesPerScan: 0, draftsForCsm: false, draftsForRep: false };
  await api.expect(alertSettingsView, 200, 'PUT', '/api/v1/settings/alerts', silent);
}
