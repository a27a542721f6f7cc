import type { AccountRecord, CatalogueRecord, UsageRecord } from '../domain/import-records';
import type { Database } from './client';
import { applyAccounts } from './import-accounts';
import type { BatchOutcome } from './import-batch';
import { applyCatalogue } from './import-catalogue';
import { applyUsage } from './import-usage';
import { dbTime } from './sql';

/**
 * Writes batches of imported rows. Each call is one transaction: all of it or nothing. Every call is idempotent: the
 * same rows again are `unchanged`.
 */
export interface ImportStore {
  /**
   * Each distinct observation becomes a snapshot; the account shows the facts of its newest one. An older observation
   * goes into the history only. Another row for the same time is a correction: the later one counts.
   */
  applyAccounts(records: readonly AccountRecord[], now: Date): Promise<BatchOutcome>;
  applyCatalogue(records: readonly CatalogueRecord[], now: Date): Promise<BatchOutcome>;
  /** Rows of unknown accounts are rejected. */
  applyUsage(records: readonly UsageRecord[], now: Date): Promise<BatchOutcome>;
}

/** @param clock gives the time at which a batch is written, which tells the next scan what is new to it. */
export function createImportStore(db: Database, clock: () => Date = () => new Date()): ImportStore {
  const writtenAt = () => dbTime(clock());
  return {
    applyAccounts: (records, now) => db.bulk((tx) => applyAccounts(tx, records, dbTime(now), writtenAt())),
    applyCatalogue: (records) => db.bulk((tx) => applyCatalogue(tx, records, writtenAt())),
    applyUsage: (records) => db.bulk((tx) => applyUsage(tx, records, writtenAt())),
  };
}
