import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../lib/db/client';
import { DAY, HOUR, MINUTE } from '../helpers/clock';
import { createDatabase, type Engine, removeDirectory, temporaryDirectory } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { type ScriptProcess, startScript } from '../helpers/fault-scripts';
import { ENGINES, LONG, SEED, say } from '../helpers/fault-world';
import { createRandom } from '../helpers/random';

/** An instance of the desk with a clock of its own, which is right, early or late. */
interface Instance {
  /** Lets time pass, on its own clock. */
  pass(ms: number): Promise<void>;
  put(time: Date): Promise<void>;
  order(line: string): Promise<void>;
  kill(): Promise<unknown>;
}

interface Zone {
  timeZone: string;
  cron: string;
  installed?: Date;
}

const DAILY: Zone = { timeZone: 'UTC', cron: '0 7 * * *' };

let directory: string;
let url: string;
let db: Database;
const alive: ScriptProcess[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await Promise.all(alive.splice(0).map((child) => child.kill('SIGKILL')));
  await db.close();
  await removeDirectory(directory);
});

async function open(engine: Engine): Promise<void> {
  url = await createDatabase(directory, engine);
  db = await openDatabase(url);
}

describe.each(ENGINES)('the schedule of two instances, on %s', (engine) => {
  beforeEach(() => open(engine));

  it('whose clocks are ten minutes apart has one run for each firing, whoever is first', async () => {
    const random = createRandom(SEED);
    const start = new Date('2026-11-21T12:00:00Z');
    const daily = { ...DAILY, installed: start };
    const early = await instance(later(start, 5 * MINUTE), daily);
    const late = await instance(later(start, -5 * MINUTE), daily);
    for (let step = 0; step < 12; step += 1) {
      const ms = random.whole(1, 12) * HOUR;
      const both = random.chance(0.5) ? [early, late] : [late, early];
      for (const each of both) await each.pass(ms);
    }
    const firings = await firingsOf();
    expect(firings.length).toBeGreaterThan(0);
    expect(firings).toEqual(days('2026-11-22', firings.length, 'T07:00:00.000Z'));
    say(`${engine}: ${firings.length} firings with clocks ten minutes apart`);
  });

  it('makes up for the latest firing alone after 26 hours down, once, and for none beyond its grace', async () => {
    const before = await instance(new Date('2026-11-20T06:00:00Z'), DAILY);
    await before.pass(2 * HOUR);
    await before.kill();
    const daily = { ...DAILY, installed: new Date('2026-11-20T06:00:00Z') };
    const up = new Date('2026-11-22T08:00:00Z');
    const both = await Promise.all([instance(up, daily), instance(up, daily)]);
    for (const each of both) await each.pass(HOUR);
    expect(await runsOf()).toEqual([
      ['2026-11-20T07:00:00.000Z', 'schedule'],
      ['2026-11-22T07:00:00.000Z', 'catch_up'],
    ]);
    for (const each of both) await each.kill();
    const muchLater = await instance(new Date('2026-11-23T20:00:00Z'), daily);
    await muchLater.pass(HOUR);
    expect(await firingsOf()).toHaveLength(2);
  });
});

// Which engine keeps the log makes no difference to what a clock shows.
describe('the schedule', () => {
  beforeEach(() => open('sqlite'));

  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-10-25T01:00:00Z', 3, '02:30', 'comes twice'],
    ['America/New_York', '30 1 * * *', '2026-11-01T06:00:00Z', 3, '01:30', 'comes twice'],
    ['Europe/Berlin', '30 2 * * *', '2027-03-28T01:00:00Z', 2, '02:30', 'does not come'],
    ['Europe/Berlin', '0 7 * * *', '2027-03-28T01:00:00Z', 3, '07:00', 'comes an hour early'],
    ['America/New_York', '0 7 * * *', '2026-11-01T06:00:00Z', 3, '07:00', 'comes an hour late'],
  ])(
    'runs once for each time on the wall, in %s at %s around %s: %s runs, though %s %s',
    async (timeZone, cron, edge, runs, wall) => {
      const change = new Date(edge);
      const installed = later(change, -36 * HOUR);
      const zone = { timeZone, cron, installed };
      const first = await instance(installed, zone);
      // The other one is started anew again and again around the change, and looks each time for what it has missed.
      let at = installed;
      for (const minutes of LONG ? [-75, -45, -15, 15, 45, 75, 240] : [-45, 15, 75]) {
        const next = later(change, minutes * MINUTE);
        await first.pass(next.getTime() - at.getTime());
        at = next;
        const second = await instance(at, zone);
        await second.pass(2 * MINUTE);
        await second.kill();
      }
      await first.pass(32 * HOUR);
      const local = (await firingsOf()).map((firing) => wallOf(firing, timeZone));
      expect(local.map((text) => text.split(' ')[1])).toEqual(Array.from({ length: runs }, () => wall));
      expect(new Set(local).size).toBe(runs);
    },
  );

  it('fires once where the clock is set back over a firing, and goes on after', async () => {
    const one = await instance(new Date('2026-11-21T06:00:00Z'), DAILY);
    await one.pass(90 * MINUTE);
    await one.put(new Date('2026-11-21T06:30:00Z'));
    await one.pass(DAY + HOUR);
    expect(await firingsOf()).toEqual(days('2026-11-21', 2, 'T07:00:00.000Z'));
  });

  it('does not stand still where the clock was days ahead for a while', async () => {
    const one = await instance(new Date('2026-11-21T05:00:00Z'), DAILY);
    await one.put(new Date('2026-11-24T05:00:00Z'));
    await one.pass(3 * HOUR);
    expect(await firingsOf()).toEqual(['2026-11-24T07:00:00.000Z']);
    await one.put(new Date('2026-11-21T08:00:00Z'));
    await one.pass(2 * DAY);
    expect(await firingsOf()).toEqual([...days('2026-11-22', 2, 'T07:00:00.000Z'), '2026-11-24T07:00:00.000Z']);
  });

  it('makes up within minutes for a firing that the clock was put past', async () => {
    const one = await instance(new Date('2026-11-21T06:58:00Z'), DAILY);
    await one.pass(MINUTE);
    await one.put(new Date('2026-11-21T07:04:00Z'));
    await one.pass(2 * MINUTE);
    expect(await runsOf()).toEqual([['2026-11-21T07:00:00.000Z', 'catch_up']]);
  });

  it('makes up for a firing at which the database was out of reach', async () => {
    const one = await instance(new Date('2026-11-21T06:00:00Z'), DAILY);
    await one.order('lose');
    await one.pass(90 * MINUTE);
    expect(await firingsOf()).toEqual([]);
    await one.order('find');
    await one.pass(2 * MINUTE);
    expect(await runsOf()).toEqual([['2026-11-21T07:00:00.000Z', 'catch_up']]);
  });
});

async function instance(now: Date, { timeZone, cron, installed = now }: Zone): Promise<Instance> {
  const args = [now.toISOString(), timeZone, cron, installed.toISOString()];
  const child = await startScript('scheduler-life', args, { DATABASE_URL: url });
  alive.push(child);
  let orders = 0;
  const order = async (line: string) => {
    orders += 1;
    child.child.stdin?.write(`${line}\n`);
    const answered = () => (child.output().match(/^done /gm)?.length ?? 0) >= orders;
    await eventually(answered, `${line}: ${child.output()}`, 60_000);
  };
  return {
    order,
    pass: (ms) => order(`pass ${ms}`),
    put: (time) => order(`put ${time.toISOString()}`),
    kill: () => child.kill('SIGKILL'),
  };
}

async function runsOf(): Promise<[string, string][]> {
  const runs = await db.read.run.findMany({ orderBy: { scheduledFor: 'asc' } });
  expect(runs.map((run) => run.state)).toEqual(runs.map(() => 'succeeded'));
  return runs.map((run) => [run.scheduledFor?.toISOString() ?? '', run.trigger]);
}

async function firingsOf(): Promise<string[]> {
  return (await runsOf()).map(([firing]) => firing);
}

function days(first: string, count: number, time: string): string[] {
  return Array.from(
    { length: count },
    (_, day) =>
      `${later(new Date(`${first}T00:00:00Z`), day * DAY)
        .toISOString()
        .slice(0, 10)}${time}`,
  );
}

function later(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}

function wallOf(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
    new Date(instant),
  );
}
