import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod/mini';
import { webhookEnvelope, webhookPayloads } from '../../lib/contracts/webhooks';
import { eventually } from './eventually';

export type Answer =
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Takes the request and never answers. */
  | 'hang'
  /** Ends the connection without an answer. */
  | 'drop'
  /** A success whose body never ends. */
  | 'endless';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: z.output<typeof webhookEnvelope>;
  /** Which of the secrets that it knows the message was signed with. */
  signedWith: string[];
}

export interface WebhookReceiver {
  url: string;
  received: Received[];
  /** What was wrong with a request; empty where the desk keeps to the standard and to its own documents. */
  violations: string[];
  /** Knows a secret from now on. Requests that none of them has signed are refused with 401. */
  trust(...secrets: string[]): void;
  /** Answers of the next requests, one each; after them, what was set last by `always`. */
  plan(...answers: Answer[]): void;
  always(answer: Answer): void;
  waitFor(count: number): Promise<Received[]>;
  /** Lets those hang that hang; ends their connections. */
  close(): Promise<void>;
}

const OK: Answer = { status: 204 };
/** The headers that every request has, and no other: nothing of the desk's own inside gets out. */
const HEADERS = [
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
];

/** A receiver of webhooks, as strict as one can be. @param clock what it takes for now: timestamps must be near it. */
export async function startWebhookReceiver(clock: () => Date): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const violations: string[] = [];
  const planned: Answer[] = [];
  let usual: Answer = OK;
  let known: string[] = [];

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { headers, method, url = '' } = request;
      violations.push(...violationsOf({ method, headers, body }));
      const signedWith = known.filter((secret) => isSigned(secret, body, headers, clock));
      if (signedWith.length === 0) {
        violations.push('no known secret has signed it');
        response.writeHead(401).end();
        return;
      }
      received.push({ path: url, headers, body, event: webhookEnvelope.parse(JSON.parse(body)), signedWith });
      const answer = planned.shift() ?? usual;
      if (answer === 'hang') return;
      if (answer === 'drop') {
        request.socket.destroy();
        return;
      }
      if (answer === 'endless') {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.write('x'.repeat(100_000));
        return;
      }
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    violations,
    trust(...secrets) {
      known = secrets;
    },
    plan: (...answers) => void planned.push(...answers),
    always(answer) {
      usual = answer;
    },
    waitFor: (count) => eventually(() => (received.length >= count ? received : null), `${count} webhooks`, 30_000),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function violationsOf(request: { method: string | undefined; headers: IncomingHttpHeaders; body: string }): string[] {
  const { method, headers, body } = request;
  const found: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) found.push(what);
  };
  expect(method === 'POST', `the method is ${method}`);
  expect(headers['content-type'] === 'application/json', `the type is ${headers['content-type']}`);
  expect(Number(headers['content-length']) === Buffer.byteLength(body), 'the length is not that of the body');
  expect(/^Headroom\/\d+\.\d+\.\d+ \(webhooks\)$/.test(headers['user-agent'] ?? ''), 'the user agent is another one');
  const others = Object.keys(headers).filter((name) => !HEADERS.includes(name));
  expect(others.length === 0, `there are more headers: ${others.join(', ')}`);
  const secrets = String(headers['webhook-signature']).split(' ');
  expect(
    secrets.every((signature) => /^v1,[A-Za-z0-9+/]{43}=$/.test(signature)),
    'a signature is no signature',
  );
  const envelope = webhookEnvelope.safeParse(JSON.parse(body));
  if (!envelope.success) return [...found, `the body is none of ours: ${z.prettifyError(envelope.error)}`];
  expect(envelope.data.id === headers['webhook-id'], 'the id in the body is another one');
  // As strict as can be: nothing that the documents do not name.
  const parsed = z.strictObject(webhookPayloads[envelope.data.type].shape).safeParse(envelope.data.data);
  if (!parsed.success) found.push(`${envelope.data.type}: ${z.prettifyError(parsed.error)}`);
  return found;
}

/** By the library of the standard's authors, whose clock is made the test's for the moment. */
function isSigned(secret: string, body: string, headers: IncomingHttpHeaders, clock: () => Date): boolean {
  const { now } = Date;
  Date.now = () => clock().getTime();
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  } finally {
    Date.now = now;
  }
}
