import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { auditList } from '../../lib/contracts';
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

describeInBrowser('feature adoption and the schedule in a browser', () => {
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

  it('sets when a job runs, shows the next five times in both zones, and refuses what is no time', async () => {
    const other = await newVisitor(browser, server.url, { timezoneId: 'America/New_York' });
    const page = await other.open('/settings/schedule');
    const zone = page.getByLabel('Time zone of the schedule');
    await zone.fill('Europe/Berlin');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Set here; the configuration says/).waitFor();

    const scan = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: /^Daily health scan/ }) });
    await scan.getByRole('button', { name: 'Times of Daily health scan' }).click();
    await scan.getByLabel('How often').selectOption('weekly');
    await scan.getByLabel('On', { exact: true }).selectOption('Monday');
    await scan.getByLabel('At').fill('06:30');
    expect(await scan.getByLabel('Cron expression').inputValue()).toBe('30 6 * * 1');
    const times = scan.getByRole('table', { name: 'Next times of Daily health scan' });
    await expect.poll(() => times.getByRole('cell').first().textContent()).toMatch(/^Mon.*06:30$/);
    expect(await times.getByRole('columnheader').allInnerTexts()).toEqual(['Europe/Berlin', 'You (America/New York)']);
    expect(await times.getByRole('row').count()).toBe(6);
    expect(await times.getByRole('cell').nth(1).textContent()).toMatch(/^Mon.*0[01]:30$/);

    await scan.getByLabel('Cron expression').fill('30 25 * * 1');
    await scan.getByText('It has no hour «25»', { exact: false }).waitFor();
    expect(await scan.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await scan.getByLabel('Cron expression').fill('45 6 * * 1');
    await scan.getByRole('button', { name: 'Save' }).click();
    await scan.getByText('Every Monday at 06:45', { exact: false }).waitFor();

    await scan.getByLabel('Daily health scan is on').uncheck();
    await scan.getByText('Off', { exact: true }).waitFor();
    await page.getByText('Daily health scan is off', { exact: true }).waitFor();
    expect(await page.getByLabel('Resume dispatches is on').isDisabled()).toBe(true);
    await page.getByText('A dispatch that was interrupted would wait for ever', { exact: false }).waitFor();

    const { items } = await api.expect(auditList, 200, 'GET', '/api/v1/audit?action=settings.schedule_changed');
    expect(items.map(({ detail }) => detail)).toMatchObject([
      { after: { 'Daily health scan': expect.stringMatching(/^off/) } },
      { after: { 'Daily health scan': expect.stringMatching(/^45 6 \* \* 1/) } },
      { after: { timeZone: 'Europe/Berlin' } },
    ]);
    await other.leave();
  });

  it.each(['light', 'dark'] as const)('has an accessible schedule on a phone, in %s', async (colorScheme) => {
    const phone = await newVisitor(browser, server.url, { viewport: { width: 390, height: 844 }, colorScheme });
    const page = await phone.open('/settings/schedule');
    const here = page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Schedule' });
    await expect
      .poll(async () => {
        const { x = 0, width = 0 } = (await here.boundingBox()) ?? {};
        return [x >= 0, x + width <= 390];
      })
      .toEqual([true, true]);
    await page.getByRole('button', { name: 'Times of Retention' }).click();
    await page.getByRole('table', { name: 'Next times of Retention' }).waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    const sizes = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(sizes[0]).toBeLessThanOrEqual(sizes[1] ?? 0);
    await phone.leave();
  });
});
