import type pg from 'pg';

/** Smaller tables are read whole whatever the planner thinks of them. */
const SMALLEST = 1_000;
/** Rows in a sample are 300 times this (PostgreSQL, `default_statistics_target`): enough to choose an index by. */
const DETAIL = 20;

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
 * Only columns of indexes are looked at, and few rows: that costs a tenth, and leaves the daemon's own count of changes as it
 * is, so that it looks at the whole table later. One table at a time, in the background; a statement that fails is left to
 * the daemon.
 */
export function createPostgresStatistics(pool: pg.Pool): PostgresStatistics {
  /** Rows inserted from here since the table was looked at, and how many make it worth while again. */
  const growth = new Map<string, { rows: number; enough: number }>();
  const waiting = new Set<string>();
  let current: Promise<void> | null = null;
  let stopped = false;

  async function work(): Promise<void> {
    for (const table of waiting) {
      if (stopped) return;
      waiting.delete(table);
      const seen = growth.get(table);
      if (!seen) continue;
      const { rows } = seen;
      const counted = await look(table, rows).catch(() => 0);
      seen.enough = Math.max(SMALLEST, counted, rows);
      seen.rows -= rows;
    }
  }

  /** @returns the rows that the planner believed in. */
  async function look(table: string, inserted: number): Promise<number> {
    const { rows, indexed } = await readCounted(pool, table);
    // The table may have been large before this process looked at it, or have been looked at by another one.
    if (inserted >= rows) await analyze(pool, table, indexed);
    return rows;
  }

  return {
    inserted(table, rows) {
      const seen = growth.get(table) ?? { rows: 0, enough: SMALLEST };
      seen.rows += rows;
      growth.set(table, seen);
    },
    committed() {
      if (stopped) return;
      for (const [table, { rows, enough }] of growth) if (rows >= enough) waiting.add(table);
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

/** The rows that the planner believes in, and the columns that indexes are on. */
async function readCounted(pool: pg.Pool, table: string): Promise<{ rows: number; indexed: string[] }> {
  const { rows } = await pool.query<{ rows: number; indexed: string[] }>(
    `SELECT GREATEST(t.reltuples, 0)::float8 AS "rows", ARRAY(
       SELECT DISTINCT a.attname::text FROM pg_index i
       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = t.oid) AS "indexed"
     FROM pg_class t WHERE t.oid = to_regclass($1)`,
    [`"${table}"`],
  );
  return rows[0] ?? { rows: 0, indexed: [] };
}

async function analyze(pool: pg.Pool, table: string, columns: readonly string[]): Promise<void> {
  // Names of tables and columns are the desk's own.
  const names = columns.map((column) => `"${column}"`).join(', ');
  const connection = await pool.connect();
  let failed = true;
  try {
    await connection.query(`BEGIN; SET LOCAL default_statistics_target = ${DETAIL};
      ANALYZE "${table}"${names && ` (${names})`}; COMMIT`);
    failed = false;
  } finally {
    connection.release(failed);
  }
}
