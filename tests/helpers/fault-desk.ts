// A whole desk in a process of its own, on the database of DATABASE_URL: the real runtime behind the real routes of the
// API, with the mailbox of another process. Stops on SIGTERM as the server does.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { GET as readiness } from '../../app/api/readyz/route';
import { GET as getDispatch } from '../../app/api/v1/dispatches/[id]/route';
import { POST as dispatch, GET as listDispatches } from '../../app/api/v1/dispatches/route';
import { GET as listOpportunities } from '../../app/api/v1/opportunities/route';
import { loadConfig } from '../../lib/config';
import { createRuntime, type Runtime } from '../../lib/runtime';
import { createProviderMail } from './provider-mail';

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;

const ROUTES: [method: string, path: RegExp, handler: Handler][] = [
  ['POST', /^\/api\/v1\/dispatches$/, dispatch],
  ['GET', /^\/api\/v1\/dispatches$/, listDispatches],
  ['GET', /^\/api\/v1\/dispatches\/(?<id>[^/]+)$/, getDispatch],
  ['GET', /^\/api\/v1\/opportunities$/, listOpportunities],
  ['GET', /^\/api\/readyz$/, readiness],
];

/** This machine’s clock is wrong: it is early or late by so many milliseconds, whoever asks it. */
const skewMs = Number(process.env.TEST_CLOCK_SKEW_MS ?? 0);
if (skewMs !== 0) {
  const RightDate = Date;
  globalThis.Date = class extends RightDate {
    constructor(...when: unknown[]) {
      if (when.length === 0) super(RightDate.now() + skewMs);
      else super(...(when as [number]));
    }
    static override now = () => RightDate.now() + skewMs;
  } as DateConstructor;
}
const given = process.env.TEST_PROVIDER_URL
  ? {
      mail: createProviderMail({
        url: process.env.TEST_PROVIDER_URL,
        timeoutMs: Number(process.env.TEST_PROVIDER_TIMEOUT_MS),
        searchLagMs: Number(process.env.TEST_SEARCH_LAG_MS),
      }),
    }
  : {};
const runtime = await createRuntime(loadConfig(), given);
// The routes find the desk where instrumentation would have put it.
const holder = globalThis as { [key: symbol]: { runtime: Promise<Runtime>; failure: unknown } };
holder[Symbol.for('headroom.runtime')] = { runtime: Promise.resolve(runtime), failure: null };

const server = createServer((request, response) => {
  void serve(request, response).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    response.destroy();
  });
});
await runtime.start();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`ready ${typeof address === 'object' && address ? address.port : 0}\n`);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());

async function stop(): Promise<void> {
  server.close();
  server.closeIdleConnections();
  await runtime.stop();
  server.closeAllConnections();
  process.exit(0);
}

async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET' } = incoming;
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  for (const [verb, pattern, handler] of ROUTES) {
    const found = pattern.exec(url.pathname);
    if (verb !== method || !found) continue;
    const headers = new Headers();
    for (const [name, value] of Object.entries(incoming.headers))
      if (typeof value === 'string') headers.set(name, value);
    const body = method === 'GET' ? {} : { body: Buffer.concat(parts) };
    const answer = await handler(new Request(url, { method, headers, ...body }), {
      params: Promise.resolve({ ...found.groups }),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
    return;
  }
  response.writeHead(404).end();
}
