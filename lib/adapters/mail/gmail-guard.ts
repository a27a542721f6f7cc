import { AppError } from '../../errors';

/** What the desk may do in a Gmail mailbox, and nothing else. */
export type GmailOperation = 'drafts.create' | 'drafts.list' | 'drafts.get' | 'drafts.update' | 'drafts.delete';

export interface GmailGuardOptions {
  /** Origin of the Gmail API. */
  api: string;
}

interface Rule {
  operation: GmailOperation;
  method: string;
  path: RegExp;
  /** Parameters that may be given, once each, and what their values look like. */
  query: Readonly<Record<string, RegExp>>;
}

/** Ids have a digit in them, names of actions (`send`) have none. */
const ID = '(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{1,128}';
const MAILBOX = '/gmail/v1/users/me';
const DRAFTS = new RegExp(`^${MAILBOX}/drafts$`);
const DRAFT = new RegExp(`^${MAILBOX}/drafts/${ID}$`);
const ANY = /^[^\p{Cc}]{1,1000}$/u;

const RULES: readonly Rule[] = [
  { operation: 'drafts.create', method: 'POST', path: DRAFTS, query: {} },
  {
    operation: 'drafts.list',
    method: 'GET',
    path: DRAFTS,
    query: { q: ANY, maxResults: /^\d{1,3}$/, pageToken: ANY },
  },
  { operation: 'drafts.get', method: 'GET', path: DRAFT, query: { format: /^(full|metadata|minimal|raw)$/ } },
  { operation: 'drafts.update', method: 'PUT', path: DRAFT, query: {} },
  { operation: 'drafts.delete', method: 'DELETE', path: DRAFT, query: {} },
];

/** None of them can change what a request does, as `X-HTTP-Method-Override` would. */
const HEADERS: readonly string[] = ['accept', 'accept-encoding', 'content-type', 'user-agent', 'x-goog-api-client'];

/**
 * The one gate below the Gmail client: names the operation of a request that may leave. It is a list of what is allowed,
 * judged on the parsed address that is then called, so that neither a bug in the code above nor a path in disguise
 * reaches anything that sends. `me` is whoever the token belongs to.
 * @throws AppError `forbidden` for every other request; nothing has been connected to by then.
 */
export function checkGmailRequest(
  method: string,
  url: URL,
  headers: Headers,
  { api }: GmailGuardOptions,
): GmailOperation {
  const rule = RULES.find((each) => each.method === method && each.path.test(url.pathname));
  const allowed =
    rule !== undefined &&
    url.origin === new URL(api).origin &&
    url.username === '' &&
    url.password === '' &&
    url.hash === '' &&
    fits(url.searchParams, rule) &&
    [...headers].every(([name, value]) => isHarmless(name, value));
  if (!allowed) throw refused(method, url);
  return rule.operation;
}

function fits(query: URLSearchParams, rule: Rule): boolean {
  const names = [...query.keys()];
  return (
    new Set(names).size === names.length &&
    names.every((name) => Object.hasOwn(rule.query, name) && rule.query[name]?.test(query.get(name) ?? '') === true)
  );
}

function isHarmless(name: string, value: string): boolean {
  // Anything but JSON would be an upload or a batch of requests.
  if (name === 'content-type') return /^application\/json(; ?charset=utf-8)?$/i.test(value);
  return HEADERS.includes(name);
}

function refused(method: string, url: URL): AppError {
  const what = `${method} ${url.pathname}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
  return new AppError('forbidden', `The desk leaves drafts and does nothing else in Gmail; it did not call ${what}.`);
}
