import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatchDetail, opportunityList } from '../../lib/contracts';
import { type ApiClient, createApiClient } from '../helpers/api-client';
import { describeInBrowser, launchBrowser, newVisitor, reportBreaches } from '../helpers/browser';
import { removeDirectory, temporaryDirectory } from '../helpers/database';
import { signInAs } from '../helpers/people';
import { startServer, TEST_API_KEY, type TestServer } from '../helpers/server';

const STATIC = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

let server: TestServer;
let api: ApiClient;
let dispatch: { id: string; accountId: string; opportunityId: string };

beforeAll(async () => {
  server = await startServer({ demo: true });
  api = createApiClient(server.url);
  const { items } = await api.expect(opportunityList, 200, 'GET', '/api/v1/opportunities?status=open&limit=1');
  const [{ id: opportunityId, account } = { id: '', account: { id: '' } }] = items;
  const { id } = await api.expect(dispatchDetail, 201, 'POST', '/api/v1/dispatches', { opportunityId });
  dispatch = { id, accountId: account.id, opportunityId };
});
afterAll(async () => {
  expect(await server.stop(), server.output()).toBe(0);
});

describe('headers', () => {
  /** The directives of a Content-Security-Policy by name. */
  function policyOf(headers: Headers): Map<string, string[]> {
    const directives = (headers.get('content-security-policy') ?? '')
      .split(';')
      .map((part) => part.trim().split(/\s+/));
    return new Map(directives.map(([name = '', ...values]) => [name, values]));
  }

  it.each(['/sign-in', '/join', '/nothing-here', '/accounts/nothing'])('of the page %s', async (path) => {
    const { headers, text: html } = await api.send('GET', path);
    expect(Object.fromEntries(headers)).toMatchObject(STATIC);
    expect(headers.get('permissions-policy')).toMatch(/camera=\(\).*geolocation=\(\).*microphone=\(\)/);
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    const policy = policyOf(headers);
    expect(policy.get('script-src')).toEqual([expect.stringMatching(/^'nonce-[\w+/]{22}=='$/), "'strict-dynamic'"]);
    expect(Object.fromEntries(policy)).toMatchObject({
      'default-src': ["'none'"],
      'object-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
    });
    const [, nonce = ''] = /nonce-([^']+)/.exec(headers.get('content-security-policy') ?? '') ?? [];
    const scripts = html.match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((script) => !script.includes(`nonce="${nonce}"`))).toEqual([]);
  });

  it('give each request a nonce of its own, whatever it asks for', async () => {
    const given = { 'content-security-policy': "script-src 'nonce-bWluZQ=='", 'x-nonce': 'bWluZQ==' };
    const answers = await Promise.all([1, 2, 3].map(() => api.send('GET', '/sign-in', undefined, given)));
    expect(new Set(answers.map(({ headers }) => policyOf(headers).get('script-src')?.[0])).size).toBe(3);
    for (const { text: html } of answers) expect(html).not.toContain('bWluZQ==');
  });

  it.each([
    [200, '/api/v1/opportunities'],
    [200, '/api/livez'],
    [200, '/api/readyz'],
    [400, '/api/v1/opportunities?colour=red'],
    [404, '/api/v1/accounts/nothing'],
    [404, '/api/v1/no-such-route'],
  ])('of an answer of the API: %i from %s', async (status, path) => {
    const answer = await api.send('GET', path);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject(STATIC);
    const policy = policyOf(answer.headers);
    expect([policy.get('default-src'), policy.get('frame-ancestors')]).toEqual([["'none'"], ["'none'"]]);
  });

  it('of a draft are its own', async () => {
    const { headers } = await api.send('GET', `/api/v1/dispatches/${dispatch.id}/draft`);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    const policy = policyOf(headers);
    expect([policy.get('default-src'), policy.get('style-src')]).toEqual([["'none'"], ["'unsafe-inline'"]]);
    expect(policy.has('script-src')).toBe(false);
  });

  it('leave no picture service open', async () => {
    expect((await api.send('GET', '/_next/image?url=%2Ficon.svg&w=64&q=75')).status).toBe(404);
  });
});

describe('uploads', () => {
  it('of 20 MB reach an import whole', async () => {
    const wide = `account_id,name\n${'a,b\n'.repeat(5 * 1024 * 1024)}`;
    const answer = await api.upload('/api/v1/usage/import', wide, 'text/csv');
    expect([400, 200], answer.text.slice(0, 300)).toContain(answer.status);
  });

  it('of 20 MB are refused anywhere else', async () => {
    expect(await api.refused(413, 'POST', '/api/v1/dispatches', 'x'.repeat(20 * 1024 * 1024))).toMatchObject({
      code: 'payload_too_large',
    });
  });
});

describe('behind a proxy', () => {
  let dataDir: string;
  let port: number;
  let exposed: TestServer;

  beforeAll(async () => {
    dataDir = await temporaryDirectory();
    port = await freePort();
    exposed = await startServer({
      dataDir,
      env: {
        HOST: '0.0.0.0',
        PORT: String(port),
        HEADROOM_URL: 'http://desk.example,https://headroom.example',
        HEADROOM_TRUSTED_PROXIES: '127.0.0.0/8',
      },
    });
  });
  afterAll(async () => {
    expect(await exposed?.stop(), exposed?.output()).toBe(0);
    await removeDirectory(dataDir);
  });

  async function get(path: string, headers: Record<string, string>) {
    const request = http.get({ host: '127.0.0.1', port, path, headers });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode, headers: response.headers, text: await text(response) };
  }

  it('says where it listens and what it answers to', async () => {
    await expect
      .poll(() => exposed.output())
      .toContain(`listens on 0.0.0.0:${port} and answers to http://desk.example and https://headroom.example`);
  });

  it('answers to its own names alone', async () => {
    const status = async (host: string) => (await get('/api/livez', { host })).status;
    expect(await Promise.all(['desk.example', 'headroom.example', `localhost:${port}`].map(status))).toEqual([
      200, 200, 200,
    ]);
    expect(await Promise.all(['evil.example', `0.0.0.0:${port}`, 'desk.example.evil.example'].map(status))).toEqual([
      421, 421, 421,
    ]);
  });

  it('asks for TLS from then on where TLS was used', async () => {
    const secure = await get('/sign-in', { host: 'headroom.example', 'x-forwarded-proto': 'https' });
    expect(secure.headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await get('/sign-in', { host: 'desk.example' })).headers['strict-transport-security']).toBeUndefined();
  });

  it('writes down the address that the proxy saw, not what the client claims', async () => {
    const body = JSON.stringify({ email: 'invited@people.example', role: 'viewer' });
    const request = http.request({
      host: '127.0.0.1',
      port,
      path: '/api/v1/invitations',
      method: 'POST',
      headers: {
        host: 'desk.example',
        authorization: `Bearer ${TEST_API_KEY}`,
        'content-type': 'application/json',
        'content-length': body.length,
        'x-headroom-client-ip': '198.51.100.66',
        'x-forwarded-for': '198.51.100.66, 203.0.113.7',
      },
    });
    request.end(body);
    const [created] = (await once(request, 'response')) as [http.IncomingMessage];
    expect(created.statusCode, await text(created)).toBe(201);
    const audit = await get('/api/v1/audit', { host: 'desk.example', authorization: `Bearer ${TEST_API_KEY}` });
    expect(audit.text).toContain('203.0.113.7');
    expect(audit.text).not.toContain('198.51.100.66');
  });
});

describeInBrowser('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('a draft of its own address keeps to its policy', async () => {
    const visitor = await newVisitor(browser, server.url);
    const page = await visitor.open(`/api/v1/dispatches/${dispatch.id}/draft`);
    await page.frameLocator('iframe').getByText('Talk track').first().waitFor();
    await visitor.leave();
  });

  it('a script that somebody smuggled in does not run', async () => {
    const { cookie } = await signInAs(server.url, 'admin');
    const [name = '', value = ''] = cookie.split('=', 2);
    const context = await browser.newContext({ baseURL: server.url });
    await reportBreaches(context);
    const breached = new Set<string>();
    context.on('console', (message) => {
      const [, directive] = /^policy: ([\w-]+)/.exec(message.text()) ?? [];
      if (directive !== undefined) breached.add(directive);
    });
    await context.addCookies([{ name, value, url: server.url }]);
    const smuggled = `<script>window.ran = 'inline'</script><script src="/smuggled.js"></script>
      <img src="/nothing.png" onerror="window.ran = 'attribute'"><base href="https://evil.example/">
      <a id="smuggled" href="javascript:window.ran='link'">link</a><object data="/smuggled.js"></object>`;
    await context.route('**/smuggled.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: "window.ran = 'file'" }),
    );
    const page = await openWith(smuggled);
    await page.locator('#smuggled').dispatchEvent('click');
    await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), smuggled);
    const directives = ['base-uri', 'object-src', 'script-src-attr', 'script-src-elem'];
    await expect.poll(() => [...breached].sort()).toEqual(directives);
    expect(await ran(page)).toBeUndefined();
    expect(new URL(await page.evaluate(() => document.baseURI)).origin).toBe(new URL(server.url).origin);

    // Without the policy all of it would have run: the above can fail.
    const unprotected = await openWith(smuggled, (headers) => delete headers['content-security-policy']);
    await expect.poll(() => ran(unprotected)).toBeDefined();
    await context.close();

    async function openWith(html: string, change: (headers: Record<string, string>) => void = () => undefined) {
      const tab: Page = await context.newPage();
      await tab.route('**/settings', async (route) => {
        const answer = await route.fetch();
        const headers = answer.headers();
        change(headers);
        const body = (await answer.text()).replace('</body>', `${html}</body>`);
        expect(body).toContain('smuggled');
        await route.fulfill({ status: answer.status(), headers, body });
      });
      await tab.goto('/settings', { waitUntil: 'load' });
      return tab;
    }

    function ran(tab: Page): Promise<unknown> {
      return tab.evaluate(() => (window as unknown as { ran?: string }).ran);
    }
  });

  it('no other page may show the desk in a frame', async () => {
    const outside = http.createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<iframe src="${server.url}/sign-in"></iframe>`);
    });
    outside.listen(0, '127.0.0.1');
    await once(outside, 'listening');
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`http://127.0.0.1:${(outside.address() as AddressInfo).port}/`, { waitUntil: 'load' });
    await expect.poll(() => complaints).toContainEqual(expect.stringContaining("frame-ancestors 'none'"));
    expect(page.frames()[1]?.url()).not.toContain('/sign-in');
    await page.close();
    outside.close();
  });
});

async function freePort(): Promise<number> {
  const probe = net.createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
