import type {
  AccountFacts,
  Calculation,
  Confidence,
  Evidence,
  ExpansionPolicy,
  Money,
  OpportunityCandidate,
  SeatReport,
} from './expansion';
import {
  benefitEvidence,
  benefitOf,
  eligible,
  type FeatureUse,
  type PreparedEntry,
  trendEvidence,
  usedFeatures,
  useEvidence,
} from './expansion-catalogue';
import {
  daysElapsed,
  formatCount,
  formatDate,
  formatInstant,
  formatMoney,
  formatNumber,
  formatPercent,
  parseUtcDay,
  utcDay,
} from './format';
import { MAX_UTILISATION } from './signals';

/** More seats, where those bought run short and usage does not fall; null where they do not. */
export function findSeats(
  account: AccountFacts,
  catalogue: readonly PreparedEntry[],
  use: ReadonlyMap<string, FeatureUse>,
  policy: ExpansionPolicy,
  now: Date,
): OpportunityCandidate | null {
  const { seatsActive: active, seatsPurchased: purchased, usageTrend } = account;
  if (!isCount(active) || !isCount(purchased) || purchased === 0) return null;
  if (!atOrAbove(active, purchased, policy.mediumUtilisationPercent)) return null;
  // Outside the range of the signal: a report that cannot be right is no reason to sell.
  if (active > purchased * MAX_UTILISATION) return null;
  if (usageTrend === 'declining' || usageTrend === 'inactive') return null;
  // Whole numbers throughout: 97 ÷ 0.75 in floating point is not always what ⌈ ⌉ expects.
  const target = Math.ceil((active * 100) / policy.targetUtilisationPercent);
  const toAdd = target - purchased;
  if (toAdd <= 0) return null;

  const level = atOrAbove(active, purchased, policy.highUtilisationPercent) ? 'high' : 'medium';
  const threshold = level === 'high' ? policy.highUtilisationPercent : policy.mediumUtilisationPercent;
  const run = runAtThreshold(account, threshold, policy);
  const item = seatEntry(account, catalogue);
  const price = priceOf(account, item, toAdd, purchased);
  const inUse = `${formatNumber(active)} of ${formatNumber(purchased)} seats in use`;
  const more = formatCount(toAdd, 'more seat');
  const trend = trendEvidence(account);
  const renewal = renewalEvidence(account, now);
  const observedAt = formatInstant(account.observedAt);
  const evidence: Evidence[] = [
    {
      signal: 'seatsUtilizationRate',
      statement: inUse,
      value: formatPercent(active / purchased),
      source: 'Seat report',
      observedAt,
      note: noteOn(run, threshold),
    },
  ];
  if (trend !== null) evidence.push(trend);
  if (item !== undefined) for (const used of usedFeatures(item, use)) evidence.push(...useEvidence(used, policy));
  if (price.evidence !== null) evidence.push(price.evidence);
  if (renewal !== null) evidence.push(renewal);
  if (item !== undefined) evidence.push(...benefitEvidence(account, item));

  return {
    type: 'seats',
    subject: 'seats',
    title: formatCount(toAdd, 'seat'),
    headline: `${account.name} needs ${more}`,
    why: [
      inUse,
      ...(run.kind === 'persistent' && run.weeks > 0 ? [inWordsOf(run, threshold)] : []),
      ...(run.kind === 'spike' ? ['in the newest reports only'] : []),
      ...(trend === null ? [] : [`usage ${trend.value}`]),
    ].join(', '),
    confidence: run.kind === 'spike' ? LOWERED[level] : level,
    impact: price.impact,
    evidence,
    calculation: [
      `${formatNumber(active)} in use ÷ ${formatPercent(policy.targetUtilisationPercent / 100)} target = ${formatCount(target, 'seat')}, ${formatNumber(toAdd)} to add`,
      ...price.calculation,
    ],
    talkTrack: [
      `${account.name} has ${inUse}${usageTrend === 'growing' ? ', and usage is growing' : ''}: good news to open with.`,
      `${item === undefined ? '' : benefitOf(item, '')} ${more} would bring them back to ${formatPercent(policy.targetUtilisationPercent / 100)} in use, so that nobody new has to wait for a seat.`.trim(),
      renewal === null
        ? 'Ask which teams are joining next, and offer the seats before the last ones are gone.'
        : `Ask which teams are joining next, and offer the seats well before the renewal on ${renewal.value}.`,
    ].join(' '),
  };
}

interface Run {
  /** `spike`: there are lower reports just before, and too few since. `unproven`: nothing speaks against it. */
  kind: 'persistent' | 'unproven' | 'spike';
  since: Date;
  /** Whole weeks between the first and the newest report of the run. */
  weeks: number;
  /** The report that broke the run, if any. */
  before: SeatReport | null;
}

/** How long the account has been at a threshold without a report below it. */
function runAtThreshold(account: AccountFacts, threshold: number, policy: ExpansionPolicy): Run {
  let count = 1;
  let since = account.observedAt;
  let before: SeatReport | null = null;
  for (let index = account.seatHistory.length - 1; index >= 0; index--) {
    const report = account.seatHistory[index];
    if (report === undefined || !(report.observedAt < since) || !(report.seatsPurchased > 0)) continue;
    if (!atOrAbove(report.seatsActive, report.seatsPurchased, threshold)) {
      before = report;
      break;
    }
    count++;
    since = report.observedAt;
  }
  const days = daysElapsed(since, account.observedAt);
  const persistent = count >= policy.minWeeks && days >= (policy.minWeeks - 1) * 7;
  const unproven = before === null ? 'unproven' : 'spike';
  return { kind: persistent ? 'persistent' : unproven, since, weeks: Math.floor(days / 7), before };
}

function noteOn(run: Run, threshold: number): string | null {
  if (run.kind === 'persistent') return `${inWordsOf(run, threshold)}, since ${formatDate(run.since)}`;
  if (run.kind === 'unproven' || run.before === null) return null;
  const rate = run.before.seatsActive / run.before.seatsPurchased;
  return `${formatPercent(rate)} on ${formatDate(run.before.observedAt)}, so it may be a spike`;
}

function inWordsOf(run: Run, threshold: number): string {
  return `${formatPercent(threshold / 100)} or more for ${formatCount(run.weeks, 'week')}`;
}

interface Price {
  impact: Money | null;
  calculation: Calculation;
  evidence: Evidence | null;
}

/** Nothing to reckon with, or an amount past what can be counted exactly. */
const UNKNOWN_PRICE: Price = { impact: null, calculation: [], evidence: null };

/** The account's own price a seat first, then the catalogue's; unknown where neither is known in the account's currency. */
function priceOf(account: AccountFacts, item: PreparedEntry | undefined, toAdd: number, purchased: number): Price {
  const { currency, arrCents } = account;
  const seats = formatNumber(toAdd);
  if (isCount(arrCents) && arrCents > 0) {
    const impact = { amountCents: divideHalfUp(BigInt(toAdd) * BigInt(arrCents), BigInt(purchased)), currency };
    if (!isCount(impact.amountCents)) return UNKNOWN_PRICE;
    const arr = formatMoney({ amountCents: arrCents, currency });
    const aSeat =
      arrCents % purchased === 0
        ? `${formatMoney({ amountCents: arrCents / purchased, currency })} a seat and year (contract)`
        : `${arr} a year ÷ ${formatCount(purchased, 'seat')} (contract)`;
    return {
      impact,
      calculation: [`${seats} × ${aSeat} = ${formatMoney(impact)}`],
      evidence: {
        signal: 'arrCents',
        statement: `Pays ${arr} a year for ${formatCount(purchased, 'seat')}`,
        value: arr,
        source: 'Contract',
        observedAt: formatInstant(account.observedAt),
        note: null,
      },
    };
  }
  const priceCents = item?.entry.priceCents ?? null;
  if (priceCents === null || !isCount(toAdd * priceCents)) return UNKNOWN_PRICE;
  const impact = { amountCents: toAdd * priceCents, currency };
  const aSeat = formatMoney({ amountCents: priceCents, currency });
  return {
    impact,
    calculation: [`${seats} × ${aSeat} a seat and year (catalogue) = ${formatMoney(impact)}`],
    evidence: null,
  };
}

function renewalEvidence(account: AccountFacts, now: Date): Evidence | null {
  const day = account.renewalDate === null ? null : parseUtcDay(account.renewalDate);
  if (day === null || day < utcDay(now)) return null;
  const date = formatDate(new Date(day * DAY_MS));
  return {
    signal: 'renewalDate',
    statement: `Contract comes up for renewal on ${date}`,
    value: date,
    source: 'Contract',
    observedAt: formatInstant(account.observedAt),
    note: null,
  };
}

function atOrAbove(active: number, purchased: number, percent: number): boolean {
  return active * 100 >= purchased * percent;
}

/** Halves away from zero for the positive amounts that there are; exact beyond 2⁵³ too. */
function divideHalfUp(dividend: bigint, divisor: bigint): number {
  return Number((dividend * 2n + divisor) / (divisor * 2n));
}

/** The catalogue's seat for the account's plan and currency, one with a price first. */
function seatEntry(account: AccountFacts, catalogue: readonly PreparedEntry[]): PreparedEntry | undefined {
  const currency = account.currency.toUpperCase();
  const seats = catalogue.filter(
    (item) => item.entry.type === 'seats' && item.entry.currency.toUpperCase() === currency && eligible(account, item),
  );
  return seats.find((item) => item.entry.priceCents !== null) ?? seats[0];
}

function isCount(value: number | null): value is number {
  return value !== null && Number.isSafeInteger(value) && value >= 0;
}

const DAY_MS = 86_400_000;
const LOWERED: Readonly<Record<'medium' | 'high', Confidence>> = { medium: 'low', high: 'medium' };
