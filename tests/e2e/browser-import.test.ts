import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { accountList, dispatchDetail, opportunityList } from '../../lib/contracts';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { csv, FORECASTING, type Row } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

/** Names that would do harm where they are taken for markup. */
const IMAGE = '<img src=x onerror=alert(1)>';
const SCRIPT = '"><script>alert(2)</script>';
const GOOD: readonly Row[] = [
  liveOutgrowingRow('evil-1', { name: IMAGE, segment: SCRIPT, plan: IMAGE }),
  liveOutgrowingRow('evil-2', { name: SCRIPT, tech_stack: IMAGE }),
  liveOutgrowingRow('plain', { name: 'Straße & Söhne' }),
];
const BAD: readonly Row[] = [
  liveOutgrowingRow('bad-domain', { domain: 'javascript:alert(3)' }),
  liveOutgrowingRow('bad-arr', { name: IMAGE, arr: '24.000,50' }),
];

describeInBrowser('importing in a browser', () => {
  let server: TestServer;
  let browser: Browser;
  let api: ApiClient;
  let visitor: Visitor;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    api = createApiClient(server.url);
    const catalogue = csv([{ ...FORECASTING, name: SCRIPT, benefit: IMAGE }]);
    await api.upload('/api/v1/catalogue/import', catalogue, 'text/csv');
  });
  afterAll(async () => {
    await browser?.close();
    expect(await server?.stop()).toBe(0);
  });
  beforeEach(async () => {
    visitor = await newVisitor(browser, server.url);
  });
  afterEach(() => visitor.leave());

  it('previews a file from Excel, asks what a column is, and returns what it refused', async () => {
    const page = await visitor.open('/import');
    await page.locator('input[type=file]').setInputFiles({
      name: 'kunden.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(fromExcel([...GOOD, ...BAD])),
    });
    await page.getByText('semicolon-separated').waitFor();
    const button = page.getByRole('button', { name: 'Import accounts' });
    await page.getByText('Still needed: name.').waitFor();
    expect(await button.isDisabled()).toBe(true);
    await page.getByLabel('«Kundenfirma» is').selectOption('name');
    const preview = page.getByRole('region', { name: 'Preview of the file' });
    for (const text of [IMAGE, SCRIPT, 'Straße & Söhne'])
      await preview.getByText(text, { exact: true }).first().waitFor();
    await expectInert(page);

    await button.click();
    await page.getByRole('heading', { name: '3 rows imported, 2 refused' }).waitFor();
    const refused = page.locator('table').filter({ hasText: 'What to mend' }).locator('tbody tr');
    expect(await refused.count()).toBe(2);
    const [domain, arr] = await refused.evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)),
    );
    expect(domain).toEqual([
      '5',
      expect.stringMatching(/^domain«javascript:alert\(3\)»/),
      expect.stringMatching(/.{10}/),
    ]);
    expect(arr).toEqual(['6', expect.stringMatching(/^arr«24\.000,50»/), expect.stringMatching(/.{10}/)]);
    await page.getByRole('heading', { name: 'Scored', exact: true }).waitFor({ timeout: 30_000 });
    await expectInert(page);

    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download refused rows' }).click();
    const rejected = await readFile(await (await download).path(), 'utf8');
    expect(rejected).toContain('bad-domain');
    expect(rejected).toContain('bad-arr');
    expect(rejected).not.toContain('evil-1');
    expect(rejected.split(/\r?\n/, 1)[0]).toMatch(/_error/);
    expect((await api.expect(accountList, 200, 'GET', '/api/v1/accounts')).items).toHaveLength(GOOD.length);

    await page.getByRole('button', { name: 'Import another file' }).click();
    await page.locator('input[type=file]').setInputFiles({
      name: 'again.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(csv(GOOD)),
    });
    await button.click();
    await page.getByText('Everything in it was known already; nothing changed.').waitFor();
  });

  it('says of a file that it cannot read what to do', async () => {
    const page = await visitor.open('/import');
    const choose = (name: string, content: string) =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
    await choose('empty.csv', '');
    await page.getByText('The file is empty. Choose one with a header line').waitFor();
    await choose('book.xlsx', 'PK');
    await page.getByText('Save it as «CSV UTF-8» in Excel').waitFor();
  });

  it('shows markup in names and texts as text, on every page and in the draft', async () => {
    const { items } = await api.expect(opportunityList, 200, 'GET', '/api/v1/opportunities?status=open');
    const evil = items.filter(({ account }) => account.id.startsWith('evil'));
    expect(new Set(evil.map(({ account }) => account.id)).size).toBe(2);
    const paths = ['/opportunities', '/accounts', '/agents?tab=runs'];
    for (const { id, account } of evil) {
      const dispatch = await api.expect(dispatchDetail, 201, 'POST', '/api/v1/dispatches', { opportunityId: id });
      paths.push(
        `/opportunities?tab=all&id=${id}`,
        `/accounts/${account.id}`,
        `/dispatches?id=${dispatch.id}`,
        `/api/v1/dispatches/${dispatch.id}/draft`,
      );
    }
    for (const path of [...paths, '/dispatches', `/opportunities?tab=all&q=${encodeURIComponent(IMAGE)}`]) {
      const page = await visitor.open(path);
      // The page of the runs names no account, the list of what is ready has none left to name.
      if (!path.startsWith('/agents') && path !== '/opportunities') {
        const payload = page.getByText(/<img src=x onerror=alert\(1\)>|"><script>alert\(2\)<\/script>/);
        await payload.first().waitFor();
      }
      const frames = page.locator('iframe');
      if (/[?&]id=|draft$/.test(path)) await frames.first().waitFor();
      await expectInert(page);
      await page.close();
    }
  });
});

/** Semicolons, a byte order mark and CRLF, with a column that has a name of its own. */
function fromExcel(rows: readonly Row[]): string {
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value = '') => (/[";\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = rows.map((row) => header.map((column) => cell(row[column])).join(';'));
  const names = header.map((column) => (column === 'name' ? 'Kundenfirma' : column)).join(';');
  return `\uFEFF${[names, ...lines].join('\r\n')}\r\n`;
}

/** Nothing of the payloads became an element, in the page or in a frame of it. A script that runs raises a dialog, which fails the visit. */
async function expectInert(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    const harmful = await frame.locator('[onerror],img,iframe:not([sandbox=""]),a[href^="javascript:" i]').count();
    expect(harmful, `${page.url()} ${frame.name()}`).toBe(0);
  }
}
