import { readdir } from 'node:fs/promises';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { dispatchDetail, dispatchList, opportunityDetail } from '../../lib/contracts';
import { type ApiClient, createApiClient } from '../helpers/api-client';
import { describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { eventually } from '../helpers/eventually';
import { tellNobody } from '../helpers/quiet';
import { startServer, type TestServer } from '../helpers/server';

/** One test after another, as a person's first hour goes: each leaves behind what it did. */
describeInBrowser('the desk in a browser', () => {
  let server: TestServer;
  let browser: Browser;
  let api: ApiClient;
  let visitor: Visitor;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    api = createApiClient(server.url);
    // The drafts that are counted are those of dispatches.
    await tellNobody(api);
  });
  afterAll(async () => {
    await browser?.close();
    expect(await server?.stop()).toBe(0);
  });
  beforeEach(async () => {
    visitor = await newVisitor(browser, server.url);
  });
  afterEach(() => visitor.leave());

  async function dispatches() {
    return (await api.expect(dispatchList, 200, 'GET', '/api/v1/dispatches?limit=100')).items;
  }

  async function drafts() {
    const files = await readdir(server.dataDir, { recursive: true });
    return files.filter((file) => file.endsWith('.eml')).length;
  }

  it('offers a sample to a newcomer, and fills the table with it', async () => {
    const page = await visitor.open('/');
    await page.getByRole('heading', { name: 'No accounts yet' }).waitFor();
    expect(await page.getByRole('link', { name: 'Import CSV' }).getAttribute('href')).toBe('/import');
    await page.getByRole('button', { name: 'Load the sample portfolio' }).click();
    await rows(page).first().waitFor({ timeout: 60_000 });
    await page.getByRole('navigation', { name: 'Main' }).getByText('Scanned').waitFor({ timeout: 60_000 });
    expect(await rows(page).count()).toBeGreaterThan(5);
  });

  it('tells why, leaves one draft under a double click, and shows it in every tab', async () => {
    const page = await visitor.open('/opportunities');
    const { id, name, row } = await firstReady(page);
    await row.locator('td').nth(2).click();
    const panel = page.getByRole('region', { name });
    for (const part of ['Evidence', 'How the amount comes about', 'Talk track', 'Gates', 'Timeline'])
      await panel.getByRole('heading', { name: part }).waitFor();
    const detail = await api.expect(opportunityDetail, 200, 'GET', `/api/v1/opportunities/${id}`);
    for (const { statement } of detail.evidence) await panel.getByRole('link', { name: statement }).first().waitFor();
    expect(await panel.getByText(/, observed \d/).count()).toBe(detail.evidence.length);
    expect(await panel.getByText('Passed: ').count()).toBe(detail.gates.length);
    await panel.getByText(detail.talkTrack).waitFor();

    const elsewhere = await visitor.open(page.url());
    await elsewhere.getByRole('button', { name: 'Dispatch to sales' }).waitFor();
    await page.bringToFront();
    await panel.getByRole('button', { name: 'Dispatch to sales' }).dblclick();
    await row.getByRole('link', { name: /^Open draft for / }).waitFor();
    await panel.getByRole('link', { name: 'Open draft' }).waitFor();
    await panel.getByText('Draft left in the mailbox').waitFor();
    const otherPanel = elsewhere.getByRole('region', { name });
    await otherPanel.getByRole('link', { name: 'Open draft' }).waitFor();
    expect(await otherPanel.getByRole('button', { name: 'Dispatch to sales' }).count()).toBe(0);

    expect((await dispatches()).map(({ opportunityId, state }) => ({ opportunityId, state }))).toEqual([
      { opportunityId: id, state: 'drafted' },
    ]);
    expect(await drafts()).toBe(1);

    const opened = visitor.context.waitForEvent('page');
    await panel.getByRole('link', { name: 'Open draft' }).click();
    const draft = await opened;
    const [dispatch] = await dispatches();
    const answer = await api.send('GET', `/api/v1/dispatches/${dispatch?.id}/draft?format=json`);
    const written = z.parse(z.object({ subject: z.string(), text: z.string() }), JSON.parse(answer.text));
    await draft.getByText(written.subject, { exact: true }).first().waitFor();
    const body = await draft.frameLocator('iframe').locator('body').textContent();
    expect(words(body ?? '')).toContain(words(detail.talkTrack).slice(0, 40));
  });

  it('names the gate that holds an opportunity, and lets it be passed with a reason', async () => {
    const before = await drafts();
    const page = await visitor.open('/opportunities');
    await tab(page, 'Held').click();
    await page.waitForURL(/[?&]tab=held/);
    // What was ready stays on the screen until what is held has arrived.
    await page.getByRole('columnheader', { name: 'Select' }).waitFor({ state: 'detached' });
    const row = rows(page)
      .filter({ hasNot: page.getByRole('button', { name: /^Dispatch / }) })
      .first();
    const name = await nameOf(row);
    await row.getByRole('link').first().click();
    const panel = page.getByRole('region', { name });
    await panel.getByText('Holds: ').first().waitFor();
    await panel.getByRole('button', { name: 'Dispatch anyway…' }).click();
    const dialog = page.getByRole('dialog', { name: / is held$/ });
    const go = dialog.getByRole('button', { name: 'Dispatch all the same' });
    expect(await go.isDisabled()).toBe(true);
    await dialog.getByText('Holds: ').first().waitFor();
    await dialog.getByLabel('Reason to dispatch all the same').fill('Their CFO asked us for an offer');
    await go.click();
    await panel.getByRole('link', { name: 'Open draft' }).waitFor();
    expect(await dialog.count()).toBe(0);
    await panel.getByText('Gates overridden').waitFor();
    expect(await drafts()).toBe(before + 1);
    const made = (await dispatches()).find(({ account }) => name.startsWith(account.name));
    const detail = await api.expect(dispatchDetail, 200, 'GET', `/api/v1/dispatches/${made?.id}`);
    expect(detail.overrideReason).toBe('Their CFO asked us for an offer');
  });

  it('dispatches several that were selected, after asking once', async () => {
    const before = await drafts();
    const page = await visitor.open('/opportunities');
    const ids = await Promise.all([1, 2, 3].map((index) => rows(page).nth(index).getAttribute('data-key')));
    for (const id of ids) await rowOf(page, id).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Dispatch 3 selected' }).click();
    const dialog = page.getByRole('dialog', { name: 'Dispatch 3 opportunities?' });
    expect(await drafts()).toBe(before);
    await dialog.getByRole('button', { name: 'Leave 3 drafts' }).click();
    await page.getByText('3 drafted').waitFor();
    for (const id of ids)
      await rowOf(page, id)
        .getByRole('link', { name: /^Open draft for / })
        .waitFor();
    expect(await drafts()).toBe(before + 3);
    await page.getByRole('button', { name: 'Dispatch selected' }).waitFor();
  });

  it('snoozes, and takes it back', async () => {
    const page = await visitor.open('/opportunities');
    const { id, name, row } = await firstReady(page);
    await row.getByRole('link').first().click();
    const panel = page.getByRole('region', { name });
    await panel.getByRole('button', { name: 'Snooze' }).click();
    await page.getByRole('menuitem', { name: '1 week' }).click();
    await panel
      .getByText(/^Snoozed until /)
      .first()
      .waitFor();
    await row.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await rowOf(page, id).waitFor();
    await panel.getByRole('button', { name: 'Dispatch to sales' }).waitFor();
  });

  it('keeps tab, filters, search and order in the address, across a reload', async () => {
    const page = await visitor.open('/opportunities');
    await tab(page, 'All').click();
    await page.getByRole('button', { name: 'Type', exact: true }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Seats' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox', { name: 'Search accounts' }).fill('a');
    await page.getByRole('button', { name: /^Order/ }).click();
    await page.getByRole('menuitemradio', { name: 'Newest' }).click();
    const wanted = { tab: 'all', type: 'seats', q: 'a', sort: '-firstSeenAt' };
    await page.waitForURL((url) => {
      const now = Object.fromEntries(url.searchParams);
      return Object.entries(wanted).every(([key, value]) => now[key] === value);
    });
    await rows(page).first().waitFor();
    const before = await eventually(async () => {
      const all = await keys(page);
      return all.length > 0 && (await page.getByRole('progressbar').count()) === 0 ? all : null;
    }, 'the filtered rows');
    await page.reload();
    await rows(page).first().waitFor();
    await eventually(async () => String(await keys(page)) === String(before), 'the same rows after a reload');
    expect(await tab(page, 'All').getAttribute('aria-pressed')).toBe('true');
    expect(await page.getByRole('searchbox', { name: 'Search accounts' }).inputValue()).toBe('a');
    await page.getByRole('button', { name: /^Type\s*Seats/ }).waitFor();
    await page.getByRole('button', { name: /Newest/ }).waitFor();
  });

  it('says when nothing matches, and how to get back', async () => {
    const page = await visitor.open('/opportunities?q=no-such-account');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await rows(page).first().waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  it('does the main job on a phone, with nothing that matters cut off', async () => {
    const phone = await newVisitor(browser, server.url, { viewport: { width: 390, height: 844 }, hasTouch: true });
    const page = await phone.open('/opportunities');
    const { id, name, row } = await firstReady(page);
    await row.getByRole('link').first().tap();
    const panel = page.getByRole('dialog', { name });
    await panel.getByRole('heading', { name: 'How the amount comes about' }).waitFor();
    await panel.getByRole('button', { name: 'Dispatch to sales' }).tap();
    const [draft] = await Promise.all([
      phone.context.waitForEvent('page'),
      panel.getByRole('link', { name: 'Open draft' }).tap(),
    ]);
    await draft.getByText('Draft. Nothing has been sent.').waitFor();
    await draft.close();
    await panel.getByRole('button', { name: 'Close' }).tap();
    await row.getByRole('link', { name: /^Open draft for / }).waitFor();
    expect(await cutOff(page, id)).toEqual([]);
    await phone.leave();

    const wide = await visitor.open('/opportunities');
    const { id: other } = await firstReady(wide);
    // The longest that an age gets.
    await rowOf(wide, other)
      .getByTitle(/^Found /)
      .evaluate((age) => {
        age.textContent = '59 min';
      });
    expect(await cutOff(wide, other)).toEqual([]);
  });

  it('asks again once for what a dispatch changes, and for nothing when it opens', async () => {
    const asked: string[] = [];
    visitor.context.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (request.method() === 'GET' && pathname.startsWith('/api/v1/')) asked.push(pathname);
    });
    const page = await visitor.open('/opportunities');
    await eventually(() => asked.includes('/api/v1/events'), 'the stream');
    await page.waitForTimeout(1_500);
    expect(asked.splice(0)).toEqual(['/api/v1/events']);
    const once = ['/api/v1/opportunities', '/api/v1/opportunities/summary', '/api/v1/workspace'];
    // On a machine that is busy the events of one deed come too far apart to be taken together; not each time.
    for (let times = 0; times < 3; times += 1) {
      asked.splice(0);
      const button = page.getByRole('button', { name: /^Dispatch / });
      const id = await rows(page).filter({ has: button }).first().getAttribute('data-key');
      const row = rowOf(page, id ?? '');
      await row.getByRole('button', { name: /^Dispatch / }).click();
      await row.getByRole('link', { name: /^Open draft for / }).waitFor();
      await page.waitForTimeout(1_500);
      if (asked.length === once.length) break;
    }
    expect(asked.sort()).toEqual(once);
  });

  it('logs every dispatch with its timeline', async () => {
    const made = await dispatches();
    const page = await visitor.open('/opportunities');
    await page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link', { name: /^Dispatches/ })
      .click();
    await page.getByRole('heading', { level: 1, name: 'Dispatches' }).waitFor();
    const log = page.getByRole('table', { name: 'Dispatches' }).locator('tr[data-key]');
    await log.first().waitFor();
    expect(await log.count()).toBe(made.length);
    await log.first().getByRole('link').first().click();
    const panel = page.getByRole('region', { name: /^Dispatch for / });
    for (const step of ['Dispatched to sales', 'Draft left in the mailbox'])
      await panel.getByRole('listitem').filter({ hasText: step }).locator('time').first().waitFor();
    await panel.getByRole('heading', { name: 'Draft', exact: true }).waitFor();
    await panel.locator('iframe[sandbox=""]').waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });
});

/** Texts of a row's cells that do not fit; names and reasons may be shortened, they are whole in the panel. */
function cutOff(page: Page, id: string): Promise<string[]> {
  return rowOf(page, id)
    .locator('td')
    .evaluateAll((cells) =>
      cells
        .filter((cell) => cell.scrollWidth > cell.clientWidth && !cell.querySelector('[title]:has(b)'))
        .map((cell) => cell.textContent ?? '')
        .filter((text) => text !== ''),
    );
}

function rows(page: Page): Locator {
  return page.getByRole('table', { name: 'Opportunities' }).locator('tr[data-key]');
}

function rowOf(page: Page, id: string | null): Locator {
  return page.locator(`tr[data-key="${id}"]`);
}

function keys(page: Page): Promise<(string | null)[]> {
  return rows(page).evaluateAll((all) => all.map((row) => row.getAttribute('data-key')));
}

function tab(page: Page, label: string): Locator {
  return page
    .getByRole('group', { name: 'Which opportunities' })
    .getByRole('button', { name: new RegExp(`^${label}`) });
}

/** What the row's link says: the account and what could be sold to it, as the panel is called too. */
async function nameOf(row: Locator): Promise<string> {
  return (await row.getByRole('link').first().textContent()) ?? '';
}

async function firstReady(page: Page): Promise<{ id: string; name: string; row: Locator }> {
  const row = rows(page).first();
  const id = await row.getAttribute('data-key');
  if (id === null) throw new Error('A row without a key');
  return { id, name: await nameOf(row), row: rowOf(page, id) };
}

function words(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
