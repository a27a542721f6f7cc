/**
 * Cron expressions of five fields: minute, hour, day of the month, month, day of the week. Both days must fit. Beyond numbers,
 * ranges, lists and steps there are names (`JAN`, `MON`), `L` (the last day), `15W` (the weekday nearest to the 15th), `5L`
 * (the last Friday) and `1#2` (the second Monday).
 */
export interface Cron {
  minutes: readonly number[];
  hours: readonly number[];
  /** Whether it names no hours: then it counts time as it passes, also through an hour that comes twice. */
  everyHour: boolean;
  /** @param month 1 to 12. */
  onDay(year: number, month: number, day: number): boolean;
}

export type ParsedCron = { ok: true; cron: Cron } | { ok: false; problem: string };

type DayRule = (year: number, month: number, day: number) => boolean;

interface FieldRange {
  name: string;
  from: number;
  to: number;
  names?: readonly string[];
}

const MINUTE: FieldRange = { name: 'minute', from: 0, to: 59 };
const HOUR: FieldRange = { name: 'hour', from: 0, to: 23 };
const DAY: FieldRange = { name: 'day of the month', from: 1, to: 31 };
const MONTH: FieldRange = {
  name: 'month',
  from: 1,
  to: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const WEEKDAY: FieldRange = {
  name: 'day of the week',
  from: 0,
  to: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** @returns what is wrong in words that name the field, where it is no such expression or no day ever fits. */
export function parseCron(expression: string): ParsedCron {
  const written = expression.trim();
  const fields = (NICKNAMES[written.toLowerCase()] ?? written).split(/\s+/);
  // Seconds are a field of some dialects; nothing here is planned by the second.
  if (fields.length === 6 && fields[0] === '0') fields.shift();
  if (fields.length !== 5) {
    return {
      ok: false,
      problem: 'has five fields: minute, hour, day of the month, month, day of the week, e.g. «0 7 * * *»',
    };
  }
  try {
    const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
    const hours = numbersOf(hour, HOUR);
    const months = new Set(numbersOf(month, MONTH));
    const onMonthDay = monthDayRule(day);
    const onWeekday = weekdayRule(weekday);
    const cron: Cron = {
      minutes: numbersOf(minute, MINUTE),
      hours,
      everyHour: hours.length === 24,
      onDay: (y, m, d) => months.has(m) && onMonthDay(y, m, d) && onWeekday(y, m, d),
    };
    if (!everFits(cron)) return { ok: false, problem: `never comes: no day is «${day} ${month} ${weekday}»` };
    return { ok: true, cron };
  } catch (error) {
    if (error instanceof FieldError) return { ok: false, problem: error.message };
    throw error;
  }
}

class FieldError extends Error {}

function refuse({ name, from, to, names }: FieldRange, text: string): FieldError {
  const last = names === undefined ? String(to) : `${to} or ${names[0]} to ${names.at(-1)}`;
  return new FieldError(`has no ${name} «${text}»: it is ${from} to ${last}, *, a list, a range or a step`);
}

/** The numbers that a field names, in order. */
function numbersOf(field: string, range: FieldRange): number[] {
  const numbers = new Set<number>();
  for (const part of field.split(',')) {
    const [, first = '', last, step] = /^([^-/]+)(?:-([^-/]+))?(?:\/(\d{1,3}))?$/.exec(part) ?? [];
    const by = step === undefined ? 1 : Number(step);
    if (first === '' || by < 1) throw refuse(range, part);
    const any = first === '*' || first === '?';
    if (any && last !== undefined) throw refuse(range, part);
    const from = any ? range.from : numberOf(first, range);
    // A step without an end goes to the last one there is.
    const open = any || (last === undefined && step !== undefined);
    const to = open ? (range === WEEKDAY ? 6 : range.to) : numberOf(last ?? first, range);
    if (to < from) throw refuse(range, part);
    for (let number = from; number <= to; number += by) numbers.add(range === WEEKDAY ? number % 7 : number);
  }
  return [...numbers].sort((a, b) => a - b);
}

function numberOf(text: string, range: FieldRange): number {
  const named = range.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + range.from;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= range.from && number <= range.to)) throw refuse(range, text);
  return number;
}

function monthDayRule(field: string): DayRule {
  return anyOf(field, (part) => {
    const upper = part.toUpperCase();
    const [, before] = /^L-(\d{1,2})$/.exec(upper) ?? [];
    if (upper === 'L') return (y, m, d) => d === lastDay(y, m);
    if (before !== undefined) return (y, m, d) => d === lastDay(y, m) - Number(before);
    if (upper === 'LW') return (y, m, d) => d === nearestWeekday(y, m, lastDay(y, m));
    const [, near] = /^(\d{1,2})W$/.exec(upper) ?? [];
    if (near !== undefined) {
      const target = numberOf(near, DAY);
      return (y, m, d) => target <= lastDay(y, m) && d === nearestWeekday(y, m, target);
    }
    const days = new Set(numbersOf(part, DAY));
    return (_, __, d) => days.has(d);
  });
}

function weekdayRule(field: string): DayRule {
  return anyOf(field, (part) => {
    const [, last] = /^([0-7])L$/i.exec(part) ?? [];
    if (last !== undefined) {
      return (y, m, d) => weekdayOf(y, m, d) === Number(last) % 7 && d + 7 > lastDay(y, m);
    }
    const [, weekday, nth] = /^([0-7])#([1-5])$/.exec(part) ?? [];
    if (weekday !== undefined) {
      return (y, m, d) => weekdayOf(y, m, d) === Number(weekday) % 7 && Math.ceil(d / 7) === Number(nth);
    }
    const days = new Set(numbersOf(part, WEEKDAY));
    return (y, m, d) => days.has(weekdayOf(y, m, d));
  });
}

function anyOf(field: string, ruleOf: (part: string) => DayRule): DayRule {
  const rules = field.split(',').map(ruleOf);
  return (y, m, d) => rules.some((rule) => rule(y, m, d));
}

/** Within 40 years every weekday has met every date, 29 February too. */
function everFits(cron: Cron): boolean {
  const day = new Date(Date.UTC(2000, 0, 1));
  for (let count = 0; count < 40 * 366; count += 1) {
    if (cron.onDay(day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate())) return true;
    day.setUTCDate(day.getUTCDate() + 1);
  }
  return false;
}

function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** Monday to Friday nearest to a day, within its month. */
function nearestWeekday(year: number, month: number, target: number): number {
  const weekday = weekdayOf(year, month, target);
  if (weekday === 6) return target === 1 ? 3 : target - 1;
  if (weekday === 0) return target === lastDay(year, month) ? target - 2 : target + 1;
  return target;
}
