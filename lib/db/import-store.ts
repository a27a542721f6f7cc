import type { AccountRecord, CatalogueRecord, UsageRecord } from '../domain/import-records';
import type { Database } from './client';
import { applyAccounts } from './import-accounts';
import { type BatchOutcome, FROM_FILES, type ImportSource } from './import-batch';
import { applyCatalogue } from './import-catalogue';
import { applyUsage } from './import-usage';
import { dbTime, type SqlClient } from './sql';

/**
 * Writes batches of imported rows. Each call is one transaction: all of it or nothing. Every call is idempotent: the
 * same rows again are `unchanged`.
 */
export interface ImportStore {
  /**
   * Each distinct observation becomes a snapshot; the account shows the facts of its newest one. An older observation
   * goes into the history only. Another row for the same time is a correction: the later one counts.
   */
  applyAccounts(records: readonly AccountRecord[], now: Date, source?: ImportSource): Promise<BatchOutcome>;
  applyCatalogue(records: readonly CatalogueRecord[], now: Date): Promise<BatchOutcome>;
  /** Rows of unknown accounts are rejected. */
  applyUsage(records: readonly UsageRecord[], now: Date): Promise<BatchOutcome>;
}

/** @param clock gives the time at which a batch is written, which tells the next scan what is new to it. */
export function createImportStore(db: Database, clock: () => Date = () => new Date()): ImportStore {
  const writtenAt = () => dbTime(clock());
  const batch = (apply: (tx: SqlClient) => Promise<BatchOutcome>) =>
    db.bulk(async (tx) => {
      await takeTurn(tx, writtenAt());
      return apply(tx);
    });
  return {
    applyAccounts: (records, now, source = FROM_FILES) =>
      batch((tx) => applyAccounts(tx, records, dbTime(now), writtenAt(), source)),
    applyCatalogue: (records) => batch((tx) => applyCatalogue(tx, records, writtenAt())),
    applyUsage: (records) => batch((tx) => applyUsage(tx, records, writtenAt())),
  };
}

/** A batch decides by what it reads: batches of all instances take turns, by the lock on this row. */
async function takeTurn(tx: SqlClient, at: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "settings" ("key", "value", "updated_at") VALUES ('imported_at', ${at}, ${at})
    ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value", "updated_at" = excluded."updated_at"`;
}
