import { hash } from 'node:crypto';
import { findIntegration, findModule, prepareCatalogue, recentUse } from './expansion-catalogue';
import { findSeats } from './expansion-seats';
import type { UsageTrend } from './signals';

export const OPPORTUNITY_TYPES = ['seats', 'module', 'integration'] as const;
export type OpportunityType = (typeof OPPORTUNITY_TYPES)[number];

export const CONFIDENCES = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** What lists sort by. */
export const CONFIDENCE_RANK: Readonly<Record<Confidence, number>> = { low: 1, medium: 2, high: 3 };

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

/** What the rules know of an account. Amounts are a year's, in integer cents. */
export interface AccountFacts {
  id: string;
  name: string;
  arrCents: number | null;
  /** ISO 4217. */
  currency: string;
  plan: string | null;
  seatsPurchased: number | null;
  seatsActive: number | null;
  /** `YYYY-MM-DD`. */
  renewalDate: string | null;
  /** Ids or names of what the account owns or has connected, and the products it works with. */
  modules: readonly string[];
  integrations: readonly string[];
  techStack: readonly string[];
  usageTrend: UsageTrend | null;
  /** When the current signals were observed. */
  observedAt: Date;
  /** Seat reports, newest last; the current one may be among them. */
  seatHistory: readonly SeatReport[];
  /** Feature use of recent weeks, in any order: one row a feature and period. */
  usage: readonly UsageFacts[];
}

export interface SeatReport {
  observedAt: Date;
  seatsActive: number;
  seatsPurchased: number;
}

/** How much one feature was used in the period that ends at `observedAt`. */
export interface UsageFacts {
  feature: string;
  observedAt: Date;
  uses: number;
  activeUsers: number | null;
  /** How often a plan limit stopped the account in that period. */
  limitHits: number;
}

/** Something that can be sold. */
export interface CatalogueEntry {
  id: string;
  type: OpportunityType;
  name: string;
  /** A year's price in cents: of one seat for `seats`, of the whole item otherwise. */
  priceCents: number | null;
  /** ISO 4217. */
  currency: string;
  /** Features whose use shows the need. */
  signalFeatures: readonly string[];
  /** Plans that it is sold to; empty: all. */
  eligiblePlans: readonly string[];
  /** Names of the products that it connects to. */
  techNames: readonly string[];
  /** One sentence on what the customer gains. */
  benefit: string | null;
}

/** Treat as immutable: a scan's accounts share what is prepared from it once. */
export type CatalogueFacts = readonly CatalogueEntry[];

export interface ExpansionPolicy {
  /** Seats in use, as a whole percentage of those bought, from which confidence is medium or high. */
  mediumUtilisationPercent: number;
  highUtilisationPercent: number;
  /** What more seats should bring utilisation back to. */
  targetUtilisationPercent: number;
  /** Weeks, one report or more each, that make an observation persistent. */
  minWeeks: number;
  /** Feature use older than this many days does not count. */
  usageWindowDays: number;
  /** Uses within the window that show a need. */
  minUses: number;
}

export const DEFAULT_EXPANSION_POLICY: ExpansionPolicy = {
  mediumUtilisationPercent: 80,
  highUtilisationPercent: 90,
  targetUtilisationPercent: 75,
  minWeeks: 3,
  usageWindowDays: 28,
  minUses: 10,
};

/** Every reason to sell more to one account: seats, then modules and integrations in catalogue order. */
export function findExpansions(
  account: AccountFacts,
  catalogue: CatalogueFacts,
  now: Date,
  policy: ExpansionPolicy = DEFAULT_EXPANSION_POLICY,
): OpportunityCandidate[] {
  const entries = prepareCatalogue(catalogue);
  const use = recentUse(account, policy, now);
  const found: OpportunityCandidate[] = [];
  const seats = findSeats(account, entries, use, policy, now);
  if (seats !== null) found.push(seats);
  for (const item of entries) {
    if (item.entry.type !== 'module') continue;
    const module = findModule(account, item, use, policy);
    if (module !== null) found.push(module);
  }
  for (const item of entries) {
    if (item.entry.type !== 'integration') continue;
    const integration = findIntegration(account, item, use, policy);
    if (integration !== null) found.push(integration);
  }
  return found;
}

/**
 * The identity of an opportunity: its account, and 32 hex digits over account, type, subject and contract term. The term
 * is the month of renewal, or `open`: a renewal day that is corrected must not raise the same thing again, a renewed
 * contract may.
 */
export function fingerprint(
  accountId: string,
  type: OpportunityType,
  subject: string,
  renewalDate: string | null,
): string {
  const term = renewalDate === null ? 'open' : renewalDate.slice(0, 7);
  // Each part is preceded by its length, so that no two lists of parts read the same.
  const parts = [accountId, type, subject, term].map((part) => `${part.length}:${part}`).join('');
  // The account comes first so that the rows a scan writes lie together in the index.
  return `${accountId}/${hash('sha256', parts, 'hex').slice(0, 32)}`;
}
