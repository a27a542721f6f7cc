/** A figure, an amount, a date or another word of number in a text, in a form that is the same however it was written. */
export interface Quantity {
  /** `token`: digits in a form of their own («Q3», «24/7», «twice»), which is what it is or nothing. */
  kind: 'number' | 'percent' | 'money' | 'ordinal' | 'date' | 'token';
  /** A decimal without zeros at its end; the currency in front of an amount; a date as {@link dateKey} writes it. */
  value: string;
  /** As it stands in the text. */
  text: string;
  /** What it counts, where that is a word of {@link UNITS}: the nearest one, and all in reach. */
  unit: string | null;
  unitsInReach: readonly string[];
  /** The number that it is so many of: «97 of 100». */
  outOf: string | null;
}

/** A calendar date of which parts may be unknown. */
export interface DateParts {
  year: number | null;
  month: number;
  day: number | null;
}

/** Everything in the text that says how much, how many or when. */
export function readQuantities(text: string): Quantity[] {
  const plain = text.replace(/[\u00a0\u2000-\u200a\u202f]/g, ' ').replace(/\u2212/g, '-');
  const found: Quantity[] = [];
  const withoutDates = readDates(plain, found);
  const tokens = tokensOf(withoutDates);
  let index = 0;
  while (index < tokens.length) {
    const read = readWords(tokens, index) ?? readChunk(tokens, index);
    if (read === null) {
      index += 1;
      continue;
    }
    const after = index + read.length;
    const written = tokens
      .slice(index, after)
      .map(({ raw }) => raw)
      .join(' ');
    const units = unitsAfter(tokens, after);
    found.push({
      kind: read.kind,
      value: read.value,
      text: written,
      unit: read.unit ?? units.nearest,
      unitsInReach: [...(read.unit === null ? [] : [read.unit]), ...units.inReach],
      outOf: read.kind === 'number' ? totalAfter(tokens, after) : null,
    });
    index = after;
  }
  return found;
}

/** The units that a label names: «Seats: 97». */
export function unitsIn(text: string): string[] {
  return tokensOf(text).flatMap(({ word }) => unitOf(word) ?? []);
}

export function dateKey({ year, month, day }: DateParts): string {
  return [year ?? '', month, day ?? ''].join('-');
}

export function parseDateKey(key: string): DateParts {
  const [year = '', month = '', day = ''] = key.split('-');
  return { year: year === '' ? null : Number(year), month: Number(month), day: day === '' ? null : Number(day) };
}

/** Months as they are written in dates, by their first three letters. */
export const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

// ------------------------------------------------------------------------------------------------------------ dates

const MONTH =
  '(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)';
const EDGE = '(?![\\p{L}\\p{N}])';
const DATE_FORMS: readonly { form: RegExp; parts: (groups: string[]) => DateParts }[] = [
  {
    form: new RegExp(
      `(?<![\\p{L}\\p{N}-])(\\d{4})-(\\d{2})-(\\d{2})(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?${EDGE}(?!-)`,
      'gu',
    ),
    parts: ([year, month, day]) => ({ year: Number(year), month: Number(month), day: Number(day) }),
  },
  {
    form: new RegExp(
      `(?<![\\p{L}\\p{N}.,])(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${MONTH}${EDGE}\\.?(?:,? (\\d{4})${EDGE})?`,
      'gu',
    ),
    parts: ([day, month, year]) => ({ year: year ? Number(year) : null, month: monthOf(month), day: Number(day) }),
  },
  {
    form: new RegExp(
      `(?<![\\p{L}\\p{N}])${MONTH}\\.? (\\d{1,2})(?:st|nd|rd|th)?${EDGE}(?![.,]\\d)(?:,? (\\d{4})${EDGE})?`,
      'gu',
    ),
    parts: ([month, day, year]) => ({ year: year ? Number(year) : null, month: monthOf(month), day: Number(day) }),
  },
  {
    form: new RegExp(`(?<![\\p{L}\\p{N}])${MONTH}\\.?,? (\\d{4})${EDGE}`, 'gu'),
    parts: ([month, year]) => ({ year: Number(year), month: monthOf(month), day: null }),
  },
];

/** Takes the dates out of the text, and leaves their place empty. */
function readDates(text: string, found: Quantity[]): string {
  let rest = text;
  for (const { form, parts } of DATE_FORMS) {
    rest = rest.replace(form, (written: string, ...groups: unknown[]) => {
      const date = parts(groups.filter((group) => typeof group === 'string' || group === undefined) as string[]);
      // No such day: the digits are judged as what they are.
      if (date.month < 1 || date.month > 12 || (date.day !== null && (date.day < 1 || date.day > 31))) return written;
      found.push({ kind: 'date', value: dateKey(date), text: written, unit: null, unitsInReach: [], outOf: null });
      return ' '.repeat(written.length);
    });
  }
  return rest;
}

function monthOf(name: string | undefined): number {
  return MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1;
}

// ----------------------------------------------------------------------------------------------------------- tokens

interface Token {
  /** Without the punctuation around it. */
  raw: string;
  word: string;
  /** A sentence or a part of one ends behind it. */
  ends: boolean;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [chunk] of text.matchAll(/\S+/g)) {
    const raw = chunk
      .replace(/^[("'“‘«[{*_~]+(?=.)/u, '')
      .replace(/[)"'”’»\]}*_~.,;:!?…]+$/u, '')
      .replace(/['’]s$/u, '');
    const ends = /[.;:!?…][)"'”’»]*$/u.test(chunk);
    if (/\d/.test(raw) || !/\p{L}-\p{L}|[–—]/u.test(raw)) {
      tokens.push({ raw, word: raw.toLowerCase(), ends });
      continue;
    }
    const parts = raw.split(/[-–—]/).filter((part) => part !== '');
    parts.forEach((part, index) => {
      tokens.push({ raw: part, word: part.toLowerCase(), ends: ends && index === parts.length - 1 });
    });
  }
  return tokens;
}

interface Read {
  kind: Quantity['kind'];
  value: string;
  unit: string | null;
  /** How many tokens it takes. */
  length: number;
}

// ---------------------------------------------------------------------------------------------------------- figures

const SYMBOLS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    $: 'USD',
    US$: 'USD',
    A$: 'AUD',
    AU$: 'AUD',
    C$: 'CAD',
    CA$: 'CAD',
    NZ$: 'NZD',
    HK$: 'HKD',
    MX$: 'MXN',
    R$: 'BRL',
    NT$: 'TWD',
    '€': 'EUR',
    '£': 'GBP',
    '¥': 'JPY',
    'CN¥': 'CNY',
    '₹': 'INR',
  }),
);
const CURRENCY_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    dollar: 'USD',
    dollars: 'USD',
    bucks: 'USD',
    euro: 'EUR',
    euros: 'EUR',
    pound: 'GBP',
    pounds: 'GBP',
    yen: 'JPY',
  }),
);
const CODES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
const SCALES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    k: 3,
    thousand: 3,
    thousands: 3,
    m: 6,
    mn: 6,
    mio: 6,
    million: 6,
    millions: 6,
    b: 9,
    bn: 9,
    billion: 9,
    billions: 9,
  }),
);
const PERCENT_WORDS = new Set(['%', 'percent', 'pct', 'percentage', 'pp']);

/** Sign, currency, digits, scale, then %, a currency or what makes an ordinal; behind `-` or `/` what it counts. */
const FIGURE =
  /^(?<sign>[+-]?)(?<prefix>[A-Z]{0,3}[$€£¥₹₩₽₺₴₫₪฿₦₱])?(?<inner>-?)(?<whole>\d{1,3}(?:,\d{3})+|\d*)(?:\.(?<fraction>\d+))?(?<scale>k|K|m|M|mn|bn|B)?(?<suffix>%|st|nd|rd|th|[$€£¥₹])?(?:[-/](?<unit>\p{L}+))?$/u;

/** A token with digits, with what belongs to it before and behind. */
function readChunk(tokens: readonly Token[], at: number): Read | null {
  const token = tokens[at];
  if (!token || !/\p{N}/u.test(token.raw)) return null;
  const groups = FIGURE.exec(token.raw)?.groups;
  if (!groups || (!groups.whole && !groups.fraction)) {
    return { kind: 'token', value: token.word, unit: null, length: 1 };
  }
  const negative = groups.sign === '-' || groups.inner === '-';
  let shift = groups.scale === undefined ? 0 : (SCALES.get(groups.scale.toLowerCase()) ?? 0);
  let length = 1;
  const next = () => tokens[at + length];
  const follows = () => !tokens[at + length - 1]?.ends && next() !== undefined;
  if (shift === 0 && groups.suffix === undefined && groups.unit === undefined && follows()) {
    const scale = SCALES.get(next()?.word ?? '');
    if (scale !== undefined) {
      shift = scale;
      length += 1;
    }
  }
  const value = decimal(groups.whole ?? '', groups.fraction ?? '', shift, negative);
  const unit = groups.unit === undefined ? null : unitOf(groups.unit.toLowerCase());
  const hyphenatedPercent = groups.unit !== undefined && PERCENT_WORDS.has(groups.unit.toLowerCase());
  if (groups.suffix === '%' || hyphenatedPercent) return { kind: 'percent', value, unit: null, length };
  if (groups.suffix !== undefined && /[snrt]/.test(groups.suffix)) return { kind: 'ordinal', value, unit, length };
  const currency = currencyOf(groups.prefix ?? groups.suffix);
  if (currency !== null) return { kind: 'money', value: `${currency} ${value}`, unit, length };
  return withNeighbours(tokens, at, { kind: 'number', value, unit, length });
}

/** «75 %», «75 per cent», «7,200 USD», «USD 7,200», «seven thousand dollars». */
function withNeighbours(tokens: readonly Token[], at: number, read: Read): Read {
  const before = tokens[at - 1];
  const leading = before && !before.ends ? currencyName(before.raw) : null;
  if (leading !== null) return { ...read, kind: 'money', value: `${leading} ${read.value}` };
  if (tokens[at + read.length - 1]?.ends) return read;
  const next = tokens[at + read.length];
  if (!next) return read;
  if (PERCENT_WORDS.has(next.word)) return { ...read, kind: 'percent', length: read.length + 1 };
  if (next.word === 'per' && tokens[at + read.length + 1]?.word === 'cent') {
    return { ...read, kind: 'percent', length: read.length + 2 };
  }
  const trailing = currencyName(next.raw) ?? CURRENCY_WORDS.get(next.word) ?? null;
  if (trailing === null) return read;
  return { ...read, kind: 'money', value: `${trailing} ${read.value}`, length: read.length + 1 };
}

/** Whether it is a currency's code, by which an amount was judged. */
export function isCurrency(word: string): boolean {
  return CODES.has(word);
}

function currencyName(raw: string): string | null {
  return CODES.has(raw) ? raw : currencyOf(raw);
}

function currencyOf(symbol: string | undefined): string | null {
  if (symbol === undefined || !/[$€£¥₹₩₽₺₴₫₪฿₦₱]$/u.test(symbol)) return null;
  return SYMBOLS.get(symbol) ?? symbol;
}

/** `whole.fraction × 10^shift` as text, without a rounding in between. */
function decimal(whole: string, fraction: string, shift: number, negative: boolean): string {
  const digits = whole.replaceAll(',', '') + fraction.padEnd(shift, '0').slice(0, shift);
  const rest = fraction.slice(shift).replace(/0+$/, '');
  const before = digits.replace(/^0+(?=\d)/, '') || '0';
  const value = rest === '' ? before : `${before}.${rest}`;
  return negative && value !== '0' ? `-${value}` : value;
}

/** 0.75 as 75; null for what is no share. */
export function asPercent(value: string): string | null {
  const [, fraction] = /^0\.(\d+)$/.exec(value) ?? [];
  return fraction === undefined ? null : decimal('0', fraction, 2, false);
}

// ----------------------------------------------------------------------------------------------------- number words

const SMALL = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const ORDINALS = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
  'eleventh',
  'twelfth',
];
const MULTIPLES: ReadonlyMap<string, number> = new Map(
  Object.entries({ hundred: 2, thousand: 3, million: 6, billion: 9 }),
);

/** Words of number whose value depends on what is meant, and those of the languages that injections come in. */
const COUNTING_WORDS = new Set(
  `half halves third thirds quarter quarters fifths dozen dozens couple pair pairs double doubles doubled doubling twice
  thrice triple triples tripled tripling quadruple twofold threefold tenfold hundreds hundredth thousandth umpteen
  zwei drei vier fünf sechs sieben acht neun zehn zwölf zwanzig dreißig vierzig fünfzig hundert tausend halb hälfte
  deux trois quatre cinq sept huit neuf dix onze douze vingt trente quarante cinquante mille moitié
  dos tres cuatro cinco seis siete ocho nueve diez veinte treinta cuarenta cincuenta cien ciento mitad
  quattro cinque sette otto nove dieci venti cento metà três quatro sete oito dez vinte metade twee drie vijf zes zeven acht
  negen tien honderd duizend helft`.split(/\s+/),
);

function readWords(tokens: readonly Token[], at: number): Read | null {
  const first = tokens[at]?.word ?? '';
  const ordinal = ORDINALS.indexOf(first);
  if (ordinal >= 0) return { kind: 'ordinal', value: String(ordinal + 1), unit: null, length: 1 };
  if (COUNTING_WORDS.has(first)) return { kind: 'token', value: first, unit: null, length: 1 };
  if (smallOf(first) === null && !MULTIPLES.has(first)) return null;
  let total = 0n;
  let group = 0n;
  let length = 0;
  for (let index = at; index < tokens.length; index++) {
    const { word } = tokens[index] as Token;
    const small = smallOf(word);
    const multiple = MULTIPLES.get(word);
    if (small !== null && (length === 0 || fits(group, small))) group += BigInt(small);
    else if (multiple === 2) group = (group === 0n ? 1n : group) * 100n;
    else if (multiple !== undefined) {
      total += (group === 0n ? 1n : group) * 10n ** BigInt(multiple);
      group = 0n;
    } else if (
      !(word === 'and' && length > 0 && smallOf(tokens[index + 1]?.word ?? '') !== null && group % 100n === 0n)
    ) {
      break;
    }
    length += 1;
    if (tokens[index]?.ends) break;
  }
  return withNeighbours(tokens, at, { kind: 'number', value: String(total + group), unit: null, length });
}

/** «twenty five» is one number, «five twenty» are two. */
function fits(group: bigint, small: number): boolean {
  if (group === 0n) return true;
  const rest = group % 100n;
  if (rest === 0n) return true;
  return rest >= 20n && rest % 10n === 0n && small < 10;
}

function smallOf(word: string): number | null {
  const small = SMALL.indexOf(word);
  if (small >= 0) return small;
  const tens = TENS.indexOf(word);
  return tens >= 0 ? (tens + 2) * 10 : null;
}

// ------------------------------------------------------------------------------------------------------------ units

/** What a number may count, each by its one name: a fact about weeks is none about days. */
const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    second: 'seconds',
    minute: 'minute minutes',
    hour: 'hour hours hourly',
    day: 'day days daily',
    week: 'week weeks weekly',
    month: 'month months monthly',
    quarter: 'quarterly',
    year: 'year years yearly annual annually annum yr arr',
    seat: 'seat seats licence licences license licenses',
    person: 'person people user users colleague colleagues employee employees head heads',
    team: 'team teams department departments',
    time: 'time times',
    ticket: 'ticket tickets case cases',
    point: 'point points',
    account: 'account accounts customer customers',
    report: 'report reports',
    escalation: 'escalation escalations',
    module: 'module modules',
    integration: 'integration integrations',
  }).flatMap(([unit, words]) => words.split(' ').map((word) => [word, unit] as const)),
);

function unitOf(word: string): string | null {
  return UNITS.get(word) ?? null;
}

/** How many words away a number is still said to count something. */
const REACH = 5;
const NEAR = 3;

function unitsAfter(tokens: readonly Token[], from: number): { nearest: string | null; inReach: string[] } {
  const inReach: string[] = [];
  let nearest: string | null = null;
  let isNear = true;
  for (let step = 0; step < REACH; step++) {
    if (tokens[from + step - 1]?.ends) break;
    const token = tokens[from + step];
    if (!token) break;
    if (/\p{N}/u.test(token.raw)) isNear = false;
    const unit = unitOf(token.word);
    if (unit === null) continue;
    inReach.push(unit);
    if (isNear && step < NEAR) nearest ??= unit;
  }
  return { nearest, inReach };
}

/** The 100 of «97 of 100», «97 of their 100», «97 out of 100». */
function totalAfter(tokens: readonly Token[], from: number): string | null {
  if (tokens[from - 1]?.ends) return null;
  let index = from;
  if (tokens[index]?.word === 'out') index += 1;
  if (tokens[index]?.word !== 'of') return null;
  index += 1;
  if (/^(the|its|their|your|our|all)$/.test(tokens[index]?.word ?? '')) index += 1;
  const read = readWords(tokens, index) ?? readChunk(tokens, index);
  return read?.kind === 'number' ? read.value : null;
}
