import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Config } from '../config';
import type { ImapConnectRequest, MailboxItem, MailboxList } from '../contracts';
import type { MailboxStore, StoredMailbox } from '../db/mailbox-store';
import type { Viewer } from '../domain/access';
import { configuredMailbox, destinationInWords } from '../domain/mailbox-routing';
import { AppError, isAppError } from '../errors';
import type { Log } from '../ports';
import type { SecretBox } from '../secrets';
import type { ConsentProblem, GoogleConsent } from './google-consent';
import { imapAccount, placeOf } from './open-mailbox';
import type { MailRouter } from './router';
import { describeWays } from './ways';

export interface MailboxesOptions {
  config: Config;
  store: MailboxStore;
  router: MailRouter;
  box: SecretBox;
  /** Null where no Google client is configured. */
  consent: GoogleConsent | null;
  localProblem: string | null;
  clock: () => Date;
  log: Log;
  /** Told that dispatches may go on that waited. */
  onResume: () => void;
}

const CONSENT_MS = 10 * 60_000;
const PROBE_MS = 20_000;
/** How often a mailbox that configuration opens is tried again while it lets nobody in, in milliseconds. */
const RECHECK_MS = 15 * 60_000;

const remembered = z.object({
  userId: z.string(),
  owner: z.string().nullable(),
  verifier: z.string(),
  redirectUri: z.string(),
});

/** What the way back from Google came to; `denied`: the person said no; `expired`: the link was used or is too old. */
export type ConsentOutcome = 'connected' | 'denied' | 'expired' | ConsentProblem;

/**
 * The mailboxes as people see and manage them: a person their own, an admin all. Nothing secret comes out of here: what
 * opens a mailbox goes in encrypted, and is only ever handed to its adapter.
 */
export function createMailboxes(options: MailboxesOptions) {
  const { config, store, router, box, consent, clock, log } = options;

  const mayManage = (viewer: Viewer, { owner }: Pick<StoredMailbox, 'owner'>) =>
    viewer.role === 'admin' || (owner !== null && owner === viewer.email);

  /** Whose drafts go to a mailbox that is being connected. */
  function ownerFor(viewer: Viewer, shared: boolean): string | null {
    if (shared) {
      if (viewer.role === 'admin') return null;
      throw new AppError('forbidden', 'Only an admin connects a mailbox for everybody.', { remedy: 'Ask an admin.' });
    }
    if (viewer.email !== null) return viewer.email;
    throw new AppError('invalid_input', 'An API key has no mailbox of its own.', {
      issues: [{ path: 'shared', message: 'must be true for an API key' }],
    });
  }

  async function find(viewer: Viewer, id: string): Promise<StoredMailbox> {
    const stored = await store.get(id);
    if (stored && stored.state !== 'disconnected' && mayManage(viewer, stored)) return stored;
    throw new AppError('not_found', `There is no mailbox "${id}" that you could manage.`);
  }

  /** Keeps a mailbox, and lets go of what its owner had before: a person has one. */
  async function keep(
    mailbox: Pick<StoredMailbox, 'kind' | 'address' | 'owner' | 'settings'>,
    secret: string,
    actor: string,
  ): Promise<string> {
    const id = idOf(mailbox);
    const now = clock();
    await store.connect({ ...mailbox, id, credentials: box.seal(secret, placeOf(id)), connectedBy: actor, now });
    router.forget(id);
    for (const other of await store.connected()) {
      if (other.owner === mailbox.owner && other.id !== id) await letGo(other.id);
    }
    await store.resume(id, now);
    options.onResume();
    return id;
  }

  /** @returns whether Google has taken the consent back; null where there was none, or where another mailbox lives on it. */
  async function letGo(id: string): Promise<boolean | null> {
    const stored = await store.get(id);
    if (!stored) return null;
    const token = stored.kind === 'gmail_oauth' ? readToken(stored) : null;
    const now = clock();
    await store.disconnect(id, now);
    router.forget(id);
    await moveOn(id);
    // Google takes back all that the account has given the desk, not one token of it.
    if (token === null || !consent || (await store.isConnectedElsewhere(stored))) return null;
    return consent.revoke(token);
  }

  /** What waits for a mailbox that is disconnected: without a draft it goes elsewhere, in doubt a person decides. */
  async function moveOn(id: string): Promise<void> {
    const now = clock();
    await store.leaveToPerson(id, LEFT_TO_PERSON, now);
    const waiting = await store.withoutDraft(id);
    for (const draft of waiting) {
      await store.reroute(draft, id, await router.route(draft.recipient), now);
    }
    if (waiting.length > 0) options.onResume();
  }

  function readToken({ id, credentials }: StoredMailbox): string | null {
    try {
      return credentials === null ? null : box.open(credentials, placeOf(id));
    } catch {
      return null;
    }
  }

  async function toItems(stored: readonly StoredMailbox[], viewer: Viewer): Promise<MailboxItem[]> {
    const waiting = await store.countWaiting(stored.map(({ id }) => id));
    return stored.map((each) => ({
      id: each.id,
      kind: each.kind,
      address: each.address,
      owner: each.owner,
      mine: each.owner !== null && each.owner === viewer.email,
      configured: configuredMailbox(each.id) !== null,
      state: each.state === 'disconnected' ? 'reconnect' : each.state,
      destination: destinationInWords(each.kind, each.address, each.owner),
      error: each.errorMessage,
      remedy: remedyOf(each),
      waiting: waiting.get(each.id) ?? 0,
      connectedAt: each.connectedAt.toISOString(),
      checkedAt: each.checkedAt?.toISOString() ?? null,
    }));
  }

  async function itemOf(id: string, viewer: Viewer): Promise<MailboxItem> {
    const [item] = await toItems([await find(viewer, id)], viewer);
    if (!item) throw new AppError('not_found', `There is no mailbox "${id}".`);
    return item;
  }

  async function probe(id: string): Promise<void> {
    await router.probe(id, AbortSignal.timeout(PROBE_MS));
    await store.resume(id, clock());
    options.onResume();
  }

  return {
    async list(viewer: Viewer): Promise<MailboxList> {
      const all = (await store.list()).filter(({ state }) => state !== 'disconnected');
      const { imap } = config.mail;
      const route = await router.routeInFull(viewer.email);
      return {
        ways: await describeWays(config, options.localProblem),
        items: await toItems(
          all.filter((each) => mayManage(viewer, each)),
          viewer,
        ),
        destination: route.destination,
        imapServer: imap && { host: imap.host, port: imap.port, security: imap.security },
      };
    },

    /** Where the browser goes for consent. `origin` is how the browser reaches the desk. */
    async askGoogle(viewer: Viewer, { shared }: { shared: boolean }, origin: string): Promise<string> {
      if (!consent) {
        throw new AppError('conflict', 'No Google client is configured.', {
          remedy:
            'An admin sets HEADROOM_GOOGLE_CLIENT_ID and HEADROOM_GOOGLE_CLIENT_SECRET; docs/mail.md has the steps.',
        });
      }
      const owner = ownerFor(viewer, shared);
      const redirectUri = `${config.publicUrls[0] ?? origin}/api/v1/mailboxes/google/callback`;
      const asked = consent.ask({ redirectUri, loginHint: shared ? null : owner });
      const key = digestOf(asked.state);
      const content = JSON.stringify({ userId: viewer.id, owner, verifier: asked.verifier, redirectUri });
      const now = clock();
      const expiresAt = new Date(now.getTime() + CONSENT_MS);
      await store.rememberConsent(key, box.seal(content, `consent:${key}`), now, expiresAt);
      return asked.url;
    },

    /** The browser is back from Google. The state opens once, and only for who asked. */
    async finishGoogle(
      viewer: Viewer,
      query: { state?: string | undefined; code?: string | undefined; error?: string | undefined },
      actor: string,
    ): Promise<{ outcome: ConsentOutcome; mailboxId: string | null }> {
      const key = digestOf(query.state ?? '');
      const sealed = await store.takeConsent(key, clock());
      const asked = sealed === null ? null : remembered.safeParse(JSON.parse(box.open(sealed, `consent:${key}`))).data;
      if (!asked || asked.userId !== viewer.id || !consent) return { outcome: 'expired', mailboxId: null };
      if (query.error !== undefined || query.code === undefined) return { outcome: 'denied', mailboxId: null };
      const { owner, verifier, redirectUri } = asked;
      const given = await consent.redeem({ code: query.code, verifier, redirectUri });
      if (typeof given === 'string') return { outcome: given, mailboxId: null };
      const mailbox = {
        kind: 'gmail_oauth',
        address: given.address,
        owner,
        settings: { scopes: given.scopes },
      } as const;
      return { outcome: 'connected', mailboxId: await keep(mailbox, given.refreshToken, actor) };
    },

    /** Logs in before anything is kept. @throws AppError `invalid_input` naming the field that is to blame. */
    async connectImap(viewer: Viewer, given: ImapConnectRequest, actor: string): Promise<MailboxItem> {
      const owner = ownerFor(viewer, given.shared ?? false);
      const { imap } = config.mail;
      const host = given.host ?? imap?.host;
      if (host === undefined) throw invalid('host', 'is needed: no server is configured');
      const security = given.security ?? (host === imap?.host ? imap.security : 'tls');
      const configuredPort = host === imap?.host && security === imap.security ? imap.port : undefined;
      const settings = {
        host,
        port: given.port ?? configuredPort ?? (security === 'tls' ? 993 : 143),
        security,
        user: given.user,
        folder: given.folder ?? (host === imap?.host ? imap.folder : null),
      };
      const address = given.address ?? (given.user.includes('@') ? given.user.toLowerCase() : owner);
      if (address === null || !z.email().safeParse(address).success) {
        throw invalid('address', 'is needed: the user is not an email address');
      }
      const { testImapLogin } = await import('../adapters/mail/imap');
      const account = await accountOf({ ...settings, password: given.password });
      const login = await testImapLogin(account, AbortSignal.timeout(PROBE_MS));
      if (!login.ok) {
        const field = login.code === 'mail_reconnect' ? 'password' : login.code === 'mail_rejected' ? 'folder' : 'host';
        throw new AppError('invalid_input', login.message, {
          issues: [{ path: field, message: login.message }],
          ...(login.remedy === null ? {} : { remedy: login.remedy }),
        });
      }
      return itemOf(await keep({ kind: 'imap', address, owner, settings }, given.password, actor), viewer);
    },

    /** Asks the mailbox something harmless. @returns how it is now. */
    async test(viewer: Viewer, id: string): Promise<MailboxItem> {
      await find(viewer, id);
      await probe(id).catch((error: unknown) => {
        // What is wrong is in the mailbox's state by now.
        if (!isAppError(error) && !(error instanceof Error && error.name === 'TimeoutError')) throw error;
      });
      return itemOf(id, viewer);
    },

    /** Nothing that opens the mailbox is kept. @returns whether Google has taken its consent back; null where it had none. */
    async disconnect(viewer: Viewer, id: string): Promise<boolean | null> {
      await find(viewer, id);
      if (configuredMailbox(id)) {
        throw new AppError('conflict', 'This mailbox is opened by the server’s configuration.', {
          remedy: 'Take HEADROOM_GOOGLE_SERVICE_ACCOUNT_FILE or HEADROOM_IMAP_USER out of it and restart the server.',
        });
      }
      return letGo(id);
    },

    /** Whoever leaves takes their mailbox with them. */
    async forgetOwner(email: string): Promise<void> {
      for (const id of await store.ownedBy(email)) await letGo(id);
    },

    /** At the start: what cannot be decrypted is said to need connecting again, and what can be again goes on. */
    async checkCredentials(): Promise<void> {
      for (const stored of await store.list()) {
        if (stored.credentials === null || stored.state === 'disconnected') continue;
        try {
          box.open(stored.credentials, placeOf(stored.id));
          if (stored.state === 'reconnect' && stored.errorMessage?.startsWith(UNREADABLE)) {
            await store.setState(stored, { state: 'connected', errorMessage: null, now: clock() });
          }
        } catch (error) {
          if (!isAppError(error)) throw error;
          await store.setState(stored, { state: 'reconnect', errorMessage: error.message, now: clock() });
          log.error({ mailboxId: stored.id, reason: error.message }, 'A mailbox must be connected again');
        }
      }
    },

    /**
     * Nobody presses a button for a mailbox that configuration opens: it is tried again now and then. And an attempt that
     * was under way when its mailbox was disconnected moves on.
     */
    async recheck(): Promise<void> {
      const before = new Date(clock().getTime() - RECHECK_MS);
      const all = await store.list();
      const waiting = await store.countWaiting(all.map(({ id }) => id));
      for (const { id, state, checkedAt } of all) {
        if (state === 'disconnected' && waiting.has(id)) await moveOn(id);
        if (state !== 'reconnect' || configuredMailbox(id) === null) continue;
        if (checkedAt !== null && checkedAt > before) continue;
        await probe(id).catch(() => undefined);
      }
    },
  };

  async function accountOf(login: Parameters<typeof imapAccount>[0]) {
    try {
      return await imapAccount(login, config);
    } catch (error) {
      if (isAppError(error) && error.code === 'forbidden') throw invalid('host', error.message, error.remedy);
      throw error;
    }
  }
}

export type MailboxDesk = ReturnType<typeof createMailboxes>;

const LEFT_TO_PERSON =
  'The mailbox was disconnected before it said whether the draft is there. Look in its drafts and say what you see.';
/** How the message of what cannot be decrypted begins, see lib/secrets.ts. */
const UNREADABLE = 'The stored credentials of this mailbox cannot be read';

/** The same mailbox of the same owner has the same id: connected again it goes on where it was. */
function idOf({
  kind,
  address,
  owner,
  settings,
}: Pick<StoredMailbox, 'kind' | 'address' | 'owner' | 'settings'>): string {
  const { host = '', user = '' } = settings as { host?: string; user?: string };
  return `${kind}.${digestOf(JSON.stringify([address, owner, host, user])).slice(0, 24)}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function remedyOf({ id, kind, state }: StoredMailbox): string | null {
  if (state === 'connected') return null;
  if (state === 'error') return 'Nothing, if it lasts a moment: the desk tries again by itself.';
  if (configuredMailbox(id)) return 'An admin corrects the configuration; the desk tries again every 15 minutes.';
  return kind === 'imap'
    ? 'Connect it again with the password of today; what waits goes on by itself.'
    : 'Give your consent at Google again; what waits goes on by itself.';
}

function invalid(path: string, message: string, remedy?: string): AppError {
  return new AppError('invalid_input', `${path} ${message}`, {
    issues: [{ path, message }],
    ...(remedy === undefined ? {} : { remedy }),
  });
}
