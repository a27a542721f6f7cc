import type {
  CollectionsRisk,
  EngagementLevel,
  InvoicePaymentStatus,
  Rag,
  TicketSentiment,
  UsageTrend,
} from './signals';

/** Points where the value is at most `atMost`; the first step that fits counts. */
export interface AtMostStep {
  atMost: number;
  points: number;
}

/** Points where the value is at least `atLeast`; the first step that fits counts. */
export interface AtLeastStep {
  atLeast: number;
  points: number;
}

/** Points where the value is above `moreThan`; the first step that fits counts. */
export interface MoreThanStep {
  moreThan: number;
  points: number;
}

/** Every weight, step, threshold, factor and window of the health score. Plain data, so that configuration may replace any number. */
export interface ScoringModel {
  /** Stored with each score, so that a score can be traced to the weights that made it. */
  version: string;
  /** Lowest score of each colour; below `amber` is RED. */
  rag: { green: number; amber: number };
  /** Contract proximity: days to renewal up to which an account that is not GREEN is at risk. */
  contractWindowDays: number;
  /** Behavioural risk: days between logins above which falling usage is a risk. */
  behaviouralLoginDays: number;
  /** Factors on the sum of points, by collections risk. */
  collectionsFactors: Readonly<Record<CollectionsRisk, number>>;
  /** Factors on the sum of points, by the technical account manager's rating; applied after collections. */
  tamFactors: Readonly<Record<Rag, number>>;
  parts: {
    /** Points at a rate of 1; fewer in proportion. */
    featureAdoptionRate: { points: number };
    usageTrend: Readonly<Record<UsageTrend, number>>;
    loginFrequencyDays: {
      unknown: number;
      steps: readonly AtMostStep[];
      otherwise: number;
    };
    daysSinceLastInteraction: {
      unknown: number;
      steps: readonly AtMostStep[];
      otherwise: number;
    };
    invoicePaymentStatus: Readonly<Record<InvoicePaymentStatus, number>>;
    /** Points by ticket sentiment, minus one for each open ticket up to `maxTicketDeduction`, never below 0. */
    support: {
      sentiment: Readonly<Record<TicketSentiment, number>>;
      maxTicketDeduction: number;
    };
    daysToRenewal: {
      unknown: number;
      steps: readonly MoreThanStep[];
      otherwise: number;
    };
    /** `overUse` counts above a rate of 1. */
    seatsUtilizationRate: {
      overUse: number;
      steps: readonly AtLeastStep[];
      otherwise: number;
    };
    stakeholderEngagement: Readonly<Record<EngagementLevel, number>>;
    npsScore: {
      unknown: number;
      steps: readonly AtLeastStep[];
      otherwise: number;
    };
    escalationCount90Days: { steps: readonly AtMostStep[]; otherwise: number };
  };
}

/** The model that Headroom ships with: eleven parts, 100 points. */
export const DEFAULT_SCORING_MODEL: ScoringModel = {
  version: 'default-1',
  rag: { green: 70, amber: 40 },
  contractWindowDays: 60,
  behaviouralLoginDays: 30,
  collectionsFactors: { GREEN: 1, AMBER: 1, RED: 0.9, CRITICAL: 0.8 },
  tamFactors: { GREEN: 1, AMBER: 0.95, RED: 0.85 },
  parts: {
    featureAdoptionRate: { points: 20 },
    usageTrend: { growing: 15, stable: 10, declining: 3, inactive: 0 },
    loginFrequencyDays: {
      unknown: 5,
      steps: [
        { atMost: 7, points: 10 },
        { atMost: 30, points: 7 },
        { atMost: 60, points: 4 },
      ],
      otherwise: 0,
    },
    daysSinceLastInteraction: {
      unknown: 5,
      steps: [
        { atMost: 30, points: 10 },
        { atMost: 60, points: 7 },
        { atMost: 90, points: 4 },
      ],
      otherwise: 0,
    },
    invoicePaymentStatus: {
      current: 10,
      overdue_30: 6,
      overdue_60: 3,
      overdue_90_plus: 0,
    },
    support: {
      sentiment: { positive: 10, neutral: 7, negative: 3, critical: 0 },
      maxTicketDeduction: 5,
    },
    daysToRenewal: {
      unknown: 7,
      steps: [
        { moreThan: 180, points: 10 },
        { moreThan: 90, points: 8 },
        { moreThan: 60, points: 6 },
        { moreThan: 30, points: 3 },
      ],
      otherwise: 1,
    },
    seatsUtilizationRate: {
      overUse: 4,
      steps: [
        { atLeast: 0.8, points: 5 },
        { atLeast: 0.5, points: 3 },
      ],
      otherwise: 1,
    },
    stakeholderEngagement: { high: 5, medium: 3, low: 1 },
    npsScore: {
      unknown: 2,
      steps: [
        { atLeast: 9, points: 3 },
        { atLeast: 7, points: 2 },
        { atLeast: 5, points: 1 },
      ],
      otherwise: 0,
    },
    escalationCount90Days: {
      steps: [
        { atMost: 0, points: 2 },
        { atMost: 1, points: 1 },
      ],
      otherwise: 0,
    },
  },
};
