import type { AlertKind, AlertLevel } from './churn-alert';
import type { ChurnRiskLevel, ChurnTrigger } from './churn-risk';
import type { Money } from './expansion';
import { formatCount, formatDate, formatMoney, formatNumber, parseUtcDay, utcDay } from './format';
import {
  describePart,
  PART_LABELS,
  partMaxPoints,
  SCORE_PARTS,
  type ScoreMovement,
  type ScoreSnapshot,
  whatMoved,
} from './health-score';
import type { ScoringModel } from './scoring-model';
import type { Rag } from './signals';

/** The health of an account at one time, with what it was made of. */
export interface NarratedHealth extends ScoreSnapshot {
  score: number;
  rag: Rag;
  churnRisk: ChurnRiskLevel;
  /** When it was assessed. */
  asOf: Date;
  /** When its signals were observed; null where that is no longer known. */
  observedAt: Date | null;
}

export interface AlertFacts {
  accountName: string;
  kind: AlertKind;
  level: AlertLevel | 'none';
  /** What people knew before; null where no scan has told of the account yet. */
  before: NarratedHealth | null;
  after: NarratedHealth;
  trigger: ChurnTrigger;
  arr: Money | null;
  /** `YYYY-MM-DD`. */
  renewalDate: string | null;
}

/** One signal that explains the change: its points before and after, with its value and when that was observed. */
export interface AlertReason {
  label: string;
  /** Null where there was nothing before: `to` is of `most` points. */
  from: number | null;
  to: number;
  most: number | null;
  fromValue: string | null;
  toValue: string | null;
  fromObservedAt: string | null;
  observedAt: string | null;
  /** All of it in one sentence. */
  sentence: string;
}

/** Why, in words that need no model to be written. Plain text. */
export interface AlertNarrative {
  headline: string;
  /** What the risk is made of; empty where it has passed. */
  risk: string;
  reasons: AlertReason[];
  contract: string;
  /** What to do next, the most pressing first. */
  actions: string[];
}

/** Signals that a narrative names at most. */
const REASONS = 6;
const ACTIONS = 3;
/** A renewal this near is worth a talk whatever else is wrong, in days. */
const RENEWAL_TALK_DAYS = 90;

/** Why an account is told of, and what to do; deterministic. */
export function narrateAlert(facts: AlertFacts, model: ScoringModel, now: Date): AlertNarrative {
  const moved = facts.before === null ? null : whatMoved(facts.before, facts.after);
  return {
    headline: headlineOf(facts),
    risk: riskOf(facts, model),
    reasons: (moved === null ? weightiest(facts, model) : reasonsOf(facts, moved)).slice(0, REASONS),
    contract: contractOf(facts, now),
    actions: actionsFor(facts, moved, model, now),
  };
}

export function levelInWords(level: AlertLevel | 'none'): string {
  if (level === 'none') return 'no risk';
  return level === 'red' ? 'health is RED' : `${level} churn risk`;
}

function headlineOf({ accountName, kind, level, before, after }: AlertFacts): string {
  const score = `${formatNumber(after.score)} points, ${after.rag}`;
  const was = before === null ? '' : ` It was at ${formatNumber(before.score)}, ${before.rag}.`;
  const what = {
    new_risk: `is at risk: ${levelInWords(level)}`,
    worse: `got worse: ${levelInWords(level)}`,
    recovered: 'has recovered',
  }[kind];
  return `${accountName} ${what} (${score}).${was}`;
}

function riskOf({ trigger, after, level }: AlertFacts, model: ScoringModel): string {
  if (level === 'none') return '';
  const proximity = `The contract ends within ${formatCount(model.contractWindowDays, 'day')} and the account is ${after.rag}.`;
  const signals = after.signals;
  const behavior =
    signals === null
      ? 'Usage falls and logins have become rare.'
      : `Usage is ${describePart('usageTrend', signals)}, logins: ${describePart('loginFrequencyDays', signals)}.`;
  if (trigger === 'both') return `${proximity} ${behavior}`;
  if (trigger === 'contract_proximity') return proximity;
  if (trigger === 'behavioral') return behavior;
  return `The score is below ${formatNumber(model.rag.amber)}, where the account is RED.`;
}

/** What moved against the account first, or for it where it recovered; each group by size. */
function reasonsOf(facts: AlertFacts, moved: readonly ScoreMovement[]): AlertReason[] {
  const along = (movement: ScoreMovement) => (facts.kind === 'recovered') === movement.to > movement.from;
  return [...moved.filter(along), ...moved.filter((movement) => !along(movement))].map((movement) => {
    const { label, from, to, fromValue, toValue } = movement;
    const fromObservedAt = facts.before?.observedAt?.toISOString() ?? null;
    const observedAt = facts.after.observedAt?.toISOString() ?? null;
    const values = fromValue === null || fromValue === toValue ? (toValue ?? 'unknown') : `${fromValue} → ${toValue}`;
    const points = `${pointsInWords(from)} → ${pointsInWords(to)} points`;
    return {
      ...{ label, from, to, most: null, fromValue, toValue, fromObservedAt, observedAt },
      sentence: `${label}: ${values} (${points}${observedInWords(facts)}).`,
    };
  });
}

/** Without anything to compare with: where the most points are missing. */
function weightiest(facts: AlertFacts, model: ScoringModel): AlertReason[] {
  const { breakdown, signals } = facts.after;
  const observedAt = facts.after.observedAt?.toISOString() ?? null;
  return SCORE_PARTS.map((part) => ({ part, to: breakdown[part], most: partMaxPoints(part, model) }))
    .filter(({ to, most }) => most - to > 1e-9)
    .sort((a, b) => b.most - b.to - (a.most - a.to))
    .slice(0, REASONS - 2)
    .map(({ part, to, most }) => {
      const toValue = signals === null ? null : describePart(part, signals);
      const label = PART_LABELS[part];
      return {
        ...{ label, from: null, to, most, fromValue: null, toValue, fromObservedAt: null, observedAt },
        sentence: `${label}: ${toValue ?? 'unknown'} (${pointsInWords(to)} of ${pointsInWords(most)} points${observedInWords(facts)}).`,
      };
    });
}

function observedInWords({ after }: AlertFacts): string {
  return after.observedAt === null ? '' : `, observed ${formatDate(after.observedAt)}`;
}

function pointsInWords(points: number): string {
  return formatNumber(points).replace('-', '−');
}

function contractOf({ arr, renewalDate }: AlertFacts, now: Date): string {
  const days = daysToRenewal(renewalDate, now);
  const amount = arr === null ? 'ARR is not known' : `ARR ${formatMoney(arr)}`;
  if (days === null || renewalDate === null) return `${amount}; no renewal date is known.`;
  const date = formatDate(new Date(`${renewalDate}T00:00:00Z`));
  if (days < 0) return `${amount}; the renewal date ${date} has passed ${formatCount(-days, 'day')} ago.`;
  return `${amount}; renews on ${date}, ${days === 0 ? 'which is today' : `in ${formatCount(days, 'day')}`}.`;
}

function daysToRenewal(renewalDate: string | null, now: Date): number | null {
  const day = renewalDate === null ? null : parseUtcDay(renewalDate);
  return day === null ? null : day - utcDay(now);
}

type Part = ScoreMovement['part'];

/** What helps against what is wrong: one step that a person can take this week. */
const PLAYBOOK: Readonly<Record<Part, string>> = {
  collectionsRisk:
    'Agree with finance who talks to the customer about the open invoices, before anybody talks about more.',
  invoicePaymentStatus: 'Find out with finance why the invoice is open, and settle that before the renewal talk.',
  escalationCount90Days: 'Name one owner for the escalation and give the customer a date.',
  support: 'Go through the open tickets with support, and tell the customer when each will be solved.',
  usageTrend: 'Call the champion and ask what has changed in how the team works.',
  loginFrequencyDays: 'Find out who has stopped logging in, and whether the champion is still there.',
  featureAdoptionRate: 'Offer a working session on what was bought and is not used.',
  daysSinceLastInteraction: 'Book a call for this week: nobody has spoken with them for too long.',
  stakeholderEngagement: 'Win a second sponsor: ask the champion who else depends on the product.',
  npsScore: 'Ask whoever gave the score for the reason behind it.',
  seatsUtilizationRate: 'Ask which team the unused seats were meant for, and help it start.',
  tamHealthRag: 'Talk with the technical account manager about what is behind the rating.',
  daysToRenewal: 'Open the renewal talk now: agree on goals and terms before the date.',
};

const ASK = 'Call the customer and ask how things are going.';

/** What finance and support know comes first: nobody renews with an open quarrel. */
const PRESSING: readonly Part[] = ['escalationCount90Days', 'invoicePaymentStatus', 'collectionsRisk'];

function actionsFor(
  facts: AlertFacts,
  moved: readonly ScoreMovement[] | null,
  model: ScoringModel,
  now: Date,
): string[] {
  if (facts.kind === 'recovered') {
    return ['Thank whoever turned it, and note at the account what helped.'];
  }
  const wrong: Part[] =
    moved === null
      ? SCORE_PARTS.map((part) => ({ part, lost: partMaxPoints(part, model) - facts.after.breakdown[part] }))
          .filter(({ lost }) => lost > 1e-9)
          .sort((a, b) => b.lost - a.lost)
          .map(({ part }) => part)
      : moved.filter(({ from, to }) => to < from).map(({ part }) => part);
  for (const { signal } of facts.after.factors) if (!wrong.includes(signal)) wrong.push(signal);
  const days = daysToRenewal(facts.renewalDate, now);
  const renewsSoon = days !== null && days >= 0 && days <= RENEWAL_TALK_DAYS;
  const others: Part[] = wrong.filter((part) => part !== 'daysToRenewal');
  const ordered: Part[] = [
    ...PRESSING.filter((part) => others.includes(part)),
    ...others.filter((part) => !PRESSING.includes(part)),
    // One talk with finance is enough.
  ].filter((part) => part !== 'collectionsRisk' || !others.includes('invoicePaymentStatus'));
  const steps = ordered.slice(0, renewsSoon ? ACTIONS - 1 : ACTIONS);
  if (renewsSoon) steps.push('daysToRenewal');
  return steps.length === 0 ? [ASK] : steps.map((part) => PLAYBOOK[part]);
}
