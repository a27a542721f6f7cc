import type { ImapFlow, MailboxObject } from 'imapflow';
import { AppError, isAppError } from '../../errors';
import type { DraftLookup, DraftReference, MailDrafts } from '../../ports';
import { createImapConnection, type ImapAccount } from './imap-connection';
import { type ChosenMailbox, chooseDraftsMailbox } from './imap-mailboxes';
import { buildMime, DISPATCH_HEADER } from './mime';

export interface ImapDraftsOptions extends ImapAccount {
  /** Whose mailbox it is: the sender of its drafts. */
  address: string;
  /** The person's name; null where nobody knows. */
  displayName?: string | null;
  /** In words, e.g. `Dana’s drafts`. */
  destination: string;
  /** Path of the mailbox for drafts; without it the one that the server marks as such. */
  mailbox?: string;
}

export type ImapDrafts = MailDrafts & { close(): Promise<void> };

const PROVIDER = 'imap';
/** How long a stored message may stay out of the search, in milliseconds: some servers index in the background. */
const SEARCH_LAG_MS = 30_000;
/** How many headers are read back of what a search found, and of a mailbox that it found nothing in. */
const MAX_CANDIDATES = 50;
const MAX_SCANNED = 200;

/**
 * Drafts in a mailbox that speaks IMAP. It knows no command that sends: the protocol has none.
 *
 * A draft's id is UIDVALIDITY, UID and Message-ID; the last one finds it again after an edit, which stores a draft anew
 * under another UID. Before a draft is stored it is looked for: creating it again finds the first one.
 */
export function createImapDrafts(options: ImapDraftsOptions): ImapDrafts {
  const { address, displayName, destination } = options;
  checkSecurity(options);
  const connection = createImapConnection(options);
  let known: string | null = null;

  /** Opens the mailbox for drafts, read-only. @returns its path. */
  async function open(client: ImapFlow): Promise<string> {
    if (known !== null && (await canOpen(client, known))) return known;
    known = (await chooseMailbox(client, options.mailbox)).path;
    await openMailbox(client, known, { readOnly: true });
    return known;
  }

  /** Opens the mailbox that a draft was stored in, or where it is gone the one for drafts, and looks there. */
  async function relocate(client: ImapFlow, { draftId, location }: { draftId: string; location: string }) {
    const id = parseDraftId(draftId);
    if (!id) return null;
    if (location === '' || !(await canOpen(client, location))) await open(client);
    if (id.uid !== 0 && uidValidityOf(client) === id.uidValidity) {
      const [there] = await readHeaders(client, String(id.uid), true);
      if (there?.messageId === id.messageId) return { uid: there.uid, certain: true };
    }
    // A mail program that stores an edited draft anew may keep its Message-ID and drop our header.
    const { others, certain } = await look(client, { messageId: id.messageId, dispatchId: null });
    return { uid: others.at(-1)?.uid ?? null, certain };
  }

  return {
    provider: PROVIDER,
    destination,
    settleMs: options.timeoutMs + SEARCH_LAG_MS,

    async createDraft(message, { signal }) {
      // Without a name: the person whose mailbox it is has one in their mail program.
      const content = await buildMime(message, { name: displayName ?? '', address });
      return connection.use(async ({ client, appending }) => {
        const path = await open(client);
        const { ours, others } = await look(client, message);
        if (ours) return reference(path, uidValidityOf(client), ours.uid, message.messageId);
        if (others.length > 0) {
          throw new AppError('mail_rejected', `Another draft stands in «${path}» where this one should be.`, {
            remedy: `Move the draft with the subject «${message.subject}» out of «${path}» and press Retry.`,
          });
        }
        appending();
        const stored = await client.append(path, content, ['\\Draft', '\\Seen']);
        // It is stored; whatever happens to the questions below, that stays true.
        if (!stored) throw new Error('The draft was not stored.');
        if (stored.uid && stored.uidValidity) {
          return reference(path, String(stored.uidValidity), stored.uid, message.messageId);
        }
        const uid = await findStored(client, message);
        return reference(path, uidValidityOf(client), uid, message.messageId);
      }, signal);
    },

    findDraft(messageId, { dispatchId, signal }) {
      return connection.use(async ({ client }): Promise<DraftLookup> => {
        const path = await open(client);
        const { ours, others, certain } = await look(client, { messageId, dispatchId });
        if (ours) return { outcome: 'found', draft: reference(path, uidValidityOf(client), ours.uid, messageId) };
        return { outcome: certain && others.length === 0 ? 'absent' : 'unknown' };
      }, signal);
    },

    async readDraft(draft) {
      if (!parseDraftId(draft.draftId)) return null;
      return connection.use(async ({ client }) => {
        const place = await relocate(client, draft);
        if (!place?.uid) return null;
        const message = await client.fetchOne(String(place.uid), { source: true }, { uid: true });
        return message ? (message.source ?? null) : null;
      });
    },

    async locateDraft(draft, { signal }) {
      return connection.use(async ({ client }) => {
        const place = await relocate(client, draft);
        if (place?.uid) return { outcome: 'local' };
        return place?.certain === false ? { outcome: 'unknown', href: null } : { outcome: 'gone' };
      }, signal);
    },

    close: () => connection.close(),
  };
}

export type ImapLogin =
  | { ok: true; mailbox: string; foundBy: ChosenMailbox['foundBy']; message: string }
  | { ok: false; code: string; message: string; remedy: string | null };

/** Logs in, finds the mailbox for drafts and sees whether it may be written to. Stores nothing. Never throws. */
export async function testImapLogin(
  options: ImapAccount & { mailbox?: string },
  signal?: AbortSignal,
): Promise<ImapLogin> {
  try {
    checkSecurity(options);
    const connection = createImapConnection(options);
    try {
      return await connection.use(async ({ client }) => {
        const { path, foundBy } = await chooseMailbox(client, options.mailbox);
        // Not read-only: this is how a server says that it is.
        const { readOnly } = await openMailbox(client, path, { readOnly: false });
        if (readOnly) {
          throw new AppError('mail_rejected', `${options.user} may read «${path}», but not store drafts there.`, {
            remedy: 'Give the account the right to add messages to this folder, or name another one.',
          });
        }
        return {
          ok: true,
          mailbox: path,
          foundBy,
          message: `Logged in. Drafts go to «${path}», ${FOUND_BY[foundBy]}.`,
        };
      }, signal);
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { ok: false, code: error.code, message: error.message, remedy: error.remedy ?? null };
  }
}

const FOUND_BY: Record<ChosenMailbox['foundBy'], string> = {
  setting: 'the folder that you named',
  special_use: 'the folder that the server keeps for them',
  name: 'the folder with that name',
};

/** @throws AppError `invalid_input` for a password in the clear to another machine. */
function checkSecurity({ security, host }: ImapAccount): void {
  if (security !== 'none' || /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)) return;
  throw new AppError('invalid_input', 'A connection without TLS is for a mail server on this very machine only.', {
    remedy: 'Choose TLS (port 993) or STARTTLS (port 143).',
  });
}

async function chooseMailbox(client: ImapFlow, wanted: string | undefined): Promise<ChosenMailbox> {
  return chooseDraftsMailbox(await client.list(), wanted);
}

async function openMailbox(client: ImapFlow, path: string, how: { readOnly: boolean }): Promise<MailboxObject> {
  const mailbox = await client.mailboxOpen(path, how);
  checkOpen(client);
  return mailbox;
}

/**
 * Where the server has said goodbye in the meantime, the client may answer questions with nothing rather than an error. That
 * must not be taken for an empty mailbox: it would make a second draft.
 */
function checkOpen(client: ImapFlow): void {
  if (client.state === client.states.SELECTED && client.mailbox) return;
  throw Object.assign(new Error('The server closed the connection.'), { reason: client.byeReason });
}

async function canOpen(client: ImapFlow, path: string): Promise<boolean> {
  try {
    await openMailbox(client, path, { readOnly: true });
    return true;
  } catch (error) {
    if ((error as { mailboxMissing?: boolean }).mailboxMissing) return false;
    throw error;
  }
}

interface Header {
  uid: number;
  messageId: string | null;
  dispatchId: string | null;
}

interface Sought {
  messageId: string;
  /** Null: whoever left it there. */
  dispatchId: string | null;
}

interface Sighting {
  /** The draft with both headers, as read back; the oldest, should somebody have copied it. */
  ours: Header | undefined;
  /** Messages with one of the headers, oldest first. */
  others: Header[];
  /** The server's word can be taken that there are no more: it searched, and found nothing that does not belong here. */
  certain: boolean;
}

/** Looks for a draft in the open mailbox. What a search finds counts only once its headers have been read back. */
async function look(client: ImapFlow, { messageId, dispatchId }: Sought): Promise<Sighting> {
  const exists = client.mailbox ? client.mailbox.exists : 0;
  if (exists === 0) return { ours: undefined, others: [], certain: true };
  const byMessage = { header: { 'Message-ID': messageId } };
  const byEither = { or: [byMessage, { header: { [DISPATCH_HEADER]: dispatchId ?? '' } }] };
  const hits = await client.search(dispatchId === null ? byMessage : byEither, { uid: true });
  const found = hits && hits.length > 0 ? hits.slice(-MAX_CANDIDATES) : null;
  // A server that finds nothing may not have indexed what was stored just now, or not search headers at all: the
  // newest messages are looked at, for what is sought is among them if anywhere.
  const headers = found
    ? await readHeaders(client, found.join(','), true)
    : await readHeaders(client, `${Math.max(1, exists - MAX_SCANNED + 1)}:*`, false);
  checkOpen(client);
  const related = headers
    .filter((each) => each.messageId === messageId || (dispatchId !== null && each.dispatchId === dispatchId))
    .sort((a, b) => a.uid - b.uid);
  const isOurs = (each: Header) => each.messageId === messageId && each.dispatchId === dispatchId;
  const ours = dispatchId === null ? undefined : related.find(isOurs);
  const sawAll = exists <= MAX_SCANNED && headers.length >= exists;
  return {
    ours,
    others: related.filter((each) => each !== ours),
    certain: found === null && (hits !== false || sawAll),
  };
}

/** UID of the draft that was stored just now, for servers that do not say (no UIDPLUS); 0 where it cannot be told. */
async function findStored(client: ImapFlow, sought: Sought): Promise<number> {
  try {
    await client.noop();
    const { ours } = await look(client, sought);
    return ours?.uid ?? 0;
  } catch {
    return 0;
  }
}

async function readHeaders(client: ImapFlow, range: string, byUid: boolean): Promise<Header[]> {
  const headers = ['message-id', DISPATCH_HEADER.toLowerCase()];
  const messages = await client.fetchAll(range, { uid: true, headers }, { uid: byUid });
  return messages.map(({ uid, headers: block }) => {
    const values = (name: string) => headerValues(block?.toString('latin1') ?? '', name);
    return {
      uid,
      messageId: only(values('message-id'))?.replace(/^<(.*)>$/, '$1') ?? null,
      dispatchId: only(values(DISPATCH_HEADER.toLowerCase())) ?? null,
    };
  });
}

function headerValues(block: string, name: string): string[] {
  return block
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

/** A header that stands twice says nothing. */
function only(values: string[]): string | undefined {
  return values.length === 1 && values[0] !== '' ? values[0] : undefined;
}

function uidValidityOf(client: ImapFlow): string {
  return client.mailbox ? String(client.mailbox.uidValidity) : '0';
}

function reference(path: string, uidValidity: string, uid: number, messageId: string): DraftReference {
  return { provider: PROVIDER, draftId: `${uidValidity}:${uid}:${messageId}`, location: path };
}

function parseDraftId(draftId: string): { uidValidity: string; uid: number; messageId: string } | null {
  const [, uidValidity, uid, messageId] = /^(\d{1,20}):(\d{1,10}):([^\s<>]{1,900})$/.exec(draftId) ?? [];
  if (uidValidity === undefined || uid === undefined || messageId === undefined) return null;
  return { uidValidity, uid: Number(uid), messageId };
}
