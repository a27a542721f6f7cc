import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FILE = 'secret';
const PREVIOUS_FILE = 'secret.previous';

/** Where the secret is kept that no configuration gives. */
export function secretFile(dataDir: string): string {
  return path.join(dataDir, FILE);
}

/**
 * What cookies are signed with, and the key of what is encrypted is derived from: `HEADROOM_SECRET`, or a file that the
 * first start makes in the data directory. It is kept apart from the database, so that a copy of that alone opens nothing.
 */
export async function readSecret(dataDir: string, configured: string | null): Promise<string> {
  if (configured !== null) return configured;
  const file = secretFile(dataDir);
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, newSecret(), { mode: 0o600, flag: 'w', flush: true });
  try {
    // Of two processes that start at once one makes it, and both read the same.
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  const secret = (await readFile(file, 'utf8')).trim();
  if (secret.length < 32) throw new Error(`${file} is damaged: remove it, and everybody signs in again.`);
  return secret;
}

/**
 * Secrets of before, which still open what they encrypted: those of the configuration, that of a rotation that did not
 * come to its end, and the file's where the configuration has taken its place.
 */
export async function readPreviousSecrets(
  dataDir: string,
  configured: string | null,
  configuredPrevious: readonly string[],
): Promise<string[]> {
  const files = configured === null ? [PREVIOUS_FILE] : [PREVIOUS_FILE, FILE];
  const kept = await Promise.all(files.map((name) => readIfThere(path.join(dataDir, name))));
  return [...configuredPrevious, ...kept.flatMap((text) => text?.split('\n') ?? [])]
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= 32);
}

/** Puts a new secret into the file; the present one goes on opening what it encrypted until `dropPrevious`. */
export async function replaceSecretFile(dataDir: string): Promise<void> {
  const [file, previous] = [path.join(dataDir, FILE), path.join(dataDir, PREVIOUS_FILE)];
  const known = [await readSecret(dataDir, null), (await readIfThere(previous)) ?? ''].join('\n').trim();
  await writeWhole(previous, known);
  await writeWhole(file, newSecret());
}

export async function dropPrevious(dataDir: string): Promise<void> {
  await rm(path.join(dataDir, PREVIOUS_FILE), { force: true });
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o600, flush: true });
  await rename(temporary, file);
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
