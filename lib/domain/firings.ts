import type { Cron } from './cron';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Between two 29ths of February can be eight years. */
const FURTHEST_DAYS = 9 * 366;

/**
 * When a cron expression fires in a time zone. A time on the wall that comes twice, as clocks are put back, fires the first
 * time it comes; one that does not come, as they are put forward, does not fire. An expression that names no hours fires as
 * time passes: each minute of an hour that comes twice.
 */
export interface Firings {
  cron: Cron;
  timeZone: string;
}

/** The next ones after an instant, in order; fewer than `count` where one is more than nine years after another. */
export function nextFirings(firings: Firings, after: Date, count: number): Date[] {
  const found: Date[] = [];
  const start = dayOf(after.getTime(), firings.timeZone);
  let last = start;
  for (let day = start; found.length < count && day - last < FURTHEST_DAYS; day += 1) {
    for (const time of firingsOfDay(firings, day, after.getTime(), Number.POSITIVE_INFINITY)) {
      if (found.length === count) break;
      found.push(new Date(time));
      last = day;
    }
  }
  return found;
}

/** The latest one up to `until` and after `after`; null where there is none. */
export function lastFiring(firings: Firings, until: Date, after: Date): Date | null {
  const first = dayOf(after.getTime(), firings.timeZone);
  for (let day = dayOf(until.getTime(), firings.timeZone); day >= first; day -= 1) {
    const last = firingsOfDay(firings, day, after.getTime(), until.getTime()).at(-1);
    if (last !== undefined) return new Date(last);
  }
  return null;
}

/** @param minute an instant on a whole minute. */
export function firesAt(firings: Firings, minute: Date): boolean {
  const time = minute.getTime();
  return firingsOfDay(firings, dayOf(time, firings.timeZone), time - 1, time).length > 0;
}

/** Instants at which clocks show the same as at this one, itself left out. */
export function sameOnTheWall(instant: Date, timeZone: string): Date[] {
  const wall = wallOf(instant.getTime(), timeZone);
  const others = offsetsAround(Math.floor(wall / DAY_MS), timeZone).map((offset) => wall - offset);
  return others
    .filter((time) => time !== instant.getTime() && wallOf(time, timeZone) === wall)
    .map((time) => new Date(time));
}

/** Those within (`after`, `until`]. @param day days since 1 Jan 1970, as the wall counts them. */
function firingsOfDay({ cron, timeZone }: Firings, day: number, after: number, until: number): number[] {
  const date = new Date(day * DAY_MS);
  if (!cron.onDay(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())) return [];
  const offsets = offsetsAround(day, timeZone);
  const asked = (time: number) => time > after && time <= until;
  const times: number[] = [];
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const wall = day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS;
      const candidates = offsets.map((offset) => wall - offset);
      if (!candidates.some(asked)) continue;
      // Without a change nearby there is one instant, and it needs no proof.
      const real = offsets.length === 1 ? candidates : candidates.filter((time) => wallOf(time, timeZone) === wall);
      const fires = cron.everyHour ? real : real.length > 0 ? [Math.min(...real)] : [];
      times.push(...fires.filter(asked));
    }
  }
  return times.sort((a, b) => a - b);
}

/** How far the wall is ahead of UTC, before, on and after a day: one value but around a change. */
function offsetsAround(day: number, timeZone: string): number[] {
  const around = [day * DAY_MS - 16 * HOUR_MS, day * DAY_MS + 12 * HOUR_MS, day * DAY_MS + 40 * HOUR_MS];
  return [...new Set(around.map((time) => wallOf(time, timeZone) - time))];
}

function dayOf(time: number, timeZone: string): number {
  return Math.floor(wallOf(time, timeZone) / DAY_MS);
}

/** What clocks show, to the minute, as the instant at which those in UTC show it. */
function wallOf(time: number, timeZone: string): number {
  let year = 0;
  let month = 0;
  let day = 0;
  let hour = 0;
  let minute = 0;
  for (const { type, value } of formatOf(timeZone).formatToParts(time)) {
    if (type === 'year') year = Number(value);
    else if (type === 'month') month = Number(value);
    else if (type === 'day') day = Number(value);
    else if (type === 'hour') hour = Number(value);
    else if (type === 'minute') minute = Number(value);
  }
  return Date.UTC(year, month - 1, day, hour, minute);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...numeric });
    if (formats.size < 1_000) formats.set(timeZone, format);
  }
  return format;
}
