import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditList } from '../../lib/contracts';
import { deliveryList, webhookList } from '../../lib/contracts/webhooks';
import { ROUTES } from '../../lib/domain/access';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { answering, describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { eventually } from '../helpers/eventually';
import { signInAs } from '../helpers/people';
import { csv } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver';

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

describeInBrowser('Settings → Webhooks', () => {
  let receiver: WebhookReceiver;
  let server: TestServer;
  let browser: Browser;
  let api: ApiClient;
  let admin: Visitor;
  let page: Page;
  let secret = '';

  beforeAll(async () => {
    receiver = await startWebhookReceiver(() => new Date());
    [server, browser] = await Promise.all([
      startServer({ env: { HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1', LOG_LEVEL: 'info' } }),
      launchBrowser(),
    ]);
    api = createApiClient(server.url);
    admin = await newVisitor(browser, server.url);
    page = await admin.open('/settings/webhooks');
  });
  afterAll(async () => {
    await admin?.leave();
    await browser?.close();
    expect(await server?.stop()).toBe(0);
    await receiver?.close();
    expect(receiver.violations).toEqual([]);
    // Neither the secret nor where the receiver lies is in the log.
    for (const hidden of [secret.slice(6), '/hooks']) expect(server.output()).not.toContain(hidden);
    expect(server.output()).not.toMatch(/"level":(50|60)/);
  });

  it('says at the field what is wrong with an address', async () => {
    // Chromium reports every answer of 400: this visitor's console is not looked at.
    const clumsy = await newVisitor(browser, server.url);
    const other = await clumsy.open('/settings/webhooks');
    await other.getByRole('button', { name: 'Add endpoint' }).first().click();
    const dialog = other.getByRole('dialog');
    await dialog.getByLabel('Address').fill('https://169.254.169.254/latest');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText('is not an address that the desk may call').waitFor();
    expect(await dialog.getByLabel('Address').getAttribute('aria-invalid')).toBe('true');
    await clumsy.context.close();
  });

  it('adds an endpoint, and shows its secret once', async () => {
    await page.getByText('Nobody is told yet').waitFor();
    await page.getByRole('button', { name: 'Add endpoint' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Description').fill('Deal room');
    await dialog.getByRole('checkbox', { name: 'dispatch.drafted' }).check();
    await dialog.getByLabel('Address').fill(receiver.url);
    await dialog.getByRole('button', { name: 'Add' }).click();
    secret = await dialog.getByLabel('Secret', { exact: true }).inputValue();
    expect(secret).toMatch(/^whsec_.{44}$/);
    receiver.trust(secret);
    await dialog.getByRole('button', { name: 'Copy' }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const row = page.getByRole('listitem').filter({ hasText: 'Deal room' });
    await row.getByText('Nothing sent yet').waitFor();
    expect(await page.content()).not.toContain(secret);
  });

  it('sends a test event, and says how it went', async () => {
    const press = () => page.getByRole('button', { name: 'Send a test event to Deal room' }).click();
    receiver.plan({ status: 503, body: 'Down for today' });
    await press();
    await page.getByText('Deal room did not take the test event').waitFor();
    await press();
    await page.getByText('Deal room listens').waitFor();
    await page.getByText('Works').waitFor();
  });

  it('shows what happened and what was answered, as it happens', async () => {
    await page.getByRole('button', { name: 'Deliveries to Deal room' }).click();
    const table = page.getByRole('table', { name: 'Deliveries' });
    await table.getByText('webhook.test').first().waitFor();
    await api.upload('/api/v1/accounts/import', csv([liveOutgrowingRow('acme')]), 'text/csv');
    const delivered = table.getByRole('row').filter({ hasText: 'expansion.detected' });
    await delivered.getByText('Delivered').waitFor();
    await delivered.getByRole('link').click();
    const panel = page.getByRole('region', { name: 'Delivery of expansion.detected' });
    await panel.getByText('Answered 204').waitFor();
    expect(await panel.getByLabel('Request body').textContent()).toContain('"opportunityType": "seats"');
    const before = receiver.received.length;
    await panel.getByRole('button', { name: 'Replay' }).click();
    await receiver.waitFor(before + 1);
    expect(receiver.received.at(-1)?.event.type).toBe('expansion.detected');
    await delivered.getByText('replayed').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'State', exact: true }).click();
    await page.getByRole('menuitemradio', { name: 'Failed' }).click();
    await eventually(async () => (await table.getByRole('row').count()) === 2, 'the one that failed');
    expect(new URL(page.url()).search).toContain('state=failed');
  });

  it.each(Object.entries(SIZES))('is accessible on a %s screen, and nothing is cut off', async (_size, viewport) => {
    await page.setViewportSize(viewport);
    const { items } = await api.expect(deliveryList, 200, 'GET', '/api/v1/webhooks/deliveries');
    const id = encodeURIComponent(items[0]?.id ?? '');
    for (const path of ['', '?view=deliveries', `?view=deliveries&id=${id}`]) {
      await page.goto(`/settings/webhooks${path}`, { waitUntil: 'load' });
      if (path === '') await page.getByRole('listitem').filter({ hasText: 'Deal room' }).waitFor();
      else if (path.includes('id=')) await page.getByText('Answered').first().waitFor();
      else await page.getByRole('table', { name: 'Deliveries' }).waitFor();
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
      expect(violations.map(({ id: rule, nodes }) => [rule, nodes.map(({ html }) => html)])).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize(SIZES.wide);
  });

  it('changes the secret, replays a time, disables with a way back, and deletes', async () => {
    await page.goto('/settings/webhooks');
    await answering(page);
    const act = async (name: string) => {
      await page.getByRole('button', { name: 'Actions for Deal room' }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    await act('New secret…');
    await page.getByRole('dialog').getByRole('button', { name: 'Make a new secret' }).click();
    const next = await page.getByRole('dialog').getByLabel('Secret', { exact: true }).inputValue();
    expect(next).toMatch(/^whsec_.{44}$/);
    expect(next).not.toBe(secret);
    receiver.trust(next);
    await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await page.getByText('The secret of before signs too').waitFor();

    await act('Replay…');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What').selectOption('range');
    await dialog.getByRole('checkbox', { name: 'Also what was delivered' }).check();
    const before = receiver.received.length;
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('1 event is on the way').waitFor();
    await receiver.waitFor(before + 1);

    await act('Disable');
    await page.getByText('Somebody disabled it.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Works').waitFor();

    await act('Delete…');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nobody is told yet').waitFor();
    expect((await api.expect(webhookList, 200, 'GET', '/api/v1/webhooks')).items).toEqual([]);
    const { items } = await api.expect(auditList, 200, 'GET', '/api/v1/audit?limit=100');
    const actions = items.map(({ action }) => action).filter((action) => action.startsWith('webhook.'));
    const all = ['deleted', 'changed', 'changed', 'replayed', 'secret_made', 'replayed', 'tested', 'tested', 'made'];
    expect(actions).toEqual(all.map((action) => `webhook.${action}`));
    expect(JSON.stringify(items)).not.toContain('/hooks');
  });

  it('is for admins alone', async () => {
    const routes = Object.keys(ROUTES).filter((name) => name.includes('/webhooks'));
    expect(routes).toHaveLength(10);
    for (const role of ['csm', 'rep', 'viewer'] as const) {
      const { cookie } = await signInAs(server.url, role);
      const their = createApiClient(server.url, { cookie, origin: server.url });
      for (const name of routes) {
        const [method = '', path = ''] = name.split(' ');
        await their.refused(403, method, path.replace('[id]', 'any'), method === 'GET' ? undefined : {});
      }
    }
    const csm = await newVisitor(browser, server.url, {}, 'csm');
    const theirs = await csm.context.newPage();
    expect((await theirs.goto('/settings/webhooks'))?.status()).toBe(403);
    // It reports the 403 as well.
    await csm.context.close();
  });
});
