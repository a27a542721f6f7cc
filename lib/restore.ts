import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ArchiveError, createDigest, unpackTar } from './archive';
import {
  BACKUP_FORMAT,
  type BackupManifest,
  DATABASE_NAME,
  FOLDERS,
  MANIFEST_NAME,
  SECRETS,
  SUMS_NAME,
  syncDirectory,
} from './backup';
import type { Config } from './config';
import { isPostgres } from './db/client';
import { checkSqlite, holdSqlite, sqliteFileOf } from './db/sqlite-file';
import { AppError } from './errors';

export interface RestoreOptions {
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'prismaDirectory' | 'host' | 'port'>;
  file: string;
  now: Date;
}

export interface Restored {
  manifest: BackupManifest;
  /** Where that is which was there before; null where nothing was. */
  aside: string | null;
}

/** How long a desk may take to say that it lives, in milliseconds. */
const PROBE_MS = 2_000;

/**
 * Reads a backup to its end and checks everything that it says of itself, the database page by page. Changes nothing.
 * @throws AppError `invalid_input` where it is not whole, was changed, or is of a newer version.
 */
export async function verifyBackup({ config, file }: Omit<RestoreOptions, 'now'>): Promise<BackupManifest> {
  const staging = path.join(path.dirname(path.resolve(file)), `.verify-${process.pid}`);
  await mkdir(staging, { mode: 0o700 });
  try {
    return await unpack(file, staging, config.prismaDirectory);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * Puts a backup in the place of what is there, which is kept beside it. Nothing is touched before the whole backup has
 * been unpacked and checked, and nothing at all while a desk runs.
 * @throws AppError `conflict` where a desk runs; `invalid_input` as {@link verifyBackup} does.
 */
export async function restoreBackup({ config, file, now }: RestoreOptions): Promise<Restored> {
  if (isPostgres(config.databaseUrl)) {
    throw new AppError('invalid_input', 'DATABASE_URL is a PostgreSQL database; this is for SQLite.', {
      remedy: 'Use pg_restore: see docs/operations.md, Backups.',
    });
  }
  await refuseWhereAnswered(config);
  const database = sqliteFileOf(config.databaseUrl);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  await mkdir(path.dirname(database), { recursive: true, mode: 0o700 });
  // Beside the database, which is the largest: it is moved, not copied.
  const staging = path.join(path.dirname(database), `.restore-${process.pid}`);
  const isThere = (name: string) => stat(name).then(Boolean, () => false);
  await mkdir(staging, { mode: 0o700 });
  let release: (() => Promise<void>) | null = null;
  try {
    if (await isThere(database)) {
      // SQLite throws the log of a database away that it cannot read; somebody else may still make something of it.
      const log = path.join(staging, 'log-before');
      const hasLog = await copyFile(`${database}-wal`, log).then(
        () => true,
        () => false,
      );
      release = await holdSqlite(database);
      if (!release && hasLog) await rename(log, `${database}-wal`);
      else await rm(log, { force: true });
    }
    const manifest = await unpack(file, staging, config.prismaDirectory);
    const stamp = now
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
      .replaceAll(':', '');
    const aside = path.join(path.dirname(database), `before-restore-${stamp}`);
    await mkdir(aside, { mode: 0o700 });
    let kept = 0;
    const exchange = async (place: string, name: string) => {
      if (await isThere(place)) {
        await move(place, path.join(aside, path.basename(place)));
        kept += 1;
      }
      if (await isThere(path.join(staging, name))) await move(path.join(staging, name), place);
    };
    for (const folder of FOLDERS) await exchange(path.join(config.dataDir, folder), folder);
    // A backup without the secret leaves the one that is there.
    for (const secret of manifest.withSecret ? SECRETS : []) await exchange(path.join(config.dataDir, secret), secret);
    // A log that is left beside another database would be taken for its own.
    for (const log of ['-wal', '-shm']) await exchange(`${database}${log}`, `${DATABASE_NAME}${log}`);
    await exchange(database, DATABASE_NAME);
    await syncDirectory(path.dirname(database));
    await syncDirectory(config.dataDir);
    if (kept === 0) await rm(aside, { recursive: true });
    return { manifest, aside: kept === 0 ? null : aside };
  } finally {
    await release?.();
    await rm(staging, { recursive: true, force: true });
  }
}

/** A desk on another file of the same name, in another container, is seen by its address; the lock on the file sees the rest. */
async function refuseWhereAnswered({ host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  if (port === 0) return;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  const url = `http://${name}:${port}/api/livez`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS), headers: { host: 'localhost' } }).catch(
    () => null,
  );
  const body = await answer?.text().catch(() => '');
  if (!answer || !body?.includes('"ok"')) return;
  throw new AppError('conflict', `A desk runs at ${name}:${port}.`, {
    remedy: 'Stop it first. If it is another one, set PORT to that of the desk that is restored.',
  });
}

/** @returns what the backup says of itself, once everything it says has proved right. */
async function unpack(file: string, staging: string, prismaDirectory: string): Promise<BackupManifest> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw new AppError('invalid_input', `There is no backup ${file}.`);
  const sums = new Map<string, string>();
  try {
    const archive = createReadStream(file);
    const unzipped = archive.pipe(createGunzip());
    archive.on('error', (error) => unzipped.destroy(error));
    for await (const { name, content } of unpackTar(unzipped)) {
      if (sums.has(name)) throw new ArchiveError(`${name} is in it twice.`);
      if (!belongs(name)) throw new ArchiveError(`it holds ${name}, which no backup has`);
      const digest = createDigest();
      const target = path.join(staging, name);
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
      await pipeline(digest.through(content), createWriteStream(target, { mode: 0o600, flush: true }));
      sums.set(name, digest.sha256);
    }
    // To the end of the compressed file, where its own checksum is.
    for await (const _ of unzipped);
  } catch (cause) {
    throw refused(file, (cause as Error).message, cause);
  }
  await compareSums(file, staging, sums);
  const manifest = await readManifest(file, staging);
  const facts = await checkSqlite(path.join(staging, DATABASE_NAME));
  await refuseNewer(facts.migrations, manifest, prismaDirectory);
  for (const count of ['accounts', 'opportunities', 'dispatches'] as const) {
    if (facts[count] !== manifest[count])
      throw refused(file, `it has ${facts[count]} ${count}, not ${manifest[count]}`);
  }
  return manifest;
}

function belongs(name: string): boolean {
  const [folder = '', ...rest] = name.split('/');
  if (rest.length > 0) return FOLDERS.includes(folder);
  return [DATABASE_NAME, MANIFEST_NAME, SUMS_NAME, ...SECRETS].includes(name);
}

/** Every file is the one that was backed up, none is missing, and none came in later. */
async function compareSums(file: string, staging: string, found: ReadonlyMap<string, string>): Promise<void> {
  const text = await readFile(path.join(staging, SUMS_NAME), 'utf8').catch(() => '');
  const said = new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
  if (!said.has(DATABASE_NAME) || !said.has(MANIFEST_NAME)) throw refused(file, `it has no ${SUMS_NAME} of a backup`);
  for (const [name, sum] of found) {
    if (name === SUMS_NAME) continue;
    if (said.get(name) !== sum) throw refused(file, `${name} is not what was backed up`);
  }
  for (const name of said.keys()) if (!found.has(name)) throw refused(file, `${name} is missing`);
}

async function readManifest(file: string, staging: string): Promise<BackupManifest> {
  const text = await readFile(path.join(staging, MANIFEST_NAME), 'utf8');
  const manifest = JSON.parse(text) as BackupManifest;
  if (manifest.format !== BACKUP_FORMAT) throw refused(file, `it is of the form ${manifest.format}`);
  return manifest;
}

/** An older desk would not know what to do with a newer database. */
async function refuseNewer(migrations: string[], { version }: BackupManifest, prismaDirectory: string): Promise<void> {
  const known = await readdir(path.join(prismaDirectory, 'sqlite', 'migrations'));
  const unknown = migrations.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new AppError('invalid_input', `The backup is of version ${version}, which is newer than this one.`, {
    remedy: `Install that version first: this one does not know the migration ${unknown.join(', ')}.`,
  });
}

function refused(file: string, reason: string, cause?: unknown): AppError {
  return new AppError('invalid_input', `${file} is not restored: ${reason}.`.replace(/\.\.$/, '.'), {
    ...(cause === undefined ? {} : { cause }),
    remedy: 'Use another backup; nothing was changed.',
  });
}

/** Within a file system, or from one to another where the data directory and the database are on two. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const { cp } = await import('node:fs/promises');
    await cp(from, to, { recursive: true, preserveTimestamps: true });
    await rm(from, { recursive: true });
  }
}
