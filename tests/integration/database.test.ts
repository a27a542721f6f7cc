import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';

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

describe('the connection that writes', () => {
  it('never lets a single statement into the transaction of another, to vanish with its rollback', async () => {
    const { write } = database.db;
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const failing = (index: number) =>
      write
        .$transaction(async (tx) => {
          await tx.$executeRaw`INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${`lost-${index}`}, '', ${AT})`;
          await turn();
          throw new Error('rolled back on purpose');
        })
        .catch((error: unknown) => error);
    await Promise.all(Array.from({ length: 40 }, (_, index) => Promise.all([failing(index), put(`kept-${index}`)])));
    expect(await keys('lost-')).toEqual([]);
    expect(await keys('kept-')).toHaveLength(40);
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
