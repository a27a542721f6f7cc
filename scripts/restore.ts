// npm run restore -- <file> [--check]: puts a backup in the place of what is there; --check only looks whether it could.
// Exit code 0: done; 2: nothing was changed.
import { parseArgs } from 'node:util';
import { loadConfig } from '../lib/config';
import { isAppError } from '../lib/errors';
import { restoreBackup, verifyBackup } from '../lib/restore';

const USAGE = 'Usage: npm run restore -- <file> [--check]';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw new Error(USAGE);
  const config = loadConfig();
  if (values.check) {
    const manifest = await verifyBackup({ config, file });
    console.log(
      `${file} is whole: ${manifest.accounts} accounts, ${manifest.dispatches} dispatches, of ${manifest.createdAt}.`,
    );
  } else {
    const { manifest, aside } = await restoreBackup({ config, file, now: new Date() });
    console.log(
      [
        `Restored ${manifest.accounts} accounts, ${manifest.opportunities} opportunities, ${manifest.dispatches} dispatches and ${manifest.drafts} drafts, as of ${manifest.createdAt}.`,
        ...(aside === null ? [] : [`What was there before is in ${aside}; remove it when you no longer need it.`]),
        'Start the desk.',
      ].join('\n'),
    );
  }
} catch (error) {
  console.error(
    isAppError(error) ? [error.message, error.remedy].filter(Boolean).join('\n') : (error as Error).message,
  );
  process.exitCode = 2;
}
