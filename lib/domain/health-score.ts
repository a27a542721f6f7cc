import { assessChurn, type ChurnRiskLevel, type ChurnTrigger } from './churn-risk';
import {
  type AtLeastStep,
  type AtMostStep,
  DEFAULT_SCORING_MODEL,
  type MoreThanStep,
  type ScoringModel,
} from './scoring-model';
import { describeSignal, type HealthSignals, type Rag, SIGNAL_LABELS } from './signals';

export type { ChurnRiskLevel, ChurnTrigger } from './churn-risk';

/** The eleven parts of the score; `support` is made of ticket sentiment and open tickets. */
export const SCORE_PARTS = [
  'featureAdoptionRate',
  'usageTrend',
  'loginFrequencyDays',
  'daysSinceLastInteraction',
  'invoicePaymentStatus',
  'support',
  'daysToRenewal',
  'seatsUtilizationRate',
  'stakeholderEngagement',
  'npsScore',
  'escalationCount90Days',
] as const;

export type ScorePart = (typeof SCORE_PARTS)[number];

/** Points won, by part. */
export type ScoreBreakdown = Record<ScorePart, number>;

/** A factor that lowered the whole score, and the signal that caused it. */
export interface ScoreFactor {
  signal: 'collectionsRisk' | 'tamHealthRag';
  value: string;
  factor: number;
}

export interface HealthAssessment {
  /** 0–100, not rounded. */
  score: number;
  rag: Rag;
  breakdown: ScoreBreakdown;
  factors: ScoreFactor[];
  churnRiskLevel: ChurnRiskLevel;
  churnTriggeredBy: ChurnTrigger;
  /** RED, or churn risk high or critical: somebody must look. */
  shouldAlert: boolean;
}

/** One part or factor that differs between two assessments. */
export interface ScoreMovement {
  part: ScorePart | ScoreFactor['signal'];
  label: string;
  /**
   * Points before and after. A factor's are what it takes off the score, at most 0. So the movements' `to - from` add
   * up to the change of the score.
   */
  from: number;
  to: number;
  /** The signal's value in words before and after, where both are known. */
  fromValue: string | null;
  toValue: string | null;
}

/** What an assessment leaves behind for {@link whatMoved}; signals are null where they are no longer known. */
export interface ScoreSnapshot {
  breakdown: ScoreBreakdown;
  factors: readonly ScoreFactor[];
  signals: HealthSignals | null;
}

/** What a person reads for each part. */
export const PART_LABELS: Readonly<Record<ScorePart, string>> = {
  featureAdoptionRate: SIGNAL_LABELS.featureAdoptionRate,
  usageTrend: SIGNAL_LABELS.usageTrend,
  loginFrequencyDays: SIGNAL_LABELS.loginFrequencyDays,
  daysSinceLastInteraction: SIGNAL_LABELS.daysSinceLastInteraction,
  invoicePaymentStatus: SIGNAL_LABELS.invoicePaymentStatus,
  support: 'Support',
  daysToRenewal: SIGNAL_LABELS.daysToRenewal,
  seatsUtilizationRate: SIGNAL_LABELS.seatsUtilizationRate,
  stakeholderEngagement: SIGNAL_LABELS.stakeholderEngagement,
  npsScore: SIGNAL_LABELS.npsScore,
  escalationCount90Days: SIGNAL_LABELS.escalationCount90Days,
};

/** Score 0–100 with colour, points per part, factors and churn risk; deterministic. */
export function assessHealth(signals: HealthSignals, model: ScoringModel = DEFAULT_SCORING_MODEL): HealthAssessment {
  const parts = model.parts;
  const breakdown: ScoreBreakdown = {
    featureAdoptionRate: signals.featureAdoptionRate * parts.featureAdoptionRate.points,
    usageTrend: parts.usageTrend[signals.usageTrend],
    loginFrequencyDays: loginPoints(signals, model),
    daysSinceLastInteraction: interactionPoints(signals, model),
    invoicePaymentStatus: parts.invoicePaymentStatus[signals.invoicePaymentStatus],
    support: supportPoints(signals, model),
    daysToRenewal: renewalPoints(signals, model),
    seatsUtilizationRate: seatsPoints(signals, model),
    stakeholderEngagement: parts.stakeholderEngagement[signals.stakeholderEngagement],
    npsScore: npsPoints(signals, model),
    escalationCount90Days: escalationPoints(signals, model),
  };
  const collections = collectionsFactor(signals, model);
  const tam = tamFactor(signals, model);
  const score = sumOfPoints(breakdown) * collections * tam;
  const rag = ragOf(score, model);
  const churn = assessChurn(rag, signals, model);
  const factors: ScoreFactor[] = [];
  if (collections !== 1 && signals.collectionsRisk !== null) {
    factors.push({
      signal: 'collectionsRisk',
      value: signals.collectionsRisk,
      factor: collections,
    });
  }
  if (tam !== 1 && signals.tamHealthRag !== null) {
    factors.push({
      signal: 'tamHealthRag',
      value: signals.tamHealthRag,
      factor: tam,
    });
  }
  return {
    score,
    rag,
    breakdown,
    factors,
    churnRiskLevel: churn.churnRiskLevel,
    churnTriggeredBy: churn.churnTriggeredBy,
    shouldAlert: rag === 'RED' || churn.churnRiskLevel === 'high' || churn.churnRiskLevel === 'critical',
  };
}

/** Score and colour alone, equal to those of {@link assessHealth} to the last bit. */
export function scoreOnly(
  signals: HealthSignals,
  model: ScoringModel = DEFAULT_SCORING_MODEL,
): { score: number; rag: Rag } {
  const parts = model.parts;
  // Same order as sumOfPoints: floating-point addition is not associative.
  const points =
    signals.featureAdoptionRate * parts.featureAdoptionRate.points +
    parts.usageTrend[signals.usageTrend] +
    loginPoints(signals, model) +
    interactionPoints(signals, model) +
    parts.invoicePaymentStatus[signals.invoicePaymentStatus] +
    supportPoints(signals, model) +
    renewalPoints(signals, model) +
    seatsPoints(signals, model) +
    parts.stakeholderEngagement[signals.stakeholderEngagement] +
    npsPoints(signals, model) +
    escalationPoints(signals, model);
  const score = points * collectionsFactor(signals, model) * tamFactor(signals, model);
  return { score, rag: ragOf(score, model) };
}

/** The value behind a part, in words: «97 %», «every 3 days», «3 open tickets, neutral». */
export function describePart(part: ScorePart, signals: HealthSignals): string {
  if (part !== 'support') return describeSignal(part, signals);
  return `${describeSignal('openTicketCount', signals)}, ${describeSignal('avgTicketSentiment', signals)}`;
}

/** The most points that a part can win. */
export function partMaxPoints(part: ScorePart, model: ScoringModel = DEFAULT_SCORING_MODEL): number {
  const parts = model.parts;
  switch (part) {
    case 'featureAdoptionRate':
      return parts.featureAdoptionRate.points;
    case 'support':
      return Math.max(...Object.values(parts.support.sentiment));
    case 'usageTrend':
    case 'invoicePaymentStatus':
    case 'stakeholderEngagement':
      return Math.max(...Object.values(parts[part]));
    case 'seatsUtilizationRate':
      return Math.max(parts[part].overUse, mostOf(parts[part]));
    case 'escalationCount90Days':
      return mostOf(parts[part]);
    default:
      return Math.max(parts[part].unknown, mostOf(parts[part]));
  }
}

/** What made the score change: parts and factors whose points differ, largest change first. */
export function whatMoved(before: ScoreSnapshot, after: ScoreSnapshot): ScoreMovement[] {
  const movements: ScoreMovement[] = [];
  for (const part of SCORE_PARTS) {
    movements.push({
      part,
      label: PART_LABELS[part],
      from: before.breakdown[part],
      to: after.breakdown[part],
      fromValue: before.signals === null ? null : describePart(part, before.signals),
      toValue: after.signals === null ? null : describePart(part, after.signals),
    });
  }
  const lostBefore = pointsTakenOff(before);
  const lostAfter = pointsTakenOff(after);
  for (const signal of FACTOR_SIGNALS) {
    movements.push({
      part: signal,
      label: SIGNAL_LABELS[signal],
      from: lostBefore[signal],
      to: lostAfter[signal],
      fromValue: factorValue(signal, before),
      toValue: factorValue(signal, after),
    });
  }
  return movements
    .filter((movement) => Math.abs(movement.to - movement.from) > 1e-9)
    .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from));
}

const FACTOR_SIGNALS = ['collectionsRisk', 'tamHealthRag'] as const;

function pointsTakenOff(snapshot: ScoreSnapshot): Record<ScoreFactor['signal'], number> {
  const taken = { collectionsRisk: 0, tamHealthRag: 0 };
  let rest = sumOfPoints(snapshot.breakdown);
  for (const signal of FACTOR_SIGNALS) {
    const factor = snapshot.factors.find((candidate) => candidate.signal === signal)?.factor ?? 1;
    taken[signal] = factor === 1 ? 0 : rest * factor - rest;
    rest *= factor;
  }
  return taken;
}

function factorValue(signal: ScoreFactor['signal'], snapshot: ScoreSnapshot): string | null {
  if (snapshot.signals !== null) return describeSignal(signal, snapshot.signals);
  return snapshot.factors.find((candidate) => candidate.signal === signal)?.value.toLowerCase() ?? null;
}

function sumOfPoints(points: ScoreBreakdown): number {
  return (
    points.featureAdoptionRate +
    points.usageTrend +
    points.loginFrequencyDays +
    points.daysSinceLastInteraction +
    points.invoicePaymentStatus +
    points.support +
    points.daysToRenewal +
    points.seatsUtilizationRate +
    points.stakeholderEngagement +
    points.npsScore +
    points.escalationCount90Days
  );
}

function ragOf(score: number, model: ScoringModel): Rag {
  if (score >= model.rag.green) return 'GREEN';
  return score >= model.rag.amber ? 'AMBER' : 'RED';
}

function collectionsFactor(signals: HealthSignals, model: ScoringModel): number {
  return signals.collectionsRisk === null ? 1 : model.collectionsFactors[signals.collectionsRisk];
}

function tamFactor(signals: HealthSignals, model: ScoringModel): number {
  return signals.tamHealthRag === null ? 1 : model.tamFactors[signals.tamHealthRag];
}

function loginPoints(signals: HealthSignals, model: ScoringModel): number {
  const table = model.parts.loginFrequencyDays;
  const days = signals.loginFrequencyDays;
  return days === null ? table.unknown : atMost(days, table.steps, table.otherwise);
}

function interactionPoints(signals: HealthSignals, model: ScoringModel): number {
  const table = model.parts.daysSinceLastInteraction;
  const days = signals.daysSinceLastInteraction;
  return days === null ? table.unknown : atMost(days, table.steps, table.otherwise);
}

function supportPoints(signals: HealthSignals, model: ScoringModel): number {
  const table = model.parts.support;
  const points =
    table.sentiment[signals.avgTicketSentiment] - Math.min(signals.openTicketCount, table.maxTicketDeduction);
  return Math.max(points, 0);
}

function renewalPoints(signals: HealthSignals, model: ScoringModel): number {
  const table = model.parts.daysToRenewal;
  const days = signals.daysToRenewal;
  return days === null ? table.unknown : moreThan(days, table.steps, table.otherwise);
}

function seatsPoints(signals: HealthSignals, model: ScoringModel): number {
  const table = model.parts.seatsUtilizationRate;
  const rate = signals.seatsUtilizationRate;
  return rate > 1 ? table.overUse : atLeast(rate, table.steps, table.otherwise);
}

function npsPoints(signals: HealthSignals, model: ScoringModel): number {
  const table = model.parts.npsScore;
  return signals.npsScore === null ? table.unknown : atLeast(signals.npsScore, table.steps, table.otherwise);
}

function escalationPoints(signals: HealthSignals, model: ScoringModel): number {
  const table = model.parts.escalationCount90Days;
  return atMost(signals.escalationCount90Days, table.steps, table.otherwise);
}

function atMost(value: number, steps: readonly AtMostStep[], otherwise: number): number {
  for (const step of steps) if (value <= step.atMost) return step.points;
  return otherwise;
}

function atLeast(value: number, steps: readonly AtLeastStep[], otherwise: number): number {
  for (const step of steps) if (value >= step.atLeast) return step.points;
  return otherwise;
}

function moreThan(value: number, steps: readonly MoreThanStep[], otherwise: number): number {
  for (const step of steps) if (value > step.moreThan) return step.points;
  return otherwise;
}

function mostOf(table: { steps: readonly { points: number }[]; otherwise: number }): number {
  return Math.max(table.otherwise, ...table.steps.map((step) => step.points));
}
