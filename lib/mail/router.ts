import { CONFIGURED_VERSION, type MailboxStore, type StoredMailbox } from '../db/mailbox-store';
import {
  configuredMailbox,
  type DraftRoute,
  destinationInWords,
  LOCAL_MAILBOX,
  type MailboxKind,
  type RoutingFacts,
  routeDraft,
} from '../domain/mailbox-routing';
import { AppError, isAppError } from '../errors';
import type { Log, Mailboxes, MailDrafts } from '../ports';
import { type OpeningOptions, type OpenMailbox, openMailbox } from './open-mailbox';

export interface MailRouterOptions extends OpeningOptions {
  store: MailboxStore;
  /** Local drafts; null where their folder cannot be written. */
  local: MailDrafts | null;
  /** Why there are no local drafts. */
  localProblem: string | null;
  log: Log;
  /** Told after the state of a mailbox changed. */
  onChange: () => void;
}

/** Calls to one mailbox at a time: a person's server or quota bears a few, the disk many. */
const AT_ONCE: Record<MailboxKind, number> = { gmail_oauth: 4, gmail_delegated: 4, imap: 2, eml: 16 };

export interface MailRouter extends Mailboxes {
  routeInFull(repEmail: string | null): Promise<DraftRoute>;
  /** The mailbox whatever its state says, to find out whether it works again. */
  probe(mailboxId: string, signal: AbortSignal): Promise<void>;
  /** Forgets what was opened with credentials or settings of before. */
  forget(mailboxId: string): void;
  close(): Promise<void>;
}

/**
 * Finds the mailbox of a draft and opens it: adapters are loaded when first used and kept while their credentials stay the
 * same. Whatever a call finds out about a mailbox is written down, so that its owner sees what to do.
 */
export function createMailRouter(options: MailRouterOptions): MailRouter {
  const { store, config, local, log, clock } = options;
  const opened = new Map<string, { version: number; mailbox: Promise<OpenMailbox> }>();
  const underWay = new Map<string, number>();

  async function facts(): Promise<RoutingFacts> {
    const { delegation, imap } = config.mail;
    const account = imap?.account ?? null;
    const shared = account !== null && imap !== null && imap.domains.length === 0;
    return {
      connected: await store.connected(),
      delegatedDomains: delegation?.domains ?? [],
      imap: {
        perRepDomains: account === null ? [] : (imap?.domains ?? []),
        sharedAddress: shared ? addressOf(account.user, imap.host) : null,
      },
    };
  }

  async function describe(mailboxId: string): Promise<StoredMailbox> {
    const stored = await store.get(mailboxId);
    if (stored) return stored;
    const configured = configuredMailbox(mailboxId);
    if (!configured) throw gone('It was removed.');
    const perRep = configured.kind === 'gmail_delegated' || (config.mail.imap?.domains.length ?? 0) > 0;
    return {
      id: mailboxId,
      ...configured,
      owner: perRep ? configured.address : null,
      ...{ state: 'connected', settings: {}, credentials: null, version: CONFIGURED_VERSION, errorMessage: null },
      ...{ connectedBy: 'system', connectedAt: clock(), checkedAt: null },
    };
  }

  async function adapterOf(stored: StoredMailbox): Promise<OpenMailbox> {
    const known = opened.get(stored.id);
    if (known?.version === stored.version) return known.mailbox;
    void known?.mailbox.then((mailbox) => mailbox.close?.()).catch(() => undefined);
    const destination = destinationInWords(stored.kind, stored.address, stored.owner);
    const mailbox = (async () => {
      const displayName = stored.owner === null ? null : await store.nameOf(stored.owner);
      return openMailbox(stored, { destination, displayName }, options);
    })();
    opened.set(stored.id, { version: stored.version, mailbox });
    mailbox.catch(() => {
      if (opened.get(stored.id)?.mailbox === mailbox) opened.delete(stored.id);
    });
    return mailbox;
  }

  /**
   * Runs one call and writes down what it says about the mailbox. That it works, only an answer of the mailbox says: making
   * its adapter asks nobody.
   */
  async function watched<T>(stored: StoredMailbox, work: () => Promise<T>, { asks = true } = {}): Promise<T> {
    let found: { state: 'connected' | 'reconnect' | 'error'; errorMessage: string | null } | null = null;
    try {
      const answer = await work();
      if (asks && stored.state !== 'connected') found = { state: 'connected', errorMessage: null };
      return answer;
    } catch (error) {
      // What to do about a mailbox that somebody connected is always the same; the configuration has many ways to be wrong.
      const more = isAppError(error) && stored.credentials === null ? error.remedy : undefined;
      const what = isAppError(error) ? [error.message, more].filter(Boolean).join(' ') : null;
      if (isAppError(error) && error.code === 'mail_reconnect') found = { state: 'reconnect', errorMessage: what };
      else if (isAppError(error) && error.code === 'mail_unavailable') found = { state: 'error', errorMessage: what };
      throw error;
    } finally {
      if (found) await note(stored, found);
    }
  }

  async function note(
    stored: StoredMailbox,
    found: { state: 'connected' | 'reconnect' | 'error'; errorMessage: string | null },
  ): Promise<void> {
    try {
      const changed = await store.setState(stored, { ...found, now: clock() });
      if (changed) {
        log.warn({ mailboxId: stored.id, ...found }, 'A mailbox changed its state');
        options.onChange();
      }
    } catch (error) {
      log.error({ mailboxId: stored.id, err: error }, 'The state of a mailbox could not be written down');
    }
  }

  function watchedDrafts(stored: StoredMailbox, mailbox: MailDrafts): MailDrafts {
    return {
      provider: mailbox.provider,
      destination: mailbox.destination,
      settleMs: mailbox.settleMs,
      createDraft: (message, given) => watched(stored, () => mailbox.createDraft(message, given)),
      findDraft: (messageId, given) => watched(stored, () => mailbox.findDraft(messageId, given)),
      readDraft: (draft) => watched(stored, () => mailbox.readDraft(draft)),
      locateDraft: (draft, given) => watched(stored, () => mailbox.locateDraft(draft, given)),
    };
  }

  function openLocal(): MailDrafts {
    if (local) return local;
    throw new AppError('mail_unavailable', options.localProblem ?? 'No mailbox is available to leave the draft in.', {
      retryable: true,
      remedy: 'See the mail integration on the Agents page.',
    });
  }

  const routeInFull = async (repEmail: string | null) => routeDraft(repEmail, await facts());
  const atOnce = (mailboxId: string | null) => AT_ONCE[kindOf(mailboxId)];

  return {
    routeInFull,
    async route(repEmail) {
      const { mailboxId, destination } = await routeInFull(repEmail);
      return { mailboxId, destination };
    },

    async open(mailboxId) {
      if (mailboxId === null || mailboxId === LOCAL_MAILBOX) return openLocal();
      const stored = await describe(mailboxId);
      if (stored.state === 'disconnected') throw gone('It was disconnected.');
      if (stored.state === 'reconnect') {
        throw new AppError('mail_reconnect', stored.errorMessage ?? 'The mailbox must be connected again.', {
          remedy: 'Connect it again in Settings → Mail; what waits for it goes on by itself.',
        });
      }
      return watchedDrafts(stored, await watched(stored, () => adapterOf(stored), { asks: false }));
    },

    async probe(mailboxId, signal) {
      const stored = await describe(mailboxId);
      if (stored.state === 'disconnected') throw gone('It was disconnected.');
      const nothing = { dispatchId: 'probe', since: clock(), signal };
      await watched({ ...stored, state: 'error' }, async () => (await adapterOf(stored)).findDraft(PROBE, nothing));
    },

    enter(mailboxId) {
      const key = mailboxId ?? LOCAL_MAILBOX;
      // The disk needs no turn: whoever asks there is answered at once.
      if (key === LOCAL_MAILBOX) return () => {};
      if ((underWay.get(key) ?? 0) >= atOnce(key)) return null;
      underWay.set(key, (underWay.get(key) ?? 0) + 1);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const count = (underWay.get(key) ?? 1) - 1;
        if (count > 0) underWay.set(key, count);
        else underWay.delete(key);
      };
    },
    atOnce,
    free: (mailboxId) => atOnce(mailboxId) - (underWay.get(mailboxId ?? LOCAL_MAILBOX) ?? 0),

    forget(mailboxId) {
      const known = opened.get(mailboxId);
      opened.delete(mailboxId);
      void known?.mailbox.then((adapter) => adapter.close?.()).catch(() => undefined);
    },
    async close() {
      const mailboxes = [...opened.values()].map(({ mailbox }) => mailbox);
      opened.clear();
      await Promise.allSettled(mailboxes.map(async (mailbox) => (await mailbox).close?.()));
    },
  };
}

/** A Message-ID that no draft has. */
const PROBE = 'probe@drafts.headroom.invalid';

/** Ids begin with the kind: `imap.…` was connected by somebody, `imap:…` is the configuration's. */
export function kindOf(mailboxId: string | null): MailboxKind {
  const [kind = ''] = (mailboxId ?? LOCAL_MAILBOX).split(/[.:]/);
  return Object.hasOwn(AT_ONCE, kind) ? (kind as MailboxKind) : 'eml';
}

/** The shared account as an address: users of many servers are addresses already. */
export function addressOf(user: string, host: string): string {
  return (user.includes('@') ? user : `${user}@${host}`).toLowerCase();
}

function gone(why: string): AppError {
  return new AppError('mail_reconnect', `The mailbox of this draft is not connected any more. ${why}`, {
    remedy: 'Connect it again in Settings → Mail, or press Retry to leave the draft where the rep’s drafts go now.',
  });
}
