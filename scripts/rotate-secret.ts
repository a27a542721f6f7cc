// npm run rotate-secret: encrypts the credentials of mailboxes and the token of Notion with a new secret. Stop the server first.
import { dropPrevious, readPreviousSecrets, readSecret, replaceSecretFile } from '../lib/access/secret';
import { loadConfig } from '../lib/config';
import { openDatabase } from '../lib/db/client';
import { createMailboxStore } from '../lib/db/mailbox-store';
import { createNotionConnectionStore } from '../lib/db/notion-connection';
import { rotateCredentials } from '../lib/mail/rotate';
import { rotateNotionToken } from '../lib/notion/rotate';
import { NO_SETTINGS } from '../lib/notion/settings';
import { createSecretBox } from '../lib/secrets';

const config = loadConfig();
const { dataDir, secret: configured, previousSecrets } = config;
// A secret of the configuration is changed there; the file is changed here.
if (configured === null) await replaceSecretFile(dataDir);
const secret = await readSecret(dataDir, configured);
const box = createSecretBox(secret, await readPreviousSecrets(dataDir, configured, previousSecrets));
const db = await openDatabase(config.databaseUrl);
try {
  const { rotated, current, unreadable } = await rotateCredentials(createMailboxStore(db), box);
  console.log(`${rotated} mailboxes encrypted anew, ${current} were already.`);
  const notion = await rotateNotionToken(createNotionConnectionStore(db, NO_SETTINGS), box);
  if (notion === 'rotated') console.log('The token of Notion was encrypted anew.');
  if (notion === 'unreadable') unreadable.push('Notion');
  if (unreadable.length > 0) {
    const why = 'Start again with the secret that encrypted them in HEADROOM_SECRET_PREVIOUS, or connect them again.';
    console.error(`${unreadable.length} could not be read: ${unreadable.join(', ')}. ${why}`);
    process.exitCode = 1;
  } else {
    await dropPrevious(dataDir);
    console.log('Secrets of before open nothing any more. Everybody signs in again after the next start.');
  }
} finally {
  await db.close();
}
