import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutgoing, type OutgoingOptions } from '../../lib/outgoing';

let server: Server;
let port: number;
let requests: string[];
beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.url === '/elsewhere') response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    else if (request.url === '/large') response.end('x'.repeat(5_000));
    else if (request.url === '/endless') response.writeHead(200).write('x'.repeat(50));
    else if (request.url !== '/never') response.setHeader('content-type', 'text/plain').end('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** Names answer what the list says, one after the other. */
function names(...answers: LookupAddress[][]): NonNullable<OutgoingOptions['resolve']> {
  return ((_name: string, _options: object, callback: (error: null, addresses: LookupAddress[]) => void) => {
    callback(null, answers.shift() ?? []);
  }) as unknown as NonNullable<OutgoingOptions['resolve']>;
}

const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 };
const PUBLIC: LookupAddress = { address: '93.184.216.34', family: 4 };

describe('a request to an address that somebody configured', () => {
  const strict = createOutgoing({ allowedRanges: [] });

  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[fe80::1]',
    '[fd00::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    'localhost',
  ])('does not go to %s', async (host) => {
    await expect(strict(`http://${host}:${port}/`)).rejects.toMatchObject({ code: 'forbidden' });
    expect(requests).toEqual([]);
  });

  it.each(['file:///etc/passwd', 'ftp://example.com/', 'data:text/plain,x'])('does not take %s', async (url) => {
    await expect(strict(url)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('does not go where a name leads inside, not even beside a public address, nor the second time', async () => {
    for (const answers of [[LOOPBACK], [PUBLIC, LOOPBACK], []]) {
      const outgoing = createOutgoing({ allowedRanges: [], resolve: names(answers) });
      await expect(outgoing(`http://rebinding.example:${port}/`)).rejects.toMatchObject({ code: 'forbidden' });
    }
    // First it was asked for another connection; each is judged by the address that it is made to.
    const rebinding = createOutgoing({
      allowedRanges: ['127.0.0.1'],
      resolve: names([LOOPBACK], [{ address: '127.0.0.2', family: 4 }]),
    });
    expect((await rebinding(`http://rebinding.example:${port}/`)).status).toBe(200);
    await expect(rebinding(`http://rebinding.example:${port}/`)).rejects.toMatchObject({ code: 'forbidden' });
    expect(requests).toEqual(['GET /']);
  });

  it('goes where that was allowed, follows no redirect, and stops at a limit of size and time', async () => {
    const outgoing = createOutgoing({ allowedRanges: ['127.0.0.0/8'], maxBytes: 1_000, timeoutMs: 300 });
    const answer = await outgoing(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' });
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([
      200,
      'hello',
      'text/plain',
    ]);
    expect((await outgoing(`http://127.0.0.1:${port}/elsewhere`)).status).toBe(302);
    await expect(outgoing(`http://127.0.0.1:${port}/large`)).rejects.toMatchObject({ code: 'payload_too_large' });
    await expect(outgoing(`http://127.0.0.1:${port}/never`)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(requests).toEqual(['POST /', 'GET /elsewhere', 'GET /large', 'GET /never']);
  });

  it('is cut where its status is all that counts: an answer that is too large, or whose end does not come', async () => {
    const outgoing = createOutgoing({
      ...{ allowedRanges: ['127.0.0.1'], maxBytes: 1_000, timeoutMs: 300 },
      overflow: 'cut',
    });
    const large = await outgoing(`http://127.0.0.1:${port}/large`);
    expect([large.status, (await large.text()).length]).toEqual([200, 1_000]);
    const endless = await outgoing(`http://127.0.0.1:${port}/endless`);
    expect([endless.status, (await endless.text()).length]).toEqual([200, 50]);
    // Without a status there is nothing to count.
    await expect(outgoing(`http://127.0.0.1:${port}/never`)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('goes unencrypted to allowed networks alone, where that is asked for', async () => {
    const outgoing = createOutgoing({
      ...{ allowedRanges: ['127.0.0.1'], timeoutMs: 300, plain: 'allowed ranges' },
      resolve: names([LOOPBACK], [PUBLIC], [LOOPBACK, PUBLIC]),
    });
    expect((await outgoing(`http://inside.example:${port}/`)).status).toBe(200);
    for (const host of ['outside.example', 'both.example', '93.184.216.34']) {
      await expect(outgoing(`http://${host}:${port}/`)).rejects.toMatchObject({ code: 'forbidden' });
    }
    expect(requests).toEqual(['GET /']);
  });
});
