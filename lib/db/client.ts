import { AppError } from '../errors';
import { PrismaClient } from './generated/client';
import type { SqlClient } from './sql';
import { SqliteAdapterFactory } from './sqlite';

/**
 * The database as the stores see it. What reads answers only from committed rows, on a connection of its own, so that a
 * page never waits for a transaction; one connection changes rows.
 */
export interface Database {
  readonly read: PrismaClient;
  readonly write: PrismaClient;
  /** The reading connection without Prisma's layers: for lists and scans. */
  readonly rows: SqlClient;
  /** A transaction on the writing connection without Prisma's layers: for many rows. On disk when it answers. */
  bulk<T>(work: (tx: SqlClient) => Promise<T>): Promise<T>;
  /**
   * The same for what can be made again, such as scores: on disk with the next durable write, of which the end of every
   * run is one.
   */
  bulkRepeatable<T>(work: (tx: SqlClient) => Promise<T>): Promise<T>;
  /** Grows with every commit, whoever makes it: what was read under the same version is still true. */
  version(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens a SQLite file (`file:/path/headroom.db`).
 * @throws AppError `database` where the file cannot be opened or a guarantee (WAL, full sync) does not hold.
 */
export async function openDatabase(url: string): Promise<Database> {
  const writer = new SqliteAdapterFactory(url, 'write');
  const reader = new SqliteAdapterFactory(url, 'read');
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
      read,
      write,
      rows,
      async version() {
        // Tells this connection of the commits of all others, and it makes none itself.
        const [row] = await rows.$queryRaw<{ data_version: number }[]>`PRAGMA data_version`;
        return row?.data_version ?? 0;
      },
      bulk: (work) => writer.bulk(work, true),
      bulkRepeatable: (work) => writer.bulk(work, false),
      close,
    };
  } catch (cause) {
    await close();
    throw new AppError('database', `The database ${url} cannot be opened: ${(cause as Error).message}`, {
      cause,
      remedy: 'Check that HEADROOM_DATA_DIR exists, is on a local disk and can be written.',
    });
  }
}
