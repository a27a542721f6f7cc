import type { UsageRecord } from '../domain/import-records';
import { Prisma } from './generated/sqlite/client';
import { type BatchOutcome, emptyOutcome, lastOfEach, loadAccounts } from './import-batch';
import { among, dbTime, inputRows, insertRows, type SqlClient, selectRows } from './sql';

const USAGE_COLUMNS = ['account_id', 'feature', 'observed_at', 'uses', 'active_users', 'limit_hits'];

interface StoredUsage {
  accountId: string;
  feature: string;
  observedAt: string;
  uses: number;
  activeUsers: number | null;
  limitHits: number;
}

/** Inserts and updates the usage of known accounts; rows of unknown ones are rejected. `writtenAt` as the database stores it. */
export async function applyUsage(
  tx: SqlClient,
  records: readonly UsageRecord[],
  writtenAt: string,
): Promise<BatchOutcome> {
  const outcome = emptyOutcome();
  const accounts = await loadAccounts(tx, [...new Set(records.map((record) => record.accountId))]);
  const accepted: StoredUsage[] = [];
  records.forEach((record, index) => {
    if (accounts.has(record.accountId)) {
      accepted.push({ ...record, observedAt: dbTime(record.observedAt) });
      return;
    }
    const message = `There is no account «${record.accountId}». Import the accounts first, or correct the id.`;
    outcome.rejected.push({ index, issue: { column: 'account_id', value: record.accountId, message } });
  });
  const latest = lastOfEach(accepted, usageKey);
  const stored = await selectRows<StoredUsage>(
    tx,
    {
      accountId: 'u."account_id"',
      feature: 'u."feature"',
      observedAt: 'u."observed_at"',
      uses: 'u."uses"',
      activeUsers: 'u."active_users"',
      limitHits: 'u."limit_hits"',
    },
    Prisma.sql`FROM ${inputRows(
      tx,
      'feature_usage',
      ['account_id', 'feature', 'observed_at'],
      latest.map((row) => [row.accountId, row.feature, row.observedAt]),
    )}
      ${tx.dialect.leftFirst} "feature_usage" u ON u."account_id" = "input"."account_id" AND u."feature" = "input"."feature" AND u."observed_at" = "input"."observed_at"`,
  );
  const known = new Map(stored.map((row) => [usageKey(row), row]));
  const changed = latest.filter((row) => {
    const before = known.get(usageKey(row));
    if (!before) {
      outcome.created += 1;
      return true;
    }
    if (before.uses === row.uses && before.activeUsers === row.activeUsers && before.limitHits === row.limitHits)
      return false;
    outcome.updated += 1;
    return true;
  });
  outcome.unchanged = accepted.length - changed.length;
  outcome.changedAccountIds = [...new Set(changed.map((row) => row.accountId))];
  await insertRows(
    tx,
    'feature_usage',
    USAGE_COLUMNS,
    changed.map((row) => [row.accountId, row.feature, row.observedAt, row.uses, row.activeUsers, row.limitHits]),
    Prisma.sql`ON CONFLICT ("account_id", "feature", "observed_at") DO UPDATE SET
      "uses" = excluded."uses", "active_users" = excluded."active_users", "limit_hits" = excluded."limit_hits"`,
  );
  // What tells the next expansion check to look at the account again.
  await tx.$executeRaw`UPDATE "accounts" SET "updated_at" = ${writtenAt} WHERE "id" ${among(tx, outcome.changedAccountIds)}`;
  return outcome;
}

function usageKey(row: StoredUsage): string {
  return JSON.stringify([row.accountId, row.feature, row.observedAt]);
}
