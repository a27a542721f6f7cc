/** Red, amber, green: the traffic light of an account's health. */
export type Rag = 'GREEN' | 'AMBER' | 'RED';

export const USAGE_TRENDS = ['growing', 'stable', 'declining', 'inactive'] as const;
export const INVOICE_STATUSES = ['current', 'overdue_30', 'overdue_60', 'overdue_90_plus'] as const;
export const TICKET_SENTIMENTS = ['positive', 'neutral', 'negative', 'critical'] as const;
export const ENGAGEMENT_LEVELS = ['high', 'medium', 'low'] as const;
export const RAGS = ['GREEN', 'AMBER', 'RED'] as const;
export const COLLECTIONS_RISKS = ['GREEN', 'AMBER', 'RED', 'CRITICAL'] as const;

export type UsageTrend = (typeof USAGE_TRENDS)[number];
export type InvoicePaymentStatus = (typeof INVOICE_STATUSES)[number];
export type TicketSentiment = (typeof TICKET_SENTIMENTS)[number];
export type EngagementLevel = (typeof ENGAGEMENT_LEVELS)[number];
export type CollectionsRisk = (typeof COLLECTIONS_RISKS)[number];

/** The 14 observations that the health score is made of. `null` is «unknown», where unknown has points of its own. */
export interface HealthSignals {
  /** Share of the owned features in use, 0–1. */
  featureAdoptionRate: number;
  usageTrend: UsageTrend;
  /** Days between two logins, on average; at least 0. */
  loginFrequencyDays: number | null;
  /** Whole days since a person of ours last spoke with the customer; at least 0. */
  daysSinceLastInteraction: number | null;
  invoicePaymentStatus: InvoicePaymentStatus;
  avgTicketSentiment: TicketSentiment;
  /** Open support tickets, a whole number. */
  openTicketCount: number;
  /** Whole days until the contract's renewal; negative once it has passed. */
  daysToRenewal: number | null;
  /** Seats in use ÷ seats bought, 0–2. */
  seatsUtilizationRate: number;
  stakeholderEngagement: EngagementLevel;
  /** 0–10. */
  npsScore: number | null;
  /** Escalations in the last 90 days, a whole number. */
  escalationCount90Days: number;
  collectionsRisk: CollectionsRisk | null;
  /** The technical account manager's own rating. */
  tamHealthRag: Rag | null;
}

export type SignalName = keyof HealthSignals;

/** What was observed of an account at one time, as stored: dates, not days; `null` where the source said nothing. */
export interface SignalObservation {
  observedAt: Date;
  arrCents: number | null;
  seatsPurchased: number | null;
  seatsActive: number | null;
  /** `YYYY-MM-DD`. */
  renewalDate: string | null;
  lastInteractionAt: Date | null;
  loginFrequencyDays: number | null;
  usageTrend: string | null;
  featureAdoptionRate: number | null;
  stakeholderEngagement: string | null;
  npsScore: number | null;
  invoicePaymentStatus: string | null;
  openTicketCount: number | null;
  avgTicketSentiment: string | null;
  escalationCount90Days: number | null;
  tamHealthRag: string | null;
  collectionsRisk: string | null;
}

/** Why a value cannot be scored: the signal by its name, and what it should be. */
export interface SignalProblem {
  signal: string;
  message: string;
}

export type SignalsResult = { ok: true; signals: HealthSignals } | { ok: false; problems: SignalProblem[] };
