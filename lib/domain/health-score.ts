import type { Rag } from './signals';

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

export type ChurnRiskLevel = 'low' | 'medium' | 'high' | 'critical';
export type ChurnTrigger = 'none' | 'contract_proximity' | 'behavioral' | 'both';

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

/** One part that differs between two assessments, largest loss first. */
export interface ScoreMovement {
  part: ScorePart | ScoreFactor['signal'];
  label: string;
  /** Points (or score points lost to a factor) before and after. */
  from: number;
  to: number;
  /** The signal's value in words before and after, where both are known. */
  fromValue: string | null;
  toValue: string | null;
}
