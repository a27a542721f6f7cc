import { domainToASCII } from 'node:url';
import type { RowIssue } from '../../domain/import-records';

/** A cell as read: text from a CSV file, or a list where a JSON file gives one. */
export type Cell = string | readonly string[];

const MAX_TEXT = 200;
const MAX_LIST_ITEMS = 200;
const DAY_MS = 86_400_000;
const MAX_MAJOR_UNITS = 1_000_000_000_000;

const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const HOSTNAME = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/;
const MAILBOX = /^[^\s@<>()[\]\\,;:"]{1,64}$/;
const CALENDAR_DATE = /^\d{4}-\d{2}-\d{2}$/;
const LEADING_DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]|$)/i;
const SHORT_MONTHS = new Set([4, 6, 9, 11]);
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/i;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/**
 * Reads the cells of one row by column name. A value that does not fit is noted in `issues` with what to write instead,
 * and reads as `null`, so that one pass over a row finds everything that is wrong with it.
 */
export class RowCells {
  readonly issues: RowIssue[] = [];
  readonly #columns: ReadonlyMap<string, number>;
  readonly #labels: readonly string[];
  readonly #cells: readonly Cell[];

  /**
   * @param columns position of each known column among the cells.
   * @param labels the file's own name of each position, for messages.
   */
  constructor(columns: ReadonlyMap<string, number>, labels: readonly string[], cells: readonly Cell[]) {
    this.#columns = columns;
    this.#labels = labels;
    this.#cells = cells;
  }

  text(column: string): string | null {
    const value = this.#single(column);
    if (value === '') return null;
    if (value.length > MAX_TEXT) {
      return this.#refuse(column, value, `has ${value.length} characters; ${MAX_TEXT} is the most. Shorten it.`);
    }
    const unprintable = UNPRINTABLE.exec(value);
    if (unprintable) return this.#refuse(column, value, describeUnprintable(unprintable[0]));
    return value;
  }

  requiredText(column: string): string {
    const value = this.text(column);
    if (value === null) this.#requireGiven(column);
    return value ?? '';
  }

  /** What the row is known by. It has to fit into an address, where a dot or two mean a folder. */
  requiredId(column: string): string {
    const value = this.requiredText(column);
    if (value === '.' || value === '..') this.#refuse(column, value, 'cannot be an id. Use letters or digits.');
    return value;
  }

  oneOf<T extends string>(column: string, allowed: readonly T[]): T | null {
    const value = this.#single(column);
    if (value === '') return null;
    const folded = value.toLowerCase();
    for (const option of allowed) if (option.toLowerCase() === folded) return option;
    return this.#refuse(column, value, `is not known. Write one of: ${allowed.join(', ')}.`);
  }

  requiredOneOf<T extends string>(column: string, allowed: readonly [T, ...T[]]): T {
    const value = this.oneOf(column, allowed);
    if (value === null) this.#requireGiven(column);
    return value ?? allowed[0];
  }

  wholeNumber(column: string, maximum: number): number | null {
    const value = this.#single(column);
    if (value === '') return null;
    if (!/^\d+$/.test(value)) {
      const written = undoGrouping(value) ?? '120';
      return this.#refuse(column, value, `is not a whole number of at least 0. Write digits only, such as ${written}.`);
    }
    const number = Number(value);
    if (number > maximum) return this.#refuse(column, value, `is more than ${maximum}, the most that is accepted.`);
    return number;
  }

  requiredWholeNumber(column: string, maximum: number): number {
    const value = this.wholeNumber(column, maximum);
    if (value === null) this.#requireGiven(column);
    return value ?? 0;
  }

  /** @param example how to write it right, shown when the value is wrong: «write 0.85 for 85 %». */
  decimal(column: string, range: { minimum: number; maximum: number; example: string }): number | null {
    const value = this.#single(column);
    if (value === '') return null;
    const limits = `a number from ${range.minimum} to ${range.maximum}`;
    if (!/^-?\d+(?:\.\d+)?(?:e-\d{1,3})?$/i.test(value)) {
      return this.#refuse(column, value, `is not ${limits} with a dot for decimals: ${range.example}.`);
    }
    const number = Number(value);
    if (number < range.minimum || number > range.maximum) {
      return this.#refuse(column, value, `is not ${limits}: ${range.example}.`);
    }
    return number === 0 ? 0 : number;
  }

  /** An amount in major units as integer cents, digit by digit: no float is ever involved. */
  cents(column: string): number | null {
    const value = this.#single(column);
    if (value === '') return null;
    const match = /^(\d{1,15})(?:\.(\d+))?$/.exec(value);
    if (!match) return this.#refuse(column, value, explainAmount(value));
    const decimals = match[2] ?? '';
    // «24.000» may mean 24 or 24,000: a thousandfold error is worse than a question.
    if (decimals.length > 2) {
      const hint = decimals.length === 3 ? ` If the dot groups thousands, write ${match[1]}${decimals}.` : '';
      return this.#refuse(column, value, `has more than two decimals. Write the amount like 24000.50.${hint}`);
    }
    const major = Number(match[1]);
    if (major > MAX_MAJOR_UNITS)
      return this.#refuse(column, value, `is more than ${MAX_MAJOR_UNITS}, the most that is accepted.`);
    return major * 100 + Number(decimals.padEnd(2, '0'));
  }

  currency(column: string): string {
    const value = this.#single(column);
    if (value === '') return 'USD';
    const code = value.toUpperCase();
    if (CURRENCIES.has(code)) return code;
    this.#refuse(column, value, 'is not an ISO 4217 currency code. Write one such as USD, EUR or GBP.');
    return 'USD';
  }

  email(column: string): string | null {
    const value = this.text(column);
    if (value === null) return null;
    const at = value.lastIndexOf('@');
    const host = value.slice(at + 1).toLowerCase();
    if (at < 1 || !MAILBOX.test(value.slice(0, at)) || !isHostname(host)) {
      return this.#refuse(column, value, 'is not an email address. Write one address such as dana@acme.example.');
    }
    return value.toLowerCase();
  }

  hostname(column: string): string | null {
    const value = this.text(column);
    if (value === null) return null;
    const host = value.toLowerCase();
    if (isHostname(host)) return host;
    const bare = host.replace(/^[a-z]+:\/\//, '').replace(/[/?#:].*$/, '');
    const written = isHostname(bare) ? bare : 'acme.example';
    return this.#refuse(column, value, `is not a host name. Write it like ${written}, without https:// or a path.`);
  }

  /** A calendar date, `YYYY-MM-DD`; of an instant, the date as written. */
  date(column: string): string | null {
    const value = this.#single(column);
    if (value === '') return null;
    if (toInstant(value) !== null) return value.slice(0, 10);
    return this.#refuse(column, value, explainDate(value));
  }

  /**
   * An instant: a date (midnight UTC) or ISO 8601 with a time, UTC where it names no zone.
   * @param now instants more than a day later are refused: they cannot have been observed.
   */
  instant(column: string, now: Date): Date | null {
    const value = this.#single(column);
    if (value === '') return null;
    const instant = toInstant(value);
    if (instant === null) return this.#refuse(column, value, explainDate(value));
    if (instant.getTime() > now.getTime() + DAY_MS) {
      return this.#refuse(column, value, 'lies in the future. Write when it was, not when it will be.');
    }
    return instant;
  }

  requiredInstant(column: string, now: Date): Date {
    const value = this.instant(column, now);
    if (value === null) this.#requireGiven(column);
    return value ?? now;
  }

  /** Items separated by `;` or `|`, trimmed, without blanks and repetitions. */
  list(column: string): string[] {
    const cell = this.#cell(column);
    if (cell === '') return [];
    const parts = typeof cell === 'string' ? cell.split(/[;|]/) : cell;
    const items = [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))];
    const shown = typeof cell === 'string' ? cell : cell.join(';');
    if (items.length > MAX_LIST_ITEMS) {
      this.#refuse(column, shown, `has ${items.length} items; ${MAX_LIST_ITEMS} is the most.`);
      return [];
    }
    for (const item of items) {
      const unprintable = UNPRINTABLE.exec(item);
      if (unprintable) this.#refuse(column, shown, describeUnprintable(unprintable[0]));
      if (item.length > MAX_TEXT) {
        this.#refuse(
          column,
          shown,
          `has an item of ${item.length} characters; ${MAX_TEXT} is the most. Separate items by «;».`,
        );
      }
    }
    return items;
  }

  #cell(column: string): Cell {
    const index = this.#columns.get(column);
    return index === undefined ? '' : (this.#cells[index] ?? '');
  }

  #single(column: string): string {
    const cell = this.#cell(column);
    if (typeof cell === 'string') return cell.trim();
    this.#refuse(column, cell.join(';'), 'is a list; one value is expected.');
    return '';
  }

  #label(column: string): string {
    const index = this.#columns.get(column);
    return index === undefined ? column : (this.#labels[index] ?? column);
  }

  #refuse(column: string, value: string, message: string): null {
    this.issues.push({
      column: this.#label(column),
      value: value.slice(0, MAX_TEXT),
      message: `«${shorten(value)}» ${message}`,
    });
    return null;
  }

  #requireGiven(column: string): void {
    const label = this.#label(column);
    if (this.issues.some((issue) => issue.column === label)) return;
    this.issues.push({ column: label, value: null, message: 'is blank, but every row needs it. Fill it in.' });
  }
}

function shorten(value: string): string {
  const printable = value.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, '·');
  return printable.length > 60 ? `${printable.slice(0, 59)}…` : printable;
}

function describeUnprintable(character: string): string {
  if (character === '\n' || character === '\r') return 'contains a line break. Write it on one line.';
  if (character === '\t') return 'contains a tab. Replace it by a space.';
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `contains an unprintable character (U+${code}). Remove it.`;
}

function isHostname(host: string): boolean {
  if (HOSTNAME.test(host)) return true;
  return /\P{ASCII}/u.test(host) && !/\s/.test(host) && HOSTNAME.test(domainToASCII(host));
}

/** `24,000` → `24000`; null where the separators do not group thousands. */
function undoGrouping(value: string): string | null {
  return /^\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+$/.test(value) ? value.replace(/\D/g, '') : null;
}

function explainAmount(value: string): string {
  const grouped = undoGrouping(value);
  if (grouped !== null) return `has separators between thousands. Write ${grouped}.`;
  const local = /^(\d{1,3}(?:[.' \u00a0\u202f]\d{3})+|\d+),(\d{1,2})$/.exec(value);
  if (local) return `has a comma for decimals. Write ${local[1]?.replace(/\D/g, '')}.${local[2]}.`;
  const english = /^(\d{1,3}(?:,\d{3})+)\.(\d{1,2})$/.exec(value);
  if (english) return `has separators between thousands. Write ${english[1]?.replace(/\D/g, '')}.${english[2]}.`;
  if (/^-/.test(value)) return 'is negative. Write an amount of at least 0.';
  return 'is not an amount. Write digits with a dot for decimals, such as 24000.50, and the currency in its own column.';
}

/** Midnight UTC of a date, or of the day that an instant names; null where there is no such day. */
function toDay(value: string): number | null {
  const match = LEADING_DATE.exec(value);
  if (!match) return null;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (year < 1970 || year > 2199 || month < 1 || month > 12 || day < 1) return null;
  const last = month === 2 ? (isLeapYear(year) ? 29 : 28) : SHORT_MONTHS.has(month) ? 30 : 31;
  return day > last ? null : Date.UTC(year, month - 1, day);
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function toInstant(value: string): Date | null {
  const midnight = toDay(value);
  if (midnight === null) return null;
  if (value.length === 10) return new Date(midnight);
  const match = INSTANT.exec(value);
  if (!match) return null;
  const zone = (match[3] ?? 'Z').toUpperCase().replace(/^(.\d{2})(\d{2})$/, '$1:$2');
  const instant = new Date(`${match[1]}T${match[2]}${zone}`);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

function explainDate(value: string): string {
  if (/^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}$/.test(value) && !CALENDAR_DATE.test(value)) {
    return 'can be read in more than one way. Write year-month-day, such as 2026-12-31.';
  }
  if (/^\d{5}(?:\.\d+)?$/.test(value)) {
    return 'is a spreadsheet’s day number. Format the column as a date and write it like 2026-12-31.';
  }
  return 'is not a date. Write year-month-day, such as 2026-12-31, or an instant such as 2026-12-31T18:00:00Z.';
}
