import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Database, openDatabase } from '../../lib/db/client';
import { migrate } from '../../lib/db/migrate';

const PRISMA = path.resolve('prisma');

export interface TemporaryDatabase {
  directory: string;
  url: string;
  db: Database;
  /** Closes the database and removes the directory. */
  close(): Promise<void>;
}

/** An empty, migrated SQLite file in a directory of its own, opened as the desk opens it. */
export async function openTemporaryDatabase(): Promise<TemporaryDatabase> {
  const directory = await temporaryDirectory();
  const url = await createDatabaseFile(directory);
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

export function removeDirectory(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Puts a migrated `headroom.db` into the directory. @returns its URL. */
export async function createDatabaseFile(directory: string): Promise<string> {
  const file = path.join(directory, 'headroom.db');
  await copyFile(await templateFile(), file);
  return `file:${file}`;
}

/** Migrating takes far longer than copying, so it happens once for each set of migrations, whoever comes first. */
async function templateFile(): Promise<string> {
  const template = path.join(tmpdir(), `headroom-test-template-${await migrationsDigest()}.db`);
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

async function migrationsDigest(): Promise<string> {
  const root = path.join(PRISMA, 'sqlite');
  const files = (await readdir(root, { recursive: true })).filter((file) => /\.(sql|prisma|toml)$/.test(file)).sort();
  const digest = createHash('sha256');
  for (const file of files) digest.update(file).update(await readFile(path.join(root, file)));
  return digest.digest('hex').slice(0, 16);
}
