import { formatDate, parseUtcDay } from './format';

/** What a review is about: a calendar quarter, or the contract year that ends with a renewal. */
export type ReviewPeriod =
  | { kind: 'quarter'; id: string; year: number; quarter: 1 | 2 | 3 | 4 }
  | { kind: 'renewal'; id: string; renewalDate: string };

/** How long before a contract ends its review is made, in days. */
export const RENEWAL_REVIEW_DAYS = 90;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const FIRST_YEAR = 2000;
const LAST_YEAR = 2199;

/** `2026-Q3` or `renewal-2027-02-15`; null for anything else. */
export function parsePeriod(id: string): ReviewPeriod | null {
  const quarter = /^(\d{4})-Q([1-4])$/.exec(id);
  if (quarter) return quarterPeriod(Number(quarter[1]), Number(quarter[2]));
  const [, renewalDate] = /^renewal-(\d{4}-\d{2}-\d{2})$/.exec(id) ?? [];
  return renewalDate === undefined ? null : renewalPeriod(renewalDate);
}

/** Null for a year that no contract of ours lies in. */
function quarterPeriod(year: number, quarter: number): ReviewPeriod | null {
  if (year < FIRST_YEAR || year > LAST_YEAR) return null;
  return { kind: 'quarter', id: `${year}-Q${quarter}`, year, quarter: quarter as 1 | 2 | 3 | 4 };
}

/** @param renewalDate `YYYY-MM-DD`; null where it is no day. */
export function renewalPeriod(renewalDate: string): ReviewPeriod | null {
  const year = Number(renewalDate.slice(0, 4));
  if (parseUtcDay(renewalDate) === null || year < FIRST_YEAR || year > LAST_YEAR) return null;
  return { kind: 'renewal', id: `renewal-${renewalDate}`, renewalDate };
}

/** The quarter that an instant lies in, by the calendar of a time zone. */
export function quarterAt(now: Date, timeZone: string): ReviewPeriod & { kind: 'quarter' } {
  const day = localDay(now, timeZone);
  const year = Number(day.slice(0, 4));
  return namedQuarter(year, Math.floor((Number(day.slice(5, 7)) - 1) / 3) + 1);
}

/** The quarters up to the one that an instant lies in, that one first. */
export function recentQuarters(now: Date, timeZone: string, count: number): (ReviewPeriod & { kind: 'quarter' })[] {
  const { year, quarter } = quarterAt(now, timeZone);
  return Array.from({ length: count }, (_, back) => {
    const index = year * 4 + (quarter - 1) - back;
    return namedQuarter(Math.floor(index / 4), (index % 4) + 1);
  });
}

/** The quarter that ended last. */
export function endedQuarter(now: Date, timeZone: string): ReviewPeriod & { kind: 'quarter' } {
  const [current, ended] = recentQuarters(now, timeZone, 2);
  return (ended ?? current) as ReviewPeriod & { kind: 'quarter' };
}

function namedQuarter(year: number, quarter: number): ReviewPeriod & { kind: 'quarter' } {
  return { kind: 'quarter', id: `${year}-Q${quarter}`, year, quarter: quarter as 1 | 2 | 3 | 4 };
}

/** «Q3 2026», «Renewal on 15 Feb 2027». */
export function periodLabel(period: ReviewPeriod): string {
  if (period.kind === 'quarter') return `Q${period.quarter} ${period.year}`;
  return `Renewal on ${formatDate(new Date(`${period.renewalDate}T00:00:00Z`))}`;
}

/** Calendar days of a period, both within it. */
export function periodDays(period: ReviewPeriod): { first: string; last: string } {
  if (period.kind === 'quarter') {
    const month = (period.quarter - 1) * 3;
    return {
      first: dayText(Date.UTC(period.year, month, 1)),
      last: dayText(Date.UTC(period.year, month + 3, 1) - DAY_MS),
    };
  }
  const [year = 0, month = 0, day = 0] = period.renewalDate.split('-').map(Number);
  // A year before 29 February is 28 February: the day that the calendar has.
  const lastOfMonth = new Date(Date.UTC(year - 1, month, 0)).getUTCDate();
  return {
    first: dayText(Date.UTC(year - 1, month - 1, Math.min(day, lastOfMonth))),
    last: dayText(Date.UTC(year, month - 1, day) - DAY_MS),
  };
}

/** The instants that a period lies between, from the first one to before the second, in a time zone. */
export function periodBounds(period: ReviewPeriod, timeZone: string): { from: Date; to: Date } {
  const key = `${period.id} ${timeZone}`;
  const known = bounds.get(key);
  if (known) return known;
  const { first, last } = periodDays(period);
  const found = { from: startOfDay(first, timeZone), to: startOfDay(dayText(Date.parse(last) + DAY_MS), timeZone) };
  if (bounds.size >= MOST_BOUNDS) bounds.clear();
  bounds.set(key, found);
  return found;
}

/** A run asks for the same few periods and days over and over, and the engine is slow at calendars. */
const bounds = new Map<string, { from: Date; to: Date }>();
const MOST_BOUNDS = 500;
const days = new Map<string, Map<number, string>>();
const MOST_DAYS = 20_000;
/** No clock is set to less than a quarter of an hour, so that no day ends within one. */
const QUARTER_HOUR_MS = 900_000;

/** The calendar day of an instant in a time zone, `YYYY-MM-DD`. */
export function localDay(instant: Date, timeZone: string): string {
  let known = days.get(timeZone);
  if (!known || known.size >= MOST_DAYS) {
    known = new Map();
    days.set(timeZone, known);
  }
  const key = Math.floor(instant.getTime() / QUARTER_HOUR_MS);
  const day = known.get(key);
  if (day !== undefined) return day;
  const parts = dayFormat(timeZone).formatToParts(instant);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  const found = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
  known.set(key, found);
  return found;
}

/** The first instant of a day; one whose midnight the clocks skip begins when they have been put on. */
export function startOfDay(day: string, timeZone: string): Date {
  // No zone is further than this from UTC.
  let before = Date.parse(day) - 16 * HOUR_MS;
  let after = Date.parse(day) + 16 * HOUR_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDay(new Date(middle), timeZone) < day) before = middle;
    else after = middle;
  }
  return new Date(after);
}

function dayText(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function dayFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
}
