import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { dispatchDetail, opportunityDetail, opportunityList } from '../../lib/contracts';
import { agentActivity } from '../../lib/contracts/agent-activity';
import { type ApiClient, createApiClient } from '../helpers/api-client';
import { answering, describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { type ModelServer, rewordWell, startModelServer } from '../helpers/model-server';
import { signInAs } from '../helpers/people';
import { tellNobody, untilQuiet } from '../helpers/quiet';
import { startServer, type TestServer } from '../helpers/server';

/** One test after another: the second looks at what the first has done. */
describeInBrowser('the agents and their language model in a browser', () => {
  let server: TestServer;
  let model: ModelServer;
  let browser: Browser;
  let api: ApiClient;
  let visitor: Visitor;

  beforeAll(async () => {
    model = await startModelServer();
    const env = {
      HEADROOM_MODEL_PROVIDER: 'compatible',
      HEADROOM_MODEL_URL: model.url,
      HEADROOM_MODEL_NAME: 'test-model',
      HEADROOM_MODEL_API_KEY: model.key,
      HEADROOM_MODEL_INPUT_PRICE: '100',
      HEADROOM_MODEL_OUTPUT_PRICE: '500',
      HEADROOM_MODEL_DAILY_COST: '20',
    };
    [server, browser] = await Promise.all([startServer({ env }), launchBrowser()]);
    api = createApiClient(server.url);
    // What the model is asked for is asked by these tests alone.
    await tellNobody(api);
    expect((await api.send('POST', '/api/v1/sample')).status).toBe(202);
    await untilQuiet(api);
  });
  afterAll(async () => {
    await browser?.close();
    expect(server?.output()).not.toContain(model.key);
    expect(await server?.stop()).toBe(0);
    await model?.close();
  });
  beforeEach(async () => {
    visitor = await newVisitor(browser, server.url);
  });
  afterEach(() => visitor.leave());

  async function ready(count: number): Promise<string[]> {
    const path = `/api/v1/opportunities?status=open&limit=${count}`;
    const { items } = await api.expect(opportunityList, 200, 'GET', path);
    return items.map(({ id }) => id);
  }

  it('show whose words a talk track has, before and after it is dispatched', async () => {
    const [id = ''] = await ready(1);
    const before = await api.expect(opportunityDetail, 200, 'GET', `/api/v1/opportunities/${id}`);
    const page = await visitor.open(`/opportunities?tab=all&id=${id}`);
    const panel = page.locator('[data-side-panel]');
    await panel.getByText('Written by the desk’s rules').waitFor();
    await panel.getByRole('button', { name: 'Dispatch to sales' }).click();
    await panel.getByText('Put into words by test-model (reword/1)').waitFor();
    await panel.getByText(rewordWell(before.talkTrack)).waitFor();
    const draft = panel.frameLocator('iframe');
    await draft.getByText('put into words by test-model (reword/1)').waitFor();
    await draft.getByText('Open with this:').waitFor();
  });

  it('tell of a text that the check refused, what it cost, and lead to the dispatch', async () => {
    const [first = '', second = ''] = await ready(2);
    model.plan({ kind: 'texts', write: ({ texts }) => ({ talkTrack: `${texts.talkTrack} They save 43 % then.` }) });
    model.plan({ kind: 'status', status: 401 });
    for (const opportunityId of [first, second]) {
      await api.expect(dispatchDetail, 201, 'POST', '/api/v1/dispatches', { opportunityId });
    }
    const page = await visitor.open('/agents');
    const card = page.getByRole('region', { name: 'Language model' });
    await card.getByText('OpenAI-compatible server').waitFor();
    await card.getByText('A figure that no fact has').waitFor();
    await card.getByText('«43 %»').waitFor();
    await card.getByText('The key was refused').waitFor();
    expect(await figures(page)).toEqual({ Used: '1', 'Refused by the check': '1', Failed: '1', 'Over budget': '0' });
    const { model: stored } = await api.expect(agentActivity, 200, 'GET', '/api/v1/agents/activity');
    expect(stored.budget).toMatchObject({ tokens: 1_000, costMicros: 180_000, dailyCostMicros: 20_000_000 });
    await card.getByText('$0.18').waitFor();
    // What the sales agent's calls cost stands with its capability.
    await page.getByText('3 calls, $0.18 today').waitFor();

    await page.getByRole('button', { name: /^Handle expansion opportunity.*its tasks$/ }).click();
    const panel = page.locator('[data-side-panel]');
    await panel.getByRole('listitem').nth(2).waitFor();
    expect(await panel.getByRole('listitem').count()).toBe(3);
    expect(await panel.getByText('Succeeded').count()).toBe(3);
    await panel.getByRole('link', { name: 'its dispatch' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Dispatches' }).waitFor();
    await page.locator('[data-side-panel]').getByText('Written by the desk’s rules').waitFor();
  });

  it('lead from a task to its run, and from one account to it', async () => {
    const page = await visitor.open('/agents');
    await page.getByRole('button', { name: /^Health scan.*its tasks$/ }).click();
    const panel = page.locator('[data-side-panel]');
    await panel.getByText('All accounts').first().waitFor();
    await panel.getByRole('button', { name: 'its run' }).first().click();
    await panel.getByRole('heading', { name: 'Counted' }).waitFor();
    expect(new URL(page.url()).searchParams.get('capability')).toBeNull();
    await page.goBack();
    await panel.getByRole('heading', { name: 'Health scan' }).waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });

  it('say so where what they did cannot be loaded, and try again', async () => {
    // A window of its own: here the failed request is meant.
    const context = await browser.newContext({ baseURL: server.url });
    const [name = '', value = ''] = (await signInAs(server.url, 'viewer')).cookie.split('=', 2);
    await context.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: 'Lax' }]);
    const page = await context.newPage();
    await page.goto('/agents?tab=runs');
    await answering(page);
    let fails = true;
    await page.route('**/api/v1/agents/activity', (route) => (fails ? route.abort() : route.fallback()));
    await page.getByText('Overview', { exact: true }).click();
    const card = page.getByRole('region', { name: 'Language model' });
    await card.getByText('The language model could not be asked about').waitFor({ timeout: 30_000 });
    await page.getByText('How its tasks went could not be loaded.').first().waitFor();
    fails = false;
    await card.getByRole('button', { name: 'Retry' }).click();
    await card.getByText('OpenAI-compatible server').waitFor();
    await context.close();
  });
});

/** The table of calls, today's column. */
async function figures(page: Page): Promise<Record<string, string>> {
  const rows = page.getByRole('region', { name: 'Language model' }).locator('tbody tr');
  const texts = await rows.evaluateAll((all) =>
    all.map((row) => [row.querySelector('th')?.textContent ?? '', row.querySelector('td')?.textContent ?? '']),
  );
  return Object.fromEntries(texts) as Record<string, string>;
}
