import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { accountAdoption } from '../../lib/contracts/adoption';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { DAY } from '../helpers/clock';
import { eventually } from '../helpers/eventually';
import { csv, type Row } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

const PEERS = ['p-1', 'p-2', 'p-3', 'p-4', 'p-5', 'p-6'];
const HOSTILE = '<img src=x onerror=alert(1)>';

function use(account: string, feature: string, uses: number, weeksAgo: number): Row {
  const observed = new Date(Date.now() - weeksAgo * 7 * DAY - 3_600_000).toISOString();
  return {
    account_id: account,
    feature,
    observed_at: observed,
    uses: String(uses),
    active_users: '4',
    limit_hits: '0',
  };
}

describeInBrowser('feature adoption in a browser', () => {
  let server: TestServer;
  let browser: Browser;
  let api: ApiClient;
  let visitor: Visitor;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    api = createApiClient(server.url);
    const accounts = [...PEERS, 'acme', 'unused'].map((id) => liveOutgrowingRow(id, { segment: 'SMB' }));
    await api.upload('/api/v1/accounts/import', csv(accounts), 'text/csv');
    const weeks = Array.from({ length: 20 }, (_, week) => week);
    const usage = [
      ...PEERS.flatMap((id) =>
        [0, 1, 2].flatMap((week) => [use(id, 'Dashboards', 100, week), use(id, HOSTILE, 50, week)]),
      ),
      ...weeks.map((week) => use('acme', 'Dashboards', week === 0 ? 10 : 100, week)),
    ];
    await api.upload('/api/v1/usage/import', csv(usage), 'text/csv');
    const adopted = async () =>
      (await api.expect(accountAdoption, 200, 'GET', '/api/v1/accounts/acme/adoption')).benchmark;
    await eventually(async () => (await adopted()) !== null, 'the comparison', 20_000);
  });
  afterAll(async () => {
    await browser?.close();
    expect(await server?.stop()).toBe(0);
  });
  beforeEach(async () => {
    visitor = await newVisitor(browser, server.url);
  });
  afterEach(() => visitor.leave());

  it('tells each week in words, by keyboard alone, and as a table', async () => {
    const page = await visitor.open('/accounts/acme');
    const card = page.getByRole('region', { name: 'Feature adoption' });
    await card.getByText('50%').waitFor();
    const grid = card.getByRole('grid', { name: 'Use of features by week' });
    expect(await grid.getByRole('columnheader').count()).toBe(21);
    const cells = grid.getByRole('row').filter({ hasText: 'Dashboards' }).getByRole('gridcell');
    await cells.last().focus();
    await card.getByText('10 uses, 0.1 per seat, up to 4 people').waitFor();
    await page.keyboard.press('ArrowLeft');
    await card.getByText('100 uses, 1 per seat').waitFor();
    await page.keyboard.press('Home');
    expect(await cells.first().evaluate((cell) => cell === document.activeElement)).toBe(true);
    // One cell is on the way of the Tab key, not all of them.
    expect(await grid.locator('td[tabindex="0"]').count()).toBe(1);
    await card.getByText('Show as a table').click();
    expect(await card.getByRole('table', { name: 'Uses of features by week' }).getByRole('row').count()).toBe(21);
  });

  it('recommends what the peers use, with the evidence, whatever a feature is called', async () => {
    const page = await visitor.open('/accounts/acme');
    const card = page.getByRole('region', { name: 'Feature adoption' });
    await card.getByText(`Introduce ${HOSTILE}: 6 of 6 accounts of the segment SMB use it`).waitFor();
    await card.getByText('Evidence', { exact: false }).first().click();
    await card.getByText('none in 28 days').waitFor();
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });

  it('says what to do where nothing is known', async () => {
    const page = await visitor.open('/accounts/unused');
    const card = page.getByRole('region', { name: 'Feature adoption' });
    await card.getByRole('heading', { name: 'No feature use is known yet' }).waitFor();
    await card.getByRole('link', { name: 'Import feature use' }).click();
    await page.waitForURL(/\/import\?kind=usage/);
  });

  it.each(['light', 'dark'] as const)('is accessible, and narrow enough for a phone, in %s', async (colorScheme) => {
    const phone = await newVisitor(browser, server.url, { viewport: { width: 390, height: 844 }, colorScheme });
    const page = await phone.open('/accounts/acme');
    const card = page.getByRole('region', { name: 'Feature adoption' });
    await card.getByRole('grid').waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    const sizes = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(sizes[0]).toBeLessThanOrEqual(sizes[1] ?? 0);
    // The newest week is in sight, and the map scrolls by itself.
    const box = await card.getByRole('gridcell').nth(19).boundingBox();
    expect(box?.x).toBeLessThan(390);
    await phone.leave();
  });
});
