import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DispatchOutcome } from '../../lib/agents/customer-success';
import { startProcess } from '../helpers/child';
import { createClock, DAY, MINUTE } from '../helpers/clock';
import { removeDirectory, temporaryDirectory } from '../helpers/database';
import { controlDeadlines } from '../helpers/deadlines';
import { eventually } from '../helpers/eventually';
import { createFaultyMail } from '../helpers/faulty-mail';
import { expectOneDraftEach, expectOrderedTimelines, expectTotalsToAdd } from '../helpers/ledger';
import { AT_RISK, accountRow, importAtDesk, outgrowingRow, type Row, SLACK } from '../helpers/portfolio';
import { openRuntime, type TestRuntime, type TestRuntimeOptions } from '../helpers/runtime';

const opened: TestRuntime[] = [];
const directories: string[] = [];
afterEach(async () => {
  // The first one owns the data that later ones share, so it goes last.
  for (const desk of opened.splice(0).reverse()) await desk.close();
  await Promise.all(directories.splice(0).map(removeDirectory));
});

async function open(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const desk = await openRuntime(options);
  opened.push(desk);
  return desk;
}

/** A desk whose opportunities are those of the rows. */
async function deskWith(rows: Row[], options: TestRuntimeOptions = {}): Promise<TestRuntime & { ids: string[] }> {
  const desk = await open(options);
  await importAtDesk(desk.runtime, rows);
  const { items } = await desk.runtime.reads.listOpportunities({ sort: 'firstSeenAt', limit: 100 });
  const order = new Map(rows.map((row, index) => [row.account_id, index]));
  const ids = items
    .sort((a, b) => (order.get(a.account.id) ?? 0) - (order.get(b.account.id) ?? 0))
    .map((item) => item.id);
  return { ...desk, ids };
}

async function emlFiles(dataDir: string): Promise<string[]> {
  const names = await readdir(path.join(dataDir, 'drafts'), { recursive: true });
  return names.filter((name) => name.endsWith('.eml'));
}

const first = (ids: string[]): string => ids[0] ?? '';

describe('gates', () => {
  const GATED: [string, Row, string][] = [
    ['an account at risk', AT_RISK, 'account_at_risk'],
    ['an escalation', { escalation_count_90_days: '1' }, 'open_escalation'],
    ['an overdue invoice', { invoice_payment_status: 'overdue_60' }, 'invoice_overdue'],
    ['stale signals', { observed_at: '2026-11-01T00:00:00Z' }, 'stale_signals'],
    ['a new customer', { contract_start: '2026-11-10' }, 'new_account'],
  ];

  it.each(GATED)('%s holds, changes nothing, and a reason of a person overrides', async (_, row, code) => {
    const { runtime, db, ids } = await deskWith([outgrowingRow('a-1', row)]);
    const id = first(ids);
    expect((await runtime.reads.getOpportunity(id)).status).toBe('held');
    const held = await runtime.desk.dispatch(id, 'dana');
    if (held.outcome !== 'gated') throw new Error('It was not held.');
    expect(held.gates.filter((gate) => !gate.passed).map((gate) => gate.code)).toContain(code);
    expect(await db.read.dispatch.count()).toBe(0);

    const done = await runtime.desk.dispatch(id, 'dana', { reason: 'Their CFO asked for it' });
    expect(done).toMatchObject({ outcome: 'created', state: 'drafted' });
    const { dispatches, timeline, status } = await details(runtime, id);
    expect([status, dispatches.overrideReason, dispatches.requestedBy]).toEqual([
      'drafted',
      'Their CFO asked for it',
      'dana',
    ]);
    expect(timeline.map((event) => event.kind)).toEqual(['detected', 'overridden', 'queued', 'drafting', 'drafted']);
    expect(timeline[1]).toMatchObject({ actor: 'dana', detail: 'Their CFO asked for it' });
  });

  it('holds what became risky after the last scan, and says so in the timeline', async () => {
    const { runtime, clock, ids } = await deskWith([outgrowingRow('a-1')]);
    const id = first(ids);
    clock.advance(15 * DAY);
    expect((await runtime.reads.getOpportunity(id)).status).toBe('open');
    expect(await runtime.desk.dispatch(id, 'dana')).toMatchObject({ outcome: 'gated' });
    const opportunity = await runtime.reads.getOpportunity(id);
    expect([opportunity.status, opportunity.heldBy.map((gate) => gate.code)]).toEqual(['held', ['stale_signals']]);
    expect(opportunity.timeline.map((event) => event.kind)).toEqual(['detected', 'held']);
    expect(opportunity.timeline[1]?.detail).toContain('15 days old');
    await runtime.desk.dispatch(id, 'dana');
    expect((await runtime.reads.getOpportunity(id)).timeline).toHaveLength(2);
  });

  it('holds what is reopened when its account is at risk, and the list says by what', async () => {
    const { runtime, clock, ids } = await deskWith([outgrowingRow('a-1')]);
    const id = first(ids);
    await runtime.desk.actOnOpportunity(id, { action: 'dismiss', reason: 'no_budget' }, 'dana');
    clock.advance(15 * DAY);
    await runtime.desk.actOnOpportunity(id, { action: 'reopen' }, 'dana');
    const { items } = await runtime.reads.listOpportunities({ status: ['held'] });
    expect(items.map((item) => [item.id, item.heldBy.map((gate) => gate.code)])).toEqual([[id, ['stale_signals']]]);
  });

  it('dispatches nothing that was dismissed, and wakes what was snoozed', async () => {
    const { runtime, db, ids } = await deskWith([outgrowingRow('a-1')]);
    const id = first(ids);
    await runtime.desk.actOnOpportunity(id, { action: 'dismiss', reason: 'no_budget' }, 'dana');
    await expect(runtime.desk.dispatch(id, 'dana')).rejects.toMatchObject({ code: 'conflict' });
    await expect(runtime.desk.dispatch(id, 'dana', { reason: 'all the same' })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await db.read.dispatch.count()).toBe(0);
    await runtime.desk.actOnOpportunity(id, { action: 'reopen' }, 'dana');
    await runtime.desk.actOnOpportunity(id, { action: 'snooze', until: '2026-12-24T00:00:00Z' }, 'dana');
    expect(await runtime.desk.dispatch(id, 'dana')).toMatchObject({ outcome: 'created', state: 'drafted' });
    expect(await runtime.reads.getOpportunity(id)).toMatchObject({ status: 'drafted', snoozedUntil: null });
    await expect(runtime.desk.dispatch('nothing', 'dana')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('one opportunity, one draft', () => {
  it('fifty requests at once make one', async () => {
    const { runtime, db, dataDir, ids } = await deskWith([outgrowingRow('a-1')]);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => runtime.desk.dispatch(first(ids), 'dana')));
    expect(outcomes.filter((outcome) => outcome.outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.outcome === 'existing')).toHaveLength(49);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ state: 'drafted' });
    expect(await db.read.dispatch.count()).toBe(1);
    expect(await emlFiles(dataDir)).toHaveLength(1);
    await expectOrderedTimelines(db);
  });

  it('a hundred opportunities at once make a hundred', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => outgrowingRow(`a-${index}`));
    const { runtime, db, dataDir, ids } = await deskWith(rows);
    const outcomes = await Promise.all([...ids, ...ids].map((id) => runtime.desk.dispatch(id, 'dana')));
    expect(outcomes.filter((outcome) => outcome.outcome === 'created')).toHaveLength(100);
    expect(await emlFiles(dataDir)).toHaveLength(100);
    expect(await db.read.dispatch.count({ where: { state: 'drafted' } })).toBe(100);
    await expectTotalsToAdd(db);
  });

  it('two processes on one file, dispatching forty from both ends, make forty', { timeout: 60_000 }, async () => {
    const dataDir = await temporaryDirectory();
    directories.push(dataDir);
    const real = createClock(new Date());
    const observed = new Date(Date.now() - MINUTE).toISOString();
    const desk = await openRuntime({ dataDir, clock: real });
    const rows = Array.from({ length: 40 }, (_, index) =>
      outgrowingRow(`a-${index}`, {
        observed_at: observed,
        last_interaction_at: observed,
        renewal_date: new Date(Date.now() + 300 * DAY).toISOString().slice(0, 10),
      }),
    );
    await importAtDesk(desk.runtime, rows);
    await desk.close();

    const racers = ['asc', 'desc'].map((order) => startProcess<DispatchOutcome[]>('racer.ts', dataDir, order));
    await Promise.all(racers.map((racer) => racer.ready));
    for (const racer of racers) racer.go();
    const outcomes = (await Promise.all(racers.map((racer) => racer.answer))).flat();
    expect(outcomes).toHaveLength(80);
    expect(outcomes.filter((outcome) => outcome.outcome === 'created')).toHaveLength(40);
    expect(await emlFiles(dataDir)).toHaveLength(40);
    const { db, close } = await openRuntime({ dataDir, clock: real });
    expect(await db.read.dispatch.count({ where: { state: 'drafted' } })).toBe(40);
    await expectOrderedTimelines(db);
    await expectTotalsToAdd(db);
    await close();
  });
});

describe('starting and stopping', () => {
  it('finds out after a crash what became of the attempt, and goes on by itself', async () => {
    const clock = createClock();
    const deadlines = controlDeadlines();
    const stuck: AbortSignal[] = [];
    const mail = createFaultyMail({ clock, settleMs: MINUTE, whenStuck: (signal) => stuck.push(signal) });
    const abandoned = await deskWith([outgrowingRow('a-1'), outgrowingRow('a-2')], { mail, clock });
    const [accepted = '', lost = ''] = abandoned.ids;
    mail.planCreates('accept_then_time_out', 'hang');
    // Nobody waits for these: the process is gone as far as the next one can tell.
    for (const id of [accepted, lost]) void abandoned.runtime.desk.dispatch(id, 'dana').catch(() => undefined);
    await eventually(() => mail.inFlight() === 2, 'both attempts under way');
    expect(await abandoned.db.read.dispatch.count({ where: { state: 'drafting' } })).toBe(2);

    const heir = await open({ mail, clock, dataDir: abandoned.dataDir });
    await heir.runtime.start();
    await eventually(
      async () => (await heir.db.read.dispatch.count({ where: { state: 'uncertain' } })) === 2,
      'both to be taken over',
    );
    expect(mail.creates).toHaveLength(2);
    clock.advance(MINUTE);
    await eventually(async () => {
      // The pump sleeps by the real clock; whoever changes a dispatch wakes it.
      heir.runtime.events.publish({ type: 'dispatch.changed', dispatchId: '', opportunityId: '', state: 'retrying' });
      clock.advance(1_000);
      return (await heir.db.read.dispatch.count({ where: { state: 'drafted' } })) === 2;
    }, 'both drafts');
    await expectOneDraftEach(heir.db, mail);
    await expectOrderedTimelines(heir.db);
    expect(mail.creates).toHaveLength(3);
    for (const signal of stuck) deadlines.expire(signal);
    deadlines.restore();
  });

  it('waits for work in flight, and leaves no lease behind', async () => {
    const mail = createFaultyMail();
    let finish = () => {};
    const created = mail.createDraft;
    mail.createDraft = async (message, options) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return created(message, options);
    };
    const { runtime, db, ids } = await deskWith([outgrowingRow('a-1'), outgrowingRow('a-2')], { mail });
    const [one = '', two = ''] = ids;
    const attempt = runtime.desk.dispatch(one, 'dana');
    await eventually(async () => (await db.read.dispatch.count()) === 1, 'the attempt');
    const stopped = runtime.stop();
    expect(runtime.stop()).toBe(stopped);
    await expect(runtime.desk.dispatch(two, 'dana')).rejects.toMatchObject({ code: 'unavailable' });
    finish();
    expect(await attempt).toMatchObject({ outcome: 'created', state: 'drafted' });
    await stopped;
    expect(await db.read.dispatch.findMany({ select: { state: true, leaseOwner: true, leaseUntil: true } })).toEqual([
      { state: 'drafted', leaseOwner: null, leaseUntil: null },
    ]);
    expect(await runtime.readiness()).toMatchObject({ ready: false });
  });

  it('releases what does not finish in time, and the next start takes it up at once', { timeout: 30_000 }, async () => {
    const clock = createClock();
    const mail = createFaultyMail({ clock, settleMs: 0 });
    mail.planCreates('hang');
    const { runtime, db, ids, dataDir } = await deskWith([outgrowingRow('a-1')], { mail, clock });
    void runtime.desk.dispatch(first(ids), 'dana').catch(() => undefined);
    await eventually(() => mail.inFlight() === 1, 'the attempt');
    await runtime.stop();
    const row = await db.read.dispatch.findFirstOrThrow();
    expect(row.state).toBe('drafting');
    expect(row.leaseUntil?.getTime()).toBeLessThanOrEqual(clock().getTime());
    const next = await open({ mail, clock, dataDir });
    await next.runtime.start();
    await eventually(async () => {
      clock.advance(MINUTE);
      next.runtime.events.publish({ type: 'dispatch.changed', dispatchId: '', opportunityId: '', state: 'retrying' });
      return (await next.db.read.dispatch.count({ where: { state: 'drafted' } })) === 1;
    }, 'the draft');
    await expectOneDraftEach(next.db, mail);
  });

  it('gives up on a mailbox that never answers when its time is over', async () => {
    const mail = createFaultyMail();
    mail.planCreates('hang');
    const config = { dispatch: { timeoutMs: 50, maxAttempts: 5, backoffMs: 10 } };
    const { runtime, ids } = await deskWith([outgrowingRow('a-1')], { mail, config });
    expect(await runtime.desk.dispatch(first(ids), 'dana')).toMatchObject({ outcome: 'created', state: 'uncertain' });
    expect((await details(runtime, first(ids))).dispatches.error).toMatchObject({ code: 'timeout' });
  });
});

describe('the policy «auto»', () => {
  it('dispatches after a scan what no gate holds, once, and nothing under «manual»', async () => {
    const rows = [outgrowingRow('a-1'), outgrowingRow('a-2', AT_RISK), outgrowingRow('a-3'), accountRow('a-4')];
    const manual = await deskWith(rows);
    expect(await manual.db.read.dispatch.count()).toBe(0);

    const { runtime, db, dataDir } = await deskWith(rows, { env: { HEADROOM_DISPATCH_POLICY: 'auto' } });
    const dispatches = await db.read.dispatch.findMany({ orderBy: { accountId: 'asc' } });
    expect(dispatches.map((dispatch) => [dispatch.accountId, dispatch.state, dispatch.requestedBy])).toEqual([
      ['a-1', 'drafted', 'scheduler'],
      ['a-3', 'drafted', 'scheduler'],
    ]);
    await importAtDesk(runtime, [SLACK], 'catalogue');
    expect(await db.read.dispatch.count()).toBe(2);
    // Drafts that tell of the account at risk lie there too.
    const names = dispatches.map(({ draftLocation }) => path.basename(draftLocation ?? ''));
    const files = (await emlFiles(dataDir)).map((file) => path.basename(file));
    expect(files).toEqual(expect.arrayContaining(names));
    const held = await runtime.reads.listOpportunities({ status: ['held'] });
    expect(held.items.map((item) => item.account.id)).toEqual(['a-2']);
    await expectTotalsToAdd(db);
  });

  const AUTO = { env: { HEADROOM_DISPATCH_POLICY: 'auto' } };
  const outgrowing = (count: number) => Array.from({ length: count }, (_, index) => outgrowingRow(`a-${index}`));

  it('goes on past a mailbox that hangs over one, and ends at once when the desk stops', async () => {
    const deadlines = controlDeadlines();
    try {
      const stuck: AbortSignal[] = [];
      const mail = createFaultyMail({ whenStuck: (signal) => stuck.push(signal) });
      mail.planCreates('none', 'hang');
      const { runtime, db } = await open({ mail, ...AUTO });
      const run = importAtDesk(runtime, outgrowing(20)).catch(() => undefined);
      const states = async () => (await db.read.dispatch.findMany()).map(({ state }) => state).sort();
      await eventually(
        async () => (await states()).length === 20 && !(await states()).includes('queued'),
        'all of them',
      );
      await eventually(async () => (await states()).filter((state) => state === 'drafted').length === 19, '19 drafts');
      expect(stuck).toHaveLength(1);
      const stopped = runtime.stop();
      await eventually(async () => (await db.read.run.findFirst())?.finishedAt, 'the run to end');
      expect((await states()).filter((state) => state === 'drafting')).toHaveLength(1);
      for (const signal of stuck) deadlines.expire(signal);
      await Promise.all([stopped, run]);
      expect((await states()).filter((state) => state === 'uncertain')).toHaveLength(1);
    } finally {
      deadlines.restore();
    }
  });

  it('leaves a mailbox alone that makes no draft, and the rest to the next run', async () => {
    const mail = createFaultyMail();
    mail.always('unavailable');
    const config = { dispatch: { timeoutMs: 1_000, maxAttempts: 5, backoffMs: 60_000 } };
    const { runtime, db } = await deskWith(outgrowing(60), { mail, config, ...AUTO });
    const tried = await db.read.dispatch.count();
    expect(tried).toBeGreaterThanOrEqual(16);
    expect(tried).toBeLessThan(30);
    mail.always('none');
    await importAtDesk(runtime, [SLACK], 'catalogue');
    expect(await db.read.dispatch.count()).toBe(60);
    expect(await db.read.dispatch.count({ where: { state: 'drafted' } })).toBe(60 - tried);
    await expectTotalsToAdd(db);
  });
});

async function details(runtime: TestRuntime['runtime'], opportunityId: string) {
  const opportunity = await runtime.reads.getOpportunity(opportunityId);
  const dispatches = await runtime.reads.getDispatch(opportunity.dispatch?.id ?? '');
  return { dispatches, timeline: opportunity.timeline, status: opportunity.status };
}
