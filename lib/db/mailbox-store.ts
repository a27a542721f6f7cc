import type { ConnectedMailbox, MailboxKind, MailboxState } from '../domain/mailbox-routing';
import type { Database } from './client';
import type { Mailbox } from './generated/sqlite/client';
import { newId } from './ids';

/** A mailbox as it is stored. `credentials` are encrypted; null where configuration opens it, or nothing is kept. */
export interface StoredMailbox {
  id: string;
  kind: Exclude<MailboxKind, 'eml'>;
  address: string;
  owner: string | null;
  state: MailboxState;
  /** Nothing secret, e.g. the server of an IMAP mailbox. */
  settings: Record<string, unknown>;
  credentials: string | null;
  version: number;
  errorMessage: string | null;
  connectedBy: string;
  connectedAt: Date;
  checkedAt: Date | null;
}

/** A dispatch or a notice that waits for its mailbox, and for whom its draft is. */
export interface WaitingDraft {
  of: 'dispatch' | 'notice';
  id: string;
  recipient: string | null;
}

const WAITING = { in: ['queued', 'retrying', 'uncertain'] };
/** How long another process may not see yet what one has changed, in milliseconds. */
const KEPT_MS = 1_000;
/** In front of the digest of a state, in the table that sign-in keeps its own in. */
const CONSENT = 'mailbox-consent:';

/** The mailboxes that people connected, and what became of those that configuration opens. */
export function createMailboxStore(db: Database) {
  let known: { until: number; mailboxes: Promise<ConnectedMailbox[]> } | null = null;
  const forget = () => {
    known = null;
  };

  async function readConnected(): Promise<ConnectedMailbox[]> {
    const rows = await db.read.mailbox.findMany({
      where: { kind: { in: ['gmail_oauth', 'imap'] }, state: { not: 'disconnected' }, credentials: { not: null } },
      orderBy: { connectedAt: 'desc' },
    });
    return rows.map((row) => {
      const { id, kind, address, owner, state } = toMailbox(row);
      return { id, kind: kind as ConnectedMailbox['kind'], address, owner, state };
    });
  }

  return {
    async list(): Promise<StoredMailbox[]> {
      return (await db.read.mailbox.findMany({ orderBy: { connectedAt: 'desc' }, take: 2_000 })).map(toMailbox);
    },

    /** What is encrypted, all of it: whoever changes the secret must leave none behind. */
    async withCredentials(): Promise<Pick<StoredMailbox, 'id' | 'address' | 'credentials'>[]> {
      return db.write.mailbox.findMany({
        where: { credentials: { not: null } },
        select: { id: true, address: true, credentials: true },
      });
    },

    /** Mailboxes with that owner, as they are now. */
    async ownedBy(email: string): Promise<string[]> {
      const where = { ownerEmail: email, state: { not: 'disconnected' }, credentials: { not: null } };
      return (await db.write.mailbox.findMany({ where, select: { id: true } })).map(({ id }) => id);
    },

    /** Whether the same account at Google is connected in another place too. */
    async isConnectedElsewhere({
      id,
      kind,
      address,
    }: Pick<StoredMailbox, 'id' | 'kind' | 'address'>): Promise<boolean> {
      const where = { kind, address, id: { not: id }, state: { not: 'disconnected' }, credentials: { not: null } };
      return (await db.write.mailbox.count({ where })) > 0;
    },

    /** The name of the person at the desk with that address; null where there is none. */
    async nameOf(email: string): Promise<string | null> {
      const person = await db.read.user.findUnique({ where: { email }, select: { name: true } });
      return person?.name.trim() || null;
    },

    /** What routing needs of those that somebody connected; the newest first. Every dispatch asks, so it is kept a moment. */
    connected(): Promise<ConnectedMailbox[]> {
      const now = performance.now();
      if (known && known.until > now) return known.mailboxes;
      const mailboxes = readConnected();
      known = { until: now + KEPT_MS, mailboxes };
      mailboxes.catch(forget);
      return mailboxes;
    },

    async get(id: string): Promise<StoredMailbox | null> {
      const row = await db.read.mailbox.findUnique({ where: { id } });
      return row ? toMailbox(row) : null;
    },

    /** Keeps a mailbox that was just connected, in the place of what it was before. */
    async connect(
      given: Pick<StoredMailbox, 'id' | 'kind' | 'address' | 'owner' | 'settings' | 'connectedBy'> & {
        credentials: string;
        now: Date;
      },
    ): Promise<void> {
      const { id, kind, address, owner, credentials, connectedBy, now } = given;
      const data = {
        ...{ kind, address, credentials, connectedBy, state: 'connected', errorMessage: null },
        ...{ ownerEmail: owner, settings: JSON.stringify(given.settings), connectedAt: now, checkedAt: now },
        updatedAt: now,
      };
      await db.write.mailbox.upsert({
        where: { id },
        create: { id, ...data },
        update: { ...data, version: { increment: 1 } },
      });
      forget();
    },

    /** Nothing that would let the desk in is kept. @returns whether it was connected. */
    async disconnect(id: string, now: Date): Promise<boolean> {
      const { count } = await db.write.mailbox.updateMany({
        where: { id, state: { not: 'disconnected' } },
        data: {
          state: 'disconnected',
          credentials: null,
          errorMessage: null,
          version: { increment: 1 },
          updatedAt: now,
        },
      });
      forget();
      return count > 0;
    },

    /**
     * Writes down what a call found out, unless the mailbox was connected anew meanwhile. One that configuration opens has
     * no row before something is wrong with it. @returns whether the state is another one now.
     */
    async setState(
      box: Pick<StoredMailbox, 'id' | 'kind' | 'address' | 'owner' | 'version'>,
      next: { state: 'connected' | 'reconnect' | 'error'; errorMessage: string | null; now: Date },
    ): Promise<boolean> {
      const { state, errorMessage, now } = next;
      const found = { state, errorMessage, checkedAt: now, updatedAt: now };
      const { count } = await db.write.mailbox.updateMany({
        where: { id: box.id, version: box.version, state: { notIn: ['disconnected', state] } },
        data: found,
      });
      forget();
      if (count > 0) return true;
      const { count: checked } = await db.write.mailbox.updateMany({
        where: { id: box.id, version: box.version, state },
        data: { errorMessage, checkedAt: now },
      });
      const known = checked > 0 || (await db.write.mailbox.findUnique({ where: { id: box.id } })) !== null;
      if (known || box.version !== CONFIGURED_VERSION) return false;
      const { id, kind, address, owner } = box;
      const made = { ownerEmail: owner, connectedBy: 'system', connectedAt: now, version: CONFIGURED_VERSION };
      await db.write.mailbox.upsert({ where: { id }, create: { id, kind, address, ...made, ...found }, update: {} });
      return state !== 'connected';
    },

    /** Credentials encrypted anew; only where they are still the ones that were read. */
    async replaceCredentials(id: string, before: string, after: string): Promise<boolean> {
      const { count } = await db.write.mailbox.updateMany({
        where: { id, credentials: before },
        data: { credentials: after },
      });
      return count > 0;
    },

    /** How many dispatches and notices wait for each mailbox. */
    async countWaiting(ids: readonly string[]): Promise<Map<string, number>> {
      const rows = await db.read.dispatch.groupBy({
        by: ['mailboxId'],
        where: { mailboxId: { in: [...ids] }, state: WAITING },
        _count: { _all: true },
      });
      const notices = await db.read.notice.groupBy({
        by: ['mailboxId'],
        where: { mailboxId: { in: [...ids] }, state: WAITING },
        _count: { _all: true },
      });
      const counts = new Map<string, number>();
      for (const { mailboxId, _count } of [...rows, ...notices]) {
        counts.set(mailboxId ?? '', (counts.get(mailboxId ?? '') ?? 0) + _count._all);
      }
      return counts;
    },

    /** What waits for a mailbox that works again need not wait any longer. */
    async resume(id: string, now: Date): Promise<number> {
      const where = { mailboxId: id, state: WAITING, errorCode: 'mail_reconnect', nextAttemptAt: { gt: now } };
      const dispatches = await db.write.dispatch.updateMany({ where, data: { nextAttemptAt: now } });
      const notices = await db.write.notice.updateMany({ where, data: { nextAttemptAt: now } });
      return dispatches.count + notices.count;
    },

    /** Dispatches and notices of a mailbox that left nothing there, by what it answered itself. */
    async withoutDraft(id: string): Promise<WaitingDraft[]> {
      const where = { mailboxId: id, state: { in: ['queued', 'retrying'] } };
      const dispatches = await db.write.dispatch.findMany({ where, select: { id: true, recipient: true } });
      const notices = await db.write.notice.findMany({ where, select: { id: true, toAddress: true } });
      return [
        ...dispatches.map((row): WaitingDraft => ({ of: 'dispatch', ...row })),
        ...notices.map((row): WaitingDraft => ({ of: 'notice', id: row.id, recipient: row.toAddress })),
      ];
    },

    /** Sends one that left no draft to another mailbox. */
    async reroute(
      waiting: Pick<WaitingDraft, 'of' | 'id'>,
      from: string,
      to: { mailboxId: string; destination: string },
      now: Date,
    ): Promise<void> {
      const where = { id: waiting.id, mailboxId: from, state: { in: ['queued', 'retrying'] } };
      const data = { mailboxId: to.mailboxId, destination: to.destination, nextAttemptAt: now, updatedAt: now };
      if (waiting.of === 'dispatch') await db.write.dispatch.updateMany({ where, data });
      else await db.write.notice.updateMany({ where, data });
    },

    /** Nobody can ask a mailbox any more that is disconnected: what was uncertain there, a person decides. */
    async leaveToPerson(id: string, message: string, now: Date): Promise<void> {
      const where = {
        ...{ mailboxId: id, state: 'uncertain' },
        OR: [{ errorCode: null }, { errorCode: { not: 'needs_person' } }],
      };
      const data = {
        ...{ nextAttemptAt: null, leaseOwner: null, leaseUntil: null, updatedAt: now },
        ...{ errorCode: 'needs_person', errorMessage: message },
      };
      await db.write.dispatch.updateMany({ where, data });
      await db.write.notice.updateMany({ where, data });
    },

    /** A consent that somebody was asked for; `key` is the digest of its state. */
    async rememberConsent(key: string, sealed: string, now: Date, expiresAt: Date): Promise<void> {
      await db.write.authVerification.deleteMany({
        where: { identifier: { startsWith: CONSENT }, expiresAt: { lt: now } },
      });
      const times = { expiresAt, createdAt: now, updatedAt: now };
      await db.write.authVerification.create({
        data: { id: newId(), identifier: `${CONSENT}${key}`, value: sealed, ...times },
      });
    },

    /** Takes it out of the store: of two that come with the same state, one gets it. */
    async takeConsent(key: string, now: Date): Promise<string | null> {
      const identifier = `${CONSENT}${key}`;
      const row = await db.write.authVerification.findFirst({ where: { identifier } });
      if (!row) return null;
      const { count } = await db.write.authVerification.deleteMany({ where: { id: row.id } });
      return count > 0 && row.expiresAt > now ? row.value : null;
    },
  };
}

export type MailboxStore = ReturnType<typeof createMailboxStore>;

/** Version of a mailbox that configuration opens: it is never connected. */
export const CONFIGURED_VERSION = 1;

function toMailbox(row: Mailbox): StoredMailbox {
  const { id, address, credentials, version, errorMessage, connectedBy, connectedAt, checkedAt } = row;
  return {
    ...{ id, address, credentials, version, errorMessage, connectedBy, connectedAt, checkedAt },
    kind: row.kind as StoredMailbox['kind'],
    owner: row.ownerEmail,
    state: row.state as MailboxState,
    settings: JSON.parse(row.settings) as Record<string, unknown>,
  };
}
