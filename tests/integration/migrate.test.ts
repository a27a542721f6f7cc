import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../lib/db/client';
import { migrate } from '../../lib/db/migrate';
import { createEmptyDatabase, ENGINE, removeDirectory, temporaryDirectory } from '../helpers/database';

let directory: string;
/** Migrations as they come with a release, of which a test takes some away or adds some. */
let release: string;
let url: string;
let names: string[];

beforeEach(async () => {
  directory = await temporaryDirectory();
  release = path.join(directory, 'prisma');
  await cp(path.resolve('prisma'), release, { recursive: true, dereference: true });
  url = await createEmptyDatabase(directory);
  names = (await readdir(path.join(release, ENGINE, 'migrations'))).filter((name) => /^\d/.test(name)).sort();
});
afterEach(() => removeDirectory(directory));

function folder(name: string): string {
  return path.join(release, ENGINE, 'migrations', name);
}

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(folder(name));
  await writeFile(path.join(folder(name), 'migration.sql'), sql);
}

async function opened<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openDatabase(url);
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

function keep(db: Database, key: string): Promise<unknown> {
  return db.write.setting.create({ data: { key, value: 'kept', updatedAt: new Date() } });
}

const keys = (db: Database) => db.read.setting.findMany({ select: { key: true } });

describe('migrate', () => {
  it('applies every migration to an empty database, in order, and then none', async () => {
    expect(await migrate(url, release)).toEqual(names);
    expect(await migrate(url, release)).toEqual([]);
    await opened((db) => keep(db, 'works'));
  });

  it('brings the database of an earlier release up to date, and keeps what is in it', async () => {
    const [first = '', ...later] = names;
    const aside = path.join(directory, 'later');
    await mkdir(aside);
    for (const name of later) {
      await cp(folder(name), path.join(aside, name), { recursive: true });
      await rm(folder(name), { recursive: true });
    }
    expect(await migrate(url, release)).toEqual([first]);
    await opened((db) => keep(db, 'of an earlier release'));

    for (const name of later) await cp(path.join(aside, name), folder(name), { recursive: true });
    expect(await migrate(url, release)).toEqual(later);
    expect(await opened(keys)).toEqual([{ key: 'of an earlier release' }]);
    expect(await migrate(url, release)).toEqual([]);
  });

  it('leaves the database of a later release alone', async () => {
    await addMigration('29990101000000_later', 'CREATE TABLE "later" ("id" INTEGER NOT NULL PRIMARY KEY);');
    expect(await migrate(url, release)).toEqual([...names, '29990101000000_later']);
    await rm(folder('29990101000000_later'), { recursive: true });
    expect(await migrate(url, release)).toEqual([]);
  });

  it('names the migration that fails, and goes on failing until somebody has mended it', async () => {
    await migrate(url, release);
    await addMigration('29990101000000_broken', 'ALTER TABLE "no such table" ADD COLUMN "x" INTEGER;');
    const failure = { code: 'database', message: expect.stringContaining('29990101000000_broken') };
    await expect(migrate(url, release)).rejects.toMatchObject(failure);
    await expect(migrate(url, release)).rejects.toMatchObject(failure);
    // Going back to the release before does not make it whole.
    await rm(folder('29990101000000_broken'), { recursive: true });
    await expect(migrate(url, release)).rejects.toMatchObject(failure);
  });

  it('applies one anew that was rolled back by hand', async () => {
    await addMigration('29990101000000_mended', 'ALTER TABLE "no such table" ADD COLUMN "x" INTEGER;');
    await expect(migrate(url, release)).rejects.toMatchObject({ code: 'database' });
    await opened(
      (db) => db.write.$executeRaw`UPDATE "_prisma_migrations" SET "rolled_back_at" = CURRENT_TIMESTAMP
        WHERE "migration_name" = '29990101000000_mended'`,
    );
    await writeFile(
      path.join(folder('29990101000000_mended'), 'migration.sql'),
      'CREATE TABLE "mended" ("id" INTEGER);',
    );
    expect(await migrate(url, release)).toEqual(['29990101000000_mended']);
    expect(await migrate(url, release)).toEqual([]);
  });
});
