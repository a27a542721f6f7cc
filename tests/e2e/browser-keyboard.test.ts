import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { eventually } from '../helpers/eventually';
import { startServer, type TestServer } from '../helpers/server';

/** More stops than any page has before what is looked for. */
const MOST_STOPS = 60;

describeInBrowser('the keyboard alone', () => {
  let server: TestServer;
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ demo: true }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    expect(await server?.stop()).toBe(0);
  });
  beforeEach(async () => {
    visitor = await newVisitor(browser, server.url);
  });
  afterEach(() => visitor.leave());

  it('opens an opportunity, dispatches it, closes the panel and goes to another page', async () => {
    const page = await visitor.open('/opportunities');
    const row = page.locator('tr[data-key]').first();
    await row.waitFor();
    const name = (await row.getByRole('link').first().textContent()) ?? '';
    await tabTo(page, name);
    await page.keyboard.press('Enter');
    const panel = page.getByRole('region', { name });
    await panel.getByRole('button', { name: 'Dispatch to sales' }).waitFor();
    expect(await panel.evaluate((element) => element === document.activeElement)).toBe(true);

    await tabTo(page, 'Dispatch to sales');
    await page.keyboard.press('Enter');
    await panel.getByRole('link', { name: 'Open draft' }).waitFor();
    await row.getByRole('link', { name: /^Open draft for / }).waitFor();

    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await focused(page)).toMatchObject({ name, visible: true });

    await tabTo(page, /^Accounts/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
  });

  it('moves between rows, selects and dispatches several', async () => {
    const page = await visitor.open('/opportunities');
    const rows = page.locator('tr[data-key]');
    await rows.first().waitFor();
    const nameOf = async (row: number) => (await rows.nth(row).getByRole('link').first().textContent()) ?? '';
    const [first, second] = [await nameOf(0), await nameOf(1)];
    // Before the page is alive a key does nothing.
    await eventually(async () => {
      await page.keyboard.press('j');
      return (await focused(page))?.name === first;
    }, 'the first row');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    expect(await focused(page)).toMatchObject({ name: second, visible: true });
    await page.keyboard.press('x');
    await tabTo(page, 'Dispatch 2 selected', 'Shift+Tab');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Dispatch 2 opportunities?' });
    await dialog.waitFor();
    await tabTo(page, 'Leave 2 drafts');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'Dispatch 2 selected' }).isEnabled()).toBe(true);
  });

  it('skips to the content, and chooses a filter from its menu', async () => {
    const page = await visitor.open('/opportunities');
    await tabTo(page, 'Skip to content');
    await page.keyboard.press('Enter');
    await tabTo(page, /^Type/);
    await page.keyboard.press('Enter');
    await page.getByRole('menuitemcheckbox', { name: 'Modules' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/[?&]type=/);
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect((await focused(page)).name).toMatch(/^Type/);
  });
});

/** Presses Tab until something of that name has the focus. Fails where a stop on the way cannot be seen to have it. */
async function tabTo(page: Page, name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press(key);
    const at = await focused(page);
    if (!at.isPage) expect(at, `after ${passed.join(' → ')}`).toMatchObject({ visible: true });
    if (typeof name === 'string' ? at.name === name : name.test(at.name)) return;
    passed.push(at.name);
  }
  throw new Error(`«${name}» is not among ${passed.join(' → ')}`);
}

/** What has the focus, and whether a person sees it: an outline around it, or around the row or label that holds it. */
function focused(page: Page): Promise<{ name: string; isPage: boolean; visible: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const isPage = element === null || element === document.body;
    let visible = false;
    for (let at = element; at !== null && at !== document.body; at = at.parentElement) {
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) visible = true;
      if (at.matches('tr,section')) break;
    }
    const box = element?.getBoundingClientRect();
    const inView =
      box !== undefined && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    return {
      name: element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '',
      isPage,
      visible: visible && inView,
    };
  });
}
