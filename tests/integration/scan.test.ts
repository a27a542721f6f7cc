import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskProgress } from '../../lib/agents/agent';
import { createExpansionStore } from '../../lib/db/expansion-store';
import { listOpportunities } from '../../lib/db/opportunity-reads';
import { EVERYTHING } from '../../lib/domain/access';
import { decodeBreakdown } from '../../lib/domain/breakdown';
import { findExpansions, fingerprint } from '../../lib/domain/expansion';
import { checkGates, DEFAULT_GATE_POLICY, type GateFacts } from '../../lib/domain/gates';
import { assessHealth } from '../../lib/domain/health-score';
import { DEFAULT_SCORING_MODEL } from '../../lib/domain/scoring-model';
import { deriveSignals } from '../../lib/domain/signals';
import type { ExpansionStore } from '../../lib/ports';
import { createClock, DAY, HOUR, MINUTE, type TestClock } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { type DispatchDesk, type DispatchDeskOptions, openDispatchDesk } from '../helpers/dispatch-desk';
import { createFaultyMail } from '../helpers/faulty-mail';
import { expectTotalsToAdd } from '../helpers/ledger';
import { AT_RISK, accountRow, FORECASTING, importRows, outgrowingRow, type Row, SLACK } from '../helpers/portfolio';
import { createRandom, randomRow } from '../helpers/random';
import { catalogueEntryOf, factsOf, invoiceStatusOf, observationOf } from '../helpers/row-facts';

let database: TemporaryDatabase;
let clock: TestClock;
let desk: DispatchDesk;

beforeEach(async () => {
  database = await openTemporaryDatabase();
  clock = createClock();
  desk = open();
});
afterEach(async () => {
  await expectTotalsToAdd(database.db);
  await database.close();
});

function open(more: Partial<DispatchDeskOptions> = {}): DispatchDesk {
  return openDispatchDesk({ db: database.db, mail: createFaultyMail({ clock }), clock, ...more });
}

const importAccounts = (rows: Row[]) => importRows(database.db, rows, { now: clock() });

/** Both passes, as the daily job makes them, a minute after whatever came before. */
async function scan(on = desk) {
  clock.advance(MINUTE);
  const errors: TaskProgress['errors'] = [];
  const context = {
    ...on.context(),
    onProgress: async (progress: TaskProgress) => void errors.push(...progress.errors),
  };
  const health = await on.agent.execute({ type: 'health_scan' }, context);
  const expansion = await on.agent.execute({ type: 'check_expansion' }, context);
  if ('partial' in health || 'partial' in expansion) throw new Error(JSON.stringify([health, expansion]));
  return { health, expansion, errors };
}

function opportunities() {
  return database.db.read.opportunity.findMany({
    orderBy: [{ accountId: 'asc' }, { type: 'asc' }, { subject: 'asc' }],
  });
}

async function only() {
  const [opportunity, ...more] = await opportunities();
  if (!opportunity || more.length > 0) throw new Error(`There are ${more.length + 1} opportunities.`);
  const events = await database.db.read.timelineEvent.findMany({
    where: { opportunityId: opportunity.id },
    orderBy: { id: 'asc' },
  });
  return { ...opportunity, kinds: events.map((event) => event.kind) };
}

function setStatus(id: string, status: string, snoozedUntil: Date | null = null) {
  return database.db.write.opportunity.update({ where: { id }, data: { status, snoozedUntil } });
}

describe('a whole portfolio', () => {
  const CATALOGUE: Row[] = [
    FORECASTING,
    SLACK,
    { item_id: 'seat', type: 'seats', name: 'Seat', price: '199.99', currency: 'EUR', eligible_plans: 'scale' },
  ];
  const weeksAgo = (weeks: number) => new Date(Date.parse('2026-11-21T06:00:00Z') - weeks * 7 * DAY).toISOString();

  function portfolio() {
    const random = createRandom(20_261_122);
    const current = new Map<string, Row>();
    const history = new Map<string, Row[]>();
    const usage: Row[] = [];
    for (let index = 0; index < 300; index += 1) {
      const id = `a-${String(index).padStart(3, '0')}`;
      const row = randomRow(random, id);
      const weeks = Array.from({ length: random.whole(0, 4) }, (_, back) =>
        randomRow(random, id, {
          seats_purchased: row.seats_purchased ?? '',
          last_interaction_at: '',
          observed_at: weeksAgo(back + 1),
        }),
      ).reverse();
      current.set(id, row);
      history.set(id, [...weeks, row]);
      if (random.chance(0.4)) {
        for (let week = 0; week < 4; week += 1) {
          usage.push({
            account_id: id,
            feature: 'Exports',
            observed_at: weeksAgo(week),
            uses: String(random.whole(0, 12)),
            active_users: String(random.whole(0, 9)),
            limit_hits: String(random.whole(0, 2)),
          });
        }
      }
    }
    // What cannot be scored: the required signals are missing, or the seats make no sense.
    const bad = [
      accountRow('bad-1', { usage_trend: '' }),
      accountRow('bad-2', { seats_purchased: '0' }),
      accountRow('bad-3', { seats_purchased: '10', seats_active: '90' }),
    ];
    const gone = ['inactive', 'churned'].map((status) => outgrowingRow(`gone-${status}`, { status }));
    return { current, history, usage, bad, gone };
  }

  it('is scored and searched exactly as the pure rules say, account by account', async () => {
    const { current, history, usage, bad, gone } = portfolio();
    await importRows(database.db, CATALOGUE, { kind: 'catalogue', now: clock() });
    const imported = await importAccounts([...[...history.values()].flat(), ...bad, ...gone]);
    expect(imported.errors).toEqual([]);
    await importRows(database.db, usage, { kind: 'usage', now: clock() });
    const { health, errors } = await scan();
    const now = clock();
    expect(health).toMatchObject({ accountsScanned: 303, scored: 300, failed: 3 });
    expect(errors.map((error) => [error.accountId, error.code]).sort()).toEqual([
      ['bad-1', 'bad_signals'],
      ['bad-2', 'bad_signals'],
      ['bad-3', 'bad_signals'],
    ]);
    expect(errors.find((error) => error.accountId === 'bad-1')?.message).toContain('usageTrend');
    expect(errors.find((error) => error.accountId === 'bad-3')?.message).toContain('seatsUtilizationRate');

    const scored = await database.db.read.accountHealth.findMany({ orderBy: { accountId: 'asc' } });
    expect(scored.map((row) => row.accountId)).toEqual([...current.keys()]);
    const catalogue = CATALOGUE.map(catalogueEntryOf).sort((a, b) => (a.id < b.id ? -1 : 1));
    const expected: object[] = [];
    let alerts = 0;
    const expectedOf = (row: Row, past: Row[], health: Pick<GateFacts, 'rag' | 'churnRiskLevel'>) => {
      const used = usage.filter((use) => use.account_id === row.account_id);
      const facts = factsOf(row, past, used);
      const gates = checkGates(
        {
          ...health,
          escalationCount90Days: Number(row.escalation_count_90_days),
          invoicePaymentStatus: invoiceStatusOf(row),
          observedAt: facts.observedAt,
          contractStart: row.contract_start || null,
        },
        DEFAULT_GATE_POLICY,
        now,
      ).filter((gate) => !gate.passed);
      return findExpansions(facts, catalogue, now).map((found) => ({
        fingerprint: fingerprint(facts.id, found.type, found.subject, facts.renewalDate),
        accountId: facts.id,
        status: gates.length > 0 ? 'held' : 'open',
        gates,
        rag: health.rag,
        ...found,
      }));
    };
    for (const stored of scored) {
      const row = current.get(stored.accountId) ?? {};
      const derived = deriveSignals(observationOf(row), now);
      if (!derived.ok) throw new Error(`${stored.accountId}: ${derived.problems[0]?.message}`);
      const { score, breakdown, factors, ...assessment } = assessHealth(derived.signals);
      if (assessment.shouldAlert) alerts += 1;
      expect(stored.score).toBeCloseTo(score, 9);
      expect(decodeBreakdown(stored.breakdown)).toEqual({ breakdown, factors });
      expect({
        rag: stored.rag,
        churnRiskLevel: stored.churnRisk,
        churnTriggeredBy: stored.churnTrigger,
        shouldAlert: stored.shouldAlert,
      }).toEqual(assessment);

      expected.push(...expectedOf(row, history.get(stored.accountId) ?? [], assessment));
    }
    // What was never scored is held by the gate that says so.
    for (const row of bad) expected.push(...expectedOf(row, [row], { rag: null, churnRiskLevel: null }));
    expect(health).toMatchObject({ alerts });
    const found = (await opportunities()).map((row) => ({
      fingerprint: row.fingerprint,
      accountId: row.accountId,
      status: row.status,
      gates: JSON.parse(row.gates) as unknown,
      rag: row.rag,
      type: row.type,
      subject: row.subject,
      title: row.title,
      headline: row.headline,
      why: row.why,
      confidence: row.confidence,
      impact: row.impactCents === null ? null : { amountCents: Number(row.impactCents), currency: row.currency },
      evidence: JSON.parse(row.evidence) as unknown,
      calculation: JSON.parse(row.calculation) as unknown,
      talkTrack: row.talkTrack,
    }));
    const byPrint = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    expect(found.length).toBeGreaterThan(100);
    expect(found.sort(byPrint)).toEqual(expected.sort(byPrint));
  });

  it('is not touched by a second scan, but for when it was last seen', async () => {
    const { history, usage } = portfolio();
    await importRows(database.db, CATALOGUE, { kind: 'catalogue', now: clock() });
    await importAccounts([...history.values()].flat());
    await importRows(database.db, usage, { kind: 'usage', now: clock() });
    await scan();
    const state = async () => ({
      health: await database.db.read.accountHealth.findMany({
        orderBy: { accountId: 'asc' },
      }),
      history: await database.db.read.healthScore.count(),
      events: await database.db.read.timelineEvent.count(),
      opportunities: (await opportunities()).map(({ lastSeenAt: _, ...row }) => row),
    });
    const before = await state();
    const { health, expansion } = await scan();
    expect(health).toMatchObject({ accountsScanned: 300, scored: 0, changed: 0, failed: 0 });
    expect(expansion).toMatchObject({ created: 0, updated: 0, withdrawn: 0 });
    expect(await state()).toEqual(before);
    const { items } = await listOpportunities(database.db, { limit: 100 }, EVERYTHING);
    expect(new Set(items.map((item) => item.lastSeenAt))).toEqual(new Set([clock().toISOString()]));
  });
});

describe('the history of scores', () => {
  const scores = (accountId = 'a-1') =>
    database.db.read.healthScore.findMany({ where: { accountId }, orderBy: { id: 'asc' } });

  it('grows by one row for a row that changed, and by none for one that did not', async () => {
    await importAccounts([accountRow('a-1'), accountRow('a-2')]);
    await scan();
    clock.advance(HOUR);
    await importAccounts([accountRow('a-1', { nps_score: '2', observed_at: '2026-11-22T09:00:00Z' })]);
    const { health } = await scan();
    expect(health).toMatchObject({ scored: 1, changed: 1 });
    expect((await scores()).map((row) => row.score)).toEqual([89, 86]);
    expect(await scores('a-2')).toHaveLength(1);
    clock.advance(HOUR);
    // Observed again, with other values and the same points.
    await importAccounts([accountRow('a-1', { nps_score: '3', observed_at: '2026-11-22T10:00:00Z' })]);
    expect((await scan()).health).toMatchObject({ scored: 1, changed: 0 });
    expect(await scores()).toHaveLength(2);
  });

  it('has no gap where several reports came in between two scans', async () => {
    const observed = ['2026-10-25', '2026-11-01', '2026-11-08', '2026-11-15'];
    await importAccounts(
      ['9', '7', '5', '1'].map((nps, week) =>
        accountRow('a-1', { nps_score: nps, last_interaction_at: '', observed_at: `${observed[week]}T06:00:00Z` }),
      ),
    );
    await scan();
    const history = (await scores()).map((row) => [row.asOf.toISOString().slice(0, 10), row.score]);
    expect(history).toEqual([
      ['2026-10-25', 84],
      ['2026-11-01', 83],
      ['2026-11-08', 82],
      ['2026-11-22', 81],
    ]);
    await scan();
    expect(await scores()).toHaveLength(4);
  });

  it('moves when days alone change the score, at that very time and not before', async () => {
    await importAccounts([accountRow('a-1', { last_interaction_at: '2026-11-01T12:00:00Z' })]);
    await scan();
    const { reassessAt } = await database.db.read.accountHealth.findUniqueOrThrow({ where: { accountId: 'a-1' } });
    expect(reassessAt).toEqual(new Date('2026-12-02T12:00:00Z'));
    clock.set(new Date((reassessAt as Date).getTime() - MINUTE - 1));
    expect((await scan()).health).toMatchObject({ scored: 0 });
    clock.set(new Date((reassessAt as Date).getTime() - MINUTE));
    expect((await scan()).health).toMatchObject({ scored: 1, changed: 1 });
    expect((await scores()).map((row) => row.score)).toEqual([89, 86]);
  });

  it('keeps the last good score where the new signals are bad, and reports it each time', async () => {
    await importAccounts([accountRow('a-1')]);
    await scan();
    clock.advance(HOUR);
    await importAccounts([accountRow('a-1', { usage_trend: '', observed_at: '2026-11-22T09:00:00Z' })]);
    for (let time = 0; time < 2; time += 1) {
      const { health, errors } = await scan();
      expect(health).toMatchObject({ scored: 0, failed: 1 });
      expect(errors).toEqual([
        { accountId: 'a-1', code: 'bad_signals', message: expect.stringContaining('usageTrend') },
      ]);
    }
    expect(await scores()).toHaveLength(1);
  });

  it('follows a changed model: every account is scored again, and its colour reaches the opportunities', async () => {
    await importAccounts([outgrowingRow('a-1', { feature_adoption_rate: '0.3' })]);
    await scan();
    expect(await only()).toMatchObject({ rag: 'GREEN', status: 'open' });
    const strict = open({
      scoring: { ...DEFAULT_SCORING_MODEL, version: 'strict-1', rag: { green: 99, amber: 95 } },
    });
    expect((await scan(strict)).health).toMatchObject({ scored: 1 });
    const stored = await database.db.read.accountHealth.findUniqueOrThrow({ where: { accountId: 'a-1' } });
    expect([stored.rag, stored.modelVersion]).toEqual(['RED', 'strict-1']);
    expect(await only()).toMatchObject({ rag: 'RED', status: 'held', kinds: ['held'] });
    expect((await scan(strict)).health).toMatchObject({ scored: 0 });
  });
});

describe('an opportunity over time', () => {
  const full = (observedAt: string, more: Row = {}) => outgrowingRow('a-1', { observed_at: observedAt, ...more });
  const spare = (observedAt: string, more: Row = {}) => accountRow('a-1', { observed_at: observedAt, ...more });

  beforeEach(async () => {
    await importAccounts([full('2026-11-22T06:00:00Z')]);
    await scan();
  });

  it('is held once the signals no longer give a score, and ready again once they do', async () => {
    expect(await only()).toMatchObject({ status: 'open', rag: 'GREEN' });
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T09:00:00Z', { nps_score: '', escalation_count_90_days: '' })]);
    await scan();
    expect(await only()).toMatchObject({ status: 'held', rag: null, kinds: ['held'] });
    expect(await database.db.read.accountHealth.count()).toBe(0);
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T10:00:00Z')]);
    await scan();
    expect(await only()).toMatchObject({ status: 'open', rag: 'GREEN', kinds: ['held', 'reopened'] });
  });

  it('stays one row while it is found again, and follows its figures', async () => {
    const before = await only();
    expect(before).toMatchObject({ status: 'open', impactCents: 720_000n, kinds: [] });
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T09:00:00Z', { seats_active: '99' })]);
    await scan();
    const after = await only();
    expect(after).toMatchObject({
      id: before.id,
      status: 'open',
      impactCents: 768_000n,
      firstSeenAt: before.firstSeenAt,
    });
    expect(after.lastSeenAt).toEqual(clock());
    expect(after.stateChangedAt).toEqual(before.stateChangedAt);
  });

  it('is withdrawn when it is no longer true, and comes back as the same row', async () => {
    const { id } = await only();
    clock.advance(HOUR);
    await importAccounts([spare('2026-11-22T09:00:00Z')]);
    await scan();
    expect(await only()).toMatchObject({ id, status: 'withdrawn', kinds: ['withdrawn'] });
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T10:00:00Z')]);
    await scan();
    expect(await only()).toMatchObject({ id, status: 'open', kinds: ['withdrawn', 'reopened'] });
  });

  it.each(['queued', 'drafted', 'accepted', 'won', 'lost', 'dismissed'])('stays %s, found or not', async (status) => {
    const { id } = await only();
    await setStatus(id, status);
    for (const row of [
      spare('2026-11-22T09:00:00Z'),
      full('2026-11-22T09:30:00Z', { ...AT_RISK, seats_active: '99' }),
    ]) {
      clock.advance(HOUR);
      await importAccounts([row]);
      await scan();
      expect(await only()).toMatchObject({ id, status, impactCents: 720_000n, kinds: [] });
    }
  });

  it('wakes from its snooze when the time has come, and not before', async () => {
    const { id } = await only();
    const until = new Date(clock().getTime() + 3 * DAY);
    await setStatus(id, 'snoozed', until);
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T09:00:00Z', { seats_active: '98' })]);
    await scan();
    expect(await only()).toMatchObject({ status: 'snoozed', snoozedUntil: until });
    clock.set(new Date(until.getTime() - MINUTE - 1));
    await scan();
    expect(await only()).toMatchObject({ status: 'snoozed' });
    await scan();
    expect(await only()).toMatchObject({ id, status: 'open', snoozedUntil: null, kinds: ['reopened'] });
  });

  it('is held when the account gets into trouble, and opened when it is over', async () => {
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T09:00:00Z', { escalation_count_90_days: '1' })]);
    await scan();
    expect(await only()).toMatchObject({ status: 'held', kinds: ['held'] });
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T10:00:00Z')]);
    await scan();
    expect(await only()).toMatchObject({ status: 'open', kinds: ['held', 'reopened'] });
  });

  it('is held by days alone once its signals are too old', async () => {
    clock.set('2026-12-07T05:58:00Z');
    await scan();
    expect((await only()).status).toBe('open');
    await scan();
    expect(await only()).toMatchObject({ status: 'held', kinds: ['held'] });
  });

  it.each(['inactive', 'churned'])('is withdrawn when the account becomes %s', async (status) => {
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T09:00:00Z', { status })]);
    await scan();
    expect(await only()).toMatchObject({ status: 'withdrawn' });
  });

  it('does not promise a renewal that has passed', async () => {
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T09:00:00Z', { renewal_date: '2026-11-25' })]);
    await scan();
    const [before] = (await opportunities()).filter((row) => row.status !== 'withdrawn');
    expect(before?.talkTrack).toContain('before the renewal on 25 Nov 2026');
    clock.set('2026-11-26T00:00:00Z');
    await scan();
    const [after] = (await opportunities()).filter((row) => row.status !== 'withdrawn');
    expect(after?.talkTrack).not.toContain('renewal');
  });

  it('is another one once the contract is renewed', async () => {
    const { id } = await only();
    await setStatus(id, 'dismissed');
    clock.advance(HOUR);
    await importAccounts([full('2026-11-22T09:00:00Z', { renewal_date: '2028-09-15' })]);
    await scan();
    const rows = await opportunities();
    expect(rows.map((row) => row.status).sort()).toEqual(['dismissed', 'open']);
  });

  it.each(['dismissed', 'snoozed', 'queued'])(
    'keeps what a person made of it (%s) while a scan was deciding',
    async (status) => {
      const { id } = await only();
      const store = createExpansionStore(database.db);
      const until = new Date(clock().getTime() + 30 * DAY);
      const interrupted: ExpansionStore = {
        ...store,
        async save(changes, now) {
          await setStatus(id, status, status === 'snoozed' ? until : null);
          return store.save(changes, now);
        },
      };
      for (const row of [full('2026-11-22T09:00:00Z', { seats_active: '99' }), spare('2026-11-22T09:30:00Z')]) {
        clock.advance(HOUR);
        await setStatus(id, 'open');
        await importAccounts([row]);
        await scan(open({ expansion: interrupted }));
        expect(await only()).toMatchObject({
          id,
          status,
          snoozedUntil: status === 'snoozed' ? until : null,
          kinds: [],
        });
      }
    },
  );
});

describe('what makes the next check look again', () => {
  const USE: Row = { account_id: 'a-1', feature: 'Exports', observed_at: '2026-11-20', uses: '40', limit_hits: '3' };

  it('notices a changed catalogue', async () => {
    await importAccounts([accountRow('a-1', { tech_stack: 'Slack' })]);
    await scan();
    expect(await opportunities()).toEqual([]);
    clock.advance(HOUR);
    await importRows(database.db, [SLACK], { kind: 'catalogue', now: clock() });
    expect((await scan()).expansion).toMatchObject({ created: 1 });
    expect(await only()).toMatchObject({ type: 'integration', impactCents: 300_000n });
    clock.advance(HOUR);
    await importRows(database.db, [{ ...SLACK, price: '3500' }], { kind: 'catalogue', now: clock() });
    expect((await scan()).expansion).toMatchObject({ updated: 1 });
    expect(await only()).toMatchObject({ impactCents: 350_000n });
    expect((await scan()).expansion).toMatchObject({ created: 0, updated: 0 });
  });

  it('notices imported usage, and usage that grows too old', async () => {
    await importRows(database.db, [FORECASTING], { kind: 'catalogue', now: clock() });
    await importAccounts([accountRow('a-1'), accountRow('a-2')]);
    await scan();
    clock.advance(HOUR);
    await importRows(database.db, [USE], { kind: 'usage', now: clock() });
    expect((await scan()).expansion).toMatchObject({ created: 1 });
    expect(await only()).toMatchObject({ type: 'module', accountId: 'a-1' });
    clock.advance(30 * DAY);
    await scan();
    expect(await only()).toMatchObject({ status: 'withdrawn' });
  });

  it('finds nothing for an account alone that it does not find for all', async () => {
    await importRows(database.db, [SLACK], { kind: 'catalogue', now: clock() });
    const rows = [outgrowingRow('a-1', { tech_stack: 'Slack' }), outgrowingRow('a-2')];
    await importAccounts(rows);
    const one = await desk.agent.execute({ type: 'health_scan', accountId: 'a-1' }, desk.context());
    expect(one).toMatchObject({ accountId: 'a-1', rag: 'GREEN', changed: true });
    const found = await desk.agent.execute({ type: 'check_expansion', accountId: 'a-1' }, desk.context());
    expect(found).toMatchObject({ created: 2, opportunities: [{ type: 'seats' }, { type: 'integration' }] });
    expect((await opportunities()).map((row) => row.accountId)).toEqual(['a-1', 'a-1']);
    const { expansion } = await scan();
    expect(expansion).toMatchObject({ created: 1 });
    await expect(desk.agent.execute({ type: 'health_scan', accountId: 'a-9' }, desk.context())).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
