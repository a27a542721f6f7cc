import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answering, describeInBrowser, launchBrowser } from '../helpers/browser';
import { signInAs } from '../helpers/people';
import { startServer, type TestServer } from '../helpers/server';

const REQUEST_ID = '3f913a24-5704-45f5-b456-d83e6784f9b7';

/** A visitor of the other tests fails with every failed request; here they are what is looked at. */
describeInBrowser('a request that failed', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ demo: true }), launchBrowser()]);
    const context = await browser.newContext({ baseURL: server.url, viewport: { width: 390, height: 844 } });
    await context.grantPermissions(['clipboard-write']);
    // The desk's own policy lets no script read the clipboard: what goes into it is noted on the way.
    await context.addInitScript(() => {
      const write = navigator.clipboard.writeText.bind(navigator.clipboard);
      navigator.clipboard.writeText = async (text) => {
        await write(text);
        document.documentElement.dataset.copied = text;
      };
    });
    context.setDefaultTimeout(15_000);
    const [name = '', value = ''] = (await signInAs(server.url, 'admin')).cookie.split('=', 2);
    await context.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: 'Lax' }]);
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    expect(await server?.stop()).toBe(0);
  });

  async function failAt(path: string, method: string): Promise<void> {
    await page.route(`**${path}`, (route) => {
      if (route.request().method() !== method) return route.fallback();
      const problem = {
        type: 'urn:headroom:problem:internal',
        title: 'Something went wrong on the server',
        status: 500,
      };
      return route.fulfill({
        status: 500,
        contentType: 'application/problem+json',
        body: JSON.stringify({ ...problem, code: 'internal', requestId: REQUEST_ID }),
      });
    });
  }

  const copied = () => page.evaluate(() => document.documentElement.dataset.copied);

  it('shows the id that the log knows it by in place of what it was for, to be copied', async () => {
    await failAt('/api/v1/opportunities/*', 'GET');
    await page.goto('/opportunities');
    await answering(page);
    await page.locator('tr[data-key] a').first().click();
    const alert = page.getByRole('alert').filter({ hasText: REQUEST_ID });
    await alert.getByRole('button', { name: `Copy request ${REQUEST_ID}` }).click();
    await alert.getByText('Copied').waitFor();
    expect(await copied()).toBe(REQUEST_ID);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });

  it('shows it in the notice of an action, to be copied', async () => {
    await failAt('/api/v1/agents/customer-success/tasks', 'POST');
    await page.goto('/agents');
    await answering(page);
    await page.getByRole('button', { name: 'Run now' }).first().click();
    const notice = page.locator('[data-sonner-toast]').filter({ hasText: `Request ${REQUEST_ID}` });
    await notice.getByRole('button', { name: 'Copy id' }).click();
    await expect.poll(copied).toBe(REQUEST_ID);
  });
});
