import type { OpportunityType } from './expansion';
import type { SignalObservation } from './signals';

export const ACCOUNT_STATUSES = ['active', 'onboarding', 'inactive', 'churned'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** One row of an accounts file: the account's facts and what was observed of it. `null` is «unknown». */
export interface AccountRecord {
  id: string;
  name: string;
  /** Host name in lower case. */
  domain: string | null;
  status: AccountStatus;
  segment: string | null;
  /** ISO 4217. */
  currency: string;
  plan: string | null;
  csmEmail: string | null;
  repEmail: string | null;
  /** `YYYY-MM-DD`. */
  contractStart: string | null;
  modules: string[];
  integrations: string[];
  techStack: string[];
  /** `observedAt` is null where the file does not say: the time of the import then stands for it. */
  observation: Omit<SignalObservation, 'observedAt'> & { observedAt: Date | null };
}

/** One row of a catalogue file: something that can be sold. */
export interface CatalogueRecord {
  id: string;
  type: OpportunityType;
  name: string;
  /** A year's price in cents: of one seat for `seats`, of the whole item otherwise. */
  priceCents: number | null;
  currency: string;
  signalFeatures: string[];
  eligiblePlans: string[];
  techNames: string[];
  benefit: string | null;
}

/** One row of a usage file: how much one account used one feature in the period that ends at `observedAt`. */
export interface UsageRecord {
  accountId: string;
  feature: string;
  observedAt: Date;
  uses: number;
  activeUsers: number | null;
  limitHits: number;
}

/** What is wrong with one cell, or with the whole row where `column` is null. The message says what to write instead. */
export interface RowIssue {
  column: string | null;
  value: string | null;
  message: string;
}
