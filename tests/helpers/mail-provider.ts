// A mail provider in a process of its own: takes in drafts over HTTP and keeps them in a ledger on the disk. It does not
// recognise a draft that it has already, its search lags, and it fails as often as it is told to, each draft in its own
// way by the seed. Arguments: the file of the ledger, and the behaviour to begin with as JSON.
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LedgerLine, ProviderBehaviour, ProviderFault } from './provider-process';

const [ledgerFile = '', given = '{}'] = process.argv.slice(2);
let behaviour = JSON.parse(given) as ProviderBehaviour;

interface Kept extends LedgerLine {
  visibleAt: number;
}

const kept: Kept[] = existsSync(ledgerFile)
  ? readFileSync(ledgerFile, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => ({ ...(JSON.parse(line) as LedgerLine), visibleAt: 0 }))
  : [];
const ledger = openSync(ledgerFile, 'a');
const calls = new Map<string, number>();
let requests = 0;

/** On the disk before anybody hears of it. */
function store(headers: { messageId: string; dispatchId: string }): Kept {
  const line: LedgerLine = { draftId: `d${kept.length + 1}`, ...headers, at: Date.now() };
  writeSync(ledger, `${JSON.stringify(line)}\n`);
  fsyncSync(ledger);
  const [least, most] = behaviour.searchLagMs;
  const entry = { ...line, visibleAt: line.at + least + (most - least) * chance(`lag ${line.draftId}`) };
  kept.push(entry);
  return entry;
}

/** The same seed and the same name give the same number from 0 to 1, in whatever order requests arrive. */
function chance(name: string): number {
  return createHash('sha256').update(`${behaviour.seed} ${name}`).digest().readUInt32BE() / 2 ** 32;
}

function faultOf(messageId: string, kind: 'create' | 'search'): ProviderFault | null {
  const key = `${kind} ${messageId}`;
  const call = (calls.get(key) ?? 0) + 1;
  calls.set(key, call);
  let point = chance(`${key} ${call}`);
  for (const [fault, rate] of Object.entries(behaviour.faults[kind] ?? {})) {
    if (point < rate) return fault as ProviderFault;
    point -= rate;
  }
  return null;
}

async function create(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await bodyOf(request);
  const header = text.slice(0, text.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  const [, messageId = ''] = /^message-id: <(.+)>$/im.exec(header) ?? [];
  const [, dispatchId = ''] = /^x-headroom-dispatch: (.+)$/im.exec(header) ?? [];
  if (!messageId || !dispatchId || !/--\r\n$/.test(text)) {
    answer(response, 400, { error: 'not a whole draft' });
    return;
  }
  const identity = { messageId, dispatchId: dispatchId.trim() };
  const fault = faultOf(messageId, 'create');
  switch (fault) {
    case null:
      answer(response, 201, { draftId: store(identity).draftId });
      return;
    case 'too_many':
      answer(response, 429, { error: 'slow down' }, { 'retry-after': '1' });
      return;
    case 'refuse':
      answer(response, 422, { error: 'not such a draft' });
      return;
    case 'error':
      answer(response, 500, { error: 'broken' });
      return;
    case 'store_then_error':
      store(identity);
      answer(response, 500, { error: 'broken' });
      return;
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case 'store_then_reset':
      store(identity);
      request.socket.resetAndDestroy();
      return;
    case 'half':
      half(response, 201, JSON.stringify({ draftId: store(identity).draftId }));
      return;
    case 'store_then_hang':
      store(identity);
      return;
    case 'hang':
      return;
    case 'late':
      setTimeout(() => store(identity), behaviour.lateMs);
      return;
  }
}

/** What the search has taken up so far; and how far behind it is, as the time of the oldest draft that it lacks. */
function search(response: ServerResponse, messageId: string, request: IncomingMessage): void {
  const now = Date.now();
  const drafts = kept.filter((entry) => entry.messageId === messageId && entry.visibleAt <= now);
  const missing = kept.filter((entry) => entry.visibleAt > now).map((entry) => entry.at);
  const body = {
    drafts: drafts.map(({ draftId, dispatchId }) => ({ draftId, dispatchId })),
    behindMs: missing.length === 0 ? 0 : now - Math.min(...missing),
  };
  switch (faultOf(messageId, 'search')) {
    case 'too_many':
      answer(response, 429, { error: 'slow down' }, { 'retry-after': '1' });
      return;
    case 'error':
      answer(response, 500, { error: 'broken' });
      return;
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case 'half':
      half(response, 200, JSON.stringify(body));
      return;
    case 'hang':
      return;
    default:
      answer(response, 200, body);
      return;
  }
}

const server = createServer((request, response) => {
  requests += 1;
  const url = new URL(request.url ?? '/', 'http://provider');
  const route = `${request.method} ${url.pathname}`;
  // A client that is killed in the middle of its request has not handed anything over.
  request.on('error', () => {});
  if (route === 'POST /drafts') return void create(request, response).catch(() => response.destroy());
  if (route === 'GET /drafts') return search(response, url.searchParams.get('messageId') ?? '', request);
  if (route === 'GET /requests') return answer(response, 200, { requests });
  if (route === 'PUT /behaviour') {
    return void bodyOf(request).then((text) => {
      behaviour = JSON.parse(text) as ProviderBehaviour;
      answer(response, 200, {});
    });
  }
  return answer(response, 404, {});
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`ready ${typeof address === 'object' && address ? address.port : 0}\n`);
});
// Whoever started it is gone.
process.stdin.on('end', () => {
  closeSync(ledger);
  process.exit(0);
});
process.stdin.resume();

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('latin1');
}

function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function half(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) });
  response.write(body.slice(0, body.length / 2), () => response.socket?.destroy());
}
