import { hash } from 'node:crypto';
import type { OpportunityStatus } from './expansion';
import { formatMoney, formatNumber } from './format';
import { checkGates, holding } from './gates';
import { type AdoptionSection, reviewAdoption } from './qbr-adoption';
import type { ReviewFacts, ReviewFrame, ReviewRules, ShownPeriod } from './qbr-facts';
import { type HealthSection, reviewHealth } from './qbr-health';
import { type ImpactSection, reviewImpact } from './qbr-impact';
import { type NextSection, reviewNext } from './qbr-next';
import { localDay, periodBounds, periodDays, periodLabel, type ReviewPeriod } from './review-period';

/** A quarterly business review as it is stored: what was shown then is shown later. Days are those of the schedule's time zone. */
export interface Review {
  format: 'headroom.review/1';
  account: {
    id: string;
    name: string;
    segment: string | null;
    plan: string | null;
    csm: string | null;
    rep: string | null;
  };
  period: ShownPeriod;
  /** When the review was made, and in which time zone its days are. */
  madeAt: string;
  timeZone: string;
  /** The review in one line. */
  headline: string;
  health: HealthSection;
  impact: ImpactSection;
  adoption: AdoptionSection;
  next: NextSection;
}

/** The sections whose summary a language model may reword. */
export const REVIEW_SECTIONS = ['health', 'impact', 'adoption', 'next'] as const;
export type ReviewSectionName = (typeof REVIEW_SECTIONS)[number];

/** The review of an account over a period; deterministic: the same facts and instant always give the same review. */
export function buildReview(given: ReviewFacts, period: ReviewPeriod, rules: ReviewRules, now: Date): Review {
  const facts = narrowFacts(given, period, rules.timeZone, now);
  const { from, to } = periodBounds(period, rules.timeZone);
  const days = periodDays(period);
  const frame: ReviewFrame = {
    ...rules,
    now,
    from,
    until: to < now ? to : now,
    period: {
      id: period.id,
      kind: period.kind,
      label: periodLabel(period),
      from: days.first,
      to: days.last,
      complete: to <= now,
    },
    day: (instant) => localDay(instant, rules.timeZone),
  };
  const health = reviewHealth(facts, frame);
  const impact = reviewImpact(facts, frame);
  const adoption = reviewAdoption(facts, frame);
  const next = reviewNext(facts, { health, impact, adoption }, frame);
  const { id, name, segment, plan, csmEmail, repEmail } = facts.account;
  return {
    format: 'headroom.review/1',
    account: { id, name, segment, plan, csm: csmEmail, rep: repEmail },
    period: frame.period,
    madeAt: now.toISOString(),
    timeZone: rules.timeZone,
    headline: headlineOf(health, impact, next),
    health,
    impact,
    adoption,
    next,
  };
}

/** The facts that belong to the period: what stood when it began, and what came until it ended. */
function narrowFacts(facts: ReviewFacts, period: ReviewPeriod, timeZone: string, now: Date): ReviewFacts {
  const { from, to } = periodBounds(period, timeZone);
  const until = to < now ? to : now;
  return {
    ...facts,
    scored: facts.observations,
    history: withStanding(facts.history, (entry) => entry.asOf, from, until),
    observations: withStanding(facts.observations, (entry) => entry.observedAt, from, until),
    usage: facts.usage.filter(({ observedAt }) => observedAt >= from && observedAt < until),
    opportunities: facts.opportunities.filter(
      ({ status, changedAt }) => !SETTLED.includes(status) || (changedAt >= from && changedAt < until),
    ),
    dispatches: facts.dispatches.filter(({ at }) => at >= from && at < until),
  };
}

const SETTLED: readonly OpportunityStatus[] = ['won', 'lost'];

/** What lies within, and the one before it: that is what stood when the period began. */
function withStanding<Entry>(
  entries: readonly Entry[],
  timeOf: (entry: Entry) => Date,
  from: Date,
  until: Date,
): Entry[] {
  const known = entries.filter((entry) => timeOf(entry) < until);
  const begun = known.findIndex((entry) => timeOf(entry) >= from);
  return begun < 0 ? known.slice(-1) : known.slice(Math.max(0, begun - 1));
}

/**
 * Digest of the facts that the review of a period is made of. The passing of days alone does not change it, but for what
 * the gates make of it.
 */
export function factsDigest(given: ReviewFacts, period: ReviewPeriod, rules: ReviewRules, now: Date): string {
  const facts = narrowFacts(given, period, rules.timeZone, now);
  const { observedAt: _, ...gates } = facts.gates;
  const { scored: __, features, ...told } = facts;
  // While a period runs, the days that features are told of move on with every day; what is new is in the reports.
  const complete = periodBounds(period, rules.timeZone).to <= now;
  const held = holding(checkGates(facts.gates, rules.gates, now)).map((gate) => gate.code);
  const { scoring } = rules;
  const made = { ...told, gates, features: complete ? features : null, complete };
  return hash('sha256', JSON.stringify([period.id, scoring.version, rules.timeZone, made, held]), 'hex');
}

/** «Health 82 of 100, green · $24,000 ARR · 97 of 100 seats in use · 2 open opportunities worth $21,200». */
function headlineOf(health: HealthSection, impact: ImpactSection, next: NextSection): string {
  const { last } = health;
  const { arr, seats } = impact;
  const open = next.opportunities.length + next.moreOpportunities;
  const worth = next.openImpact.map(formatMoney).join(' + ');
  return [
    last === null ? 'Not scored' : `Health ${Math.round(last.score)} of 100, ${last.rag.toLowerCase()}`,
    arr === null ? null : `${formatMoney(arr)} ARR`,
    seats === null ? null : `${formatNumber(seats.active)} of ${formatNumber(seats.purchased)} seats in use`,
    open === 0
      ? 'no open opportunity'
      : `${open} open ${open === 1 ? 'opportunity' : 'opportunities'}${worth === '' ? '' : ` worth ${worth}`}`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
