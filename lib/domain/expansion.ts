export const OPPORTUNITY_TYPES = ['seats', 'module', 'integration'] as const;
export type OpportunityType = (typeof OPPORTUNITY_TYPES)[number];

export const CONFIDENCES = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export const OPPORTUNITY_STATUSES = [
  'open',
  'held',
  'queued',
  'drafted',
  'accepted',
  'won',
  'lost',
  'snoozed',
  'dismissed',
  'withdrawn',
] as const;
export type OpportunityStatus = (typeof OPPORTUNITY_STATUSES)[number];

export const DISMISS_REASONS = [
  'not_a_fit',
  'no_budget',
  'bad_timing',
  'already_in_talks',
  'wrong_data',
  'other',
] as const;
export type DismissReason = (typeof DISMISS_REASONS)[number];

export interface Money {
  amountCents: number;
  /** ISO 4217. */
  currency: string;
}

/** One fact behind an opportunity, traced to the signal or row that says so and the time it was observed. */
export interface Evidence {
  /** Name of the signal or field, e.g. `seatsUtilizationRate`, `featureUsage.exports`, `techStack`. */
  signal: string;
  /** A sentence fragment that stands alone: «97 of 100 seats in use». */
  statement: string;
  /** The value to show at the right: «97 %». */
  value: string;
  /** Where it comes from, in words: «Seat report». */
  source: string;
  /** ISO instant of the observation. */
  observedAt: string;
  /** Second thought at the right, e.g. «over 90 % for 5 weeks». */
  note: string | null;
}

/** How the amount comes about: one line a step, with the figures that matter. Empty where the amount is unknown. */
export type Calculation = string[];

/** What the rules found. Pure data: the same account and catalogue always give the same candidates. */
export interface OpportunityCandidate {
  type: OpportunityType;
  /** `seats`, or the id of the catalogue item. */
  subject: string;
  /** Short: «34 seats», «Forecasting module». */
  title: string;
  /** A full sentence for the side panel: «Northwind Robotics needs 34 more seats». */
  headline: string;
  /** Evidence in one line, for a table row. */
  why: string;
  confidence: Confidence;
  impact: Money | null;
  evidence: Evidence[];
  calculation: Calculation;
  talkTrack: string;
}
