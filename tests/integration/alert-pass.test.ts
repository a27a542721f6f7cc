import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChurnAlerts } from '../../lib/agents/churn-alerts';
import { createAlertDeliveries } from '../../lib/db/alert-deliveries';
import { createAlertStore } from '../../lib/db/alert-store';
import type { Database } from '../../lib/db/client';
import { createHealthStore } from '../../lib/db/health-store';
import { newId } from '../../lib/db/ids';
import { DEFAULT_ALERT_SETTINGS } from '../../lib/domain/churn-alert';
import { DEFAULT_SCORING_MODEL } from '../../lib/domain/scoring-model';
import type { AlertStore } from '../../lib/ports/alerts';
import type { TextWriter } from '../../lib/ports/wording';
import { createClock, NOW, type TestClock } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { type DispatchDesk, openDispatchDesk } from '../helpers/dispatch-desk';
import { listenFor } from '../helpers/listener';
import { AT_RISK, accountRow, importRows } from '../helpers/portfolio';

let place: TemporaryDatabase;
let clock: TestClock;
let desk: DispatchDesk;
beforeEach(async () => {
  place = await openTemporaryDatabase();
  clock = createClock();
  await listenFor(place.db, ['health.scored'], clock());
  desk = openDispatchDesk({ db: place.db, mail: null, clock });
  const ids = Array.from({ length: 450 }, (_, index) => `a-${String(index).padStart(3, '0')}`);
  await importRows(
    place.db,
    ids.map((id, index) => accountRow(id, { ...(index % 50 === 0 ? AT_RISK : {}), arr: String(1_000 + index) })),
  );
  await desk.agent.execute({ type: 'health_scan' }, desk.context());
});
afterEach(() => place.close());

function open(more: { store?: Partial<AlertStore>; writer?: TextWriter } = {}) {
  return createChurnAlerts({
    store: { ...createAlertStore(place.db), ...more.store },
    health: createHealthStore(place.db),
    model: DEFAULT_SCORING_MODEL,
    timeZone: () => 'UTC',
    settings: async () => ({ ...DEFAULT_ALERT_SETTINGS, singlesPerScan: 2 }),
    channelProblem: async () => null,
    writer: more.writer ?? null,
    newId,
    onDecision: () => {},
  });
}

const CUT = new Error('The process was killed.');

/** A store whose digest is cut short where its database, or the settling, fails. */
function interrupted(broken: Partial<Database>, before?: 'settled'): Partial<AlertStore> {
  let repeatable = 0;
  const bulkRepeatable: Database['bulkRepeatable'] = (work) => {
    repeatable += 1;
    // The first chooses the alerts, the next settles them.
    return before === 'settled' && repeatable === 2 ? Promise.reject(CUT) : place.db.bulkRepeatable(work);
  };
  const { routeDigest } = createAlertStore({ ...place.db, bulkRepeatable, ...broken });
  return { routeDigest };
}

describe('a pass over the portfolio', () => {
  it('tells of every account once, in ranges, and the second time of none', async () => {
    expect(await open().tellOfPortfolio(desk.context())).toEqual({
      ...{ announced: 450, alerts: 9, held: 0, singles: 2, digested: 7 },
    });
    expect(await open().tellOfPortfolio(desk.context())).toEqual({
      ...{ announced: 0, alerts: 0, held: 0, singles: 0, digested: 0 },
    });
    expect(await place.db.read.announcedHealth.count()).toBe(450);
    // Nine accounts, and the digest of seven.
    expect(await place.db.read.alert.count()).toBe(10);
    const singles = await place.db.read.alert.findMany({ where: { route: 'single', accountId: { not: null } } });
    expect(singles.map(({ accountId }) => accountId).sort()).toEqual(['a-350', 'a-400']);
  });

  it.each<[string, (store: AlertStore) => Partial<AlertStore>]>([
    [
      'between two ranges',
      (store) => {
        let ranges = 0;
        return {
          announce: async (...call) => {
            ranges += 1;
            if (ranges === 2) throw CUT;
            return store.announce(...call);
          },
        };
      },
    ],
    [
      'in the middle of a range',
      (store) => ({
        announce: (range, now, decide) =>
          store.announce(range, now, async (...given) => {
            await decide(...given);
            throw CUT;
          }),
      }),
    ],
    ['before anything is routed', () => ({ unrouted: () => Promise.reject(CUT) })],
    ['between an alert alone and the digest', () => ({ routeDigest: () => Promise.reject(CUT) })],
    ['before the digest for which alerts were chosen', () => interrupted({ bulk: () => Promise.reject(CUT) })],
    ['after the digest, before its alerts are settled', () => interrupted({}, 'settled')],
  ])('that is cut short %s loses nothing and says nothing twice', async (_name, broken) => {
    const store = createAlertStore(place.db);
    await expect(open({ store: broken(store) }).tellOfPortfolio(desk.context())).rejects.toBe(CUT);
    await open().tellOfPortfolio(desk.context());
    const alerts = await place.db.read.alert.findMany({ where: { accountId: { not: null } } });
    expect(alerts.map(({ accountId }) => accountId).sort()).toEqual(
      Array.from({ length: 9 }, (_, index) => `a-${String(index * 50).padStart(3, '0')}`),
    );
    expect(alerts.every(({ route }) => route !== 'decided')).toBe(true);
    const events = await place.db.read.deskEvent.groupBy({ by: ['type'], _count: { _all: true } });
    expect(Object.fromEntries(events.map(({ type, _count }) => [type, _count._all]))).toEqual({
      ...{ 'health.scored': 450, 'churn.alert': 9 },
    });
    expect(await place.db.read.alert.count({ where: { kind: 'digest' } })).toBe(1);
    // Every alert has deliveries, its own or those of its digest.
    const told = new Set((await place.db.read.alertDelivery.findMany()).map(({ alertId }) => alertId));
    expect(alerts.every(({ id, digestId }) => told.has(digestId ?? id))).toBe(true);
  });

  it('made by several at once tells of each once', async () => {
    await Promise.all([open(), open(), open()].map((pass) => pass.tellOfPortfolio(desk.context())));
    expect(await place.db.read.alert.count({ where: { accountId: { not: null } } })).toBe(9);
    expect(await place.db.read.alert.count({ where: { route: 'decided' } })).toBe(0);
    expect(await place.db.read.deskEvent.count({ where: { type: 'churn.alert' } })).toBe(9);
  });

  it('has those told alone worded anew from their facts, and keeps who worded them', async () => {
    const asked: string[] = [];
    const writer: TextWriter = {
      async reword({ purpose, facts, texts }) {
        asked.push(`${purpose}: ${facts[0]?.value}`);
        const origin = { by: 'model' as const, model: 'example-model', promptVersion: '1' };
        const entries = Object.keys(texts).map((name) => [name, { text: `Worded ${name}.`, origin }]);
        return Object.fromEntries(entries);
      },
    };
    await open({ writer }).tellOfPortfolio(desk.context());
    expect(asked.sort()).toEqual(['churn_alert: Company a-350', 'churn_alert: Company a-400']);
    const worded = await place.db.read.alert.findMany({ where: { wording: { not: null } } });
    expect(worded).toHaveLength(2);
    expect(JSON.parse(worded[0]?.wording ?? '')).toMatchObject({
      texts: { summary: 'Worded summary.', next: 'Worded next.' },
      origin: { by: 'model', model: 'example-model' },
    });
  });

  it('keeps the rules’ words where the writer could not', async () => {
    const writer: TextWriter = {
      async reword({ texts }) {
        const entries = Object.entries<string>(texts).map(([name, text]) => [name, { text, origin: { by: 'rules' } }]);
        return Object.fromEntries(entries);
      },
    };
    await open({ writer }).tellOfPortfolio(desk.context());
    expect(await place.db.read.alert.count({ where: { wording: { not: null } } })).toBe(0);
  });

  it('tells a digest of what is most at stake, to one addressee of their own', async () => {
    await open().tellOfPortfolio(desk.context());
    const digest = await place.db.read.alert.findFirstOrThrow({ where: { kind: 'digest' } });
    const deliveries = createAlertDeliveries(place.db);
    const { alerts, counts } = await deliveries.members(digest.id, { of: 'all', recipient: '', limit: 3 });
    expect(alerts.map(({ accountId }) => accountId)).toEqual(['a-300', 'a-250', 'a-200']);
    expect(counts).toEqual({ new_risk: 7, worse: 0, recovered: 0 });
    const nobody = await deliveries.members(digest.id, { of: 'csm', recipient: 'eve@headroom.example', limit: 3 });
    expect(nobody).toEqual({ alerts: [], counts: { new_risk: 0, worse: 0, recovered: 0 } });
    expect(digest.createdAt).toEqual(NOW);
  });
});
