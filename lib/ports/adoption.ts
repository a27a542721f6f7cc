/** Feature adoption. */

import type { Scope } from '../domain/access';
import type { AdoptionAssessment } from '../domain/adoption';
import type { AdoptionBenchmark, AdoptionBenchmarks, BenchmarkAccount } from '../domain/adoption-benchmark';
import type { AdoptionAccount } from '../domain/adoption-use';
import type { AccountRange } from '../ports';

/** Use of features, and what the accounts of each segment have in common. */
export interface AdoptionStore {
  /** Active accounts of the range that any use was reported of in periods that end within (`since`, `until`]. */
  readUse(range: AccountRange, since: Date, until: Date): Promise<BenchmarkAccount[]>;
  /** Takes the place of all benchmarks before. */
  saveBenchmarks(benchmarks: readonly AdoptionBenchmark[]): Promise<void>;
  /** Accounts with their use since then; those that are not there or not within the scope are left out. */
  readAccounts(accountIds: readonly string[], since: Date, scope: Scope): Promise<AdoptionAccount[]>;
  /** Those of the segment and of the portfolio. */
  readBenchmarks(segment: string | null): Promise<AdoptionBenchmarks>;
}

/** What is known of the feature adoption of accounts over a period; those about which nothing is known are left out. */
export type AdoptionReader = (
  accountIds: readonly string[],
  options: { from: Date; to: Date; now: Date },
) => Promise<ReadonlyMap<string, AdoptionAssessment>>;
