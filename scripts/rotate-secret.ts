// npm run rotate-secret: encrypts the credentials of mailboxes, the token of Notion, the secrets of webhooks and the addresses
// of chats with a new secret. Stop the server first.
import { dropPrevious, readPreviousSecrets, readSecret, replaceSecretFile } from '../lib/access/secret';
import { rotateWebhooks } from '../lib/alert-channels';
import { loadConfig } from '../lib/config';
import { createAlertSettingsStore } from '../lib/db/alert-settings';
import { openDatabase } from '../lib/db/client';
import { createMailboxStore } from '../lib/db/mailbox-store';
import { createNotionConnectionStore } from '../lib/db/notion-connection';
import { createWebhookStore } from '../lib/db/webhook-store';
import { rotateCredentials } from '../lib/mail/rotate';
import { rotateNotionToken } from '../lib/notion/rotate';
import { NO_SETTINGS } from '../lib/notion/settings';
import { createSecretBox } from '../lib/secrets';
import { rotateWebhookSecrets } from '../lib/webhooks/signing';

const config = loadConfig();
const { dataDir, secret: configured, previousSecrets } = config;
// A secret of the configuration is changed there; the file is changed here.
if (configured === null) await replaceSecretFile(dataDir);
const secret = await readSecret(dataDir, configured);
const box = createSecretBox(secret, await readPreviousSecrets(dataDir, configured, previousSecrets));
const db = await openDatabase(config.databaseUrl);
try {
  const mailboxes = await rotateCredentials(createMailboxStore(db), box);
  const webhooks = await rotateWebhookSecrets(createWebhookStore(db), box, new Date());
  const chats = await rotateWebhooks(createAlertSettingsStore(db), box);
  for (const [what, { rotated, current }] of Object.entries({ mailboxes, webhooks, 'webhooks of chats': chats })) {
    console.log(`${rotated} ${what} encrypted anew, ${current} were already.`);
  }
  const unreadable = [...mailboxes.unreadable, ...webhooks.unreadable, ...chats.unreadable];
  const notion = await rotateNotionToken(createNotionConnectionStore(db, NO_SETTINGS), box);
  if (notion === 'rotated') console.log('The token of Notion was encrypted anew.');
  if (notion === 'unreadable') unreadable.push('Notion');
  if (unreadable.length > 0) {
    const why =
      'Start again with the secret that encrypted them in HEADROOM_SECRET_PREVIOUS, or connect the mailboxes again and make new secrets for the webhooks.';
    console.error(`${unreadable.length} could not be read: ${unreadable.join(', ')}. ${why}`);
    process.exitCode = 1;
  } else {
    await dropPrevious(dataDir);
    console.log('Secrets of before open nothing any more. Everybody signs in again after the next start.');
  }
} finally {
  await db.close();
}
