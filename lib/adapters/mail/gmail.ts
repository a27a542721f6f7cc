import { AppError, isAppError } from '../../errors';
import type { DraftLookup, DraftMessage, DraftReference, MailDrafts } from '../../ports';
import { createGmailClient } from './gmail-client';
import { type GmailAnswer, type GmailErrorContext, sortGmailAnswer, sortGmailFailure } from './gmail-errors';
import type { HttpCall } from './gmail-http';
import { createGmailQuota, type GmailQuota } from './gmail-quota';
import type { TokenSource } from './gmail-tokens';
import { buildMime, DISPATCH_HEADER } from './mime';

const PROVIDER = 'gmail';
const GMAIL_API = 'https://gmail.googleapis.com';
/** How long Gmail may take for one request. */
const TIMEOUT_MS = 30_000;
/** How long after it was stored a draft may stay out of Gmail's search. Usually seconds; Google promises nothing. */
const SEARCH_LAG_MS = 60_000;
/** How many results of a search are read back. There is one, unless the search was not understood. */
const MAX_CANDIDATES = 5;
/** How many of the newest drafts are read back at most, past the search, to get to those from before the attempt. */
const MAX_NEWEST = 100;
/** How far Gmail's clock may be from ours. */
const CLOCK_SKEW_MS = 60_000;

export interface GmailDraftsOptions {
  /** Of the mailbox. */
  address: string;
  /** Whose mailbox, as people say it; null where nobody knows. */
  displayName: string | null;
  token: TokenSource;
  http: HttpCall;
  endpoints?: { api?: string };
  /** Shared by everything that calls Gmail for this mailbox. */
  quota?: GmailQuota;
  clock: () => Date;
  random: () => number;
  timeoutMs?: number;
  searchLagMs?: number;
}

type Client = Awaited<ReturnType<typeof createGmailClient>>;
type Headers = readonly { name: string; value: string }[];

/** A draft as it is now. */
interface StoredDraft {
  headers: Headers;
  /** When Gmail stored it, or its last edit; null where it does not say. */
  storedAt: number | null;
}
type Match = 'ours' | 'doubtful' | 'other';

/** What a draft of ours is known by. */
interface Identity {
  messageId: string;
  dispatchId: string;
}

/** Drafts in one Gmail mailbox. */
export function createGmailDrafts(options: GmailDraftsOptions): MailDrafts {
  const { address, displayName, clock, random, timeoutMs = TIMEOUT_MS, searchLagMs = SEARCH_LAG_MS } = options;
  const { token, http } = options;
  const api = options.endpoints?.api ?? GMAIL_API;
  const quota = options.quota ?? createGmailQuota({ clock, random });
  // Without a name Gmail puts the one that the person has given themselves.
  const sender = { name: displayName ?? '', address };
  const reference = (draftId: string): DraftReference => ({ provider: PROVIDER, draftId, location: address });
  const beingCreated = new Map<string, Promise<DraftReference>>();
  let client: Promise<Client> | null = null;

  /** One request; what comes back has status 200, or 404 where `maybeGone`. */
  async function call(
    request: (client: Client, signal: AbortSignal) => Promise<{ status: number; headers: unknown; data: unknown }>,
    { signal, creating = false, maybeGone = false }: { signal?: AbortSignal; creating?: boolean; maybeGone?: boolean },
  ): Promise<Record<string, unknown> | null> {
    const context: GmailErrorContext = { creating, mailbox: address, now: clock() };
    let answer: GmailAnswer;
    try {
      client ??= createGmailClient({ api, token, http, quota });
      const gmail = await client;
      const deadline = AbortSignal.timeout(timeoutMs);
      const { status, headers, data } = await request(gmail, signal ? AbortSignal.any([signal, deadline]) : deadline);
      const retryAfter = (headers as Record<string, string>)['retry-after'] ?? null;
      answer = { status, retryAfter, body: data };
    } catch (error) {
      throw sortGmailFailure(error, { ...context, now: clock() });
    }
    if (answer.status === 200 && isRecord(answer.body)) return answer.body;
    if (maybeGone && saysGone(answer)) return null;
    const error = sortGmailAnswer(answer, { ...context, now: clock() });
    if (error.code === 'mail_unavailable' && error.retryAfterSeconds !== undefined)
      quota.pause(error.retryAfterSeconds);
    throw error;
  }

  /** The newest first; `isAll` where there are no more. */
  async function list(
    params: { q?: string; maxResults: number },
    signal: AbortSignal,
  ): Promise<{ draftIds: string[]; isAll: boolean }> {
    const body = await call((gmail, stop) => gmail.users.drafts.list({ userId: 'me', ...params }, { signal: stop }), {
      signal,
    });
    const drafts = Array.isArray(body?.drafts) ? body.drafts : [];
    const draftIds = drafts.map((draft: unknown) => (isRecord(draft) ? draft.id : null)).filter(isDraftId);
    return {
      // A provider that gives more than it was asked for is not followed.
      draftIds: draftIds.slice(0, params.maxResults),
      isAll: !body?.nextPageToken && draftIds.length === drafts.length && draftIds.length <= params.maxResults,
    };
  }

  /** Null where the draft is gone, or is none any more. */
  async function readDraftAsStored(draftId: string, signal?: AbortSignal): Promise<StoredDraft | null> {
    const body = await call(
      (gmail, stop) => gmail.users.drafts.get({ userId: 'me', id: draftId, format: 'metadata' }, { signal: stop }),
      { ...(signal ? { signal } : {}), maybeGone: true },
    );
    const message = isRecord(body?.message) ? body.message : null;
    if (message === null || !isDraft(message.labelIds)) return null;
    const payload = isRecord(message.payload) ? message.payload : {};
    const headers: unknown[] = Array.isArray(payload.headers) ? payload.headers : [];
    const storedAt = Number(message.internalDate);
    return {
      headers: headers.filter(
        (header): header is Headers[number] =>
          isRecord(header) && typeof header.name === 'string' && typeof header.value === 'string',
      ),
      storedAt: storedAt > 0 ? storedAt : null,
    };
  }

  /** Reads drafts back, one after the other, until one is ours, or one is from before `since`. */
  async function examine(draftIds: string[], identity: Identity, since: Date | null, signal: AbortSignal) {
    const examined: { draftId: string; match: Match }[] = [];
    const oldest = since === null ? Number.NEGATIVE_INFINITY : since.getTime() - CLOCK_SKEW_MS;
    for (const draftId of draftIds) {
      const draft = await readDraftAsStored(draftId, signal);
      // Gone since it was listed.
      if (!draft) continue;
      const match = matchOf(draft.headers, identity);
      examined.push({ draftId, match });
      if (match === 'ours') break;
      if (draft.storedAt !== null && draft.storedAt < oldest) return { examined, reachedOlder: true };
    }
    return { examined, reachedOlder: false };
  }

  /** What Gmail's search finds; `understood` is whether it searched for what it was asked. */
  async function search(identity: Identity, signal: AbortSignal) {
    try {
      const { draftIds } = await list({ q: `rfc822msgid:${identity.messageId}`, maxResults: MAX_CANDIDATES }, signal);
      const { examined: candidates } = await examine(draftIds, identity, null, signal);
      return { candidates, understood: candidates.every(({ match }) => match === 'ours') };
    } catch (error) {
      // A token with `gmail.metadata` may list drafts and not search them.
      if (isAppError(error) && error.code === 'mail_rejected') return { candidates: [], understood: false };
      throw error;
    }
  }

  async function find(identity: Identity, since: Date, signal: AbortSignal): Promise<DraftLookup> {
    const { candidates, understood } = await search(identity, signal);
    const found = candidates.find(({ match }) => match === 'ours');
    if (found) return { outcome: 'found', draft: reference(found.draftId) };
    // The list is not the search: it has no lag, and does not depend on a Message-ID that Gmail may have replaced. Only
    // where it was read back to before the attempt has everything been seen that the attempt can have left.
    const known = new Set(candidates.map(({ draftId }) => draftId));
    const { draftIds, isAll } = await list({ maxResults: MAX_NEWEST }, signal);
    const unseen = draftIds.filter((draftId) => !known.has(draftId));
    const { examined: newest, reachedOlder } = await examine(unseen, identity, since, signal);
    const ours = newest.find(({ match }) => match === 'ours');
    if (ours) return { outcome: 'found', draft: reference(ours.draftId) };
    const isClear = understood && (isAll || reachedOlder) && newest.every(({ match }) => match === 'other');
    return { outcome: isClear ? 'absent' : 'unknown' };
  }

  async function create(message: DraftMessage, signal: AbortSignal): Promise<DraftReference> {
    const content = await buildMime(message, sender);
    // A draft that is there already is the one that was asked for: somebody pressed Retry where nobody could tell.
    const { candidates } = await search(message, signal);
    const existing = candidates.find(({ match }) => match === 'ours');
    if (existing) return reference(existing.draftId);
    const body = await call(
      (gmail, stop) =>
        gmail.users.drafts.create(
          { userId: 'me', requestBody: { message: { raw: content.toString('base64url') } } },
          { signal: stop },
        ),
      { signal, creating: true },
    );
    if (!isDraftId(body?.id)) throw new AppError('outcome_unknown', 'Gmail did not say which draft it created.');
    return reference(body.id);
  }

  return {
    provider: PROVIDER,
    destination: displayName === null ? `Gmail drafts of ${address}` : `${displayName}’s Gmail drafts`,
    settleMs: timeoutMs + searchLagMs,
    createDraft(message, { signal }) {
      const underWay = beingCreated.get(message.messageId);
      if (underWay) return underWay;
      const work = create(message, signal).finally(() => beingCreated.delete(message.messageId));
      beingCreated.set(message.messageId, work);
      return work;
    },
    findDraft: (messageId, { dispatchId, since, signal }) => find({ messageId, dispatchId }, since, signal),
    async readDraft({ draftId }) {
      if (!isDraftId(draftId)) return null;
      const body = await call(
        (gmail, signal) => gmail.users.drafts.get({ userId: 'me', id: draftId, format: 'raw' }, { signal }),
        { maybeGone: true },
      );
      const message = isRecord(body?.message) ? body.message : null;
      if (message === null || !isDraft(message.labelIds) || typeof message.raw !== 'string') return null;
      return Buffer.from(message.raw, 'base64url');
    },
    async locateDraft({ draftId }, { signal }) {
      if (!isDraftId(draftId)) return { outcome: 'gone' };
      try {
        const draft = await readDraftAsStored(draftId, signal);
        return draft ? { outcome: 'open', href: linkTo(address, draft.headers) } : { outcome: 'gone' };
      } catch (error) {
        if (isAppError(error) && error.code === 'mail_reconnect') throw error;
        return { outcome: 'unknown', href: `${gmailOf(address)}#drafts` };
      }
    },
  };
}

/**
 * Whether a draft is that of the dispatch. Both headers must fit, but for a Message-ID that Gmail has put in the place of
 * ours: the dispatch's own header is what counts. One alone is a copy, or somebody else's work, and a person must look.
 */
function matchOf(headers: Headers, { messageId, dispatchId }: Identity): Match {
  const found = only(headers, 'message-id');
  const isDispatch = only(headers, DISPATCH_HEADER) === dispatchId;
  const isMessage = found === `<${messageId}>`;
  if (isDispatch && (isMessage || /^<[^<>\s]+@mail\.gmail\.com>$/.test(found ?? ''))) return 'ours';
  return isDispatch || isMessage ? 'doubtful' : 'other';
}

/** The value of a header that is there once. */
function only(headers: Headers, name: string): string | null {
  const values = headers.filter((header) => header.name.toLowerCase() === name.toLowerCase());
  return values.length === 1 ? (values[0]?.value.trim() ?? null) : null;
}

/**
 * Gmail has no address of a draft. Searching for its Message-ID, as it is now, shows it alone; an edit in Gmail gives it
 * another, which is why the draft is looked up at each click.
 */
function linkTo(address: string, headers: Headers): string {
  const [, messageId] = /^<([^<>\s"]+)>$/.exec(only(headers, 'message-id') ?? '') ?? [];
  if (messageId === undefined) return `${gmailOf(address)}#drafts`;
  return `${gmailOf(address)}#search/${encodeURIComponent(`in:drafts rfc822msgid:${messageId}`)}`;
}

function gmailOf(address: string): string {
  return `https://mail.google.com/mail/?authuser=${encodeURIComponent(address)}`;
}

/** Gmail's own 404, not that of something on the way to it. */
function saysGone({ status, body }: GmailAnswer): boolean {
  return status === 404 && isRecord(body) && isRecord(body.error) && body.error.code === 404;
}

/** A draft in the bin is none; where Gmail leaves the labels out, it is one. */
function isDraft(labelIds: unknown): boolean {
  return !Array.isArray(labelIds) || (labelIds.includes('DRAFT') && !labelIds.includes('TRASH'));
}

function isDraftId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(value) && /\d/.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
