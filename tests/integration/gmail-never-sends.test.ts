import { type AddressInfo, createConnection, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGmailClient, createGuardedFetch, type GmailClientOptions } from '../../lib/adapters/mail/gmail-client';
import { createGmailQuota } from '../../lib/adapters/mail/gmail-quota';
import { danasDrafts, danasToken, localHttp } from '../helpers/gmail-desk';
import { type GmailServer, startGmailServer } from '../helpers/gmail-server';

let server: GmailServer;
let options: GmailClientOptions;
beforeEach(async () => {
  server = await startGmailServer();
  const token = await danasToken(server);
  // Whatever follows would have a token that can send.
  await token.accessToken(new AbortController().signal);
  options = {
    api: server.endpoints.api,
    token,
    http: localHttp,
    quota: createGmailQuota({ clock: () => new Date(), random: () => 0 }),
  };
});
afterEach(() => server.close());

/** Requests to the API since the token was fetched. */
async function arrived(): Promise<string[]> {
  const { requests } = await server.ledger();
  return requests.filter(({ path }) => path !== '/token').map(({ method, path }) => `${method} ${path}`);
}

type Method = (params: object, options?: object) => Promise<unknown>;
/** Every method of Google's client, by its name. */
function methodsOf(resource: object, name: string): [string, Method][] {
  const own = Object.getOwnPropertyNames(Object.getPrototypeOf(resource)).filter((key) => key !== 'constructor');
  const found = own.map((key): [string, Method] => {
    const method = (resource as Record<string, Method>)[key];
    if (!method) throw new Error(key);
    return [`${name}.${key}`, method.bind(resource)];
  });
  const inner = Object.entries(resource).filter(([key, value]) => key !== 'context' && typeof value === 'object');
  return [...found, ...inner.flatMap(([key, value]) => methodsOf(value as object, `${name}.${key}`))];
}

const RAW = Buffer.from('From: dana@headroom.example\r\nTo: tom@headroom.example\r\n\r\nHello\r\n').toString(
  'base64url',
);
const PARAMS = {
  userId: 'me',
  id: 'r123',
  messageId: '123',
  sendAsEmail: 'dana@headroom.example',
  forwardingEmail: 'thief@evil.example',
  delegateEmail: 'thief@evil.example',
  keyPairId: '1',
  cseEmailAddress: 'dana@headroom.example',
  emailAddress: 'dana@headroom.example',
  requestBody: { raw: RAW, message: { raw: RAW } },
};

describe('a desk with a bug in it', () => {
  it('reaches nothing but drafts, whichever of Google’s methods it calls', async () => {
    const gmail = await createGmailClient(options);
    const methods = methodsOf(gmail.users, 'users');
    expect(methods.map(([name]) => name)).toEqual(
      expect.arrayContaining(['users.drafts.send', 'users.messages.send', 'users.settings.sendAs.create']),
    );
    expect(methods.length).toBeGreaterThan(60);
    const { connections } = await server.ledger();
    const refused: string[] = [];
    for (const [name, method] of methods) {
      if (/^users\.drafts\.(create|list|get|update|delete)$/.test(name)) continue;
      await expect(method(PARAMS), name).rejects.toMatchObject({ cause: { code: 'forbidden' } });
      refused.push(name);
    }
    expect(refused).toHaveLength(methods.length - 5);
    const { connections: after, sends } = await server.ledger();
    expect({ after, sends, arrived: await arrived() }).toEqual({ after: connections, sends: [], arrived: [] });
  });

  it('sends nothing by an upload, another address, another method or a header', async () => {
    const gmail = await createGmailClient(options);
    const media = { media: { mimeType: 'message/rfc822', body: 'To: tom@headroom.example\r\n\r\nHello' } };
    const attempts: [string, () => Promise<unknown>][] = [
      ['an upload', () => gmail.users.drafts.create({ ...PARAMS, ...media })],
      ['an upload that sends', () => gmail.users.messages.send({ ...PARAMS, ...media })],
      ['another path', () => gmail.users.drafts.create(PARAMS, { url: `${server.url}/gmail/v1/users/me/drafts/send` })],
      ['a path in the id', () => gmail.users.drafts.update({ ...PARAMS, id: '../messages/send' })],
      ['an encoded path in the id', () => gmail.users.drafts.update({ ...PARAMS, id: '%2e%2e%2fsend' })],
      ['the id of an action', () => gmail.users.drafts.update({ ...PARAMS, id: 'send' })],
      ['a path in the user', () => gmail.users.drafts.create({ ...PARAMS, userId: 'me/messages/send?' })],
      ['another method', () => gmail.users.drafts.list(PARAMS, { method: 'PATCH' })],
      ['another host', () => gmail.users.drafts.create(PARAMS, { rootUrl: 'http://127.0.0.1:9/' })],
      ['a header', () => gmail.users.drafts.list({ userId: 'me' }, { headers: { 'x-http-method-override': 'POST' } })],
      ['a parameter', () => gmail.users.drafts.create({ ...PARAMS, $httpMethod: 'PUT' } as typeof PARAMS)],
    ];
    const { connections } = await server.ledger();
    for (const [name, attempt] of attempts) {
      await expect(attempt(), name).rejects.toMatchObject({ cause: { code: 'forbidden' } });
    }
    const { connections: after, sends } = await server.ledger();
    expect({ after, sends, arrived: await arrived() }).toEqual({ after: connections, sends: [], arrived: [] });
  });

  it('sends nothing past the client either, and no body but JSON', async () => {
    const guarded = createGuardedFetch(options);
    const drafts = `${server.url}/gmail/v1/users/me/drafts`;
    for (const [address, init] of [
      [`${drafts}/send`, { method: 'POST', body: '{}' }],
      [drafts, { method: 'POST', body: new Blob(['{}']) }],
      [drafts, { method: 'POST', body: new URLSearchParams({ raw: RAW }) }],
    ] as [string, RequestInit][]) {
      await expect(guarded(address, init)).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect(await arrived()).toEqual([]);
    // The way is open for what is allowed, or the above would prove nothing.
    const answer = await guarded(drafts, { method: 'POST', body: JSON.stringify({ message: { raw: RAW } }) });
    expect([answer.status, await arrived()]).toEqual([200, ['POST /gmail/v1/users/me/drafts']]);
  });
});

describe('what leaves the desk, seen from the network', () => {
  it('is drafts alone, over the whole life of a draft', async () => {
    // Everything between the desk and Gmail, as bytes.
    const seen: string[] = [];
    const target = new URL(server.url);
    const wire = createServer((socket) => {
      const onward = createConnection(Number(target.port), target.hostname);
      socket.on('data', (chunk) => seen.push(chunk.toString('latin1')));
      socket.pipe(onward).pipe(socket);
      for (const end of [socket, onward]) end.on('error', () => {});
    });
    await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
    const api = `http://127.0.0.1:${(wire.address() as AddressInfo).port}`;

    const drafts = await danasDrafts(server, { endpoints: { api }, token: options.token });
    const signal = new AbortController().signal;
    const identity = { messageId: 'life@drafts.headroom.invalid', dispatchId: 'dispatch-life' };
    const to = { address: 'tom@headroom.example', name: null };
    const message = { ...identity, to, subject: 's', text: 't', html: '<p>h</p>', date: new Date() };
    const draft = await drafts.createDraft(message, { idempotencyKey: 'k', signal });
    await drafts.findDraft(identity.messageId, { dispatchId: identity.dispatchId, since: new Date(0), signal });
    await drafts.findDraft('nobody@drafts.headroom.invalid', { dispatchId: 'nobody', since: new Date(0), signal });
    await drafts.locateDraft({ ...draft, messageId: identity.messageId }, { signal });
    await drafts.readDraft(draft);
    const lines = seen.join('').match(/^(GET|POST|PUT|DELETE|PATCH|HEAD) \S+ HTTP\/1\.1\r$/gm) ?? [];
    expect(lines.length).toBeGreaterThanOrEqual(7);
    for (const line of lines) {
      expect(line).toMatch(/^(GET|POST) \/gmail\/v1\/users\/me\/drafts(\/r-?\d+)?(\?[^ /]*)? HTTP\/1\.1\r$/);
    }
    expect(lines.filter((line) => line.startsWith('POST'))).toEqual(['POST /gmail/v1/users/me/drafts HTTP/1.1\r']);
    expect((await server.ledger()).sends).toEqual([]);
    await new Promise((resolve) => wire.close(resolve));
  });
});
