import type { Money } from './expansion';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
const NO_BREAK_SPACE = '\u00a0';

/** Money in words, en-US: «$12,000», «$7.50», «CHF 1,200». Hundredths of the unit in every currency; cents only where there are any. */
export function formatMoney(money: Money): string {
  const cents = Math.abs(Math.round(money.amountCents));
  const rest = cents % 100;
  const fraction = rest === 0 ? '' : `.${rest < 10 ? '0' : ''}${rest}`;
  const sign = money.amountCents < 0 && cents !== 0 ? '-' : '';
  return `${sign}${currencyPrefix(money.currency)}${group((cents - rest) / 100)}${fraction}`;
}

/** A rate as a percentage with at most one decimal and a no-break space: 0.97 → «97 %», 0.935 → «93.5 %». */
export function formatPercent(rate: number): string {
  return `${formatNumber(rate * 100)}${NO_BREAK_SPACE}%`;
}

/** A number with at most one decimal and en-US grouping: 12345.67 → «12,345.7». */
export function formatNumber(value: number): string {
  const tenths = Math.round(Math.abs(value) * 10 + 1e-9);
  const sign = value < 0 && tenths !== 0 ? '-' : '';
  return `${sign}${group(Math.floor(tenths / 10))}${tenths % 10 === 0 ? '' : `.${tenths % 10}`}`;
}

/** A day in UTC: «21 Nov 2026». */
export function formatDate(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** An instant as ISO 8601. One account's evidence shares its instants, and the engine is slow at writing them. */
export function formatInstant(date: Date): string {
  const time = date.getTime();
  if (time !== lastInstant.time) lastInstant = { time, text: date.toISOString() };
  return lastInstant.text;
}

let lastInstant = { time: Number.NaN, text: '' };

/** A count with its noun: «1 day», «23 days». */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(count)} ${count === 1 ? singular : plural}`;
}

/** The number of the UTC calendar day of an instant, counted from 1 Jan 1970. */
export function utcDay(date: Date): number {
  return Math.floor(date.getTime() / DAY_MS);
}

/** The number of the day that `YYYY-MM-DD` names, as in {@link utcDay}; null where it names no day. */
export function parseUtcDay(text: string): number | null {
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  if (year < 1000 || month < 1 || month > 12 || day < 1 || day > 31) return null;
  const time = Date.UTC(year, month - 1, day);
  return day > 28 && new Date(time).getUTCDate() !== day ? null : time / DAY_MS;
}

/** Whole days elapsed between two instants, rounded down; negative where `from` is later. */
export function daysElapsed(from: Date, to: Date): number {
  return Math.floor((to.getTime() - from.getTime()) / DAY_MS);
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Thousands by commas. By hand: a scan formats a million amounts, and Intl costs five times as much. */
function group(whole: number): string {
  const text = whole.toFixed(0);
  if (text.length <= 3) return text;
  const head = text.length % 3;
  let grouped = text.slice(0, head);
  for (let index = head; index < text.length; index += 3) {
    grouped += `${grouped === '' ? '' : ','}${text.slice(index, index + 3)}`;
  }
  return grouped;
}

const prefixes = new Map<string, string>([['USD', '$']]);

/** What stands before an amount. An unknown code stands for itself rather than break a page. */
function currencyPrefix(currency: string): string {
  const known = prefixes.get(currency);
  if (known !== undefined) return known;
  const prefix = intlPrefix(currency);
  if (prefixes.size < 500) prefixes.set(currency, prefix);
  return prefix;
}

function intlPrefix(currency: string): string {
  if (!/^[A-Za-z]{3}$/.test(currency)) return currency === '' ? '' : `${currency}${NO_BREAK_SPACE}`;
  const sample = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
    maximumFractionDigits: 0,
  }).format(1);
  return sample.slice(0, sample.indexOf('1'));
}
