import { setTimeout as pause } from 'node:timers/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { IsolationLevel, SqlDriverAdapter, SqlQuery, Transaction } from '@prisma/driver-adapter-utils';
import { Prisma } from './generated/sqlite/client';
import type { SqlClient } from './sql';
import { createDirectClient, type Driver, reusePreparedStatements } from './sqlite-driver';
import type { WriteLock } from './write-lock';

/** How long a statement waits for another process's write lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 10_000;
/** What differs between connections. */
export interface ConnectionSizes {
  /** Pages that it keeps in memory, in KiB: the file system keeps the rest of them. */
  cacheKib: number;
  /** Pages of the journal after which a commit of its copies them into the database. */
  checkpointPages: number;
}

/** The copy stops the event loop, so it is a short one. */
const SERVING: ConnectionSizes = { cacheKib: 65_536, checkpointPages: 2_000 };
/** A scan walks through the file: a larger cache made none faster, and is there once a thread. Nobody waits for its copies. */
export const SCANNING: ConnectionSizes = { cacheKib: 32_768, checkpointPages: 10_000 };
/** Once the disk has been full: the journal must not take what room there is. */
const CHECKPOINT_PAGES_IF_TIGHT = 1_000;
/** While threads write: they come to the copy long before. */
const CHECKPOINT_PAGES_BESIDE_THREADS = 50_000;
/** How long what is to be flushed waits for more of it while many write, in milliseconds: a flush stops the event loop. */
const GATHER_MS = 2;
/** The longest pause between two looks at whether that lock is free. */
const BUSY_PAUSE_MS = 40;

/**
 * Prisma's SQLite adapter with two traps closed. It runs transactions and single statements on one connection, so a
 * single statement issued while a transaction is open would become part of it and vanish with its rollback: here it
 * waits. And a BEGIN that fails would leave the adapter's lock held for ever: here the lock is ours and is released.
 */
export class SqliteAdapterFactory {
  readonly provider = 'sqlite' as const;
  readonly adapterName = '@prisma/adapter-better-sqlite3';
  readonly #inner: PrismaBetterSqlite3;
  readonly #lock: WriteLock | null;
  readonly #sizes: ConnectionSizes;
  /** As the connection has it just now. */
  #checkpointPages: number;
  #driver: Driver | null = null;
  #client: SqlClient | null = null;
  readonly #waiting: Work[] = [];
  /** Whether the last flush was of several. */
  #crowded = false;
  /** Whether the disk has been full since the journal was last emptied. */
  #wasFull = false;
  /** Whether it ever was. */
  #tight = false;

  /** A connection without a lock only reads. */
  constructor(url: string, lock: WriteLock | null, sizes = SERVING) {
    this.#sizes = sizes;
    this.#checkpointPages = sizes.checkpointPages;
    this.#inner = new PrismaBetterSqlite3({ url, timeout: BUSY_TIMEOUT_MS });
    this.#lock = lock;
  }

  async connect(): Promise<SqlDriverAdapter> {
    const adapter = (await this.#inner.connect()) as SqlDriverAdapter;
    this.#driver = reusePreparedStatements(adapter, this.#lock !== null);
    try {
      await adapter.executeScript(
        `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${this.#sizes.cacheKib}; PRAGMA wal_autocheckpoint = ${this.#sizes.checkpointPages};`,
      );
      await assertPragma(adapter, 'journal_mode', 'wal');
      await assertPragma(adapter, 'synchronous', 2);
      await assertPragma(adapter, 'foreign_keys', 1);
      if (!this.#lock) await adapter.executeScript('PRAGMA query_only = ON; PRAGMA mmap_size = 268435456;');
      // Whoever writes waits in `whenFree`.
      else await adapter.executeScript('PRAGMA busy_timeout = 0;');
    } catch (error) {
      await adapter.dispose();
      throw error;
    }
    const lock = this.#lock;
    return lock ? serialize(adapter, this.direct(), () => this.#turn(lock)) : adapter;
  }

  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    const adapter = (await this.#inner.connectToShadowDb()) as SqlDriverAdapter;
    const executeRaw = adapter.executeRaw.bind(adapter);
    // The schema engine hands over a whole migration as one statement, which the driver refuses.
    adapter.executeRaw = async (query) => {
      if (query.args.length > 0) return executeRaw(query);
      await adapter.executeScript(query.sql);
      return 0;
    };
    return adapter;
  }

  /** The connection that Prisma opened, without its layers: for lists and bulk work. */
  direct(): SqlClient {
    if (!this.#driver) throw new Error('The connection is not open.');
    this.#client ??= createDirectClient(this.#driver);
    return this.#client;
  }

  /**
   * A transaction on that connection, without Prisma's layers. Takes the write lock at once. Those that are asked for in
   * the same turn of the event loop, or where several just were, within GATHER_MS, are flushed to the disk together, and
   * each is undone alone if it fails. One that need not be durable is not flushed by itself: the next durable one, or a
   * checkpoint, takes it along, and a power failure before that undoes it whole.
   */
  bulk<T>(work: (tx: SqlClient) => Promise<T>, durable: boolean): Promise<T> {
    return new Promise<T>((resolve, fail) => {
      const reject = (error: unknown) => {
        if (isCode(error, 'SQLITE_FULL')) this.#wasFull = this.#tight = true;
        fail(error);
      };
      const attempt = async (tx: SqlClient) => {
        const result = await work(tx);
        return () => resolve(result);
      };
      if (!durable) {
        void this.#transaction([{ attempt, reject }], false);
        return;
      }
      this.#waiting.push({ attempt, reject });
      if (this.#waiting.length > 1) return;
      if (this.#crowded) setTimeout(() => this.#flush(), GATHER_MS);
      else setImmediate(() => this.#flush());
    });
  }

  /** The turn to write. Threads that are at work copy the journal: this connection's event loop would stop for it. */
  async #turn(lock: WriteLock): Promise<() => void> {
    const release = await lock.acquire();
    const usual = lock.threadsAtWork() ? CHECKPOINT_PAGES_BESIDE_THREADS : this.#sizes.checkpointPages;
    const pages = this.#tight ? CHECKPOINT_PAGES_IF_TIGHT : usual;
    if (pages === this.#checkpointPages) return release;
    try {
      await this.direct().$queryRaw(Prisma.sql`PRAGMA wal_autocheckpoint = ${Prisma.raw(String(pages))}`);
      this.#checkpointPages = pages;
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Copies the journal into the database now, as far as readers allow. */
  async copyJournal(): Promise<void> {
    if (!this.#lock) throw new Error('This connection only reads.');
    const release = await this.#turn(this.#lock);
    try {
      await this.direct().$queryRaw`PRAGMA wal_checkpoint(PASSIVE)`;
    } finally {
      release();
    }
  }

  #flush(): void {
    const works = this.#waiting.splice(0);
    this.#crowded = works.length > 1;
    void this.#transaction(works, true);
  }

  /** Never rejects: each of the works hears of its own failure, or of that of all. */
  async #transaction(works: Work[], durable: boolean): Promise<void> {
    let release = () => {};
    try {
      if (!this.#lock) throw new Error('This connection only reads.');
      const client = this.direct();
      release = await this.#turn(this.#lock);
      try {
        if (!durable) await client.$executeRaw`PRAGMA synchronous = NORMAL`;
        await begin(client);
        const done = await inTransaction(client, works);
        for (const resolve of done) resolve();
        if (this.#wasFull) this.#wasFull = !(await emptyJournal(client));
      } finally {
        if (!durable) await client.$executeRaw`PRAGMA synchronous = FULL`;
      }
    } catch (error) {
      for (const { reject } of works) reject(error);
    } finally {
      release();
    }
  }
}

interface Work {
  /** @returns what tells of the success, once it is on disk. */
  attempt(tx: SqlClient): Promise<() => void>;
  reject(error: unknown): void;
}

/** @returns those that succeeded; each that failed is undone and has been told. */
async function inTransaction(client: SqlClient, works: Work[]): Promise<(() => void)[]> {
  const done: (() => void)[] = [];
  const [only] = works;
  try {
    if (only && works.length === 1) done.push(await only.attempt(client));
    else for (const work of works) done.push(...(await inSavepoint(client, work)));
    await client.$executeRaw`COMMIT`;
    return done;
  } catch (error) {
    await client.$executeRaw`ROLLBACK`.catch(() => 0);
    throw error;
  }
}

/** A savepoint keeps a copy of every page that changes, which a large work by itself need not pay for. */
async function inSavepoint(client: SqlClient, { attempt, reject }: Work): Promise<(() => void)[]> {
  const done: (() => void)[] = [];
  await client.$executeRaw`SAVEPOINT "work"`;
  try {
    done.push(await attempt(client));
  } catch (error) {
    await client.$executeRaw`ROLLBACK TO "work"`;
    reject(error);
  }
  await client.$executeRaw`RELEASE "work"`;
  return done;
}

/** A transaction that takes the write lock at once: one that read first could not go on where others wrote meanwhile. */
async function begin(client: SqlClient): Promise<void> {
  await whenFree(() => client.$executeRaw`BEGIN IMMEDIATE`);
}

/**
 * Begins to write, also where another process holds the file's write lock. Waiting inside SQLite would stop the event loop
 * of this process, with everybody that it serves, for as long as the other one takes.
 * @throws what SQLite says where the lock is still held after BUSY_TIMEOUT_MS.
 */
async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  for (let wait = 1; ; wait = Math.min(2 * wait, BUSY_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isCode(error, 'SQLITE_BUSY') || performance.now() > until) throw error;
    }
    await pause(wait * (0.5 + Math.random() / 2));
  }
}

/** As the driver says it, or as Prisma's adapter passes it on. */
function isCode(error: unknown, wanted: string): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { originalCode?: unknown } };
  return [code, cause?.originalCode].some((found) => typeof found === 'string' && found.startsWith(wanted));
}

/**
 * Copies the journal into the database and gives its room back. A disk that somebody has just made room on would otherwise
 * be filled by the journal again, long before SQLite copies it by itself.
 * @returns whether it is empty; a reader, or a disk that is full again, keeps it.
 */
async function emptyJournal(client: SqlClient): Promise<boolean> {
  try {
    const [found] = await client.$queryRaw<{ busy: number }[]>`PRAGMA wal_checkpoint(TRUNCATE)`;
    return found?.busy === 0;
  } catch {
    return false;
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

/** One transaction or one statement at a time on the connection. */
function serialize(adapter: SqlDriverAdapter, client: SqlClient, acquire: WriteLock['acquire']): SqlDriverAdapter {
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    const release = await acquire();
    try {
      return await whenFree(work);
    } finally {
      release();
    }
  };
  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    getConnectionInfo: adapter.getConnectionInfo?.bind(adapter),
    queryRaw: (query: SqlQuery) => alone(() => adapter.queryRaw(query)),
    executeRaw: (query: SqlQuery) => alone(() => adapter.executeRaw(query)),
    executeScript: (script: string) => alone(() => adapter.executeScript(script)),
    async startTransaction(level?: IsolationLevel): Promise<Transaction> {
      const release = await acquire();
      try {
        await begin(client);
      } catch (error) {
        release();
        throw error;
      }
      try {
        return releasing(await adapter.startTransaction(level), release);
      } catch (error) {
        await client.$executeRaw`ROLLBACK`;
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
