import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Database, openDatabase } from '../../lib/db/client';
import { migrate } from '../../lib/db/migrate';
import { onPostgres } from './postgres-server';

const PRISMA = path.resolve('prisma');

export type Engine = 'sqlite' | 'postgresql';

/** The engine that this run of the tests is about: every project of vitest names its own. */
export const ENGINE: Engine = process.env.TEST_ENGINE === 'postgresql' ? 'postgresql' : 'sqlite';

export interface TemporaryDatabase {
  directory: string;
  url: string;
  db: Database;
  /** Closes the database and removes it with its directory. */
  close(): Promise<void>;
}

/** An empty, migrated database of its own, opened as the desk opens it. */
export async function openTemporaryDatabase(engine: Engine = ENGINE): Promise<TemporaryDatabase> {
  const directory = await temporaryDirectory();
  const url = await createDatabase(directory, engine);
  const db = await openDatabase(url);
  return {
    directory,
    url,
    db,
    async close() {
      await db.close();
      await removeDirectory(directory);
    },
  };
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'headroom-test-'));
}

/** Removes the directory, and the PostgreSQL database that belongs to it. */
export async function removeDirectory(directory: string): Promise<void> {
  const url = postgresUrls.get(directory);
  postgresUrls.delete(directory);
  if (url) await onPostgres(serverUrl(), `DROP DATABASE "${databaseName(url)}" WITH (FORCE)`);
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** PostgreSQL databases by the data directory of the desk that uses them. */
const postgresUrls = new Map<string, string>();

/** A migrated database for a desk with this data directory. @returns its URL. */
export async function createDatabase(directory: string, engine: Engine = ENGINE): Promise<string> {
  const url = databaseUrl(directory, engine);
  if (engine === 'sqlite') {
    await copyFile(await templateFile(), url.slice('file:'.length));
    return url;
  }
  const template = await templateDatabase();
  await onPostgres(serverUrl(), `CREATE DATABASE "${databaseName(url)}" TEMPLATE "${template}"`);
  return url;
}

/** A database without any table. @returns its URL. */
export async function createEmptyDatabase(directory: string): Promise<string> {
  const url = databaseUrl(directory);
  if (ENGINE === 'postgresql') await onPostgres(serverUrl(), `CREATE DATABASE "${databaseName(url)}"`);
  return url;
}

export function hasDatabase(directory: string): boolean {
  return ENGINE === 'sqlite' ? existsSync(path.join(directory, 'headroom.db')) : postgresUrls.has(directory);
}

/** Where the database of a desk with this data directory is, or is to be. */
export function databaseUrl(directory: string, engine: Engine = ENGINE): string {
  if (engine === 'sqlite') return `file:${path.join(directory, 'headroom.db')}`;
  const known = postgresUrls.get(directory);
  if (known) return known;
  const url = new URL(serverUrl());
  url.pathname = `/headroom_${randomUUID().replaceAll('-', '')}`;
  postgresUrls.set(directory, url.href);
  return url.href;
}

function databaseName(url: string): string {
  return new URL(url).pathname.slice(1);
}

function serverUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) throw new Error('TEST_POSTGRES_URL is not set: these tests run through `npm test`.');
  return url;
}

/** Migrating takes far longer than copying, so it happens once for each set of migrations, whoever comes first. */
async function templateFile(): Promise<string> {
  const template = path.join(tmpdir(), `headroom-test-template-${await migrationsDigest('sqlite')}.db`);
  if (existsSync(template)) return template;
  const directory = await temporaryDirectory();
  try {
    const file = path.join(directory, 'headroom.db');
    await migrate(`file:${file}`, PRISMA);
    await rename(file, template);
  } finally {
    await removeDirectory(directory);
  }
  return template;
}

/** Made before any test begins (see postgres-setup.ts): a template cannot be copied while somebody migrates it. */
async function templateDatabase(): Promise<string> {
  return `headroom_template_${await migrationsDigest('postgresql')}`;
}

/** Migrates the database that {@link createDatabase} copies, unless a run before this one did. */
export async function prepareTemplateDatabase(server: string): Promise<void> {
  const name = await templateDatabase();
  const made = await onPostgres(server, `CREATE DATABASE "${name}"`).then(
    () => true,
    (error: { code?: string }) => {
      if (error.code === '42P04') return false;
      throw error;
    },
  );
  if (!made) return;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await migrate(url.href, PRISMA);
}

async function migrationsDigest(engine: Engine): Promise<string> {
  const root = path.join(PRISMA, engine);
  const files = (await readdir(root, { recursive: true })).filter((file) => /\.(sql|prisma|toml)$/.test(file)).sort();
  const digest = createHash('sha256');
  for (const file of files) digest.update(file).update(await readFile(path.join(root, file)));
  return digest.digest('hex').slice(0, 16);
}

/** All that the database holds, as bytes to search: the file itself, or every row of every table. */
export async function everythingStored(db: Database, directory: string): Promise<Buffer> {
  if (db.engine === 'sqlite') {
    await db.write.$executeRawUnsafe('VACUUM');
    await db.write.$queryRawUnsafe('PRAGMA wal_checkpoint(TRUNCATE)');
    return readFile(path.join(directory, 'headroom.db'));
  }
  const tables = await db.read.$queryRawUnsafe<{ name: string }[]>(
    `SELECT CAST(table_name AS text) AS "name" FROM information_schema.tables WHERE table_schema = current_schema()`,
  );
  const rows: string[] = [];
  for (const { name } of tables) {
    const found = await db.read.$queryRawUnsafe<{ row: string }[]>(
      `SELECT CAST(row_to_json(t) AS text) AS "row" FROM "${name}" t`,
    );
    rows.push(...found.map(({ row }) => row));
  }
  return Buffer.from(rows.join('\n'));
}
