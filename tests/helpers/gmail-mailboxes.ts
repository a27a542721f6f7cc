import { randomInt } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { googleError } from './gmail-faults';
import { GMAIL_SCOPES, type Reply } from './gmail-oauth';
import type { FaultyOperation, GmailLedger } from './gmail-server';

interface StoredDraft {
  draftId: string;
  messageId: string;
  /** As the index of the search has it. */
  indexedAs: string | null;
  raw: string;
  createdAt: number;
  /** Or edited. */
  storedAt: number;
  labels: string[];
}

interface Holder {
  address: string;
  scopes: string[];
}

type Run = (holder: Holder) => Promise<Reply> | Reply;

/** Mailboxes of drafts, behind the part of the Gmail API that is about them. */
export function createGmailMailboxes(
  addresses: string[],
  clock: () => Date,
  created: (entry: GmailLedger['creates'][number]) => void,
) {
  const mailboxes = new Map<string, StoredDraft[]>(addresses.map((address) => [address, []]));
  const behaviour = {
    /** How long a draft stays out of the search after it was stored, in milliseconds. */
    searchLagMs: 0,
    /** A search that finds everything. */
    ignoreFilter: false,
    /** The Message-ID that came with a draft is replaced. */
    rewriteMessageIds: false,
  };

  const of = (address: string): StoredDraft[] => mailboxes.get(address) ?? [];
  function at(address: string, draftId: string): StoredDraft {
    const draft = of(address).find((each) => each.draftId === draftId);
    if (!draft) throw new Error(`${address} has no draft ${draftId}.`);
    return draft;
  }

  function store(address: string, raw: string): StoredDraft {
    const content = behaviour.rewriteMessageIds ? withHeader(raw, 'Message-ID', freshMessageId()) : raw;
    const draft: StoredDraft = {
      draftId: `r${randomInt(2) === 0 ? '-' : ''}${randomInt(1e14, 2e14)}`,
      messageId: freshId(),
      indexedAs: headerOf(content, 'message-id'),
      raw: content,
      createdAt: clock().getTime(),
      storedAt: clock().getTime(),
      labels: ['DRAFT'],
    };
    mailboxes.set(address, [draft, ...of(address)]);
    return draft;
  }

  async function create({ address }: Holder, contentType: string | undefined, text: string): Promise<Reply> {
    const raw = await readRaw(contentType, text);
    if (typeof raw !== 'string') return raw;
    const draft = store(address, raw);
    created({
      address,
      draftId: draft.draftId,
      messageId: headerOf(raw, 'message-id'),
      dispatchId: headerOf(raw, 'x-headroom-dispatch'),
    });
    return { status: 200, body: { id: draft.draftId, message: summary(draft) } };
  }

  function list({ address, scopes }: Holder, query: URLSearchParams): Reply {
    const unknown = unknownOf(query, ['q', 'maxResults', 'pageToken']);
    if (unknown) return unknown;
    const q = query.get('q');
    if (q !== null && scopes.includes(GMAIL_SCOPES.metadata)) {
      return error(403, 'forbidden', "Metadata scope does not support 'q' parameter");
    }
    const size = Number(query.get('maxResults') ?? 100);
    const start = Number(query.get('pageToken') ?? 0);
    if (!(size >= 1 && size <= 500) || !(start >= 0)) return error(400, 'invalidArgument', 'Invalid value');
    const [, wanted] = /^rfc822msgid:<?([^\s<>]+?)>?$/.exec(q ?? '') ?? [];
    if (q !== null && wanted === undefined) return error(400, 'invalidArgument', `The test server cannot search ${q}`);
    const isFound = (draft: StoredDraft) =>
      behaviour.ignoreFilter ||
      (draft.indexedAs === `<${wanted}>` && draft.createdAt + behaviour.searchLagMs <= clock().getTime());
    const found = of(address).filter((draft) => draft.labels.includes('DRAFT') && (q === null || isFound(draft)));
    const page = found.slice(start, start + size);
    return {
      status: 200,
      body: {
        ...(page.length > 0 ? { drafts: page.map((draft) => ({ id: draft.draftId, message: identity(draft) })) } : {}),
        ...(start + size < found.length ? { nextPageToken: String(start + size) } : {}),
        resultSizeEstimate: found.length,
      },
    };
  }

  function get({ address, scopes }: Holder, id: string, query: URLSearchParams): Reply {
    const unknown = unknownOf(query, ['format']);
    if (unknown) return unknown;
    const draft = of(address).find((each) => each.draftId === id);
    if (!draft) return error(404, 'notFound', 'Requested entity was not found.');
    const format = query.get('format') ?? 'full';
    if (!['minimal', 'metadata', 'raw'].includes(format)) return error(400, 'invalidArgument', 'Invalid format');
    if (format === 'raw' && scopes.includes(GMAIL_SCOPES.metadata)) {
      return error(403, 'forbidden', "Metadata scope doesn't allow format RAW");
    }
    const more = {
      minimal: {},
      metadata: { payload: { mimeType: 'multipart/alternative', headers: headersOf(draft.raw) } },
      raw: { raw: Buffer.from(draft.raw, 'latin1').toString('base64url') },
    }[format];
    return { status: 200, body: { id: draft.draftId, message: { ...summary(draft), ...more } } };
  }

  async function update(holder: Holder, id: string, contentType: string | undefined, text: string): Promise<Reply> {
    const raw = await readRaw(contentType, text);
    if (typeof raw !== 'string') return raw;
    const draft = of(holder.address).find((each) => each.draftId === id);
    if (!draft) return error(404, 'notFound', 'Requested entity was not found.');
    Object.assign(draft, {
      raw,
      messageId: freshId(),
      indexedAs: headerOf(raw, 'message-id'),
      storedAt: clock().getTime(),
    });
    return { status: 200, body: { id, message: summary(draft) } };
  }

  function message({ address }: Holder, id: string, query: URLSearchParams): Reply {
    const draft = of(address).find((each) => each.messageId === id);
    if (query.get('format') !== 'metadata') return error(403, 'forbidden', "Metadata scope doesn't allow format FULL");
    if (!draft) return error(404, 'notFound', 'Requested entity was not found.');
    return { status: 200, body: { ...summary(draft), payload: { headers: headersOf(draft.raw) } } };
  }

  function remove(address: string, draftId: string): boolean {
    const left = of(address).filter((draft) => draft.draftId !== draftId);
    const removed = left.length < of(address).length;
    mailboxes.set(address, left);
    return removed;
  }

  return {
    behaviour,
    has: (address: string) => mailboxes.has(address),
    drafts: (address: string) => of(address).map(({ draftId, raw }) => ({ draftId, raw })),
    add: (address: string, raw: string) => store(address, raw).draftId,
    tamper(address: string, draftId: string, from: string, to: string): void {
      const draft = at(address, draftId);
      draft.raw = draft.raw.replace(from, to);
    },
    edit(address: string, draftId: string): void {
      const draft = at(address, draftId);
      const messageId = freshMessageId();
      Object.assign(draft, {
        raw: withHeader(draft.raw, 'Message-ID', messageId),
        messageId: freshId(),
        indexedAs: messageId,
        storedAt: clock().getTime(),
      });
    },
    remove(address: string, draftId: string): void {
      remove(address, draftId);
    },
    /** Into the bin. */
    discard(address: string, draftId: string): void {
      at(address, draftId).labels = ['TRASH'];
    },
    /** The operation that a request asks for, and the work itself. */
    route(method: string, url: URL, contentType: string | undefined, text: string): [FaultyOperation | null, Run] {
      const query = url.searchParams;
      const path = /^\/gmail\/v1\/users\/([^/]+)\/(drafts|messages|profile)(?:\/([^/]+))?$/.exec(url.pathname);
      const [user = '', kind, id] = path?.slice(1) ?? [];
      const bare = [...query.keys()].length === 0;
      const allowed =
        (scopes: string[], run: Run): Run =>
        (holder) => {
          if (user !== 'me' && decodeURIComponent(user) !== holder.address) {
            return error(403, 'forbidden', `Delegation denied for ${holder.address}`);
          }
          if (!holder.scopes.some((scope) => scopes.includes(scope))) {
            return error(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
          }
          return run(holder);
        };
      const compose = (run: Run) => allowed([GMAIL_SCOPES.compose], run);
      if (kind === 'profile' && method === 'GET' && id === undefined) {
        return [null, allowed(Object.values(GMAIL_SCOPES), ({ address }) => profile(address, of(address).length))];
      }
      if (kind === 'messages' && method === 'GET' && id !== undefined) {
        return ['message', allowed([GMAIL_SCOPES.metadata], (holder) => message(holder, id, query))];
      }
      if (kind === 'drafts' && id === undefined) {
        if (method === 'GET') return ['list', compose((holder) => list(holder, query))];
        if (method === 'POST' && bare) return ['create', compose((holder) => create(holder, contentType, text))];
      }
      if (kind === 'drafts' && id !== undefined && id !== 'send') {
        if (method === 'GET') return ['get', compose((holder) => get(holder, id, query))];
        if (method === 'PUT' && bare) return ['update', compose((holder) => update(holder, id, contentType, text))];
        if (method === 'DELETE' && bare) {
          return [
            'delete',
            compose(({ address }) =>
              remove(address, id) ? { status: 204, body: '' } : error(404, 'notFound', 'Not found.'),
            ),
          ];
        }
      }
      return [null, () => error(404, 'notFound', `${method} ${url.pathname} is not served.`)];
    },
  };
}

export type GmailMailboxes = ReturnType<typeof createGmailMailboxes>;

/** The message of a draft in a request, or why it is none. Stricter than Gmail where that finds mistakes. */
async function readRaw(contentType: string | undefined, text: string): Promise<string | Reply> {
  if (!/^application\/json\b/.test(contentType ?? '')) return error(400, 'badRequest', 'Not JSON.');
  let raw: unknown;
  try {
    const body = JSON.parse(text) as { message?: { raw?: unknown } };
    const names = [...Object.keys(body), ...Object.keys(body.message ?? {})].sort();
    if (names.join() !== 'message,raw') return error(400, 'invalidArgument', `Unknown name in ${names.join()}`);
    raw = body.message?.raw;
  } catch {
    return error(400, 'badRequest', 'Parse Error');
  }
  if (typeof raw !== 'string' || !/^[A-Za-z0-9_-]+={0,2}$/.test(raw)) {
    return error(400, 'invalidArgument', "'raw' RFC822 payload message string is required in base64url");
  }
  const content = Buffer.from(raw, 'base64url').toString('latin1');
  if (/[^\r]\n|\r[^\n]/.test(content)) return error(400, 'invalidArgument', 'Lines must end with CRLF.');
  if (content.split('\r\n').some((line) => line.length > 998)) return error(400, 'invalidArgument', 'A line too long.');
  // UTF-8 may stand in an address alone (RFC 6532); all else has its encoding.
  const header = content.slice(0, content.indexOf('\r\n\r\n')).split('\r\n');
  if (header.some((line) => /[^\x20-\x7e\t]/.test(line) && !/^(To|From): /.test(line))) {
    return error(400, 'invalidArgument', 'The header must be ASCII.');
  }
  const mail = await simpleParser(Buffer.from(content, 'latin1'));
  for (const name of ['To', 'Cc', 'Bcc', 'From'] as const) {
    const field = mail[name.toLowerCase() as 'to' | 'cc' | 'bcc' | 'from'];
    const values = [field ?? []].flat().flatMap((each) => each.value);
    if (values.some(({ address = '' }) => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address))) {
      return error(400, 'invalidArgument', `Invalid ${name} header`);
    }
  }
  if (!mail.from) return error(400, 'invalidArgument', 'From is missing.');
  return content;
}

function profile(emailAddress: string, messagesTotal: number): Reply {
  return { status: 200, body: { emailAddress, messagesTotal, threadsTotal: messagesTotal, historyId: '1' } };
}

function identity(draft: StoredDraft): { id: string; threadId: string } {
  return { id: draft.messageId, threadId: draft.messageId };
}

function summary(draft: StoredDraft) {
  const { labels: labelIds, storedAt, raw } = draft;
  return { ...identity(draft), labelIds, internalDate: String(storedAt), sizeEstimate: raw.length };
}

function headersOf(raw: string): { name: string; value: string }[] {
  const block = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  return block.split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
  });
}

function headerOf(raw: string, name: string): string | null {
  return headersOf(raw).find((header) => header.name.toLowerCase() === name)?.value ?? null;
}

function withHeader(raw: string, name: string, value: string): string {
  const end = raw.indexOf('\r\n\r\n');
  return raw.slice(0, end).replace(new RegExp(`^${name}: .*$`, 'im'), `${name}: ${value}`) + raw.slice(end);
}

function freshId(): string {
  return `19a${randomInt(1e13, 9e13).toString(16).padStart(13, '0')}`;
}

function freshMessageId(): string {
  return `<CA+${randomInt(1e13, 9e13)}@mail.gmail.com>`;
}

function unknownOf(query: URLSearchParams, names: string[]): Reply | null {
  const name = [...query.keys()].find((each) => !names.includes(each));
  return name === undefined ? null : error(400, 'invalidArgument', `Invalid parameter ${name}`);
}

function error(status: number, reason: string, message: string): Reply {
  return { status, body: googleError(status, reason, message) };
}
