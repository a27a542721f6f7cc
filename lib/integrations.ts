import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { readPreviousSecrets, readSecret, secretFile } from './access/secret';
import { createEmlDrafts } from './adapters/mail/eml';
import type { Config } from './config';
import type { Database } from './db/client';
import { createMailboxStore } from './db/mailbox-store';
import { createGoogleConsent } from './mail/google-consent';
import { createMailboxes, type MailboxDesk } from './mail/mailboxes';
import { createMailRouter } from './mail/router';
import { singleMailbox } from './mail/single-mailbox';
import { createOutgoing } from './outgoing';
import type { Log, Mailboxes, MailDrafts } from './ports';
import { createSecretBox, type SecretBox } from './secrets';

/** The mailbox that drafts go to, or why there is none. */
export interface MailConnection {
  drafts: MailDrafts | null;
  problem: string | null;
}

/** Local `.eml` drafts in the data directory. A directory that cannot be written leaves mail out; the desk works on. */
export async function connectMail(config: Config, given: MailDrafts | undefined, log: Log): Promise<MailConnection> {
  if (given) return { drafts: given, problem: null };
  const directory = path.join(config.dataDir, 'drafts');
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.W_OK);
    return { drafts: createEmlDrafts(directory, config.mailFrom), problem: null };
  } catch (error) {
    const problem = `The drafts folder ${directory} cannot be written (${(error as NodeJS.ErrnoException).code}). Give the server write access and restart it.`;
    log.error({ err: error, directory }, 'Mail is degraded: no draft can be left');
    return { drafts: null, problem };
  }
}

/** What encrypts credentials at rest: the secret of the server, and those from before that still open. */
export async function openSecretBox(config: Config): Promise<SecretBox> {
  const secret = await readSecret(config.dataDir, config.secret);
  return createSecretBox(secret, await readPreviousSecrets(config.dataDir, config.secret, config.previousSecrets));
}

/** All mailboxes of the desk; a given one takes the place of them all. */
export async function connectMailboxes({
  config,
  db,
  mail,
  given,
  clock,
  random,
  log,
  onResume,
}: {
  config: Config;
  db: Database;
  mail: MailConnection;
  given: MailDrafts | undefined;
  clock: () => Date;
  random: () => number;
  log: Log;
  /** Told that dispatches may go on that waited for a mailbox. */
  onResume: () => void;
}): Promise<{ mailboxes: Mailboxes; desk: MailboxDesk; close(): Promise<void> }> {
  const box = await openSecretBox(config);
  if (db.engine === 'postgresql' && config.secret === null) {
    log.warn(
      { file: secretFile(config.dataDir) },
      'HEADROOM_SECRET is not set, so this instance signs and encrypts with the secret in its own data directory. Others on this database could read neither its cookies nor the credentials of mailboxes: give all of them the same HEADROOM_SECRET',
    );
  }
  const store = createMailboxStore(db);
  const localProblem = mail.problem;
  const router = createMailRouter({
    ...{ config, store, box, clock, random, log, localProblem },
    local: mail.drafts,
    onChange: onResume,
  });
  const outgoing = createOutgoing({ allowedRanges: config.allowedPrivateRanges });
  const consent = config.google ? createGoogleConsent(config.google, config.mail.gmailApi, outgoing) : null;
  const desk = createMailboxes({ config, store, router, box, consent, localProblem, clock, log, onResume });
  return { mailboxes: given ? singleMailbox(given) : router, desk, close: () => router.close() };
}
