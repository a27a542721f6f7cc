import { copyFile } from 'node:fs/promises';
import BetterSqlite3 from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BulkDatabase, openDatabase, openThreadDatabase } from '../../lib/db/client';
import { Prisma } from '../../lib/db/generated/sqlite/client';
import { among, insertRows, type SqlClient } from '../../lib/db/sql';
import { foldTotals, readTotals } from '../../lib/db/totals';
import { ENGINE, openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { onPostgres } from '../helpers/postgres-server';

let database: TemporaryDatabase;
beforeEach(async () => {
  database = await openTemporaryDatabase();
});
afterEach(() => database.close());

const AT = new Date('2026-11-22T09:30:00Z');

function put(key: string) {
  return database.db.write
    .$executeRaw`INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${key}, '', ${AT})`;
}

async function keys(prefix: string): Promise<string[]> {
  const rows = await database.db.read.setting.findMany({
    where: { key: { startsWith: prefix } },
    orderBy: { key: 'asc' },
  });
  return rows.map((row) => row.key);
}

describe('many rows in one statement', () => {
  /** Whatever a database can hold: no NUL, no half of a character. */
  const text = fc
    .oneof(
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.constantFrom('"', '\\', '{', '}', ',', "'", '\n', '\t', 'NULL', 'n', 'u0041', ' ', 'é', '𝄞'),
      }),
    )
    .filter((value) => !/[\0\ud800-\udfff]/u.test(value));

  it('keeps every text as it is, and finds each of them again among others', async () => {
    const { db } = database;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 20 }), async (texts) => {
        await db.bulk(async (tx) => {
          await tx.$executeRaw`DELETE FROM "settings"`;
          await insertRows(
            tx,
            'settings',
            ['key', 'value', 'updated_at'],
            texts.map((value) => [value, `${value}!`, AT.toISOString()]),
          );
        });
        const found = await db.rows.$queryRaw<{ key: string; value: string }[]>(
          Prisma.sql`SELECT "key", "value" FROM "settings" WHERE "key" ${among(db.rows, texts)}`,
        );
        expect(new Map(found.map(({ key, value }) => [key, value]))).toEqual(
          new Map(texts.map((value) => [value, `${value}!`])),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('keeps nothing, empty texts and large numbers apart', async () => {
    const { db } = database;
    const at = AT.toISOString();
    const rows = [
      ['a-1', null, 1],
      ['a-2', 'null', -3],
      ['a-3', '', 2 ** 40],
    ];
    await db.bulk((tx) =>
      insertRows(
        tx,
        'accounts',
        ['id', 'plan', 'arr_cents', 'source', 'name', 'status', 'currency', 'search_key', 'created_at', 'updated_at'],
        rows.map((row) => [...row, 'csv', 'n', 'active', 'USD', 'n', at, at]),
      ),
    );
    const found = await db.rows.$queryRaw<{ plan: string | null; cents: number }[]>`
      SELECT "plan", "arr_cents" AS "cents" FROM "accounts" ORDER BY "id"`;
    expect(found).toEqual(rows.map(([, plan, cents]) => ({ plan, cents })));
  });
});

describe('the connection that writes', () => {
  it('never lets a single statement into the transaction of another, to vanish with its rollback', async () => {
    const { write } = database.db;
    /** Long enough for the other statement to reach the connection, if nothing holds it back. */
    const turns = async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    const single: Promise<number>[] = [];
    const failing = (index: number) =>
      write
        .$transaction(async (tx) => {
          await tx.$executeRaw`INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${`lost-${index}`}, '', ${AT})`;
          // Somebody else's statement, while this transaction is open and others wait for their turn. A promise of
          // Prisma's begins its work only when it is waited for.
          single.push(put(`kept-${index}`).then((count) => count));
          await turns();
          throw new Error('rolled back on purpose');
        })
        .catch((error: unknown) => error);
    await Promise.all(Array.from({ length: 40 }, (_, index) => failing(index)));
    await Promise.all(single);
    expect(await keys('lost-')).toEqual([]);
    expect(await keys('kept-')).toHaveLength(40);
  });

  it('undoes one of several transactions asked for at once, and keeps the others', async () => {
    const { db } = database;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        db.bulk(async (tx) => {
          const key = `${index % 3 === 0 ? 'undone' : 'done'}-${String(index).padStart(2, '0')}`;
          await tx.$executeRaw`INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${key}, '', ${AT.toISOString()})`;
          if (index % 3 === 0) throw new Error(`${key} on purpose`);
          return key;
        }),
      ),
    );
    const answered = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(answered).toHaveLength(13);
    expect(await keys('done-')).toEqual(answered);
    expect(await keys('undone-')).toEqual([]);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    expect(refusals[1]).toBe('Error: undone-03 on purpose');
  });

  it('goes on after a transaction that failed, and after one whose BEGIN did', async () => {
    const { write } = database.db;
    await expect(
      write.$transaction(async (tx) => {
        await tx.$executeRaw`INSERT INTO "nowhere" DEFAULT VALUES`;
      }),
    ).rejects.toThrow();
    await put('after');
    expect(await keys('after')).toEqual(['after']);
  });

  it('shows the reading connection only what is committed', async () => {
    await database.db.write.$transaction(async (tx) => {
      await tx.$executeRaw`INSERT INTO "settings" ("key", "value", "updated_at") VALUES ('pending', '', ${AT})`;
      expect(await keys('pending')).toEqual([]);
    });
    expect(await keys('pending')).toEqual(['pending']);
  });
});

describe.runIf(ENGINE === 'sqlite')('SQLite', () => {
  it('tells all of several transactions where their commit fails', async () => {
    const { db } = database;
    const orphan = (index: number) =>
      db.bulk(async (tx) => {
        await tx.$executeRaw`PRAGMA defer_foreign_keys = ON`;
        await tx.$executeRaw`INSERT INTO "account_health" ("account_id", "snapshot_id", "score", "rag", "churn_risk",
          "churn_trigger", "should_alert", "breakdown", "model_version", "changed_at")
          VALUES (${`nobody-${index}`}, 1, 1, 'RED', 'low', 'none', 0, '[]', '1', ${AT.toISOString()})`;
      });
    const fine = db.bulk(
      (tx) =>
        tx.$executeRaw`INSERT INTO "settings" ("key", "value", "updated_at") VALUES ('beside', '', ${AT.toISOString()})`,
    );
    const results = await Promise.allSettled([fine, orphan(1), orphan(2)]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await keys('beside')).toEqual([]);
    await put('after');
    expect(await keys('after')).toEqual(['after']);
  });

  it('waits for another process’s write lock without holding up this one, and keeps every kind of write', async () => {
    const other = new BetterSqlite3(database.url.slice('file:'.length));
    other.exec('BEGIN IMMEDIATE');
    const { db } = database;
    const at = AT.toISOString();
    const writes = Promise.all([
      put('single').then((count) => count),
      db.write.$transaction(async (tx) => {
        await tx.setting.count();
        await tx.setting.create({ data: { key: 'in-transaction', value: '', updatedAt: AT } });
      }),
      db.bulk((tx) => tx.$executeRaw`INSERT INTO "settings" ("key", "value", "updated_at") VALUES ('bulk', '', ${at})`),
    ]);
    let turns = 0;
    const until = performance.now() + 300;
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      turns += 1;
    }
    expect(turns).toBeGreaterThan(10);
    expect(await keys('')).toEqual([]);
    other.exec('COMMIT');
    other.close();
    await writes;
    expect(await keys('')).toEqual(['bulk', 'in-transaction', 'single']);
  });

  it('begins a transaction with the write lock, so that one that reads first can go on', async () => {
    const other = await openDatabase(database.url);
    await database.db.write.$transaction(async (tx) => {
      await tx.setting.count();
      const meanwhile = other.write.setting.create({ data: { key: 'other', value: '', updatedAt: AT } }).then(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
      await tx.setting.create({ data: { key: 'own', value: '', updatedAt: AT } });
      void meanwhile;
    });
    while ((await keys('other')).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await keys('')).toEqual(['other', 'own']);
    await other.close();
  });

  it('leaves the copying of the journal to threads as long as they write', async () => {
    const { db, url } = database;
    const thread = await openThreadDatabase(db.forThreads, 2);
    const copiedAfter = async () => {
      const [row] = await db.write.$queryRaw<Record<string, unknown>[]>`PRAGMA wal_autocheckpoint`;
      return Number(Object.values(row ?? {})[0]);
    };
    const usual = await copiedAfter();
    const write = (by: BulkDatabase, key: string) =>
      by.bulk(
        (tx) =>
          tx.$executeRaw`INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${key}, '', ${AT.toISOString()})`,
      );
    await write(db, 'before');
    expect(await copiedAfter()).toBe(usual);
    await write(thread, 'thread');
    await write(db, 'beside');
    expect(await copiedAfter()).toBeGreaterThan(10 * usual);
    await thread.rest();
    // The file by itself, without the journal, has all of it.
    const alone = `${url.slice('file:'.length)}.alone`;
    await copyFile(url.slice('file:'.length), alone);
    const copy = new BetterSqlite3(alone, { readonly: true });
    expect(copy.prepare('SELECT "key" FROM "settings" WHERE "value" = \'\' ORDER BY 1').pluck().all()).toEqual(
      expect.arrayContaining(['before', 'beside', 'thread']),
    );
    copy.close();
    await thread.close();
    await write(db, 'after');
    const later = performance.now() + 1_000;
    const clock = vi.spyOn(performance, 'now').mockReturnValue(later);
    try {
      expect(await copiedAfter()).toBe(usual);
    } finally {
      clock.mockRestore();
    }
  });

  it('keeps the reading connection from writing', async () => {
    await expect(database.db.read.setting.deleteMany()).rejects.toThrow(/readonly|query_only/i);
  });

  it.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
  ])('has %s at %j', async (pragma, expected) => {
    for (const client of [database.db.read, database.db.write]) {
      const rows = await client.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${pragma}`);
      const value = Object.values(rows[0] ?? {})[0];
      expect(typeof value === 'string' ? value : Number(value)).toBe(expected);
    }
  });
});

describe.runIf(ENGINE === 'postgresql')('PostgreSQL', () => {
  it('takes a transaction up again that was given up for another one', async () => {
    const { db } = database;
    await put('left');
    await put('right');
    const touch = (tx: SqlClient, key: string) =>
      tx.$executeRaw`UPDATE "settings" SET "value" = "value" || 'x' WHERE "key" = ${key}`;
    /** Each holds one row and wants the other's: the server gives one of them up. */
    const crossing = (keys: [string, string]) => {
      let attempts = 0;
      return db
        .bulk(async (tx) => {
          attempts += 1;
          await touch(tx, keys[0]);
          if (attempts === 1) await new Promise((resolve) => setTimeout(resolve, 300));
          await touch(tx, keys[1]);
        })
        .then(() => attempts);
    };
    const attempts = await Promise.all([crossing(['left', 'right']), crossing(['right', 'left'])]);
    expect(attempts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(2);
    const rows = await db.read.setting.findMany({ where: { key: { in: ['left', 'right'] } } });
    expect(rows.map((row) => row.value)).toEqual(['xx', 'xx']);
  });

  it('refuses a server that answers before a commit is on disk', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await onPostgres(database.url, `ALTER DATABASE "${name}" SET synchronous_commit = off`);
    await expect(openDatabase(database.url)).rejects.toMatchObject({
      code: 'database',
      message: expect.stringContaining('synchronous_commit is off'),
    });
  });

  it('keeps the password out of what it says', async () => {
    const url = new URL(database.url);
    url.password = 'canary-password';
    url.pathname = '/not_there';
    const error: unknown = await openDatabase(url.href).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'database', retryable: true });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary-password');
  });

  it('has a version that changes with every commit and with nothing else', async () => {
    const { db } = database;
    // It is the server's: totals that are added up in the background count too, and what other tests commit meanwhile.
    const before = await eventually(async () => {
      const version = await db.version();
      await db.read.setting.findMany();
      return (await db.version()) === version ? version : null;
    }, 'a version that reading leaves as it was');
    await put('changed');
    expect(await db.version()).not.toBe(before);
  });

  it('tells nobody a version from before a commit that was answered, however many ask', async () => {
    const { db } = database;
    for (let round = 0; round < 30; round += 1) {
      const asked = Array.from({ length: 5 }, () => db.version());
      const before = await db.version();
      const meanwhile = Array.from({ length: 3 }, () => db.version());
      await put(`round-${round}`);
      expect(await db.version()).not.toBe(before);
      await Promise.all([...asked, ...meanwhile]);
    }
  });

  it('adds up totals that many transactions change at once, and reads them right meanwhile', async () => {
    const { db } = database;
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        db.bulk(async (tx) => {
          await insertRows(
            tx,
            'accounts',
            ['id', 'source', 'name', 'status', 'currency', 'search_key', 'created_at', 'updated_at'],
            Array.from({ length: 25 }, (_, row) => [`${index}-${row}`, 'csv', 'n', 'active', 'USD', 'n', AT, AT]),
          );
        }),
      ),
    );
    const count = async () => (await readTotals(db.rows, ['account']))[0]?.count;
    expect(await count()).toBe(1_000);
    while (await foldTotals(db.rows)) expect(await count()).toBe(1_000);
    expect(await count()).toBe(1_000);
    expect(await db.read.totalDelta.count()).toBe(0);
    expect(await db.read.total.findMany({ where: { scope: 'account' } })).toMatchObject([{ count: 1_000 }]);
  });

  it('has a table counted anew that grows fast, as the plans of its statements need', async () => {
    const { db } = database;
    const insert = (prefix: string) =>
      db.bulk((tx) =>
        insertRows(
          tx,
          'settings',
          ['key', 'value', 'updated_at'],
          Array.from({ length: 1_200 }, (_, row) => [`${prefix}-${row}`, '', AT]),
        ),
      );
    const believed = async () => {
      const [row] = await db.rows.$queryRaw<{ rows: number }[]>`
        SELECT CAST("reltuples" AS integer) AS "rows" FROM "pg_class" WHERE "oid" = '"settings"'::regclass`;
      return row?.rows ?? 0;
    };
    await insert('a');
    await eventually(async () => (await believed()) >= 1_200, 'the first count');
    await insert('b');
    await eventually(async () => (await believed()) >= 2_400, 'the count of twice as many');
  });

  it('never has two statements under way that add up totals, however long one takes', async () => {
    const { db } = database;
    await addAccount('first');
    while (await foldTotals(db.rows));
    const folding = await db.bulk(async (tx) => {
      // Whoever adds up waits for this transaction.
      await tx.$executeRaw`UPDATE "totals" SET "count" = "count"`;
      for (let index = 0; index < 8; index += 1) {
        await addAccount(`later-${index}`);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return tx.$queryRaw<{ count: number }[]>`SELECT COUNT(*) AS "count" FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE '%WITH "moved"%'
          AND pid <> pg_backend_pid()`;
    });
    expect(folding).toEqual([{ count: 1 }]);
    await eventually(async () => (await db.read.totalDelta.count()) === 0, 'the totals to be added up', 5_000);
    expect(await readTotals(db.rows, ['account'])).toMatchObject([{ count: 9 }]);

    function addAccount(id: string): Promise<void> {
      const columns = ['id', 'source', 'name', 'status', 'currency', 'search_key', 'created_at', 'updated_at'];
      return db.bulk((tx) => insertRows(tx, 'accounts', columns, [[id, 'csv', 'n', 'active', 'USD', 'n', AT, AT]]));
    }
  });
});
