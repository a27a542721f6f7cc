import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FILE = 'secret';

/**
 * What cookies are signed with: `HEADROOM_SECRET`, or a file that the first start makes in the data directory. It is kept
 * apart from the database, so that a copy of that alone opens no session.
 */
export async function readSecret(dataDir: string, configured: string | null): Promise<string> {
  if (configured !== null) return configured;
  const file = path.join(dataDir, FILE);
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'w', flush: true });
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
