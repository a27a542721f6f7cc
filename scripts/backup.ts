// npm run backup -- <file or directory> [--without-secret] [--keep 14]: backs the desk up, while it runs or not.
// Exit code 0: the backup is there, whole and checked; 2: there is none.
import { parseArgs } from 'node:util';
import { createBackup } from '../lib/backup';
import { loadConfig } from '../lib/config';
import { isAppError } from '../lib/errors';

const USAGE = 'Usage: npm run backup -- <file or directory> [--without-secret] [--keep <how many>]';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'without-secret': { type: 'boolean', default: false }, keep: { type: 'string' } },
  });
  const [target, ...more] = positionals;
  const keep = values.keep === undefined ? null : Number(values.keep);
  if (!target || more.length > 0 || (keep !== null && !(Number.isInteger(keep) && keep > 0))) throw new Error(USAGE);
  const made = await createBackup({
    config: loadConfig(),
    target,
    withSecret: !values['without-secret'],
    keep,
    now: new Date(),
  });
  const { manifest } = made;
  console.log(
    [
      `${made.file} (${(made.bytes / 1024 / 1024).toFixed(1)} MB)`,
      `  ${manifest.accounts} accounts, ${manifest.opportunities} opportunities, ${manifest.dispatches} dispatches, ${manifest.drafts} drafts`,
      `  SHA-256 ${made.sha256}`,
      manifest.withSecret
        ? '  It holds the secret: keep it where passwords are kept, or leave that out with --without-secret.'
        : '  It does not hold the secret: keep that elsewhere, or everybody signs in again and mailboxes are connected anew.',
      ...made.removed.map((name) => `  Removed ${name}`),
    ].join('\n'),
  );
} catch (error) {
  console.error(
    isAppError(error) ? [error.message, error.remedy].filter(Boolean).join('\n') : (error as Error).message,
  );
  process.exitCode = 2;
}
