import type { Money } from '@/lib/contracts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NONE = '–';

/** Everything on the screen that depends on the viewer's language, time zone or clock. */
export interface Formatter {
  /** `$8,160`; whole units from 100 up, cents below where there are any; `TBD` where unknown. */
  money(value: Money | null): string;
  /** `$146k`, `$1.2M`. */
  moneyCompact(value: Money): string;
  /** Sums in several currencies, the first in full up to a billion: `$284,300 + €12k`. Empty: `$0`. */
  moneyList(values: readonly Money[]): string;
  number(value: number): string;
  /** @param share 0.97 for 97 %. */
  percent(share: number): string;
  /** `4 May 2027`. Takes an instant or a calendar date (`YYYY-MM-DD`, the same in every time zone). */
  date(value: string | null): string;
  /** `21 Nov`, with the year where it is not the current one. */
  dateShort(value: string | null): string;
  /** `21 Nov, 07:00`; 24 hours everywhere, as the schedule is written. */
  dateTime(value: string | null): string;
  /** `07:00`. */
  time(value: string | null): string;
  /** Since an instant, in the largest unit that fits: `now`, `5 min`, `3 h`, `3 d`, `5 w`, `14 mo`. */
  age(since: string): string;
  /** The same in words: `5 weeks`. */
  ageInWords(since: string): string;
  /** `3 hours ago`, `in 2 days`. */
  relative(value: string): string;
}

/** @param options.now Milliseconds since the epoch. */
export function createFormatter(options: { locale: string; timeZone: string; now: number }): Formatter {
  const { locale, timeZone, now } = options;
  const currencies = new Map<string, Intl.NumberFormat>();
  const currency = (code: string, variant: CurrencyVariant) => {
    const key = `${code} ${variant}`;
    let format = currencies.get(key);
    if (format === undefined) {
      format = currencyFormat(locale, code, variant);
      currencies.set(key, format);
    }
    return format;
  };
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  // Words stand in English sentences; figures and dates are the viewer's.
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const year = new Date(now).getUTCFullYear();

  const date = (value: string, fields: Intl.DateTimeFormatOptions) => {
    const calendar = value.length === 10;
    const instant = new Date(calendar ? `${value}T00:00:00Z` : value);
    if (Number.isNaN(instant.getTime())) return NONE;
    return dateFormat(locale, calendar ? 'UTC' : timeZone, fields).format(instant);
  };
  const sameYear = (value: string) => new Date(value).getUTCFullYear() === year;

  const formatter: Formatter = {
    money: (value) => {
      if (value === null) return 'TBD';
      const small = Math.abs(value.amountCents) < 10_000 && value.amountCents % 100 !== 0;
      return currency(value.currency, small ? 'cents' : 'whole').format(value.amountCents / 100);
    },
    moneyCompact: (value) =>
      currency(value.currency, Math.abs(value.amountCents) < 100_000_000 ? 'compact' : 'compact-tenths')
        .formatToParts(value.amountCents / 100)
        .map((part) => (part.type === 'compact' && part.value === 'K' ? 'k' : part.value))
        .join(''),
    moneyList: (values) => {
      const [first, ...rest] = values;
      if (first === undefined) return formatter.money({ amountCents: 0, currency: 'USD' });
      const sum =
        Math.abs(first.amountCents) < 100_000_000_000 ? formatter.money(first) : formatter.moneyCompact(first);
      return [sum, ...rest.map((value) => formatter.moneyCompact(value))].join(' + ');
    },
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    date: (value) => (value === null ? NONE : date(value, { day: 'numeric', month: 'short', year: 'numeric' })),
    dateShort: (value) => {
      if (value === null) return NONE;
      return date(value, { day: 'numeric', month: 'short', ...(sameYear(value) ? {} : { year: 'numeric' }) });
    },
    dateTime: (value) => {
      if (value === null) return NONE;
      return date(value, {
        day: 'numeric',
        month: 'short',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        ...(sameYear(value) ? {} : { year: 'numeric' }),
      });
    },
    time: (value) => (value === null ? NONE : date(value, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })),
    age: (since) => {
      const { count, unit } = span(now - Date.parse(since));
      return count === 0 ? 'now' : `${count} ${SHORT[unit]}`;
    },
    ageInWords: (since) => {
      const { count, unit } = span(now - Date.parse(since));
      return count === 0 ? '< 1 minute' : `${count} ${unit}${count === 1 ? '' : 's'}`;
    },
    relative: (value) => {
      const ahead = Date.parse(value) - now;
      const { count, unit } = span(Math.abs(ahead));
      if (count === 0) return ahead > 0 ? 'in a moment' : 'just now';
      return relative.format(ahead < 0 ? -count : count, unit);
    },
  };
  return formatter;
}

type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month';
const SHORT: Record<Unit, string> = { minute: 'min', hour: 'h', day: 'd', week: 'w', month: 'mo' };

function span(ms: number): { count: number; unit: Unit } {
  if (!(ms >= MINUTE)) return { count: 0, unit: 'minute' };
  if (ms < HOUR) return { count: Math.floor(ms / MINUTE), unit: 'minute' };
  if (ms < DAY) return { count: Math.floor(ms / HOUR), unit: 'hour' };
  if (ms < 14 * DAY) return { count: Math.floor(ms / DAY), unit: 'day' };
  if (ms < 365 * DAY) return { count: Math.floor(ms / (7 * DAY)), unit: 'week' };
  return { count: Math.floor(ms / (30.44 * DAY)), unit: 'month' };
}

type CurrencyVariant = 'whole' | 'cents' | 'compact' | 'compact-tenths';

const CURRENCY_VARIANTS: Record<CurrencyVariant, Intl.NumberFormatOptions> = {
  whole: { maximumFractionDigits: 0 },
  cents: { minimumFractionDigits: 2, maximumFractionDigits: 2 },
  compact: { notation: 'compact', maximumFractionDigits: 0 },
  'compact-tenths': { notation: 'compact', maximumFractionDigits: 1 },
};

function currencyFormat(locale: string, code: string, variant: CurrencyVariant): Intl.NumberFormat {
  const options = CURRENCY_VARIANTS[variant];
  try {
    return new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: code,
      currencyDisplay: 'narrowSymbol',
      ...options,
    });
  } catch {
    // Not a currency code: show the number rather than nothing.
    return new Intl.NumberFormat(locale, options);
  }
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(locale: string, timeZone: string, fields: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, timeZone, fields]);
  let format = dateFormats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { ...fields, timeZone });
    dateFormats.set(key, format);
  }
  return format;
}
