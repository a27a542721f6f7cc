import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { HttpCall } from '../adapters/mail/gmail-http';
import type { Config } from '../config';
import { REP_ADDRESS } from '../config';
import type { StoredMailbox } from '../db/mailbox-store';
import { AppError } from '../errors';
import { googleEndpoints } from '../google-endpoints';
import { createAddressRule, createOutgoing } from '../outgoing';
import type { MailDrafts } from '../ports';
import type { SecretBox } from '../secrets';

/** What opens a mailbox, besides what is stored of it. */
export interface OpeningOptions {
  config: Config;
  box: SecretBox;
  clock: () => Date;
  random: () => number;
}

/** A mailbox in use. IMAP keeps a connection for a while; `close` ends it. */
export type OpenMailbox = MailDrafts & { close?(): Promise<void> };

/** The account at an IMAP server. */
export interface ImapLoginData {
  host: string;
  port: number;
  security: 'tls' | 'starttls' | 'none';
  user: string;
  folder: string | null;
}

const imapSettings = z.object({
  host: z.string(),
  port: z.number(),
  security: z.enum(['tls', 'starttls', 'none']),
  user: z.string(),
  folder: z.string().nullable(),
});
const keyFile = z.object({
  client_email: z.string().min(3),
  private_key: z.string().min(100),
  private_key_id: z.string().optional(),
});

/** A message with its attachments, as Gmail answers it. In bytes. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** Where the credentials of a mailbox are bound to. */
export function placeOf(mailboxId: string): string {
  return `mailbox:${mailboxId}`;
}

/**
 * Makes the adapter of a mailbox, loading it when it is first used. `displayName` is who its drafts are from; without one
 * the mail program puts the person's own.
 * @throws AppError `mail_reconnect` where there is nothing to open it with.
 */
export async function openMailbox(
  stored: Pick<StoredMailbox, 'id' | 'kind' | 'address' | 'owner' | 'settings' | 'credentials'>,
  { destination, displayName }: { destination: string; displayName: string | null },
  { config, box, clock, random }: OpeningOptions,
): Promise<OpenMailbox> {
  const { kind, address } = stored;
  if (kind === 'imap') {
    const { createImapDrafts } = await import('../adapters/mail/imap');
    const login = stored.credentials === null ? configuredLogin(config, address) : storedLogin(stored, box);
    return createImapDrafts({ ...(await imapAccount(login, config)), address, displayName, destination });
  }
  const { createGmailDrafts } = await import('../adapters/mail/gmail');
  const tokens = await import('../adapters/mail/gmail-tokens');
  const http: HttpCall = createOutgoing({
    allowedRanges: config.allowedPrivateRanges,
    timeoutMs: config.dispatch.timeoutMs,
    maxBytes: LARGEST_ANSWER,
  });
  const common = { http, clock, tokenUrl: googleEndpoints(config.mail.googleIssuer).tokenUrl };
  const token =
    kind === 'gmail_delegated'
      ? tokens.createServiceAccountTokenSource({ ...common, ...(await readServiceAccount(config)), subject: address })
      : tokens.createRefreshTokenSource({ ...common, ...clientOf(config), refreshToken: secretOf(stored, box) });
  const gmail = createGmailDrafts({
    ...{ address, displayName, token, http, clock, random },
    endpoints: { api: config.mail.gmailApi },
    timeoutMs: config.dispatch.timeoutMs,
  });
  return { ...gmail, destination };
}

/** @throws AppError `mail_reconnect` naming what is wrong with the file. */
export async function readServiceAccount(
  config: Config,
): Promise<{ clientEmail: string; privateKey: string; privateKeyId?: string }> {
  const file = config.mail.delegation?.keyFile;
  const remedy =
    'Set HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE to the JSON key of the service account, and restart the server.';
  if (file === undefined) {
    throw new AppError('mail_reconnect', 'There is no Google service account any more.', { remedy });
  }
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === undefined ? 'is not JSON' : `cannot be read (${code})`;
    throw new AppError('mail_reconnect', `The key file of the Google service account, ${file}, ${why}.`, { remedy });
  }
  const parsed = keyFile.safeParse(content);
  if (!parsed.success) {
    throw new AppError('mail_reconnect', `${file} is not the key of a Google service account.`, { remedy });
  }
  const { client_email: clientEmail, private_key: privateKey, private_key_id: privateKeyId } = parsed.data;
  return { clientEmail, privateKey, ...(privateKeyId === undefined ? {} : { privateKeyId }) };
}

/** What the IMAP adapter needs to log in; addresses that a person named are judged, the configuration's own is not. */
export async function imapAccount(login: ImapLoginData & { password: string }, config: Config) {
  const { imap } = config.mail;
  const configured = imap !== null && imap.host === login.host && imap.port === login.port;
  const rule = createAddressRule({ allowedRanges: config.allowedPrivateRanges });
  if (!configured) rule.checkHost(login.host);
  const ca = configured && imap.caFile !== null ? await readAuthority(imap.caFile) : null;
  const { host, port, security, user, password, folder } = login;
  return {
    ...{ host, port, security, user, password },
    ...(folder === null ? {} : { mailbox: folder }),
    ...(ca === null ? {} : { ca }),
    ...(configured ? {} : { lookup: rule.lookup }),
    timeoutMs: config.dispatch.timeoutMs,
  };
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new AppError(
      'mail_reconnect',
      `The certificate authority of the IMAP server, ${file}, cannot be read (${why}).`,
      {
        remedy: 'Correct HEADROOM_IMAP_CA_FILE and restart the server.',
      },
    );
  }
}

function clientOf({ google }: Config): { clientId: string; clientSecret: string } {
  if (google) return google;
  throw new AppError('mail_reconnect', 'The desk has no Google client any more.', {
    remedy: 'Set HEADROOM_GOOGLE_CLIENT_ID and HEADROOM_GOOGLE_CLIENT_SECRET, and restart the server.',
  });
}

function storedLogin(stored: Pick<StoredMailbox, 'id' | 'settings' | 'credentials'>, box: SecretBox) {
  const settings = imapSettings.safeParse(stored.settings);
  if (settings.success) return { ...settings.data, password: secretOf(stored, box) };
  throw new AppError('mail_reconnect', 'What is stored of this mailbox is damaged.', { remedy: 'Connect it again.' });
}

function configuredLogin(config: Config, address: string): ImapLoginData & { password: string } {
  const { imap } = config.mail;
  if (imap?.account) {
    const { user, password } = imap.account;
    return { ...imap, user: user.replaceAll(REP_ADDRESS, address), password };
  }
  throw new AppError('mail_reconnect', 'The configuration has no IMAP account any more.', {
    remedy: 'Set HEADROOM_IMAP_USER and HEADROOM_IMAP_PASSWORD, and restart the server.',
  });
}

function secretOf({ id, credentials }: Pick<StoredMailbox, 'id' | 'credentials'>, box: SecretBox): string {
  if (credentials !== null) return box.open(credentials, placeOf(id));
  throw new AppError('mail_reconnect', 'Nothing is stored that would open this mailbox.', {
    remedy: 'Connect it again.',
  });
}
