import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { IsolationLevel, SqlDriverAdapter, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import { AppError } from '../errors';
import { PrismaClient } from './generated/client';

/** How long a statement waits for another process's write lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * The database as the stores see it. `read` answers only from committed rows, on a connection of its own, so that a
 * page never waits for a transaction; `write` is the one connection that changes rows.
 */
export interface Database {
  readonly read: PrismaClient;
  readonly write: PrismaClient;
  close(): Promise<void>;
}

/**
 * Opens a SQLite file (`file:/path/headroom.db`).
 * @throws AppError `database` where the file cannot be opened or a guarantee (WAL, full sync) does not hold.
 */
export async function openDatabase(url: string): Promise<Database> {
  const write = new PrismaClient({ adapter: new SqliteAdapterFactory(url, 'write'), errorFormat: 'minimal' });
  const read = new PrismaClient({ adapter: new SqliteAdapterFactory(url, 'read'), errorFormat: 'minimal' });
  const close = async () => {
    await Promise.all([read.$disconnect(), write.$disconnect()]);
  };
  try {
    // The writer first: it creates the file and switches it to WAL.
    await write.$connect();
    await read.$connect();
  } catch (cause) {
    await close();
    throw new AppError('database', `The database ${url} cannot be opened: ${(cause as Error).message}`, {
      cause,
      remedy: 'Check that HEADROOM_DATA_DIR exists, is on a local disk and can be written.',
    });
  }
  return { read, write, close };
}

/**
 * Prisma's SQLite adapter with two traps closed. It runs transactions and single statements on one connection, so a
 * single statement issued while a transaction is open would become part of it and vanish with its rollback: here it
 * waits. And a BEGIN that fails would leave the adapter's lock held for ever: here the lock is ours and is released.
 */
export class SqliteAdapterFactory {
  readonly provider = 'sqlite' as const;
  readonly adapterName = '@prisma/adapter-better-sqlite3';
  readonly #inner: PrismaBetterSqlite3;
  readonly #mode: 'read' | 'write';

  constructor(url: string, mode: 'read' | 'write') {
    this.#inner = new PrismaBetterSqlite3({ url, timeout: BUSY_TIMEOUT_MS });
    this.#mode = mode;
  }

  async connect(): Promise<SqlDriverAdapter> {
    const adapter = (await this.#inner.connect()) as SqlDriverAdapter;
    reusePreparedStatements(adapter);
    try {
      await adapter.executeScript(
        `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; PRAGMA mmap_size = 268435456; PRAGMA wal_autocheckpoint = 4000;`,
      );
      await assertPragma(adapter, 'journal_mode', 'wal');
      await assertPragma(adapter, 'synchronous', 2);
      await assertPragma(adapter, 'foreign_keys', 1);
      if (this.#mode === 'read') await adapter.executeScript('PRAGMA query_only = ON;');
    } catch (error) {
      await adapter.dispose();
      throw error;
    }
    return this.#mode === 'read' ? adapter : serialize(adapter);
  }

  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    return (await this.#inner.connectToShadowDb()) as SqlDriverAdapter;
  }
}

async function assertPragma(adapter: SqlDriverAdapter, name: string, expected: string | number): Promise<void> {
  const { rows } = await adapter.queryRaw({ sql: `PRAGMA ${name}`, args: [], argTypes: [] });
  const actual = rows[0]?.[0];
  if (String(actual) !== String(expected)) {
    throw new Error(
      `PRAGMA ${name} is ${String(actual)}, not ${expected}; an acknowledged write could be lost. Is the file on a network drive?`,
    );
  }
}

/** Statements kept ready on a connection; the desk has fewer texts than this that it runs often. */
const PREPARED_STATEMENTS = 256;

interface Driver {
  prepare(sql: string): Statement;
}

/** What the adapter uses of a statement of better-sqlite3. */
interface Statement {
  readonly reader: boolean;
  columns(): unknown[];
  run(args: readonly unknown[]): unknown;
  raw(): { all(args: readonly unknown[]): unknown[] };
}

/**
 * The adapter prepares every statement anew, which costs as much as running a short one. Here a text is prepared once;
 * its arguments are given when it runs instead of being bound for ever.
 */
function reusePreparedStatements(adapter: SqlDriverAdapter): void {
  const { client } = adapter as unknown as { client: Driver };
  const prepare = client.prepare.bind(client);
  const prepared = new Map<string, Statement>();
  const find = (sql: string): Statement => {
    const known = prepared.get(sql);
    if (known) prepared.delete(sql);
    const statement = known ?? prepare(sql);
    prepared.set(sql, statement);
    const oldest = prepared.keys().next().value;
    if (prepared.size > PREPARED_STATEMENTS && oldest !== undefined) prepared.delete(oldest);
    return statement;
  };
  const bound = (statement: Statement, args: readonly unknown[]) => ({
    reader: statement.reader,
    columns: () => statement.columns(),
    run: () => statement.run(args),
    raw: () => ({ all: () => statement.raw().all(args) }),
    bind: (given: readonly unknown[]) => bound(statement, given),
  });
  client.prepare = (sql) => bound(find(sql), []);
}

function serialize(adapter: SqlDriverAdapter): SqlDriverAdapter {
  let unlocked: Promise<void> | null = null;
  const idle = async () => {
    while (unlocked) await unlocked;
  };
  const acquire = async (): Promise<() => void> => {
    await idle();
    let release = () => {};
    unlocked = new Promise<void>((resolve) => {
      release = () => {
        unlocked = null;
        resolve();
      };
    });
    return release;
  };
  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    getConnectionInfo: adapter.getConnectionInfo?.bind(adapter),
    async queryRaw(query: SqlQuery) {
      await idle();
      return adapter.queryRaw(query);
    },
    async executeRaw(query: SqlQuery) {
      await idle();
      return adapter.executeRaw(query);
    },
    async executeScript(script: string) {
      await idle();
      return adapter.executeScript(script);
    },
    async startTransaction(level?: IsolationLevel): Promise<Transaction> {
      const release = await acquire();
      try {
        return releasing(await adapter.startTransaction(level), release);
      } catch (error) {
        release();
        throw error;
      }
    },
    dispose: () => adapter.dispose(),
  };
}

function releasing(transaction: Transaction, release: () => void): Transaction {
  const commit = transaction.commit.bind(transaction);
  const rollback = transaction.rollback.bind(transaction);
  transaction.commit = () => commit().finally(release);
  transaction.rollback = () => rollback().finally(release);
  return transaction;
}
