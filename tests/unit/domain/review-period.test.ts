import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endedQuarter,
  localDay,
  parsePeriod,
  periodBounds,
  periodDays,
  periodLabel,
  quarterAt,
  recentQuarters,
  renewalPeriod,
  startOfDay,
} from '../../../lib/domain/review-period';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Africa/Cairo',
  'Asia/Beirut',
];
const zone = fc.constantFrom(...ZONES);
const instant = fc
  .date({ min: new Date('2012-01-01T00:00:00Z'), max: new Date('2099-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime())));
const RUNS = { numRuns: 150 };

describe('a quarter', () => {
  it('holds the instant that it was named for, and begins and ends at midnight of the time zone', () => {
    fc.assert(
      fc.property(instant, zone, (now, timeZone) => {
        const period = quarterAt(now, timeZone);
        const { from, to } = periodBounds(period, timeZone);
        const { first, last } = periodDays(period);
        expect(from <= now && now < to).toBe(true);
        expect(localDay(from, timeZone)).toBe(first);
        expect(localDay(new Date(from.getTime() - 1), timeZone) < first).toBe(true);
        expect(localDay(new Date(to.getTime() - 1), timeZone)).toBe(last);
        expect(localDay(to, timeZone) > last).toBe(true);
        expect(first).toMatch(/-(01|04|07|10)-01$/);
        expect(last).toMatch(/-(03-31|06-30|09-30|12-31)$/);
      }),
      RUNS,
    );
  });

  it('follows the one before without a gap, and parses back', () => {
    fc.assert(
      fc.property(instant, zone, (now, timeZone) => {
        const quarters = recentQuarters(now, timeZone, 9);
        expect(new Set(quarters.map(({ id }) => id)).size).toBe(9);
        for (const [index, quarter] of quarters.entries()) {
          expect(parsePeriod(quarter.id)).toEqual(quarter);
          const before = quarters[index + 1];
          if (before) expect(periodBounds(before, timeZone).to).toEqual(periodBounds(quarter, timeZone).from);
        }
        const ended = endedQuarter(now, timeZone);
        expect(periodBounds(ended, timeZone).to <= now).toBe(true);
        expect(ended).toEqual(quarters[1]);
      }),
      RUNS,
    );
  });

  it.each([
    ['2026-09-30T21:59:59Z', 'Europe/Berlin', '2026-Q3', '2026-Q2'],
    ['2026-09-30T22:00:00Z', 'Europe/Berlin', '2026-Q4', '2026-Q3'],
    ['2027-01-01T04:59:59Z', 'America/New_York', '2026-Q4', '2026-Q3'],
    ['2027-01-01T05:00:00Z', 'America/New_York', '2027-Q1', '2026-Q4'],
    ['2026-12-31T10:00:00Z', 'Pacific/Kiritimati', '2027-Q1', '2026-Q4'],
    // The schedule's own firing: 04:00 on the first day.
    ['2026-10-01T02:00:00Z', 'Europe/Berlin', '2026-Q4', '2026-Q3'],
  ])('at %s in %s is %s; the last one to end was %s', (now, timeZone, current, ended) => {
    expect(quarterAt(new Date(now), timeZone).id).toBe(current);
    expect(endedQuarter(new Date(now), timeZone).id).toBe(ended);
  });

  it('is a leap day longer in a leap year', () => {
    const days = (id: string) => {
      const period = parsePeriod(id);
      if (!period) throw new Error(`${id} is no period.`);
      const { from, to } = periodBounds(period, 'UTC');
      return (to.getTime() - from.getTime()) / 86_400_000;
    };
    expect([days('2027-Q1'), days('2028-Q1'), days('2100-Q1')]).toEqual([90, 91, 90]);
  });
});

describe('a renewal', () => {
  it('is about the year that ends with the day before it', () => {
    const period = renewalPeriod('2027-02-15');
    expect(period && periodDays(period)).toEqual({ first: '2026-02-15', last: '2027-02-14' });
    expect(period && periodLabel(period)).toBe('Renewal on 15 Feb 2027');
    const leap = renewalPeriod('2028-02-29');
    expect(leap && periodDays(leap)).toEqual({ first: '2027-02-28', last: '2028-02-28' });
  });

  it('lasts a year for every day there is', () => {
    const day = fc
      .date({ min: new Date('2001-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, (renewalDate) => {
        const period = renewalPeriod(renewalDate);
        if (!period) throw new Error(`${renewalDate} is a day.`);
        expect(parsePeriod(period.id)).toEqual(period);
        const { from, to } = periodBounds(period, 'UTC');
        expect([365, 366]).toContain((to.getTime() - from.getTime()) / 86_400_000);
      }),
      RUNS,
    );
  });
});

describe('a day', () => {
  it('that begins when the clocks are put on has its first instant then', () => {
    // In Cairo and Beirut midnight itself is skipped.
    expect(startOfDay('2024-04-26', 'Africa/Cairo').toISOString()).toBe('2024-04-25T22:00:00.000Z');
    expect(localDay(startOfDay('2024-04-26', 'Africa/Cairo'), 'Africa/Cairo')).toBe('2024-04-26');
  });
});

describe('a name of a period', () => {
  it.each([
    '',
    '2026',
    '2026-Q0',
    '2026-Q5',
    '1999-Q4',
    '2200-Q1',
    '2026-q3',
    ' 2026-Q3',
    '2026-Q3 ',
    'renewal-2027-02-30',
    'renewal-2027-2-1',
    'renewal-',
    'renewal-1999-12-31',
    '2026-Q3\n',
  ])('is not %j', (id) => {
    expect(parsePeriod(id)).toBeNull();
  });

  it('is one of the two forms or nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const period = parsePeriod(text);
        if (period) expect(period.id).toBe(text);
      }),
    );
  });
});
