import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { latest } from '../latest';
import type { BulkDatabase, Database } from './client';
import type { PrismaClient } from './generated/sqlite/client';
import {
  createPostgresClient,
  createPostgresDialect,
  type PostgresDialect,
  type Queryable,
  readColumnTypes,
} from './postgres-driver';
import { createPostgresStatistics } from './postgres-statistics';
import type { SqlClient } from './sql';
import { foldTotals } from './totals';
import { createLockMemory } from './write-lock';

/** Connections of one process, and of each of its scan threads. */
const CONNECTIONS = 10;
const THREAD_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
const EXCLUSIVE_TIMEOUT_MS = 30_000;
/** The row that transactions which exclude each other take. */
const TURN = 'exclusive_turn';
/** How often a transaction is made again that the engine gave up in favour of another one. */
const CONFLICT_RETRIES = 8;
/** serialization_failure and deadlock_detected. Nothing of the transaction was kept. */
const CONFLICTS = new Set(['40001', '40P01']);
/** How long after a change the totals are added up, in milliseconds. */
const FOLD_AFTER_MS = 500;
const FOLD_AGAIN_MS = 20;

/** Told of a connection that broke while nobody used it: the pool opens another one. */
type OnIdleError = (error: Error) => void;

/** Opens a PostgreSQL database (`postgres://…`), shared with other instances of the desk or not. */
export async function openPostgres(url: string, onIdleError: OnIdleError): Promise<Database> {
  const pool = createPool(url, CONNECTIONS, onIdleError);
  try {
    const opened = await openBulk(pool, true);
    await assertDurable(pool);
    const countsSnapshots = await canTellSnapshots(pool);
    const client = await createPrismaClient(pool);
    return {
      ...opened,
      engine: 'postgresql',
      read: client,
      write: client,
      exclusive: (work) =>
        client.$transaction(
          async (tx) => {
            // Whoever has written this row holds it until the end of the transaction.
            await tx.$executeRaw`
              INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${TURN}, '', CURRENT_TIMESTAMP)
              ON CONFLICT ("key") DO UPDATE SET "updated_at" = excluded."updated_at"`;
            return work(tx);
          },
          { maxWait: CONNECT_TIMEOUT_MS, timeout: EXCLUSIVE_TIMEOUT_MS },
        ),
      forThreads: { url, lock: createLockMemory() },
      version: countsSnapshots ? latest(() => readSnapshot(opened.rows)) : differentAlways(),
      async close() {
        await client.$disconnect();
        await opened.close();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** The same database on a thread, on connections of its own. Totals are left to the process, which hears of every range. */
export async function openPostgresThread(url: string, onIdleError: OnIdleError): Promise<BulkDatabase> {
  const pool = createPool(url, THREAD_CONNECTIONS, onIdleError);
  try {
    return await openBulk(pool, false);
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** Loaded here: a thread has no use for it, and starts in half the time without. */
async function createPrismaClient(pool: pg.Pool): Promise<PrismaClient> {
  const [{ PrismaPg }, generated] = await Promise.all([
    import('@prisma/adapter-pg'),
    import('./generated/postgresql/client'),
  ]);
  const prisma = new generated.PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  // The two generated clients differ in the isolation levels that `$transaction` takes, which the desk never names.
  return prisma as unknown as PrismaClient;
}

function createPool(url: string, max: number, onIdleError: OnIdleError): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'headroom',
  });
  pool.on('error', onIdleError);
  // A connection that breaks while it is in use also fails the statement under way; without a listener it ends the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

async function openBulk(pool: pg.Pool, folds: boolean): Promise<BulkDatabase> {
  const dialect = createPostgresDialect(await readColumnTypes(pool));
  const folding = folds ? createFolding(pool, dialect) : null;
  const statistics = createPostgresStatistics(pool);
  const clientOf = (connection: Queryable) => createPostgresClient(connection, dialect, statistics.inserted);
  const rows = createPostgresClient(pool, dialect);
  const committed = async <T>(transaction: Promise<T>): Promise<T> => {
    const result = await transaction;
    folding?.wanted();
    statistics.committed();
    return result;
  };
  return {
    rows,
    bulk: (work) => committed(inTransaction(pool, clientOf, work, true)),
    bulkRepeatable: (work) => committed(inTransaction(pool, clientOf, work, false)),
    change: (statement) => committed(untilKept(() => rows.$executeRaw(statement))),
    async close() {
      await Promise.all([folding?.stop(), statistics.stop()]);
      await pool.end();
    },
  };
}

/** One transaction. One that need not be durable is not flushed by itself: the next durable one takes it along. */
function inTransaction<T>(
  pool: pg.Pool,
  clientOf: (connection: Queryable) => SqlClient,
  work: (tx: SqlClient) => Promise<T>,
  durable: boolean,
): Promise<T> {
  return untilKept(async () => {
    const connection = await pool.connect();
    let broken: unknown;
    try {
      await connection.query(durable ? 'BEGIN' : 'BEGIN; SET LOCAL synchronous_commit = off');
      const result = await work(clientOf(connection as Queryable));
      await connection.query('COMMIT');
      return result;
    } catch (error) {
      await connection.query('ROLLBACK').catch((failure: unknown) => {
        broken = failure;
      });
      throw error;
    } finally {
      connection.release(broken === undefined ? undefined : true);
    }
  });
}

/** Makes a transaction again from its start where the engine gave it up for another one. */
async function untilKept<T>(transaction: () => Promise<T>): Promise<T> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!CONFLICTS.has((error as { code?: string }).code ?? '') || conflicts >= CONFLICT_RETRIES) throw error;
      await pause(2 ** conflicts * 5 * (0.5 + Math.random()));
    }
  }
}

/**
 * Adds up changes of totals in the background, a while after the last one. One statement at a time: under a scan one takes
 * longer than the changes take to come, and those that pile up would hold every connection of the pool.
 */
function createFolding(pool: pg.Pool, dialect: PostgresDialect) {
  const client = createPostgresClient(pool, dialect);
  let timer: NodeJS.Timeout | null = null;
  let current: Promise<void> | null = null;
  let askedMeanwhile = false;
  let stopped = false;
  const arm = (delay: number) => {
    if (current) askedMeanwhile = true;
    if (timer || current || stopped) return;
    timer = setTimeout(() => {
      timer = null;
      askedMeanwhile = false;
      current = foldTotals(client)
        // Readers add up what is left; the next change asks again.
        .catch(() => false)
        .then((more) => {
          current = null;
          if (more) arm(FOLD_AGAIN_MS);
          else if (askedMeanwhile) arm(FOLD_AFTER_MS);
        });
    }, delay);
    timer.unref();
  };
  return {
    wanted: () => arm(FOLD_AFTER_MS),
    async stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
      await current;
    },
  };
}

/** @throws where the server answers a commit before it is on disk: a dispatch that was answered could be lost. */
async function assertDurable(pool: pg.Pool): Promise<void> {
  const setting = async (name: string): Promise<string | null> => {
    const { rows } = await pool.query(`SELECT current_setting($1, true) AS "value"`, [name]);
    return (rows[0] as { value: string | null } | undefined)?.value ?? null;
  };
  for (const name of ['synchronous_commit', 'fsync']) {
    if ((await setting(name)) === 'off') {
      throw new Error(`${name} is off on this server; an acknowledged write could be lost. Turn it on.`);
    }
  }
}

async function readSnapshot(client: SqlClient): Promise<string> {
  const [row] = await client.$queryRaw<{ snapshot: string }[]>`
    SELECT CAST(pg_current_snapshot() AS text) AS "snapshot"`;
  return row?.snapshot ?? '';
}

function differentAlways(): () => Promise<string> {
  let readings = 0;
  return async () => {
    readings += 1;
    return `reading ${readings}`;
  };
}

/** Engines that speak PostgreSQL's language do not all have its snapshots. */
async function canTellSnapshots(pool: pg.Pool): Promise<boolean> {
  return pool.query('SELECT CAST(pg_current_snapshot() AS text)').then(
    () => true,
    () => false,
  );
}
