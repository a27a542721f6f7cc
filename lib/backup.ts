import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DISPATCH_HEADER } from './adapters/mail/mime';
import { type ArchiveEntry, createDigest, packTar } from './archive';
import type { Config } from './config';
import { isPostgres } from './db/client';
import { checkSqlite, copySqlite, knownDispatches, type SqliteFacts, sqliteFileOf } from './db/sqlite-file';
import { AppError } from './errors';

export const BACKUP_FORMAT = 'headroom.backup/1';
export const DATABASE_NAME = 'headroom.db';
export const MANIFEST_NAME = 'manifest.json';
/** Digests of all other files as `sha256sum -c` reads them; the last entry, so that it vouches for those before. */
export const SUMS_NAME = 'SHA256SUMS';
/** Folders of the data directory. */
export const FOLDERS = ['drafts', 'imports'];
/** What cookies are signed with and mailboxes' credentials are encrypted with. */
export const SECRETS = ['secret', 'secret.previous'];

export interface BackupManifest extends SqliteFacts {
  format: typeof BACKUP_FORMAT;
  createdAt: string;
  /** Of the application. */
  version: string;
  drafts: number;
  withSecret: boolean;
}

export interface BackupOptions {
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'version'>;
  /** A directory, existing or ending with a slash, gets a file named by the time; anything else is the file itself. */
  target: string;
  withSecret: boolean;
  /** Of the files named by their time in the directory, this many are left, the new one among them. */
  keep: number | null;
  now: Date;
}

export interface BackupMade {
  file: string;
  bytes: number;
  sha256: string;
  manifest: BackupManifest;
  /** Older ones that were removed. */
  removed: string[];
}

const NAMED_BY_TIME = /^headroom-\d{4}-\d{2}-\d{2}T\d{6}Z\.tar\.gz$/;
/** Fast, and the most of what there is to gain with rows of a database. */
const GZIP_LEVEL = 4;
/** A file this much younger than the copy's beginning may belong to a dispatch that the copy does not have. */
const CLOCK_STEP_MS = 10_000;
const HEADER_BYTES = 16 * 1024;

/**
 * Backs a desk up while it runs: the database as of one moment, then the drafts and rejected rows, which are files that
 * never change. The file appears under its name when it is whole, checked and on disk.
 */
export async function createBackup(options: BackupOptions): Promise<BackupMade> {
  const { config, now } = options;
  if (isPostgres(config.databaseUrl)) {
    throw new AppError('invalid_input', 'DATABASE_URL is a PostgreSQL database, which has tools of its own.', {
      remedy: 'Use pg_dump, and copy HEADROOM_DATA_DIR: see docs/operations.md, Backups.',
    });
  }
  const target = await fileOf(options.target, now);
  const work = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.partial`);
  await mkdir(work, { mode: 0o700 });
  try {
    const database = path.join(work, DATABASE_NAME);
    await copySqlite(sqliteFileOf(config.databaseUrl), database);
    const facts = await checkSqlite(database);
    const files = await filesToKeep(config.dataDir, options.withSecret, { database, since: now });
    const manifest: BackupManifest = {
      format: BACKUP_FORMAT,
      createdAt: now.toISOString(),
      version: config.version,
      ...facts,
      drafts: files.filter((name) => name.startsWith('drafts/')).length,
      withSecret: files.includes('secret'),
    };
    const partial = path.join(work, 'backup');
    const digest = createDigest();
    await pipeline(
      packTar(entries(config.dataDir, database, files, manifest)),
      createGzip({ level: GZIP_LEVEL }),
      digest.through,
      createWriteStream(partial, { mode: 0o600, flush: true }),
    );
    await rename(partial, target);
    await syncDirectory(path.dirname(target));
    const removed = options.keep === null ? [] : await removeOld(target, options.keep);
    return { file: target, bytes: digest.size, sha256: digest.sha256, manifest, removed };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fileOf(target: string, now: Date): Promise<string> {
  const found = await stat(target).catch(() => null);
  if (!found?.isDirectory() && !target.endsWith('/')) {
    if (!found) return path.resolve(target);
    throw new AppError('conflict', `${target} is there already.`, {
      remedy: 'Name a file that is not, or a directory.',
    });
  }
  await mkdir(target, { recursive: true, mode: 0o700 });
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '');
  const file = path.resolve(target, `headroom-${time}.tar.gz`);
  if (await stat(file).catch(() => null)) throw new AppError('conflict', `${file} is there already.`);
  return file;
}

/** Names below the data directory. Files that are being written have names with a dot in front, and are left out. */
async function filesToKeep(
  dataDir: string,
  withSecret: boolean,
  copy: { database: string; since: Date },
): Promise<string[]> {
  const names: string[] = [];
  for (const secret of withSecret ? SECRETS : []) {
    if ((await stat(path.join(dataDir, secret)).catch(() => null))?.isFile()) names.push(secret);
  }
  for (const folder of FOLDERS) {
    const found = await readdir(path.join(dataDir, folder), { recursive: true, withFileTypes: true }).catch(() => []);
    const files = found.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
    names.push(
      ...files.map((entry) =>
        path.relative(dataDir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'),
      ),
    );
  }
  const strange = await strangeDrafts(dataDir, names, copy);
  return names.filter((name) => !strange.has(name)).sort();
}

/**
 * Drafts of dispatches that the copy does not have yet: it would make them anew after a restore, and find another
 * dispatch's draft in the place of its own.
 */
async function strangeDrafts(
  dataDir: string,
  names: readonly string[],
  { database, since }: { database: string; since: Date },
): Promise<Set<string>> {
  const young: { name: string; dispatchId: string }[] = [];
  for (const name of names.filter((one) => one.startsWith('drafts/'))) {
    const file = path.join(dataDir, name);
    const written = await stat(file).catch(() => null);
    if (!written || written.mtimeMs < since.getTime() - CLOCK_STEP_MS) continue;
    young.push({ name, dispatchId: await dispatchOf(file) });
  }
  if (young.length === 0) return new Set();
  const ids = young.map(({ dispatchId }) => dispatchId);
  const known = await knownDispatches(database, ids);
  return new Set(young.filter(({ dispatchId }) => !known.has(dispatchId)).map(({ name }) => name));
}

async function dispatchOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const header = buffer.toString('latin1', 0, bytesRead).replace(/\r\n[ \t]+/g, ' ');
    return new RegExp(`^${DISPATCH_HEADER}: (.+)$`, 'im').exec(header)?.[1]?.trim() ?? '';
  } finally {
    await handle.close();
  }
}

async function* entries(
  dataDir: string,
  database: string,
  files: readonly string[],
  manifest: BackupManifest,
): AsyncGenerator<ArchiveEntry> {
  const sums: string[] = [];
  async function* summed(name: string, size: number, content: AsyncIterable<Uint8Array>) {
    const digest = createDigest();
    yield { name, size, content: digest.through(content) };
    sums.push(`${digest.sha256}  ${name}\n`);
  }
  yield* summed(DATABASE_NAME, (await stat(database)).size, createReadStream(database));
  for (const name of files) {
    const file = path.join(dataDir, name);
    const found = await stat(file).catch(() => null);
    // Gone since the folder was read.
    if (found) yield* summed(name, found.size, createReadStream(file));
  }
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  yield* summed(MANIFEST_NAME, text.byteLength, Readable.from([text]));
  const list = Buffer.from(sums.join(''));
  yield { name: SUMS_NAME, size: list.byteLength, content: Readable.from([list]) };
}

/** Only files that this command named; the newest stay. */
async function removeOld(newest: string, keep: number): Promise<string[]> {
  const directory = path.dirname(newest);
  const named = (await readdir(directory)).filter((name) => NAMED_BY_TIME.test(name)).sort();
  const old = named.slice(0, Math.max(0, named.length - keep)).filter((name) => name !== path.basename(newest));
  for (const name of old) await rm(path.join(directory, name));
  return old;
}

/** What was renamed is on disk with its directory. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
