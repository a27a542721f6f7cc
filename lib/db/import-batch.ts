import type { RowIssue } from '../domain/import-records';
import { Prisma } from './generated/sqlite/client';
import { among, type SqlClient, selectRows } from './sql';

/** Accounts from files belong to this source; those of another source are not overwritten. */
export const FILE_SOURCE = 'csv';
/** Accounts from Notion. */
export const NOTION_SOURCE = 'notion';

/** Where the rows of an import come from. */
export interface ImportSource {
  name: string;
  /**
   * The rows' time of observation is that of their last change, whatever changed: what says the same as the newest
   * observation is no new one, and what says something else is the newest.
   */
  live?: boolean;
  /** Accounts whose row counts even where it says the same as before. */
  again?: ReadonlySet<string>;
}

export const FROM_FILES: ImportSource = { name: FILE_SOURCE };

/** What became of the rows of one batch, counted per row. */
export interface BatchOutcome {
  /** Rows that made a new account, item or usage period. */
  created: number;
  /** Rows that changed something or added to the history. */
  updated: number;
  /** Rows that said what was known already. */
  unchanged: number;
  /** Accounts that a scan should look at again; each once. */
  changedAccountIds: string[];
  /** Rows that were left out, by their position in the batch. */
  rejected: { index: number; issue: RowIssue }[];
}

export function emptyOutcome(): BatchOutcome {
  return { created: 0, updated: 0, unchanged: 0, changedAccountIds: [], rejected: [] };
}

/** Of rows with the same key, the last. */
export function lastOfEach<T>(rows: readonly T[], key: (row: T) => string): T[] {
  return [...new Map(rows.map((row) => [key(row), row])).values()];
}

export function sortedJson(items: readonly string[]): string {
  return items.length === 0 ? '[]' : JSON.stringify([...items].sort());
}

/** An account as far as an import must know it. */
export interface KnownAccount {
  source: string;
  /** Null where this import has not looked at it. */
  status: string | null;
  /** Observation time of the newest snapshot. */
  observedAt: string | null;
}

export async function loadAccounts(tx: SqlClient, ids: readonly string[]): Promise<Map<string, KnownAccount>> {
  const rows = await selectRows<KnownAccount & { id: string }>(
    tx,
    { id: 'a."id"', source: 'a."source"', status: 'a."status"', observedAt: 's."observed_at"' },
    Prisma.sql`FROM "accounts" a LEFT JOIN "signal_snapshots" s ON s."id" = a."current_snapshot_id" WHERE a."id" ${among(tx, ids)}`,
  );
  return new Map(rows.map(({ id, ...account }) => [id, account]));
}
