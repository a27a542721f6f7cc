import fc from 'fast-check';
import cronOfNode from 'node-cron';
import { describe, expect, it } from 'vitest';
import { type Cron, parseCron } from '../../../lib/domain/cron';
import { type Firings, firesAt, lastFiring, nextFirings, sameOnTheWall } from '../../../lib/domain/firings';
import { MINUTE } from '../../helpers/clock';
import { anyCron, CHANGES, wallOf } from '../../helpers/wall-clock';

function cronOf(expression: string): Cron {
  const parsed = parseCron(expression);
  if (!parsed.ok) throw new Error(`${expression} ${parsed.problem}`);
  return parsed.cron;
}

function firings(expression: string, timeZone: string): Firings {
  return { cron: cronOf(expression), timeZone };
}

function next(expression: string, timeZone: string, after: string, count: number): string[] {
  return nextFirings(firings(expression, timeZone), new Date(after), count).map((time) =>
    time.toISOString().slice(0, 16),
  );
}

describe('a cron expression', () => {
  it.each([
    ['0 7 * *', 'has five fields'],
    ['0 0 7 * * * *', 'has five fields'],
    ['30 0 7 * * *', 'has five fields'],
    ['', 'has five fields'],
    ['60 7 * * *', 'has no minute «60»: it is 0 to 59'],
    ['0 24 * * *', 'has no hour «24»'],
    ['0 7 0 * *', 'has no day of the month «0»'],
    ['0 7 * 13 *', 'has no month «13»: it is 1 to 12 or JAN to DEC'],
    ['0 7 * * 8', 'has no day of the week «8»'],
    ['0 7 * * MOON', 'has no day of the week «MOON»'],
    ['5-1 * * * *', 'has no minute «5-1»'],
    ['*/0 * * * *', 'has no minute «*/0»'],
    ['1,,2 * * * *', 'has no minute «»'],
    ['*-5 * * * *', 'has no minute «*-5»'],
    ['0 7 31 2 *', 'never comes: no day is «31 2 *»'],
    ['0 7 31 4,6,9,11 *', 'never comes'],
  ])('«%s» %s', (expression, problem) => {
    const parsed = parseCron(expression);
    expect(parsed).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  it.each([
    ['0 7 * * 1-5', '2026-11-20T08:00:00Z', ['2026-11-23T07:00', '2026-11-24T07:00']],
    ['0 7 * * MON', '2026-11-22T08:00:00Z', ['2026-11-23T07:00', '2026-11-30T07:00']],
    ['0 7 * * 7', '2026-11-22T08:00:00Z', ['2026-11-29T07:00', '2026-12-06T07:00']],
    ['0 4 1 1,4,7,10 *', '2026-11-22T08:00:00Z', ['2027-01-01T04:00', '2027-04-01T04:00']],
    ['0 4 1 JAN-DEC/3 ?', '2026-11-22T08:00:00Z', ['2027-01-01T04:00', '2027-04-01T04:00']],
    ['0 0 29 2 *', '2026-11-22T08:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['0 0 29 2 *', '2096-11-22T08:00:00Z', ['2104-02-29T00:00', '2108-02-29T00:00']],
    ['0 6 L * *', '2026-11-22T08:00:00Z', ['2026-11-30T06:00', '2026-12-31T06:00']],
    ['0 6 L-1 * *', '2026-11-22T08:00:00Z', ['2026-11-29T06:00', '2026-12-30T06:00']],
    ['0 6 15W * *', '2026-07-22T08:00:00Z', ['2026-08-14T06:00', '2026-09-15T06:00']],
    ['0 6 1W * *', '2026-07-22T08:00:00Z', ['2026-08-03T06:00', '2026-09-01T06:00']],
    ['0 6 LW * *', '2026-10-22T08:00:00Z', ['2026-10-30T06:00', '2026-11-30T06:00']],
    ['0 6 * * 5L', '2026-11-22T08:00:00Z', ['2026-11-27T06:00', '2026-12-25T06:00']],
    ['0 6 * * 1#2', '2026-11-22T08:00:00Z', ['2026-12-14T06:00', '2027-01-11T06:00']],
    ['50/5 23 * * *', '2026-11-22T08:00:00Z', ['2026-11-22T23:50', '2026-11-22T23:55']],
    ['0 0 7 * * *', '2026-11-22T08:00:00Z', ['2026-11-23T07:00', '2026-11-24T07:00']],
    ['@daily', '2026-11-22T08:00:00Z', ['2026-11-23T00:00', '2026-11-24T00:00']],
  ])('«%s» after %s', (expression, after, expected) => {
    expect(next(expression, 'UTC', after, 2)).toEqual(expected);
  });

  it('is refused, or has times, whatever somebody writes', () => {
    const field = fc.stringMatching(/^[0-9*,/?LW#A-Z-]{1,6}$/);
    fc.assert(
      fc.property(fc.array(field, { minLength: 5, maxLength: 5 }), (fields) => {
        const parsed = parseCron(fields.join(' '));
        if (!parsed.ok) expect(parsed.problem).toMatch(/^(has|never) /);
        else expect(parsed.cron.minutes.length * parsed.cron.hours.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('times around a change of the clocks', () => {
  it.each([
    ['first of two', '30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    [
      'second of two has passed with the first',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-25T00:31:00Z',
      ['2026-10-26T01:30', '2026-10-27T01:30'],
    ],
    ['does not come', '30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', ['2027-03-29T00:30', '2027-03-30T00:30']],
    [
      'half an hour that comes twice',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2027-04-03T00:00:00Z',
      ['2027-04-03T14:45', '2027-04-04T15:15'],
    ],
    [
      'half an hour that does not come',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T12:00:00Z',
      ['2026-10-04T15:15', '2026-10-05T15:15'],
    ],
    [
      'midnight that does not come',
      '0 0 * * *',
      'Africa/Cairo',
      '2027-04-29T12:00:00Z',
      ['2027-04-30T21:00', '2027-05-01T21:00'],
    ],
    [
      'a day that does not come',
      '0 7 30 12 *',
      'Pacific/Apia',
      '2011-12-01T00:00:00Z',
      ['2012-12-29T17:00', '2013-12-29T17:00'],
    ],
  ])('%s: «%s» in %s', (_, expression, timeZone, after, expected) => {
    expect(next(expression, timeZone, after, 2)).toEqual(expected);
  });

  it('go on minute by minute through an hour that comes twice, and past one that does not come', () => {
    for (const after of ['2026-10-25T00:00:00Z', '2027-03-28T00:00:00Z']) {
      const times = nextFirings(firings('* * * * *', 'Europe/Berlin'), new Date(after), 300);
      const expected = Array.from({ length: 300 }, (__, index) => Date.parse(after) + (index + 1) * MINUTE);
      expect(times.map((time) => time.getTime())).toEqual(expected);
    }
  });

  it('know the instants at which clocks show the same', () => {
    const twins = sameOnTheWall(new Date('2026-10-25T00:30:00Z'), 'Europe/Berlin');
    expect(twins).toEqual([new Date('2026-10-25T01:30:00Z')]);
    expect(sameOnTheWall(new Date('2026-10-25T03:30:00Z'), 'Europe/Berlin')).toEqual([]);
  });
});

describe('any schedule', () => {
  const anyCase = fc.record({
    expression: anyCron,
    change: fc.constantFrom(...CHANGES),
    hours: fc.integer({ min: -30, max: 6 }),
    minutes: fc.nat({ max: 59 }),
  });

  it('has next times that go up, fit the expression on the wall, and leave none out', () => {
    fc.assert(
      fc.property(anyCase, ({ expression, change: [timeZone, edge], hours, minutes }) => {
        const plan = firings(expression, timeZone);
        const after = new Date(Date.parse(edge) + (hours * 60 + minutes) * MINUTE);
        const times = nextFirings(plan, after, 6);
        // Another implementation of the same expressions says so too.
        const task = cronOfNode.createTask(expression, () => {}, { timezone: timeZone });
        let before = after.getTime();
        for (const time of times) {
          expect(time.getTime()).toBeGreaterThan(before);
          expect(task.match(time), `${expression} ${timeZone} ${time.toISOString()}`).toBe(true);
          expect(firesAt(plan, time)).toBe(true);
          expect(lastFiring(plan, time, after)).toEqual(time);
          before = time.getTime();
        }
        // Minute by minute: all that fits is among them, but for the second of two that clocks show alike.
        const last = times.at(-1)?.getTime() ?? after.getTime();
        const known = new Set(times.map((time) => time.getTime()));
        const walls = new Set(plan.cron.everyHour ? [] : times.map((time) => wallOf(time, timeZone)));
        const first = Math.floor(after.getTime() / MINUTE) * MINUTE + MINUTE;
        for (let time = first; time < Math.min(last, first + 40 * 60 * MINUTE); time += MINUTE) {
          if (known.has(time) || !task.match(new Date(time))) continue;
          const wall = wallOf(new Date(time), timeZone);
          const earlier = sameOnTheWall(new Date(time), timeZone).some((twin) => twin.getTime() < time);
          expect(walls.has(wall) || (!plan.cron.everyHour && earlier), `${expression} ${timeZone} ${wall}`).toBe(true);
        }
        void task.destroy();
      }),
      { numRuns: 30 },
    );
  }, 30_000);
});
