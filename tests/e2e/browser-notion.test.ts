import { mkdir } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentsResponse } from '../../lib/contracts';
import { notionOverview } from '../../lib/contracts/notion';
import { createApiClient, liveRow } from '../helpers/api-client';
import { answering, describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { eventually } from '../helpers/eventually';
import { ACCOUNT_PROPERTIES, accountPage } from '../helpers/notion-desk';
import { value } from '../helpers/notion-rules';
import { type NotionServer, startNotionServer } from '../helpers/notion-server';
import type { NotionBase } from '../helpers/notion-shapes';
import { csv } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const DAY_MS = 86_400_000;

describeInBrowser('Settings → Notion', () => {
  let notion: NotionServer;
  let accounts: NotionBase;
  let server: TestServer;
  let browser: Browser;
  let admin: Visitor;
  let page: Page;

  beforeAll(async () => {
    notion = await startNotionServer();
    accounts = notion.addBase('Customers', ACCOUNT_PROPERTIES);
    notion.addPage('Customer success');
    const date = (days: number) => value.date(new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10));
    const live = { 'Last touch': date(-4), Renewal: date(280), 'Contract start': date(-400) };
    for (const [id, name] of Object.entries(NAMES)) {
      notion.addRow(accounts, accountPage(id, { ...live, Company: value.title(name) }));
    }
    notion.addRow(
      accounts,
      accountPage('quartz', { ...live, Company: value.title('Quartz & Sons'), Adoption: value.number(85) }),
    );
    notion.addRow(
      accounts,
      accountPage('umbra', { ...live, Company: value.title('Umbra Labs'), CSM: value.people({}) }),
    );
    notion.addRow(accounts, accountPage('filed', { ...live, Company: value.title('Filed Freight') }));
    const env = {
      HEADROOM_NOTION_API_URL: notion.url,
      HEADROOM_NOTION_REQUESTS_PER_SECOND: '50',
      // Nothing happens that no test asked for.
      HEADROOM_NOTION_PULL_CRON: '0 0 29 2 *',
    };
    [server, browser] = await Promise.all([
      startServer({ env, demo: process.env.SCREENSHOTS !== undefined }),
      launchBrowser(),
    ]);
    await createApiClient(server.url).upload('/api/v1/accounts/import', csv([liveRow('filed')]), 'text/csv');
    admin = await newVisitor(browser, server.url);
    page = await admin.open('/settings/notion');
  });
  afterAll(async () => {
    await admin?.leave();
    await browser?.close();
    expect(server?.output() ?? '').not.toContain(notion?.token);
    expect(await server?.stop()).toBe(0);
    expect(notion?.violations).toEqual([]);
    await notion?.close();
  });

  const overview = () => createApiClient(server.url).expect(notionOverview, 200, 'GET', '/api/v1/notion');

  it('connects with a token that Notion accepts, and no other', async () => {
    await look(page, 'connect');
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    const wrong = { token: 'ntn_00000000000000000000' };
    const refused = await createApiClient(server.url).refused(400, 'PUT', '/api/v1/notion/token', wrong);
    expect(refused).toMatchObject({ detail: 'Notion does not accept this token.', errors: [{ path: 'token' }] });
    await page.getByLabel('Integration secret').fill(notion.token);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('heading', { name: 'Acme Success' }).waitFor();
    await page.getByText('Notion wins for the facts of an account, Headroom for its scores').waitFor();
    expect(await page.content()).not.toContain(notion.token);
  });

  it('proposes a mapping, shows the first rows, and saves what was corrected', async () => {
    await page.getByRole('button', { name: 'Choose', exact: true }).click();
    await page.getByRole('button', { name: 'Look at it: Customers' }).click();
    await page.getByText('Would come in').first().waitFor();
    expect(await page.getByLabel('TAM rating').locator('option:checked').textContent()).toBe('Health Status (select)');
    await look(page, 'mapping');
    // A correction shows at once what it does.
    await page.getByLabel('Invoices').selectOption('');
    await page.getByText('Would come in without a score').first().waitFor();
    await page.getByLabel('Invoices').selectOption({ label: 'Invoice status (select)' });
    await page.getByText('Would come in without a score').first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Never read yet.').waitFor();
    expect((await overview()).mapping.tam_health_rag?.name).toBe('Health Status');
  });

  it('makes a database under a page, pulls, writes, and lists what needs attention', async () => {
    await page.getByRole('button', { name: 'Set up Expansion' }).click();
    await page.getByRole('menuitem', { name: 'Create one under a page…' }).click();
    await page.getByRole('button', { name: 'Create here: Customer success' }).click();
    await page.getByRole('link', { name: 'Headroom: expansion' }).waitFor();
    await page.getByRole('button', { name: 'Pull now' }).click();
    await page.getByText(/14 accounts; 1 could not be read, 1 belong to files/).waitFor();
    await eventually(async () => {
      const { push } = await overview();
      return push.waiting === 0 && push.lastAt !== null ? true : null;
    }, 'everything to be written');
    await page.reload();
    await page.getByText('Everything is written').waitFor();
    await page.getByRole('link', { name: 'Quartz & Sons' }).waitFor();
    await page.getByText('«85» is not a number from 0 to 1').waitFor();
    await look(page, 'working');
    const records = notion.bases().find(({ title }) => title === 'Headroom: expansion')?.rows ?? [];
    expect(records.length).toBeGreaterThanOrEqual(14);
  });

  it('takes over what belongs to files, once a person says so', async () => {
    await page.getByRole('button', { name: 'Take over 1 account…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take over' }).click();
    await page.getByText(/15 accounts; 1 could not be read\./).waitFor();
  });

  it('says here and on the Agents page what is wrong, and what to do', async () => {
    const good = notion.token;
    notion.setToken('ntn_changed');
    await page.getByRole('button', { name: 'Pull now' }).click();
    await page.getByText('Notion does not accept the token any more.').waitFor();
    await look(page, 'problem');
    const { integrations } = await createApiClient(server.url).expect(agentsResponse, 200, 'GET', '/api/v1/agents');
    expect(integrations.find(({ id }) => id === 'notion')).toMatchObject({
      state: 'degraded',
      reason: expect.stringContaining('Settings → Notion'),
    });
    notion.setToken(good);
    await page.reload();
    await answering(page);
    await page.getByLabel('Integration secret').fill(good);
    await page.getByRole('button', { name: 'Keep this token' }).click();
    await page.getByText('Works', { exact: true }).waitFor();
  });

  it.each(Object.entries(SIZES))('has nothing that keeps anybody out, %s', async (_, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const visitor = await newVisitor(browser, server.url, { viewport, colorScheme });
      const tab = await visitor.open('/settings/notion');
      await tab.getByText('Databases that Headroom fills').waitFor();
      expect((await new AxeBuilder({ page: tab }).analyze()).violations).toEqual([]);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect(wide).toBe(false);
      await visitor.leave();
    }
  });

  /** Pictures for whoever wants to look: SCREENSHOTS names a directory. */
  async function look(tab: Page, name: string): Promise<void> {
    const directory = process.env.SCREENSHOTS;
    if (directory === undefined) return;
    await mkdir(directory, { recursive: true });
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await tab.setViewportSize({ ...viewport, height: 1_600 });
        await tab.emulateMedia({ colorScheme });
        await tab.screenshot({ path: `${directory}/${name}-${size}-${colorScheme}.png` });
      }
    }
    await tab.setViewportSize(SIZES.wide);
    await tab.emulateMedia({ colorScheme: 'light' });
  }
});

const NAMES: Record<string, string> = {
  northwind: 'Northwind Traders',
  contoso: 'Contoso',
  fabrikam: 'Fabrikam Robotics',
  tailspin: 'Tailspin Toys',
  litware: 'Litware',
  adatum: 'Adatum Shipping',
  proseware: 'Proseware',
  wingtip: 'Wingtip Studios',
  lucerne: 'Lucerne Publishing',
  trey: 'Trey Research',
  margie: 'Margie’s Travel',
  fourth: 'Fourth Coffee',
  humongous: 'Humongous Insurance',
};
