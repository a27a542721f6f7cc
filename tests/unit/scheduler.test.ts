import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseCron } from '../../lib/domain/cron';
import { nextFirings } from '../../lib/domain/firings';
import type { JobTimes } from '../../lib/domain/schedule';
import { CsmScheduler, type Plan } from '../../lib/scheduler';
import { HOUR, MINUTE } from '../helpers/clock';
import { anyCron, CHANGES } from '../helpers/wall-clock';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
// Days of minutes pass in each of these.
vi.setConfig({ testTimeout: 30_000 });

const DAILY: JobTimes = { cron: '0 7 * * *', enabled: true, catchUp: true, graceMs: 12 * HOUR, since: null };

/** The plan and the runs that all instances share, and instances that come and go. */
function createWorld(plan: Plan) {
  const world = {
    plan,
    /** By job and minute; the unique key of the run log. */
    runs: new Map<string, 'schedule' | 'catch_up'>(),
    elected: new Set<string>(),
    installed: new Date(),
    problems: [] as string[],
    async begin(jobs: string[] = Object.keys(plan.jobs)) {
      const log = {
        warn: (_: object, message: string) => void world.problems.push(message),
        error: (_: object, message: string) => void world.problems.push(message),
      };
      const scheduler = new CsmScheduler(
        jobs.map((job) => ({
          job,
          async fire(scheduledFor: Date, trigger: 'schedule' | 'catch_up') {
            const key = `${job} ${scheduledFor.toISOString()}`;
            if (!world.runs.has(key)) world.runs.set(key, trigger);
          },
          hasRunFor: async (firing: Date) =>
            firing < world.installed || world.runs.has(`${job} ${firing.toISOString()}`),
        })),
        {
          readPlan: async () => world.plan,
          plan: world.plan,
          elect: async (key) => {
            const first = !world.elected.has(key);
            world.elected.add(key);
            return first;
          },
          clock: () => new Date(),
          log,
        },
      );
      await scheduler.start();
      return scheduler;
    },
    set(job: string, times: Partial<JobTimes>) {
      const before = world.plan.jobs[job] ?? DAILY;
      world.plan = { ...world.plan, jobs: { ...world.plan.jobs, [job]: { ...before, ...times } } };
    },
    fired: (job: string) =>
      [...world.runs].flatMap(([key, trigger]) =>
        key.startsWith(`${job} `) ? [[key.split(' ')[1]?.slice(0, 16), trigger]] : [],
      ),
  };
  return world;
}

/** Lets time pass in steps of at most a minute. Everything here answers at once, so a few turns of promises settle each. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MINUTE) {
    vi.advanceTimersByTime(Math.min(left, MINUTE));
    for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
  }
}

describe('the scheduler', () => {
  it('fires what its next times say, in any zone, around a change of the clocks and a restart', async () => {
    const anyLife = fc.record({
      expression: anyCron,
      change: fc.constantFrom(...CHANGES),
      lead: fc.integer({ min: 20, max: 300 }),
      down: fc.integer({ min: 0, max: 150 }),
      rest: fc.integer({ min: 60, max: 240 }),
    });
    await fc.assert(
      fc.asyncProperty(anyLife, async ({ expression, change: [timeZone, edge], lead, down, rest }) => {
        const start = Date.parse(edge) - lead * MINUTE;
        vi.setSystemTime(start);
        const world = createWorld({ timeZone, jobs: { scan: { ...DAILY, cron: expression } } });
        const parsed = parseCron(expression);
        if (!parsed.ok) throw new Error(parsed.problem);
        const first = await world.begin();
        const told = first.nextRuns('scan', 40);
        // Stops a little before or after the change.
        const stopped = start + Math.floor(lead * 0.8) * MINUTE + 30_000;
        await pass(stopped - start);
        await first.stop();
        await pass(down * MINUTE);
        const second = await world.begin();
        await pass(rest * MINUTE);
        await second.stop();
        const up = stopped + down * MINUTE;
        const end = up + rest * MINUTE;
        const due = nextFirings({ cron: parsed.cron, timeZone }, new Date(start - 1), 2_000).filter(
          (time) => time.getTime() <= end,
        );
        // Of those that were missed the latest is made up for.
        const missed = due.filter((time) => time.getTime() > stopped && time.getTime() <= up);
        const left = new Set(missed.slice(0, -1).map((time) => time.getTime()));
        const expected = due.filter((time) => !left.has(time.getTime())).map((time) => time.toISOString());
        const fired = [...world.runs.keys()].map((key) => key.slice('scan '.length)).sort();
        expect(fired, `${expression} in ${timeZone}`).toEqual(expected);
        const later = due.filter((time) => time.getTime() > start).slice(0, 40);
        expect(told.slice(0, later.length)).toEqual(later);
        expect(world.problems).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps to the grace of each job', async () => {
    vi.setSystemTime('2027-01-01T02:00:00Z');
    const quarterly = { ...DAILY, cron: '0 4 1 1,4,7,10 *', graceMs: 168 * HOUR };
    const world = createWorld({
      timeZone: 'UTC',
      jobs: { quarterly, daily: DAILY, never: { ...DAILY, catchUp: false } },
    });
    // Down from before the quarter's first day to the evening of the fourth.
    vi.setSystemTime('2027-01-04T20:00:00Z');
    const scheduler = await world.begin();
    await pass(2 * MINUTE);
    expect(world.fired('quarterly')).toEqual([['2027-01-01T04:00', 'catch_up']]);
    expect(world.fired('daily')).toEqual([]);
    expect(world.fired('never')).toEqual([]);
    await pass(12 * HOUR);
    expect(world.fired('daily')).toEqual([['2027-01-05T07:00', 'schedule']]);
    expect(world.fired('never')).toEqual([['2027-01-05T07:00', 'schedule']]);
    await scheduler.stop();
  });

  it('neither fires nor makes up for what a job was switched off for', async () => {
    vi.setSystemTime('2026-11-22T06:00:00Z');
    const world = createWorld({ timeZone: 'UTC', jobs: { scan: DAILY } });
    world.set('scan', { enabled: false });
    const scheduler = await world.begin();
    expect(scheduler.nextRuns('scan', 5)).toEqual([]);
    await pass(3 * HOUR);
    world.set('scan', { enabled: true, since: new Date() });
    await scheduler.replan();
    await pass(5 * MINUTE);
    await scheduler.stop();
    const again = await world.begin();
    await pass(5 * MINUTE);
    expect(world.fired('scan')).toEqual([]);
    await pass(24 * HOUR);
    expect(world.fired('scan')).toEqual([['2026-11-23T07:00', 'schedule']]);
    await again.stop();
  });

  it('goes by a change that another instance has stored from the next minute on, without having been told', async () => {
    vi.setSystemTime('2026-11-22T06:59:30Z');
    const world = createWorld({ timeZone: 'UTC', jobs: { scan: DAILY } });
    const both = [await world.begin(), await world.begin()];
    world.set('scan', { cron: '5 7 * * *', since: new Date() });
    await pass(10 * MINUTE);
    expect(world.fired('scan')).toEqual([['2026-11-22T07:05', 'schedule']]);
    world.set('scan', { cron: '8 7 * * *', since: new Date() });
    await pass(24 * HOUR);
    expect(world.fired('scan')).toEqual([
      ['2026-11-22T07:05', 'schedule'],
      ['2026-11-23T07:08', 'schedule'],
    ]);
    for (const scheduler of both) await scheduler.stop();
  });

  it('fires once where the plan changes back and forth around a firing', async () => {
    vi.setSystemTime('2026-11-22T06:55:10Z');
    const world = createWorld({ timeZone: 'UTC', jobs: { scan: DAILY } });
    const both = [await world.begin(), await world.begin()];
    for (let step = 0; step < 40; step += 1) {
      world.set('scan', { cron: step % 2 === 0 ? '0 8 * * *' : '0 7 * * *', since: new Date() });
      await both[step % 2]?.replan();
      await pass(13_000);
    }
    world.set('scan', { cron: '0 7 * * *' });
    await pass(24 * HOUR);
    const fired = world.fired('scan').map(([time]) => time);
    expect(new Set(fired).size).toBe(fired.length);
    expect(fired.at(-1)).toBe('2026-11-23T07:00');
    for (const scheduler of both) await scheduler.stop();
  });

  it('says which times cannot be used, and goes on with the others', async () => {
    vi.setSystemTime('2026-11-22T06:00:00Z');
    const world = createWorld({ timeZone: 'UTC', jobs: { bad: { ...DAILY, cron: '0 7 31 2 *' }, scan: DAILY } });
    const scheduler = await world.begin();
    expect(scheduler.problem('bad')).toBe('«0 7 31 2 *» never comes: no day is «31 2 *»');
    expect(scheduler.problem('scan')).toBeNull();
    await pass(2 * HOUR);
    expect(world.fired('scan')).toEqual([['2026-11-22T07:00', 'schedule']]);
    await scheduler.stop();
  });

  it('keeps the plan it knows while the database is out of reach', async () => {
    vi.setSystemTime('2026-11-22T06:00:00Z');
    const world = createWorld({ timeZone: 'UTC', jobs: { scan: DAILY } });
    const scheduler = await world.begin();
    const { plan } = world;
    Object.defineProperty(world, 'plan', {
      get: () => {
        throw new Error('ECONNREFUSED');
      },
      configurable: true,
    });
    await pass(2 * MINUTE);
    expect(scheduler.nextRun('scan')).toEqual(new Date('2026-11-22T07:00:00Z'));
    Object.defineProperty(world, 'plan', { value: plan, writable: true });
    await pass(HOUR);
    expect(world.fired('scan')).toEqual([['2026-11-22T07:00', 'schedule']]);
    await scheduler.stop();
  });
});
