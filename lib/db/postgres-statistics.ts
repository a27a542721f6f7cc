import type pg from 'pg';

/** Smaller tables are read whole whatever the planner thinks of them. */
const SMALLEST = 1_000;
/** A table is counted anew once it has this many times the rows that were there when it was last. */
const GROWTH = 2;

/** Keeps the planner's statistics true while tables grow fast. */
export interface PostgresStatistics {
  /** Rows were inserted, in a transaction that is still under way. */
  inserted(table: string, rows: number): void;
  /** A transaction is over: what it inserted can be counted. */
  committed(): void;
  stop(): Promise<void>;
}

/**
 * Has the server count tables anew that have doubled. Its own daemon looks once a minute: a first scan fills empty tables
 * within seconds, and all of its statements, and every list read meanwhile, would be planned for tables without a row.
 * One table at a time, in the background; a statement that fails is left to the daemon.
 */
export function createPostgresStatistics(pool: pg.Pool): PostgresStatistics {
  const counted = new Map<string, { since: number; next: number }>();
  const waiting = new Set<string>();
  let current: Promise<void> | null = null;
  let stopped = false;

  async function work(): Promise<void> {
    for (const table of waiting) {
      if (stopped) return;
      waiting.delete(table);
      // Names of tables are the desk's own.
      await pool.query(`ANALYZE "${table}"`).catch(() => {});
    }
  }

  return {
    inserted(table, rows) {
      const seen = counted.get(table) ?? { since: 0, next: SMALLEST };
      seen.since += rows;
      counted.set(table, seen);
    },
    committed() {
      if (stopped) return;
      for (const [table, seen] of counted) {
        if (seen.since < seen.next) continue;
        seen.next = seen.since * GROWTH;
        waiting.add(table);
      }
      if (waiting.size === 0) return;
      current ??= work().finally(() => {
        current = null;
      });
    },
    async stop() {
      stopped = true;
      await current;
    },
  };
}
