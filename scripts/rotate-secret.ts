// npm run rotate-secret: encrypts the credentials of mailboxes and the webhooks of chats with a new secret. Stop the server first.
import { dropPrevious, readPreviousSecrets, readSecret, replaceSecretFile } from '../lib/access/secret';
import { rotateWebhooks } from '../lib/alert-channels';
import { loadConfig } from '../lib/config';
import { createAlertSettingsStore } from '../lib/db/alert-settings';
import { openDatabase } from '../lib/db/client';
import { createMailboxStore } from '../lib/db/mailbox-store';
import { rotateCredentials } from '../lib/mail/rotate';
import { createSecretBox } from '../lib/secrets';

const config = loadConfig();
const { dataDir, secret: configured, previousSecrets } = config;
// A secret of the configuration is changed there; the file is changed here.
if (configured === null) await replaceSecretFile(dataDir);
const secret = await readSecret(dataDir, configured);
const box = createSecretBox(secret, await readPreviousSecrets(dataDir, configured, previousSecrets));
const db = await openDatabase(config.databaseUrl);
try {
  const mailboxes = await rotateCredentials(createMailboxStore(db), box);
  const webhooks = await rotateWebhooks(createAlertSettingsStore(db), box);
  const { rotated, current } = mailboxes;
  const unreadable = [...mailboxes.unreadable, ...webhooks.unreadable];
  console.log(`${rotated} mailboxes encrypted anew, ${current} were already.`);
  console.log(`${webhooks.rotated} webhooks of chats encrypted anew, ${webhooks.current} were already.`);
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
