import type { AccountRecord, CatalogueRecord, UsageRecord } from '../domain/import-records';
import type { Database } from './client';
import { applyAccounts } from './import-accounts';
import type { BatchOutcome } from './import-batch';
import { applyCatalogue } from './import-catalogue';
import { applyUsage } from './import-usage';
import { dbTime, type SqlClient } from './sql';

const TRANSACTION = { timeout: 30_000, maxWait: 30_000 };

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

export function createImportStore(db: Database): ImportStore {
  return {
    applyAccounts: (records, now) => inTransaction(db, (tx) => applyAccounts(tx, records, dbTime(now))),
    applyCatalogue: (records, now) => inTransaction(db, (tx) => applyCatalogue(tx, records, dbTime(now))),
    applyUsage: (records, now) => inTransaction(db, (tx) => applyUsage(tx, records, dbTime(now))),
  };
}

function inTransaction<T>(db: Database, work: (tx: SqlClient) => Promise<T>): Promise<T> {
  return db.write.$transaction(async (tx) => {
    // Takes the write lock at once: a transaction that reads first and is overtaken by another process cannot write.
    await tx.$executeRaw`UPDATE "accounts" SET "id" = "id" WHERE FALSE`;
    return work(tx);
  }, TRANSACTION);
}
