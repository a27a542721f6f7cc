import { existsSync } from 'node:fs';
import path from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { AppError } from '../errors';

/** How long another process may hold what a backup needs for a moment, in milliseconds. */
const WAIT_MS = 10_000;
/** How long a restore waits for a desk that is just stopping, in milliseconds. */
const LOCK_WAIT_MS = 2_000;

/** What of a copy has to be known to judge it. */
export interface SqliteFacts {
  /** Names of the migrations that it went through. */
  migrations: string[];
  accounts: number;
  opportunities: number;
  dispatches: number;
}

/** The file that an address names, as an absolute path. */
export function sqliteFileOf(url: string): string {
  return path.resolve(url.replace(/^file:/, '').replace(/\?.*$/, ''));
}

/**
 * Copies the database as it is at one moment, while others go on writing: `VACUUM INTO` reads within one transaction, and
 * in WAL mode no reader holds up a writer. The online backup API would begin again with every commit of another process.
 * The copy is compact, and not flushed to the disk yet.
 */
export async function copySqlite(source: string, target: string): Promise<void> {
  if (!existsSync(source)) {
    throw new AppError('invalid_input', `There is no database ${source}.`, {
      remedy: 'Set HEADROOM_DATA_DIR or DATABASE_URL to those of the desk.',
    });
  }
  await withFile(source, WAIT_MS, (connection) =>
    connection.executeScript(`VACUUM INTO '${target.replaceAll("'", "''")}'`),
  );
}

/**
 * Looks whether every page and every reference of a copy is right.
 * @throws AppError `database` saying what is wrong.
 */
export async function checkSqlite(file: string): Promise<SqliteFacts> {
  try {
    return await withFile(file, WAIT_MS, async (connection) => {
      const integrity = await column(connection, 'PRAGMA integrity_check(10)');
      if (integrity.join() !== 'ok') throw new Error(integrity.join('; '));
      const [orphan] = await column(connection, 'PRAGMA foreign_key_check');
      if (orphan !== undefined) throw new Error(`rows of ${String(orphan)} refer to rows that are not there`);
      const count = async (table: string) => Number((await column(connection, `SELECT COUNT(*) FROM "${table}"`))[0]);
      const migrations = await column(
        connection,
        'SELECT "migration_name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL ORDER BY "migration_name"',
      );
      return {
        migrations: migrations.map(String),
        accounts: await count('accounts'),
        opportunities: await count('opportunities'),
        dispatches: await count('dispatches'),
      };
    });
  } catch (cause) {
    throw new AppError('database', `The database ${path.basename(file)} is damaged: ${(cause as Error).message}`, {
      cause,
      remedy: 'Use another backup.',
    });
  }
}

/** Those of the ids that are dispatches in this file. */
export function knownDispatches(file: string, ids: readonly string[]): Promise<Set<string>> {
  return withFile(file, WAIT_MS, async (connection) => {
    const { rows } = await connection.queryRaw({
      sql: 'SELECT "id" FROM "dispatches" WHERE "id" IN (SELECT value FROM json_each(?))',
      args: [JSON.stringify(ids)],
      argTypes: [{ scalarType: 'string', arity: 'scalar' }],
    });
    return new Set(rows.map(([id]) => String(id)));
  });
}

/**
 * Takes the file for this process alone, its write-ahead log folded in: whoever has it open, a desk or a command, would
 * lose what it wrote. The lock is the system's own, so that a process that died holds none.
 * @returns what gives it back; null where the file is damaged, or none, and cannot be locked.
 * @throws AppError `conflict` where another process has it open.
 */
export async function holdSqlite(file: string): Promise<(() => Promise<void>) | null> {
  const connection = await connect(file, LOCK_WAIT_MS);
  try {
    // Leaving WAL mode needs every other connection to be closed, one that does nothing just now among them.
    await connection.executeScript('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
    const [mode] = await column(connection, 'PRAGMA journal_mode');
    if (mode !== 'delete') throw new Error('database is locked');
    return () => connection.dispose();
  } catch (error) {
    await connection.dispose();
    if (/locked|busy/i.test(describe(error))) {
      throw new AppError('conflict', `${file} is in use: a desk runs on it, or a command does.`, {
        cause: error,
        remedy: 'Stop it first.',
      });
    }
    if (/malformed|not a database|corrupt|notadb/i.test(describe(error))) return null;
    throw error;
  }
}

function describe(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: unknown };
  return `${message} ${JSON.stringify(cause ?? null)}`;
}

async function connect(file: string, timeout: number): Promise<SqlDriverAdapter> {
  return (await new PrismaBetterSqlite3({ url: `file:${file}`, timeout }).connect()) as SqlDriverAdapter;
}

async function withFile<T>(
  file: string,
  timeout: number,
  use: (connection: SqlDriverAdapter) => Promise<T>,
): Promise<T> {
  const connection = await connect(file, timeout);
  try {
    return await use(connection);
  } finally {
    await connection.dispose();
  }
}

/** The first column of what a statement answers. */
async function column(connection: SqlDriverAdapter, sql: string): Promise<unknown[]> {
  const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
  return rows.map(([value]) => value);
}
