import type { AdoptionAssessment } from './adoption';
import type { Confidence, Money, OpportunityStatus, OpportunityType } from './expansion';
import type { GateFacts, GatePolicy } from './gates';
import type { ChurnRiskLevel } from './health-score';
import type { ReviewPeriod } from './review-period';
import type { ScoringModel } from './scoring-model';
import type { Rag, SignalObservation } from './signals';

/** Everything that a review is made of. Lists are oldest first. */
export interface ReviewFacts {
  account: {
    id: string;
    name: string;
    segment: string | null;
    plan: string | null;
    arrCents: number | null;
    /** ISO 4217. */
    currency: string;
    seatsPurchased: number | null;
    csmEmail: string | null;
    repEmail: string | null;
    /** `YYYY-MM-DD`. */
    contractStart: string | null;
    renewalDate: string | null;
  };
  history: readonly ScoreEntry[];
  observations: readonly (SignalObservation & { snapshotId: number })[];
  /** More of them, of which scores were made; those above where it is left out. */
  scored?: readonly (SignalObservation & { snapshotId: number })[];
  /** All uses of a report, whatever the feature. */
  usage: readonly UsageReport[];
  /** Each feature in the last 28 days of the period. */
  features: readonly FeatureFacts[];
  opportunities: readonly ReviewOpportunity[];
  /** What was handed to sales in the period. */
  dispatches: readonly ReviewDispatch[];
  gates: GateFacts;
  /** Null where nobody could assess it. */
  adoption: AdoptionAssessment | null;
}

export interface ScoreEntry {
  asOf: Date;
  snapshotId: number;
  score: number;
  rag: Rag;
  churnRisk: ChurnRiskLevel;
  /** Encoded; see breakdown.ts. */
  breakdown: string;
  modelVersion: string;
}

export interface UsageReport {
  observedAt: Date;
  uses: number;
}

export interface FeatureFacts {
  feature: string;
  uses: number;
  activeUsers: number | null;
  lastUsedAt: Date | null;
}

export interface ReviewOpportunity {
  id: string;
  type: OpportunityType;
  title: string;
  why: string;
  status: OpportunityStatus;
  confidence: Confidence;
  impact: Money | null;
  /** When it came into its status. */
  changedAt: Date;
}

export interface ReviewDispatch {
  opportunityId: string;
  title: string;
  impact: Money | null;
  state: string;
  at: Date;
}

export interface ReviewRules {
  scoring: ScoringModel;
  gates: GatePolicy;
  timeZone: string;
}

/** What the sections are given besides the facts. */
export interface ReviewFrame extends ReviewRules {
  now: Date;
  from: Date;
  /** The end of the period, or now where that comes first. */
  until: Date;
  period: ShownPeriod;
  day(instant: Date): string;
}

/** Days `YYYY-MM-DD`, both within it. `complete`: it was over when the review was made. */
export interface ShownPeriod {
  id: string;
  kind: ReviewPeriod['kind'];
  label: string;
  from: string;
  to: string;
  complete: boolean;
}

/** What made a text: the rules alone, or a language model that reworded what they had made. */
export type ReviewTextOrigin = { by: 'rules' } | { by: 'model'; model: string; promptVersion: string };

export interface ReviewText {
  text: string;
  origin: ReviewTextOrigin;
}

export function byRules(sentences: readonly (string | null)[]): ReviewText {
  return { text: sentences.filter((sentence) => sentence !== null).join(' '), origin: { by: 'rules' } };
}
