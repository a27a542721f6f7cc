import { AppError } from '../errors';
import { type Prisma, PrismaClient } from './generated/sqlite/client';
import type { SqlClient } from './sql';
import type { SqliteAdapterFactory } from './sqlite';
import { createLockMemory, createMainLock, createThreadLock } from './write-lock';

/** What a scan needs of the database: it works on many rows, past Prisma's layers. */
export interface BulkDatabase {
  /** The reading connection without Prisma's layers: for lists and scans. */
  readonly rows: SqlClient;
  /** A transaction on the writing connection without Prisma's layers: for many rows. On disk when it answers. */
  bulk<T>(work: (tx: SqlClient) => Promise<T>): Promise<T>;
  /**
   * The same for what can be made again, such as scores: on disk with the next durable write, of which the end of every
   * run is one.
   */
  bulkRepeatable<T>(work: (tx: SqlClient) => Promise<T>): Promise<T>;
  /**
   * One statement that changes rows, as a transaction by itself: on PostgreSQL a third of the round trips. On disk when it
   * answers.
   * @returns the rows changed.
   */
  change(statement: Prisma.Sql): Promise<number>;
  close(): Promise<void>;
}

/**
 * The database as the stores see it. What reads answers only from committed rows, on a connection of its own, so that a
 * page never waits for a transaction. On SQLite one connection changes rows.
 */
export interface Database extends BulkDatabase {
  readonly engine: 'sqlite' | 'postgresql';
  readonly read: PrismaClient;
  readonly write: PrismaClient;
  /**
   * A transaction that decides by what it reads: no other one of these, of any instance, is under way meanwhile. For what
   * is rare and small, such as who may sign in.
   */
  exclusive<T>(work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T>;
  /** What threads of this process need to open the same database. */
  readonly forThreads: ThreadDatabase;
  /** Differs after every commit, whoever makes it: what was read under the same version is still true. */
  version(): Promise<string>;
}

/** Crosses to a thread as it is. The lock is SQLite's alone. */
export interface ThreadDatabase {
  url: string;
  lock: SharedArrayBuffer;
}

/**
 * Opens a SQLite file (`file:/path/headroom.db`) or a PostgreSQL database (`postgres://…`).
 * @throws AppError `database` where it cannot be opened or a guarantee (what was acknowledged is on disk) does not hold.
 */
export async function openDatabase(url: string, onIdleError: (error: Error) => void = () => {}): Promise<Database> {
  try {
    return await (isPostgres(url) ? openPostgresLazily(url, onIdleError) : openSqlite(url));
  } catch (cause) {
    throw cannotOpen(url, cause);
  }
}

export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:/.test(url);
}

/** Each engine's driver is loaded where it is used. */
async function openPostgresLazily(url: string, onIdleError: (error: Error) => void): Promise<Database> {
  const { openPostgres } = await import('./postgres');
  return openPostgres(url, onIdleError);
}

async function openSqlite(url: string): Promise<Database> {
  const { SqliteAdapterFactory } = await import('./sqlite');
  const lock = createLockMemory();
  const writer = new SqliteAdapterFactory(url, createMainLock(lock));
  const reader = new SqliteAdapterFactory(url, null);
  const write = new PrismaClient({ adapter: writer, errorFormat: 'minimal' });
  const read = new PrismaClient({ adapter: reader, errorFormat: 'minimal' });
  const close = async () => {
    await Promise.all([read.$disconnect(), write.$disconnect()]);
  };
  try {
    // The writer first: it creates the file and switches it to WAL.
    await write.$connect();
    await read.$connect();
    const rows = reader.direct();
    return {
      engine: 'sqlite',
      read,
      write,
      rows,
      forThreads: { url, lock },
      async version() {
        // Tells this connection of the commits of all others, and it makes none itself.
        const [row] = await rows.$queryRaw<{ data_version: number }[]>`PRAGMA data_version`;
        return String(row?.data_version ?? 0);
      },
      exclusive: (work) => write.$transaction(work),
      ...writing(writer),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function writing(connection: SqliteAdapterFactory): Pick<BulkDatabase, 'bulk' | 'bulkRepeatable' | 'change'> {
  return {
    bulk: (work) => connection.bulk(work, true),
    bulkRepeatable: (work) => connection.bulk(work, false),
    change: (statement) => connection.bulk((tx) => tx.$executeRaw(statement), true),
  };
}

/** Of the address only what is no secret. */
function cannotOpen(url: string, cause: unknown): AppError {
  const reason = (cause as Error).message;
  if (!isPostgres(url)) {
    return new AppError('database', `The database ${url} cannot be opened: ${reason}`, {
      cause,
      remedy: 'Check that HEADROOM_DATA_DIR exists, is on a local disk and can be written.',
    });
  }
  const { hostname, port, pathname } = new URL(url);
  return new AppError('database', `The database ${hostname}:${port || 5432}${pathname} cannot be opened: ${reason}`, {
    cause,
    retryable: true,
    remedy: 'Check DATABASE_URL, that the server runs, and that its user may create tables in the database.',
  });
}

/**
 * The same database on a thread, on one connection of its own. `thread` is the thread's number, above 1. `rest`, once it has
 * nothing to do, leaves nothing to do for the process's own connection either.
 */
export async function openThreadDatabase(
  { url, lock }: ThreadDatabase,
  thread: number,
): Promise<BulkDatabase & { rest(): Promise<void> }> {
  if (isPostgres(url)) {
    const { openPostgresThread } = await import('./postgres');
    return { ...(await openPostgresThread(url, () => {})), rest: async () => {} };
  }
  const { SCANNING, SqliteAdapterFactory } = await import('./sqlite');
  const factory = new SqliteAdapterFactory(url, createThreadLock(lock, thread), SCANNING);
  const adapter = await factory.connect();
  return {
    rows: factory.direct(),
    ...writing(factory),
    rest: () => factory.copyJournal(),
    close: () => adapter.dispose(),
  };
}
