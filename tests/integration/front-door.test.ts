import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../lib/config';
import { createFrontDoor, type FrontDoorOptions } from '../../scripts/front-door.mjs';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => unknown;

const MB = 1024 * 1024;
const close: (() => void)[] = [];
afterEach(() => {
  for (const each of close.splice(0)) each();
});

/** What a request looks like from inside. */
const mirror: Handler = async (request, response) => {
  let bytes = 0;
  try {
    for await (const chunk of request) bytes += (chunk as Buffer).length;
  } catch (error) {
    response.end(String(error));
    return;
  }
  const { url, headers, rawHeaders } = request;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ url, headers, rawHeaders, bytes }));
};

interface Mirrored {
  url: string;
  headers: Record<string, string>;
  rawHeaders: string[];
  bytes: number;
}

async function open(handler: Handler = mirror, options: Partial<FrontDoorOptions> = {}): Promise<number> {
  const server = createFrontDoor(handler, { publicUrls: [], trustedProxies: [], checkEveryMs: 20, ...options });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  close.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Dialogue {
  socket: net.Socket;
  /** All that was answered, once the server has closed the connection. */
  ended: Promise<string>;
  /** All that was answered until now. */
  heard(): string;
}

/** Speaks HTTP by hand: a client library would correct what these tests are about. */
async function dial(port: number): Promise<Dialogue> {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  // What the server closes while the test still writes is what the test is about.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  close.push(() => socket.destroy());
  // Not `once`, which takes the reset of a connection that the test still writes to for a failure.
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  return { socket, heard: () => text, ended };
}

/** One request and its answer. */
async function exchange(port: number, head: string, headers: Record<string, string> | string[] = {}, body = '') {
  const { socket, ended } = await dial(port);
  const lines = Array.isArray(headers)
    ? headers
    : Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`${[`${head} HTTP/1.1`, ...lines, 'connection: close'].join('\r\n')}\r\n\r\n${body}`);
  const text = await ended;
  const [top = '', content = ''] = text.split('\r\n\r\n', 2);
  return { status: Number(top.slice(9, 12)), top, content };
}

async function seen(port: number, headers: Record<string, string> | string[] = {}, head = 'GET /x'): Promise<Mirrored> {
  const { status, content } = await exchange(port, head, headers);
  expect(status).toBe(200);
  const body = /\{.*\}/s.exec(content)?.[0] ?? '';
  return JSON.parse(body) as Mirrored;
}

describe('the name that was asked for', () => {
  const exposed = { publicUrls: ['https://headroom.example.com', 'http://desk.example:8080'] };

  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST:80',
    '127.0.0.1:3000',
    '[::1]:3000',
    'headroom.example.com',
    'Headroom.Example.com:443',
    'desk.example:8080',
  ])('answers to %s', async (host) => {
    expect((await exchange(await open(mirror, exposed), 'GET /', { host })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'headroom.example.com.evil.example',
    'headroom.example.com:444',
    'headroom.example.com@evil.example',
    'desk.example',
    'localhost.evil.example',
    'localhost:3000.evil.example',
    '127.0.0.2',
    '0.0.0.0',
    '[::]',
    '',
  ])('does not answer to «%s»', async (host) => {
    const { status, top, content } = await exchange(await open(mirror, exposed), 'GET /', { host });
    expect(status).toBe(421);
    expect(top.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(content)).toMatchObject({ status: 421, code: 'misdirected_request' });
  });

  it('answers to no public name where none is set', async () => {
    expect((await exchange(await open(), 'GET /', { host: 'headroom.example.com' })).status).toBe(421);
  });

  it('takes the name from an absolute address, and only one name', async () => {
    const port = await open(mirror, exposed);
    expect((await exchange(port, 'GET http://evil.example/', { host: 'localhost' })).status).toBe(421);
    const mirrored = await seen(port, { host: 'evil.example' }, 'GET http://localhost:3000/a?b=c');
    expect(mirrored).toMatchObject({ url: '/a?b=c', headers: { host: 'localhost:3000' } });
    expect((await exchange(port, 'GET /', ['host: localhost', 'Host: evil.example'])).status).toBe(400);
    expect((await exchange(port, 'OPTIONS *')).status).toBe(400);
  });

  it('does not hand connections over for an upgrade', async () => {
    let upgraded = 0;
    const port = await open((request, response) => {
      // As Next.js does at the first request.
      const { server } = request.socket as unknown as { server: http.Server };
      server.on('upgrade', () => {
        upgraded += 1;
      });
      response.end();
    });
    await exchange(port, 'GET /');
    const upgrade = { upgrade: 'websocket' };
    const [own, other] = await Promise.all([
      exchange(port, 'GET /', ['host: localhost', 'upgrade: websocket', 'connection: upgrade']),
      exchange(port, 'GET /', { host: 'evil.example', ...upgrade }),
    ]);
    expect([own.status, other.status, upgraded]).toEqual([200, 421, 0]);
  });
});

describe('where a request comes from', () => {
  it('believes nobody unless told to', async () => {
    const { headers } = await seen(await open(), {
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
    });
    expect(headers['x-headroom-client-ip']).toBe('127.0.0.1');
    expect(headers['x-headroom-scheme']).toBe('http');
    expect(headers.host).toBe('localhost');
  });

  it.each([
    ['one entry', '203.0.113.7', '203.0.113.7'],
    ['the last that is no proxy, whatever was written before it', '1.1.1.1, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['an IPv6 address', '1.1.1.1, 2001:db8::7, fd00::1', '2001:db8::7'],
    ['an address with a port', '203.0.113.7:5000', '203.0.113.7'],
    ['an IPv6 address with a port', '[2001:db8::7]:5000', '2001:db8::7'],
    ['an IPv4 address in IPv6', '::ffff:203.0.113.7, ::ffff:10.0.0.1', '203.0.113.7'],
    ['the farthest of proxies alone', '10.0.0.9, 10.0.0.1', '10.0.0.9'],
    ['the peer, where the entry is no address', 'unknown', '127.0.0.1'],
    ['the peer, where the entry is markup', '<script>', '127.0.0.1'],
    ['an address with a zone, which is in no range', 'fe80::1%eth0', 'fe80::1%eth0'],
    ['the peer, where there is no entry', ' , ', '127.0.0.1'],
  ])('takes from a trusted proxy %s', async (_, given, expected) => {
    const port = await open(mirror, { trustedProxies: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'] });
    const { headers } = await seen(port, { 'x-forwarded-for': given });
    expect(headers['x-headroom-client-ip']).toBe(expected);
  });

  it('joins repeated headers before it reads them', async () => {
    const port = await open(mirror, { trustedProxies: ['127.0.0.1'] });
    const { headers } = await seen(port, ['host: localhost', 'x-forwarded-for: 1.1.1.1', 'X-Forwarded-For: 2.2.2.2']);
    expect(headers['x-headroom-client-ip']).toBe('2.2.2.2');
  });

  it('takes scheme and name from a trusted proxy, and still judges the name', async () => {
    const port = await open(mirror, { publicUrls: ['https://headroom.example.com'], trustedProxies: ['127.0.0.0/8'] });
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'headroom.example.com' };
    const answer = await exchange(port, 'GET /', { host: 'app:3000', ...forwarded });
    expect(answer.top).toMatch(/strict-transport-security: max-age=31536000/i);
    const { headers } = await seen(port, { host: 'app:3000', ...forwarded });
    expect(headers).toMatchObject({ host: 'headroom.example.com', 'x-headroom-scheme': 'https' });
    const spoofed = await exchange(port, 'GET /', { ...forwarded, 'x-forwarded-host': 'localhost, evil.example' });
    expect(spoofed.status).toBe(421);
    expect((await seen(port, { 'x-forwarded-proto': 'https, http' })).headers['x-headroom-scheme']).toBe('http');
  });

  it('promises no TLS where none was used', async () => {
    const { top } = await exchange(await open(), 'GET /', { 'x-forwarded-proto': 'https' });
    expect(top).not.toMatch(/strict-transport-security/i);
  });

  it('drops what only the inside may say, in every spelling', async () => {
    const secret = [
      'x-headroom-client-ip',
      'X-Headroom-Client-IP',
      'x_headroom_client_ip',
      'x-headroom-scheme',
      'X-HEADROOM-ANYTHING',
      'x-forwarded-for',
      'x-forwarded-port',
      'Forwarded',
      'X-Real-IP',
      'x-middleware-subrequest',
      'x-middleware-rewrite',
      'x-nextjs-data',
      'x-invoke-path',
      'x-matched-path',
      'x-now-route-matches',
      'x-prerender-revalidate',
      'Next-Resume',
      'x-nonce',
      'content-security-policy',
      'Content-Security-Policy-Report-Only',
    ];
    const harmless = [
      'RSC: 1',
      'next-router-state-tree: y',
      'x-forwarder: z',
      'cookie: a=b',
      'authorization: Bearer k',
    ];
    const lines = ['host: localhost', ...secret.map((name) => `${name}: sp00fed`), ...harmless];
    const mirrored = await seen(await open(), lines);
    expect(JSON.stringify(mirrored)).not.toContain('sp00fed');
    expect(mirrored.headers).toMatchObject({ rsc: '1', 'x-forwarder': 'z', cookie: 'a=b', authorization: 'Bearer k' });
    expect(mirrored.headers['x-headroom-client-ip']).toBe('127.0.0.1');
    expect(mirrored.rawHeaders).toContain('Bearer k');
  });
});

describe('size', () => {
  const upload = (port: number, target: string, mebibytes: number, how: 'chunked' | 'announced') => {
    const part = Buffer.alloc(256 * 1024, 'x');
    return new Promise<{ status: number | undefined; text: string; closes: boolean }>((resolve, reject) => {
      const headers = how === 'announced' ? { 'content-length': mebibytes * MB } : {};
      const request = http.request({ port, host: '127.0.0.1', method: 'POST', path: target, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (more: string) => {
          text += more;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode, text, closes: response.headers.connection === 'close' }),
        );
      });
      // The connection is closed while this side may still write; that counts only where there was no answer.
      request.on('error', reject);
      Readable.from(Array.from({ length: mebibytes * 4 }, () => part)).pipe(request);
    });
  };

  it.each(['chunked', 'announced'] as const)('takes 1 MB and no more: %s', async (how) => {
    const port = await open();
    const full = await upload(port, '/opportunities', 1, how);
    expect([full.status, JSON.parse(full.text)]).toEqual([200, expect.objectContaining({ bytes: MB })]);
    const over = await upload(port, '/opportunities', 2, how);
    expect([over.status, over.closes]).toEqual([413, true]);
    expect(JSON.parse(over.text)).toMatchObject({
      type: 'urn:headroom:problem:payload_too_large',
      status: 413,
      code: 'payload_too_large',
      detail: 'The body is larger than 1 MB.',
    });
  });

  it.each(['chunked', 'announced'] as const)('takes more for the API, and most for an import: %s', async (how) => {
    const port = await open();
    const status = async (target: string, mebibytes: number) => (await upload(port, target, mebibytes, how)).status;
    expect(await status('/api/v1/health-score/preview', 16)).toBe(200);
    expect(await status('/api/v1/health-score/preview', 18)).toBe(413);
    expect(await status('/api/v1/accounts/import?mapping=%7B%7D', 18)).toBe(200);
    expect(await status('/api/v1/accounts/import/x', 18)).toBe(413);
    expect(await status('/x?/api/v1/accounts/import', 18)).toBe(413);
  });

  it('refuses 600 MB for an import before they are sent', async () => {
    const port = await open(mirror, { lingerMs: 50 });
    const { socket, heard, ended } = await dial(port);
    const head = 'POST /api/v1/accounts/import HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n';
    socket.write(`${head}content-length: ${600 * MB}\r\n\r\n`);
    expect(await ended).toMatch(/^HTTP\/1\.1 413 /);
    expect(heard()).toContain('npm run import');
    expect(heard()).not.toContain('100 Continue');
  });

  it('says «go on» to who asks first and is small enough', async () => {
    const { socket, heard, ended } = await dial(await open());
    socket.write(
      'POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n',
    );
    await expect.poll(heard).toContain('100 Continue');
    socket.write('ab');
    expect(await ended).toContain('"bytes":2');
  });

  it('tells the application as an error that its routes know, and keeps its late answer to itself', async () => {
    let failure: unknown;
    let answered = false;
    const port = await open(async (request, response) => {
      try {
        for await (const _ of request);
      } catch (error) {
        failure = error;
      }
      response.statusCode = 500;
      response.setHeader('x-late', '1');
      response.end('late');
      answered = true;
    });
    const { status, text } = await upload(port, '/', 2, 'chunked');
    expect([status, text.includes('late')]).toEqual([413, false]);
    expect(failure).toMatchObject({ name: 'AppError', code: 'payload_too_large' });
    expect(answered).toBe(true);
  });

  it('survives that nobody reads the body', async () => {
    const port = await open(() => undefined, { bodyTimeoutMs: 100, lingerMs: 50 });
    expect((await upload(port, '/', 2, 'chunked')).status).toBe(408);
    expect((await exchange(port, 'GET /', { host: 'evil.example' })).status).toBe(421);
  });

  it('hangs up on a sender that does not stop after its answer', async () => {
    const port = await open((_, response) => response.end('early'), { lingerMs: 100 });
    const { socket, ended } = await dial(port);
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n');
    const timer = setInterval(() => socket.write('1\r\nx\r\n'), 10);
    try {
      expect(await ended).toContain('early');
    } finally {
      clearInterval(timer);
    }
  });

  it('hangs up on a refused sender that goes on', async () => {
    const port = await open(mirror, { lingerMs: 100 });
    const { socket, ended } = await dial(port);
    socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${900 * MB}\r\n\r\n`);
    const timer = setInterval(() => socket.write('x'.repeat(1_000)), 5);
    try {
      expect(await ended).toMatch(/^HTTP\/1\.1 413 /);
    } finally {
      clearInterval(timer);
    }
  });

  it('keeps a connection for the next request', async () => {
    const { socket, heard } = await dial(await open());
    const post = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nab';
    socket.write(post);
    await expect.poll(() => heard().match(/"bytes":2/g)?.length).toBe(1);
    socket.write(post);
    await expect.poll(() => heard().match(/"bytes":2/g)?.length).toBe(2);
  });

  it('refuses a header of more than 16 KB', async () => {
    const port = await open();
    expect((await exchange(port, 'GET /', { 'x-a': 'a'.repeat(15_000) })).status).toBe(200);
    expect((await exchange(port, 'GET /', { 'x-a': 'a'.repeat(17_000) })).status).toBe(431);
    expect((await exchange(port, `GET /${'a'.repeat(17_000)}`)).status).toBe(431);
  });
});

describe('time', () => {
  it('cuts off a header that comes drop by drop', async () => {
    const port = await open(mirror, { headersTimeoutMs: 150, requestTimeoutMs: 5_000 });
    const { socket, ended } = await dial(port);
    const started = performance.now();
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n');
    const timer = setInterval(() => socket.write('x-a: b\r\n'), 20);
    try {
      expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(timer);
    }
    expect(performance.now() - started).toBeGreaterThan(140);
  });

  it.each([
    ['/', 'chunked'],
    ['/', 'announced'],
    ['/api/v1/accounts/import', 'chunked'],
    ['/api/v1/accounts/import', 'announced'],
  ])('cuts off a body that comes drop by drop: %s, %s', async (target, how) => {
    const times = { bodyTimeoutMs: target === '/' ? 150 : 10_000, requestTimeoutMs: target === '/' ? 10_000 : 150 };
    const port = await open(mirror, { headersTimeoutMs: 100, lingerMs: 100, ...times });
    const { socket, ended } = await dial(port);
    const length = how === 'chunked' ? 'transfer-encoding: chunked' : 'content-length: 100000';
    socket.write(`POST ${target} HTTP/1.1\r\nhost: localhost\r\n${length}\r\n\r\n`);
    const timer = setInterval(() => socket.write(how === 'chunked' ? '1\r\nx\r\n' : 'x'), 20);
    try {
      expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(timer);
    }
  });

  it('lets an answer take its time once the request has arrived', async () => {
    const port = await open(
      async (request, response) => {
        request.resume();
        await wait(400);
        response.end('at last');
      },
      { headersTimeoutMs: 100, requestTimeoutMs: 150, bodyTimeoutMs: 100 },
    );
    expect((await exchange(port, 'POST /', { 'content-length': '2' }, 'ab')).content).toContain('at last');
  });

  it('closes a connection that is idle', async () => {
    const { socket, ended } = await dial(await open(mirror, { idleTimeoutMs: 50 }));
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(await ended).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('closes a connection over which nothing is ever said', async () => {
    const { ended } = await dial(await open(mirror, { headersTimeoutMs: 100, requestTimeoutMs: 200 }));
    await ended;
  });

  it('has no more connections at a time than it may', async () => {
    const port = await open(mirror, { maxConnections: 2 });
    const first = await dial(port);
    await dial(port);
    const third = await dial(port);
    expect(await third.ended).toBe('');
    first.socket.destroy();
    await expect.poll(async () => (await exchange(port, 'GET /').catch(() => ({ status: 0 }))).status).toBe(200);
  });
});

describe('what is no request', () => {
  it.each(['TRACE', 'PROPFIND', 'PURGE'])('refuses the method %s, over which Next.js might fail', async (method) => {
    const { status, content } = await exchange(await open(), `${method} /`, { host: 'localhost' });
    expect(status).toBe(405);
    expect(JSON.parse(content)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  it.each([
    ['noise', '\0\x01\x02nonsense\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nhost: localhost\r\n: x\r\n\r\n'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nhost : localhost\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a chunk without a size',
      'POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n',
    ],
    ['two requests in one', 'GET / HTTP/1.1\r\nhost: localhost\r\nx: a\nGET /b HTTP/1.1\r\n\r\n'],
  ])('answers %s with 400 and no more', async (_, text) => {
    const port = await open();
    const { socket, ended } = await dial(port);
    socket.write(text, 'latin1');
    const answer = await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toMatch(/\bat .*:\d+|node:|Error/);
    expect((await exchange(port, 'GET /')).status).toBe(200);
  });
});

describe('the policy of what has none of its own', () => {
  it.each([
    ['an answer of the API', '/api/livez', { 'content-type': 'application/json' }, /default-src 'none'/],
    ['a page', '/any', { 'content-type': 'text/html; charset=utf-8' }, /default-src 'none'/],
    ['a file', '/_next/static/a.js', { 'content-type': 'application/javascript' }, null],
    [
      'a page with one',
      '/',
      { 'content-type': 'text/html', 'content-security-policy': "default-src 'self'" },
      /'self'/,
    ],
  ] as const)('%s', async (_, target, headers, policy) => {
    const port = await open((_request, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.end();
    });
    const { top } = await exchange(port, `GET ${target}`);
    const found = top.split('\r\n').filter((line) => /^content-security-policy:/i.test(line));
    expect(found).toHaveLength(policy === null ? 0 : 1);
    if (policy) expect(found[0]).toMatch(policy);
  });
});

describe('the settings of it', () => {
  const load = (env: Record<string, string>) => loadConfig({ NODE_ENV: 'test', ...env });

  it('is this machine alone by default', () => {
    expect(load({})).toMatchObject({ host: '127.0.0.1', publicUrls: [], trustedProxies: [] });
  });

  it('wants to know its address where others can reach it', () => {
    for (const HOST of ['0.0.0.0', '::', '192.0.2.1', 'headroom.internal']) {
      expect(() => load({ HOST })).toThrow(`HEADROOM_URL: is required where others can reach it, as HOST=${HOST} says`);
      expect(load({ HOST, HEADROOM_URL: 'https://a.example' })).toMatchObject({ host: HOST });
    }
    for (const HOST of ['127.0.0.1', 'localhost', '::1']) expect(load({ HOST }).publicUrls).toEqual([]);
  });

  it('reads addresses as browsers write them', () => {
    const HEADROOM_URL = 'https://Headroom.Example.com/, http://desk:8080,https://a.example:443';
    expect(load({ HEADROOM_URL }).publicUrls).toEqual([
      'https://headroom.example.com',
      'http://desk:8080',
      'https://a.example',
    ]);
  });

  it.each([
    'headroom.example.com',
    'https://headroom.example.com/desk',
    'https://headroom.example.com?x',
    'https://name:password@headroom.example.com',
    'ftp://headroom.example.com',
    'https://',
    'https://a.example, b.example',
  ])('does not take %s for an address', (HEADROOM_URL) => {
    expect(() => load({ HEADROOM_URL })).toThrow(/^HEADROOM_URL\.\d: must be like https:/);
  });

  it('reads addresses and ranges of proxies', () => {
    expect(load({ HEADROOM_TRUSTED_PROXIES: '10.0.0.0/8, ::1 ,fd00::/8,' }).trustedProxies).toEqual([
      '10.0.0.0/8',
      '::1',
      'fd00::/8',
    ]);
  });

  it.each(['10.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0.0/8/8', 'fe80::1%eth0', '*', 'proxy.example'])(
    'does not take %s for a proxy',
    (HEADROOM_TRUSTED_PROXIES) => {
      expect(() => load({ HEADROOM_TRUSTED_PROXIES })).toThrow(
        /^HEADROOM_TRUSTED_PROXIES\.0: must be addresses or CIDR/,
      );
    },
  );
});

describe('a door that closes', () => {
  it('makes each answer the last of its connection, and waits for what is under way, streams apart', async () => {
    let finish = () => {};
    const handler: Handler = (request, response) => {
      if (request.url === '/stream') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('\n');
      } else if (request.url === '/slow') finish = () => response.end('late');
      else response.end('at once');
    };
    const server = createFrontDoor(handler, { publicUrls: [], trustedProxies: [] });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    close.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (path: string) => fetch(url + path);
    expect((await ask('/')).headers.get('connection')).toBe('keep-alive');
    await ask('/stream');
    await server.answered(5_000);
    const slow = ask('/slow');
    await wait(100);
    server.leave();
    expect((await ask('/')).headers.get('connection')).toBe('close');
    let answered = false;
    const waited = server.answered(10_000).then(() => {
      answered = true;
    });
    await wait(100);
    expect(answered).toBe(false);
    finish();
    expect((await slow).headers.get('connection')).toBe('close');
    await waited;
    // A time that is up ends the wait as well.
    const never = ask('/slow');
    await wait(50);
    await server.answered(100);
    finish();
    await never;
  });

  it('tells of each request how it was answered, and of a client that did not wait', async () => {
    const told: { method: string; url: string; status: number }[] = [];
    const port = await open(
      (request, response) => {
        if (request.url !== '/never') response.writeHead(404).end();
      },
      { onAnswer: ({ method, url, status }) => told.push({ method, url, status }) },
    );
    await fetch(`http://127.0.0.1:${port}/one`);
    await fetch(`http://127.0.0.1:${port}/never`, { signal: AbortSignal.timeout(100) }).catch(() => undefined);
    await expect
      .poll(() => told)
      .toEqual([
        { method: 'GET', url: '/one', status: 404 },
        { method: 'GET', url: '/never', status: 499 },
      ]);
  });
});
