import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Fault, googleError } from './gmail-faults';
import { createGmailMailboxes, type GmailMailboxes } from './gmail-mailboxes';
import { createOAuth, type Reply, type ServiceAccount } from './gmail-oauth';

export type FaultyOperation = 'create' | 'list' | 'get' | 'update' | 'delete' | 'message' | 'token';

export interface GmailServerOptions {
  port?: number;
  clientId?: string;
  clientSecret?: string;
  redirectUris?: string[] | null;
  /** Addresses that have a mailbox. */
  mailboxes?: string[];
  clock?: () => Date;
}

export interface GmailLedger {
  /** Each request as it arrived, in order. */
  requests: { method: string; path: string; status: number | null }[];
  /** Each draft that was stored. */
  creates: { address: string; draftId: string; messageId: string | null; dispatchId: string | null }[];
  /** Whatever would send, upload or batch. Nothing may ever be in here. */
  sends: string[];
  connections: number;
}

/** What a test does to the server, in its own process or in another. Everything in and out is JSON. */
export interface GmailControl {
  /** A refresh token, as if the person had given consent. */
  grant(address: string, scopes: string[]): Promise<string>;
  serviceAccount(): Promise<ServiceAccount>;
  /** What the Workspace lets the service account do. */
  delegate(scopes: string[]): Promise<void>;
  /** What the person at the consent page says from now on; before, it is yes of whom `login_hint` names. */
  answerConsent(answer: { address: string; scopes?: string[] } | 'denied'): Promise<void>;
  /** The person takes the consent back. */
  revoke(address: string): Promise<void>;
  /** Access tokens end before their time. */
  endAccess(address: string): Promise<void>;
  /** What happens to the next requests, in order. */
  plan(operation: FaultyOperation, ...faults: (Fault | null)[]): Promise<void>;
  /** What happens to every request without a plan; null for all is well. */
  always(operation: FaultyOperation, fault: Fault | null): Promise<void>;
  behave(changes: Partial<GmailMailboxes['behaviour']>): Promise<void>;
  drafts(address: string): Promise<{ draftId: string; raw: string }[]>;
  addDraft(address: string, raw: string): Promise<string>;
  /** Replaces text in the stored header, past the index. */
  tamper(address: string, draftId: string, from: string, to: string): Promise<void>;
  /** What Gmail's own editor does: another message, another Message-ID, the same draft. */
  edit(address: string, draftId: string): Promise<void>;
  /** Sends or deletes it, as a person does. */
  remove(address: string, draftId: string): Promise<void>;
  discard(address: string, draftId: string): Promise<void>;
  ledger(): Promise<GmailLedger>;
}

export interface GmailServer extends GmailControl {
  url: string;
  endpoints: { api: string; token: string; authorize: string; revoke: string; certificates: string };
  clientId: string;
  clientSecret: string;
  close(): Promise<void>;
}

/** Speaks as much of the Gmail API and of Google's OAuth as drafts need, refuses what it does not know, keeps the books. */
export async function startGmailServer(options: GmailServerOptions = {}): Promise<GmailServer> {
  const { clientId = 'desk.apps.googleusercontent.example', clientSecret = 'GOCSPX-client-secret' } = options;
  const { clock = () => new Date(), mailboxes: addresses = ['dana@headroom.example'] } = options;
  const ledger: GmailLedger = { requests: [], creates: [], sends: [], connections: 0 };
  const mailboxes = createGmailMailboxes(addresses, clock, (created) => ledger.creates.push(created));
  const oauth = await createOAuth({
    clientId,
    clientSecret,
    redirectUris: options.redirectUris ?? null,
    clock,
    hasMailbox: (address) => mailboxes.has(address),
  });
  const planned = new Map<FaultyOperation, (Fault | null)[]>();
  const standing = new Map<FaultyOperation, Fault | null>();
  const timers = new Set<NodeJS.Timeout>();
  const sockets = new Set<Socket>();

  const control: GmailControl = {
    grant: async (address, scopes) => oauth.grant(address, scopes),
    serviceAccount: async () => oauth.serviceAccount,
    delegate: async (scopes) => oauth.delegate(scopes),
    answerConsent: async (answer) => oauth.answerConsent(answer),
    revoke: async (address) => oauth.revokeAll(address),
    endAccess: async (address) => oauth.endAccess(address),
    plan: async (operation, ...faults) => {
      planned.set(operation, [...(planned.get(operation) ?? []), ...faults]);
    },
    always: async (operation, fault) => {
      standing.set(operation, fault);
    },
    behave: async (changes) => {
      Object.assign(mailboxes.behaviour, changes);
    },
    drafts: async (address) => mailboxes.drafts(address),
    addDraft: async (address, raw) => mailboxes.add(address, raw),
    tamper: async (address, draftId, from, to) => mailboxes.tamper(address, draftId, from, to),
    edit: async (address, draftId) => mailboxes.edit(address, draftId),
    remove: async (address, draftId) => mailboxes.remove(address, draftId),
    discard: async (address, draftId) => mailboxes.discard(address, draftId),
    ledger: async () => structuredClone(ledger),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    const text = await bodyOf(request);
    if (url.pathname === '/_test') return write(response, await callControl(control, text));
    const entry: GmailLedger['requests'][number] = {
      method: request.method ?? '',
      path: `${url.pathname}${url.search}`,
      status: null,
    };
    ledger.requests.push(entry);
    if (/send|upload|batch|import|insert/i.test(decode(url.pathname)) || request.headers['x-http-method-override']) {
      ledger.sends.push(`${entry.method} ${entry.path}`);
    }
    const [operation, run] = route(request, url, text);
    const fault = operation && (planned.get(operation)?.shift() ?? standing.get(operation));
    if (!fault) {
      const reply = await run();
      entry.status = reply.status;
      return write(response, reply);
    }
    entry.status = typeof fault.answer === 'object' ? fault.answer.status : null;
    return fail(fault, run, request, response);
  }

  function route(
    request: IncomingMessage,
    url: URL,
    text: string,
  ): [FaultyOperation | null, () => Promise<Reply> | Reply] {
    const is = (method: string, path: string) => request.method === method && url.pathname === path;
    const headers = request.headers as Record<string, string | undefined>;
    if (is('GET', '/o/oauth2/v2/auth')) return [null, () => oauth.authorize(url.searchParams)];
    if (is('GET', '/oauth2/v3/certs')) return [null, () => oauth.certificates()];
    if (is('POST', '/token')) return ['token', () => oauth.token(headers, text, origin)];
    if (is('POST', '/revoke')) return [null, () => oauth.revoke(text || url.search)];
    const holder = oauth.holderOf(headers.authorization);
    const [operation, run] = mailboxes.route(request.method ?? '', url, headers['content-type'], text);
    if (holder) return [operation, () => run(holder)];
    const refused = googleError(401, 'authError', 'Request had invalid authentication credentials.');
    return [operation, () => ({ status: 401, body: refused })];
  }

  async function fail(
    { effect, answer }: Fault,
    run: () => Promise<Reply> | Reply,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    let reply: Reply = { status: 200, body: {} };
    if (effect === 'done') reply = await run();
    if (typeof effect === 'object') timers.add(setTimeout(() => void run(), effect.lateMs));
    if (typeof answer === 'object') return write(response, { body: {}, ...answer });
    const json = JSON.stringify(reply.body);
    const half = json.slice(0, Math.floor(json.length / 2));
    switch (answer) {
      case 'ok':
        return write(response, reply);
      case 'cut':
        response.writeHead(reply.status, { 'content-type': 'application/json' }).end(half);
        return;
      case 'half':
        response.writeHead(reply.status, { 'content-type': 'application/json', 'content-length': json.length });
        response.write(half, () => request.socket.resetAndDestroy());
        return;
      case 'reset':
        request.socket.resetAndDestroy();
        return;
      case 'hang':
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      write(response, { status: 500, body: googleError(500, 'testServer', String(error)) });
    });
  });
  server.on('connection', (socket) => {
    ledger.connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...control,
    url: origin,
    endpoints: endpointsOf(origin),
    clientId,
    clientSecret,
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The same control over a server that runs elsewhere (`node --import tsx tests/helpers/gmail-server.ts`). */
export function connectGmailServer(url: string): GmailControl & { endpoints: GmailServer['endpoints'] } {
  const call =
    (name: string) =>
    async (...args: unknown[]): Promise<unknown> => {
      const answer = await fetch(new URL('/_test', url), { method: 'POST', body: JSON.stringify({ name, args }) });
      const { result } = (await answer.json()) as { result?: unknown };
      if (!answer.ok) throw new Error(`${name} answered ${answer.status}.`);
      return result;
    };
  const names: (keyof GmailControl)[] = [
    'grant',
    'serviceAccount',
    'delegate',
    'answerConsent',
    'revoke',
    'endAccess',
    'plan',
    'always',
    'behave',
    'drafts',
    'addDraft',
    'tamper',
    'edit',
    'remove',
    'discard',
    'ledger',
  ];
  const control = Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as GmailControl;
  return { ...control, endpoints: endpointsOf(url) };
}

function endpointsOf(origin: string): GmailServer['endpoints'] {
  return {
    api: origin,
    token: `${origin}/token`,
    authorize: `${origin}/o/oauth2/v2/auth`,
    revoke: `${origin}/revoke`,
    certificates: `${origin}/oauth2/v3/certs`,
  };
}

async function callControl(control: GmailControl, text: string): Promise<Reply> {
  const { name, args } = JSON.parse(text) as { name: string; args: unknown[] };
  if (!Object.hasOwn(control, name)) return { status: 404, body: {} };
  const work = control[name as keyof GmailControl] as (...given: unknown[]) => Promise<unknown>;
  return { status: 200, body: { result: (await work(...args)) ?? null } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function write(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port = '0', ...mailboxes] = process.argv.slice(2);
  const { url, clientId, clientSecret } = await startGmailServer({
    port: Number(port),
    ...(mailboxes.length > 0 ? { mailboxes } : {}),
  });
  console.log(JSON.stringify({ url, clientId, clientSecret }));
}
