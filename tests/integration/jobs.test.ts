import { hostname } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunItem } from '../../lib/contracts';
import { createLeases } from '../../lib/db/leases';
import { CsmScheduler } from '../../lib/scheduler';
import { startProcess } from '../helpers/child';
import { createClock, DAY, HOUR, MINUTE, NOW } from '../helpers/clock';
import { createDatabase, removeDirectory, temporaryDirectory } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { bytes, csv, importAtDesk, importRows, outgrowingRow, runEnded } from '../helpers/portfolio';
import { openRuntime, type TestRuntime, type TestRuntimeOptions } from '../helpers/runtime';

const opened: TestRuntime[] = [];
const directories: string[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const desk of opened.splice(0)) await desk.close();
  await Promise.all(directories.splice(0).map(removeDirectory));
});

async function open(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const desk = await openRuntime(options);
  opened.push(desk);
  return desk;
}

async function restart(desk: TestRuntime): Promise<TestRuntime> {
  const next = await desk.restart();
  opened.splice(opened.indexOf(desk), 1, next);
  return next;
}

async function runsOf(desk: TestRuntime, job = 'portfolio_scan'): Promise<RunItem[]> {
  const { items } = await desk.runtime.reads.listRuns({ job });
  return items;
}

async function ended(desk: TestRuntime, job = 'portfolio_scan'): Promise<RunItem[]> {
  return eventually(async () => {
    const runs = await runsOf(desk, job);
    return runs.length > 0 && runs.every((run) => run.finishedAt !== null) ? runs : null;
  }, `runs of ${job} to end`);
}

function startTask(desk: TestRuntime, type: string): Promise<string> {
  return desk.runtime.desk.submitTask('customer-success', { type }, 'dana').then((answer) => {
    if (answer.kind !== 'run') throw new Error('It is not a run.');
    return answer.runId;
  });
}

describe('a run', () => {
  it('is one for everybody who asks while it is under way, and another one afterwards', async () => {
    const desk = await open();
    const first = await Promise.all(Array.from({ length: 10 }, () => startTask(desk, 'portfolio_scan')));
    expect(new Set(first).size).toBe(1);
    await runEnded(desk.runtime, first[0] ?? '');
    const later = await startTask(desk, 'portfolio_scan');
    expect(later).not.toBe(first[0]);
    await runEnded(desk.runtime, later);
  });

  it('is not answered to somebody who asks when its work is over', async () => {
    const desk = await open();
    const first = await startTask(desk, 'portfolio_scan');
    const asked = new Promise<string>((resolve, reject) => {
      const stop = desk.runtime.events.subscribe((event) => {
        if (event.type !== 'accounts.changed') return;
        stop();
        startTask(desk, 'portfolio_scan').then(resolve, reject);
      });
    });
    const second = await asked;
    expect(second).not.toBe(first);
    expect(await runEnded(desk.runtime, second)).toMatchObject({ state: 'succeeded' });
  });

  it('scans what an import brought, also where a scan was under way', async () => {
    const desk = await open();
    const rows = Array.from({ length: 3_000 }, (_, index) => outgrowingRow(`a-${index}`));
    await importRows(desk.db, rows);
    const under = await startTask(desk, 'portfolio_scan');
    await eventually(async () => (await desk.runtime.reads.getRun(under)).state === 'running', 'the run');
    const answers = await Promise.all(
      ['late-1', 'late-2'].map((id) =>
        desk.runtime.desk.importFile({ kind: 'accounts', format: 'csv', body: bytes(csv([outgrowingRow(id)])) }),
      ),
    );
    // Both came before that one begins.
    const [runId] = new Set(answers.map((answer) => answer.runId));
    expect(answers.map((answer) => answer.runId)).toEqual([runId, runId]);
    expect(runId).not.toBe(under);
    expect((await desk.runtime.reads.workspace()).activeRun).toMatchObject({ id: under, state: 'running' });
    expect(await runEnded(desk.runtime, runId ?? '')).toMatchObject({ state: 'succeeded', trigger: 'import' });
    for (const id of ['late-1', 'late-2']) expect((await desk.runtime.reads.getAccount(id)).rag).toBe('GREEN');
    expect(await runsOf(desk)).toHaveLength(2);
  });

  it('does not run beside another job, and all come to their end', async () => {
    const desk = await open();
    await importRows(desk.db, [outgrowingRow('a-1')]);
    const types = ['portfolio_scan', 'health_scan', 'check_expansion', 'check_contracts'];
    const ids = await Promise.all(types.map((type) => startTask(desk, type)));
    expect(new Set(ids).size).toBe(4);
    for (const id of ids)
      expect(await runEnded(desk.runtime, id)).toMatchObject({ state: 'succeeded', trigger: 'manual' });
  });

  it('shows progress that grows up to its total, with counts and errors', async () => {
    const desk = await open();
    const rows = Array.from({ length: 1_500 }, (_, index) =>
      outgrowingRow(`a-${index}`, index === 700 ? { usage_trend: '' } : {}),
    );
    const seen: RunItem[] = [];
    const looks: Promise<void>[] = [];
    desk.runtime.events.subscribe((event) => {
      if (event.type !== 'run.changed') return;
      const look = desk.runtime.reads.getRun(event.runId);
      looks.push(look.then((run) => void (run.job === 'portfolio_scan' && seen.push(run))));
    });
    const { runId } = await importAtDesk(desk.runtime, rows);
    await Promise.all(looks);
    const done = seen.map((run) => run.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    for (const run of seen) expect(run.done).toBeLessThanOrEqual(run.total);
    const run = await desk.runtime.reads.getRun(runId ?? '');
    expect(run).toMatchObject({
      state: 'succeeded',
      trigger: 'import',
      done: 3_000,
      total: 3_000,
      errorCount: 1,
      errors: [{ accountId: 'a-700', code: 'bad_signals' }],
    });
    expect(run.counts).toMatchObject({ scored: 1_499, failed: 1, found: 1_500, created: 1_500 });
  });

  it('is cancelled when the desk stops, and made again by the next start', async () => {
    const desk = await open();
    const rows = Array.from({ length: 3_000 }, (_, index) => outgrowingRow(`a-${index}`));
    await importRows(desk.db, rows);
    const runId = await startTask(desk, 'portfolio_scan');
    await eventually(async () => (await desk.runtime.reads.getRun(runId)).state === 'running', 'the run');
    const next = await restart(desk);
    expect(await next.runtime.reads.getRun(runId)).toMatchObject({ state: 'cancelled' });
    await next.runtime.start();
    const [again, ...more] = await eventually(async () => {
      const runs = await ended(next);
      return runs.length === 2 ? runs : null;
    }, 'the run made again');
    expect(again).toMatchObject({ state: 'succeeded', trigger: 'catch_up' });
    expect(more.map((run) => run.id)).toEqual([runId]);
    const { byRag } = await next.runtime.reads.summarizeAccounts();
    expect(byRag.GREEN).toBe(3_000);
    const third = await restart(next);
    await third.runtime.start();
    expect(await ended(third)).toHaveLength(2);
  });

  it('is over when its process is gone, and made again; that of a living process is left alone', async () => {
    const desk = await open();
    const row = (id: string, owner: string, state: string) => ({
      id,
      job: 'health_scan',
      trigger: 'manual',
      state,
      owner,
      createdAt: NOW,
      startedAt: NOW,
    });
    await desk.db.write.run.createMany({
      data: [
        row('abandoned', `${hostname()}/4194304/gone`, 'running'),
        row('abandoned-in-the-queue', `${hostname()}/4194304/gone`, 'queued'),
        row('of-a-neighbour', `${hostname()}/${process.ppid}/alive`, 'running'),
        row('of-another-host', 'elsewhere/1/unknown', 'running'),
        row('of-another-host-that-died', 'elsewhere/2/unknown', 'running'),
      ],
    });
    // Those that live say so.
    const leases = createLeases(desk.db);
    for (const owner of [`${hostname()}/${process.ppid}/alive`, 'elsewhere/1/unknown']) {
      await leases.acquire(`instance:${owner}`, owner, 60_000);
    }
    await desk.runtime.start();
    expect(await ended(desk)).toMatchObject([{ state: 'succeeded', trigger: 'catch_up' }]);
    const states = await runsOf(desk, 'health_scan');
    expect(Object.fromEntries(states.map((run) => [run.id, run.state]))).toEqual({
      abandoned: 'failed',
      'abandoned-in-the-queue': 'failed',
      'of-a-neighbour': 'running',
      'of-another-host': 'running',
      'of-another-host-that-died': 'failed',
    });
    expect(states.find((run) => run.id === 'abandoned')?.error).toBe('The server stopped while this ran.');
  });
});

describe('a firing that was missed', () => {
  const DAILY = { env: { HEADROOM_SCAN_CRON: '0 7 * * *' } };

  it.each([
    ['within its grace', '2026-11-23T18:59:00Z', ['2026-11-23T07:00:00.000Z']],
    ['at the minute itself', '2026-11-23T07:00:20Z', ['2026-11-23T07:00:00.000Z']],
    ['beyond its grace', '2026-11-23T19:01:00Z', []],
    ['not at all', '2026-11-23T06:59:00Z', []],
  ])('is caught up %s', async (_, start, expected) => {
    // Installed after the firing of the day before.
    const installed = await open({ ...DAILY, clock: createClock('2026-11-22T20:00:00Z') });
    installed.clock.set(start);
    const desk = await restart(installed);
    await desk.runtime.start();
    if (expected.length > 0) await ended(desk);
    else await nothingStarts(desk);
    const stored = await desk.db.read.run.findMany({
      where: { job: { not: 'churn_alerts' } },
      select: { scheduledFor: true, trigger: true, state: true },
    });
    expect(stored).toEqual(
      expected.map((time) => ({ scheduledFor: new Date(time), trigger: 'catch_up', state: 'succeeded' })),
    );
    // And once only, however often the server starts.
    desk.clock.advance(MINUTE / 2);
    const again = await restart(desk);
    await again.runtime.start();
    await nothingStarts(again);
    expect(await again.db.read.run.count({ where: { job: 'portfolio_scan' } })).toBe(expected.length);
  });

  it('is not caught up from before the desk was installed', async () => {
    const desk = await open({ ...DAILY, clock: createClock('2026-11-22T09:30:00Z') });
    await desk.runtime.start();
    await nothingStarts(desk);
    expect(await desk.db.read.run.count()).toBe(0);
  });

  it('is caught up by one of two processes that start together', { timeout: 60_000 }, async () => {
    const dataDir = await temporaryDirectory();
    directories.push(dataDir);
    await createDatabase(dataDir);
    const installed = await openRuntime({ dataDir, clock: createClock('2026-11-21T09:00:00Z') });
    await installed.close();
    const starters = [1, 2].map(() => startProcess<RunItem[]>('starter.ts', dataDir, '2026-11-22T09:00:00Z'));
    await Promise.all(starters.map((starter) => starter.ready));
    for (const starter of starters) starter.go();
    for (const starter of starters) starter.end();
    await Promise.all(starters.map((starter) => starter.answer));
    const desk = await openRuntime({ dataDir, clock: createClock('2026-11-22T09:00:00Z') });
    expect(await runsOf(desk)).toMatchObject([{ state: 'succeeded', trigger: 'catch_up' }]);
    await desk.close();
  });
});

/** The catch-up asks the database and starts at once if at all: a run of another job, asked for later, ends after it. */
async function nothingStarts(desk: TestRuntime): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await desk.runtime.reads.workspace();
  expect((await desk.runtime.reads.workspace()).activeRun).toBeNull();
}

describe('the schedule', () => {
  const log = { warn() {}, error() {} };
  const local = (date: Date, timeZone: string) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(date);

  async function nextRun(cron: string, timeZone: string): Promise<Date | null> {
    const times = { cron, enabled: true, catchUp: false, graceMs: 0, since: null };
    const plan = { timeZone, jobs: { scan: times } };
    const scheduler = new CsmScheduler([{ job: 'scan', fire: async () => {}, hasRunFor: async () => true }], {
      ...{ readPlan: async () => plan, plan, elect: async () => true, clock: () => new Date(), log },
    });
    await scheduler.start();
    const next = scheduler.nextRun('scan');
    await scheduler.stop();
    return next;
  }

  it.each([
    ['Europe/Berlin', '2027-03-26T12:00:00Z', 'spring'],
    ['Europe/Berlin', '2026-10-23T12:00:00Z', 'autumn'],
    ['America/New_York', '2027-03-12T17:00:00Z', 'spring'],
    ['America/New_York', '2026-10-30T17:00:00Z', 'autumn'],
    ['Asia/Kolkata', '2026-11-20T12:00:00Z', 'no change'],
    ['UTC', '2026-11-20T12:00:00Z', 'no change'],
  ])('fires at seven on the wall, each day once, in %s around %s (%s)', async (timeZone, from) => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(from) });
    const days: string[] = [];
    for (let day = 0; day < 5; day += 1) {
      const next = await nextRun('0 7 * * *', timeZone);
      if (!next) throw new Error('There is no next run.');
      expect(next.getTime()).toBeGreaterThan(Date.now());
      expect(next.getTime() - Date.now()).toBeLessThanOrEqual(25 * HOUR);
      const [date = '', time] = local(next, timeZone).split(' ');
      expect(time).toBe('07:00');
      days.push(date);
      vi.setSystemTime(next);
    }
    expect(new Set(days).size).toBe(5);
    const length = (Date.parse(days[4] ?? '') - Date.parse(days[0] ?? '')) / DAY;
    expect(length).toBe(4);
  });

  it.each([
    ['Europe/Berlin', '2027-03-28'],
    ['America/New_York', '2027-03-14'],
  ])('goes on in %s past an hour that does not exist on %s', async (timeZone, day) => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(`${day}T00:30:00Z`) });
    const next = await nextRun('30 2 * * *', timeZone);
    expect(next?.getTime()).toBeGreaterThan(Date.now());
    expect(next?.getTime()).toBeLessThanOrEqual(Date.now() + 48 * HOUR);
  });

  it('is off, with the reason, where it cannot be used, and the rest goes on', async () => {
    const desk = await open({ env: { HEADROOM_SCAN_CRON: '99 99 * * *' } });
    await desk.runtime.start();
    expect(await desk.runtime.readiness()).toMatchObject({
      ready: true,
      degraded: [
        { part: 'scheduler', reason: expect.stringMatching(/Daily health scan: «99 99 \* \* \*» has no hour «99»/) },
      ],
    });
    const { runId } = await importAtDesk(desk.runtime, [outgrowingRow('a-1')]);
    expect(await desk.runtime.reads.getRun(runId ?? '')).toMatchObject({ state: 'succeeded' });
  });
});
