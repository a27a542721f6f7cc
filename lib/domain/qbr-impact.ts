import type { Money } from './expansion';
import { formatCount, formatMoney, formatNumber, formatPercent, parseUtcDay } from './format';
import { byRules, type ReviewFacts, type ReviewFrame, type ReviewText } from './qbr-facts';
import { dayInWords, inText, signed } from './qbr-health';
import type { SignalObservation } from './signals';

/** A value that is shown as the reader's language writes it. */
export type FigureValue =
  | { kind: 'money'; amount: Money }
  | { kind: 'number'; value: number }
  | { kind: 'percent'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'unknown' };

export interface Figure {
  label: string;
  value: FigureValue;
  note: string | null;
}

/** What one signal was when the period began and when it ended. */
export interface Trend {
  label: string;
  from: FigureValue;
  fromOn: string | null;
  to: FigureValue;
  toOn: string | null;
  /** Null where it cannot be compared, or where more is neither better nor worse. */
  direction: 'better' | 'worse' | 'same' | null;
}

/** What can honestly be said about the business: what it costs, how much of it is used, and how both moved. */
export interface ImpactSection {
  summary: ReviewText;
  arr: Money | null;
  seats: { active: number; purchased: number } | null;
  figures: Figure[];
  trends: Trend[];
  /** Seats as reported, oldest first. */
  seatHistory: { on: string; active: number; purchased: number }[];
  /** What nobody knows, and what would have to be known. */
  unknown: string[];
}

/** Reports at either end of the period that growth is measured between. */
const GROWTH_REPORTS = 4;
const MOST_POINTS = 120;

export function reviewImpact(facts: ReviewFacts, frame: ReviewFrame): ImpactSection {
  const first = facts.observations[0] ?? null;
  const last = facts.observations.at(-1) ?? null;
  const arr = moneyOf(last?.arrCents ?? facts.account.arrCents, facts.account.currency);
  const seats = seatsOf(last);
  const perSeat = perSeatOf(arr, seats);
  const growth = growthOf(facts);
  const term = termOf(facts, frame);
  const figures: Figure[] = [
    { label: 'ARR', value: money(arr), note: arr === null ? null : 'a year, as the contract says' },
    {
      label: 'Seats in use',
      value:
        seats === null
          ? UNKNOWN
          : { kind: 'text', value: `${formatNumber(seats.active)} of ${formatNumber(seats.purchased)}` },
      note: seats === null ? null : `${formatPercent(seats.active / seats.purchased)} of those bought`,
    },
    {
      label: 'Cost per active seat',
      value: money(perSeat),
      note: perSeat === null ? null : 'ARR ÷ seats in use, a year',
    },
    {
      label: 'Usage',
      value: growth === null ? UNKNOWN : { kind: 'text', value: `${signed(growth.change * 100)} %` },
      note: growth === null ? null : `uses a report, first against last ${growth.reports}`,
    },
    { label: 'NPS', value: number(last?.npsScore), note: typeof last?.npsScore === 'number' ? 'of 10' : null },
    { label: 'Term', value: term === null ? UNKNOWN : { kind: 'text', value: term.value }, note: term?.note ?? null },
  ];
  const trends = first && last ? trendsOf(first, last, facts, frame) : [];
  return {
    summary: summarize({ facts, frame, arr, seats, perSeat, growth, trends }),
    arr,
    seats,
    figures,
    trends,
    seatHistory: seatHistoryOf(facts, frame),
    unknown: unknownOf({ arr, seats, growth, last, facts, frame }),
  };
}

export const UNKNOWN: FigureValue = { kind: 'unknown' };

function money(amount: Money | null): FigureValue {
  return amount === null ? UNKNOWN : { kind: 'money', amount };
}

function number(value: number | null | undefined): FigureValue {
  return typeof value === 'number' ? { kind: 'number', value } : UNKNOWN;
}

function moneyOf(cents: number | null, currency: string): Money | null {
  return cents === null ? null : { amountCents: cents, currency };
}

function seatsOf(observation: SignalObservation | null): ImpactSection['seats'] {
  if (!observation) return null;
  const { seatsActive: active, seatsPurchased: purchased } = observation;
  return active === null || purchased === null || purchased <= 0 ? null : { active, purchased };
}

/** Small amounts to the cent; nobody reads cents of a large one. */
function perSeatOf(arr: Money | null, seats: ImpactSection['seats']): Money | null {
  if (!arr || !seats || seats.active === 0) return null;
  const cents = Math.round(arr.amountCents / seats.active);
  return { ...arr, amountCents: cents < 10_000 ? cents : Math.round(cents / 100) * 100 };
}

/** How the uses of the last reports compare with those of the first; null where there are too few to tell. */
function growthOf({ usage }: ReviewFacts): { change: number; reports: number } | null {
  const reports = Math.min(GROWTH_REPORTS, Math.floor(usage.length / 2));
  if (reports < 2) return null;
  const sum = (list: ReviewFacts['usage']) => list.reduce((total, { uses }) => total + uses, 0);
  const before = sum(usage.slice(0, reports));
  if (before === 0) return null;
  return { change: sum(usage.slice(-reports)) / before - 1, reports };
}

/** How long they have been a customer, and what is left of the contract. */
function termOf({ account }: ReviewFacts, frame: ReviewFrame): { value: string; note: string | null } | null {
  const today = frame.day(frame.until);
  const start = account.contractStart === null ? null : parseUtcDay(account.contractStart);
  const end = account.renewalDate === null ? null : parseUtcDay(account.renewalDate);
  const at = parseUtcDay(today);
  if (at === null || start === null || start > at) return null;
  const left = end === null ? null : end - at;
  return {
    value: spanInWords(at - start),
    note:
      left === null
        ? 'since the contract began; its end is not known'
        : left < 0
          ? 'since the contract began; its end has passed'
          : `since the contract began; ${formatCount(left, 'day')} to its end`,
  };
}

/** «54 days», «7 months», «2 years 5 months»: months of the average length. */
function spanInWords(days: number): string {
  const months = Math.floor(days / 30.4375);
  if (months < 2) return formatCount(days, 'day');
  if (months < 24) return formatCount(months, 'month');
  const rest = months % 12;
  return `${formatCount(Math.floor(months / 12), 'year')}${rest === 0 ? '' : ` ${formatCount(rest, 'month')}`}`;
}

/** How to read and compare each signal: whether more of it is better, worse, or neither. */
const TRENDS: readonly {
  label: string;
  of: (observation: SignalObservation) => number | null;
  unit: 'money' | 'number' | 'percent';
  more: 'better' | 'worse' | null;
}[] = [
  { label: 'ARR', of: (o) => o.arrCents, unit: 'money', more: 'better' },
  { label: 'Seats bought', of: (o) => o.seatsPurchased, unit: 'number', more: null },
  { label: 'Seats in use', of: (o) => o.seatsActive, unit: 'number', more: 'better' },
  { label: 'Feature adoption', of: (o) => o.featureAdoptionRate, unit: 'percent', more: 'better' },
  { label: 'Days between logins', of: (o) => o.loginFrequencyDays, unit: 'number', more: 'worse' },
  { label: 'NPS (of 10)', of: (o) => o.npsScore, unit: 'number', more: 'better' },
  { label: 'Open tickets', of: (o) => o.openTicketCount, unit: 'number', more: 'worse' },
  { label: 'Escalations in 90 days', of: (o) => o.escalationCount90Days, unit: 'number', more: 'worse' },
];

function trendsOf(
  first: SignalObservation,
  last: SignalObservation,
  { account }: ReviewFacts,
  frame: ReviewFrame,
): Trend[] {
  const on = (observation: SignalObservation) =>
    observation.observedAt < frame.from ? frame.period.from : frame.day(observation.observedAt);
  return TRENDS.flatMap(({ label, of, unit, more }) => {
    const before = of(first);
    const after = of(last);
    if (before === null && after === null) return [];
    const value = (amount: number | null): FigureValue =>
      amount === null
        ? UNKNOWN
        : unit === 'money'
          ? { kind: 'money', amount: { amountCents: amount, currency: account.currency } }
          : { kind: unit, value: amount };
    return {
      label,
      from: value(before),
      fromOn: before === null ? null : on(first),
      to: value(after),
      toOn: after === null ? null : on(last),
      direction: directionOf(before, after, more, first === last),
    };
  });
}

function directionOf(
  before: number | null,
  after: number | null,
  more: 'better' | 'worse' | null,
  alone: boolean,
): Trend['direction'] {
  if (before === null || after === null || alone) return null;
  if (before === after) return 'same';
  if (more === null) return null;
  return after > before === (more === 'better') ? 'better' : 'worse';
}

function seatHistoryOf({ observations }: ReviewFacts, frame: ReviewFrame): ImpactSection['seatHistory'] {
  const points = observations.flatMap((observation) => {
    const seats = seatsOf(observation);
    if (seats === null) return [];
    return {
      on: observation.observedAt < frame.from ? frame.period.from : frame.day(observation.observedAt),
      ...seats,
    };
  });
  if (points.length <= MOST_POINTS) return points;
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, index) => points[Math.round(index * step)] as (typeof points)[number]);
}

interface Known {
  facts: ReviewFacts;
  frame: ReviewFrame;
  arr: Money | null;
  seats: ImpactSection['seats'];
  growth: { change: number; reports: number } | null;
}

function summarize({
  facts,
  frame,
  arr,
  seats,
  perSeat,
  growth,
  trends,
}: Known & { perSeat: Money | null; trends: Trend[] }): ReviewText {
  if (facts.observations.length === 0) {
    return byRules([`Nothing was reported about this account up to the end of ${inText(frame)}.`]);
  }
  const spent =
    arr === null
      ? null
      : `The contract is worth ${formatMoney(arr)} a year${perSeat === null ? '' : `, which is ${formatMoney(perSeat)} for each seat in use`}.`;
  const used =
    seats === null
      ? null
      : `${formatNumber(seats.active)} of ${formatNumber(seats.purchased)} seats are in use (${formatPercent(seats.active / seats.purchased)}).`;
  const grown =
    growth === null
      ? null
      : Math.abs(growth.change) < 0.005
        ? `Usage is level over ${inText(frame)}.`
        : `Usage ${growth.change > 0 ? 'grew' : 'fell'} by ${formatPercent(Math.abs(growth.change))} over ${inText(frame)}.`;
  const listed = (direction: Trend['direction']) =>
    trends.filter((trend) => trend.direction === direction).map(({ label }) => label.replace(/ \(.*$/, ''));
  const [better, worse] = [listed('better'), listed('worse')];
  return byRules([
    spent,
    used,
    grown,
    better.length === 0 ? null : `Better than at the start: ${better.join(', ')}.`,
    worse.length === 0 ? null : `Worse than at the start: ${worse.join(', ')}.`,
  ]);
}

/** Said plainly, so that nobody takes silence for a zero. */
function unknownOf({ arr, seats, growth, last, facts, frame }: Known & { last: SignalObservation | null }): string[] {
  const missing: string[] = [];
  if (arr === null) missing.push('The ARR is not known, so nothing can be said about cost.');
  if (seats === null)
    missing.push('Seats bought and in use are not both known, so neither is the cost per active seat.');
  if (growth === null) missing.push(`There are too few usage reports in ${inText(frame)} to say how usage grew.`);
  if (typeof last?.npsScore !== 'number') missing.push('No NPS answer is known.');
  if (facts.account.contractStart === null) missing.push('The start of the contract is not known.');
  if (facts.account.renewalDate === null) missing.push('The renewal date is not known.');
  if (last && last.observedAt < frame.from) {
    missing.push(
      `Nothing was reported in ${inText(frame)} itself; the figures are from ${dayInWords(frame.day(last.observedAt))}.`,
    );
  }
  missing.push(
    'What the customer earned or saved with the product is not measured here: ask them, and add it in their words.',
  );
  return missing;
}
