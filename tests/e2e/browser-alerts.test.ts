import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountAlerts, alertList, alertSettingsView } from '../../lib/contracts/alerts';
import { createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { type ChatServer, startChatServer } from '../helpers/chat-server';
import { eventually } from '../helpers/eventually';
import { overwriteNotices } from '../helpers/notice-states';
import { AT_RISK, csv } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

const TOM = 'tom.rees@headroom.example';
const EVIL = '<!channel> <b>Acme</b> & "Sons" <users/all>';
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

describeInBrowser('churn alerts', () => {
  let chat: ChatServer;
  let server: TestServer;
  let browser: Browser;
  let admin: Visitor;
  let page: Page;

  beforeAll(async () => {
    chat = await startChatServer();
    [server, browser] = await Promise.all([
      startServer({ env: { HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1' } }),
      launchBrowser(),
    ]);
    admin = await newVisitor(browser, server.url);
    page = await admin.open('/settings/alerts');
  });
  afterAll(async () => {
    await admin?.leave();
    await browser?.close();
    expect(await server?.stop()).toBe(0);
    await chat?.close();
  });

  const api = () => createApiClient(server.url);
  const settings = () => api().expect(alertSettingsView, 200, 'GET', '/api/v1/settings/alerts');

  async function accessible(where: Page): Promise<void> {
    for (const size of Object.values(SIZES)) {
      await where.setViewportSize(size);
      const { violations } = await new AxeBuilder({ page: where }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      expect(await where.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(
        0,
      );
    }
    await where.setViewportSize(SIZES.wide);
  }

  it('says beside the field what is wrong with it', async () => {
    // A refusal is an error in the browser's console: this visitor may have some.
    const clumsy = await newVisitor(browser, server.url);
    const form = await clumsy.open('/settings/alerts');
    await form.getByRole('button', { name: 'Connect Slack' }).click();
    await form.getByLabel('Address of the incoming webhook').fill('http://hooks.example/services/x');
    await form.getByRole('button', { name: 'Connect', exact: true }).click();
    await form.getByText('It must begin with https://').waitFor();
    await form.getByRole('button', { name: 'Cancel' }).click();
    await form.getByRole('checkbox', { name: 'Be quiet for a part of the day' }).check();
    await form.getByLabel('Quiet from').fill('07:30');
    await form.getByLabel('Quiet until').fill('07:30');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('It must end at another time than it begins').waitFor();
    await clumsy.context.close();
  });

  it('connects a chat, and never shows the address again', async () => {
    await page.getByRole('button', { name: 'Connect Slack' }).click();
    await page.getByLabel('Address of the incoming webhook').fill(chat.slackUrl);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('Slack is connected').waitFor();
    expect(await page.content()).not.toContain('a-secret-of-slack');
    expect(JSON.stringify(await settings())).not.toContain('a-secret-of-slack');
    await page.getByRole('button', { name: 'Send a test message to Slack' }).click();
    await page.getByText('Slack took the test message').waitFor();
    expect(chat.slack).toHaveLength(1);
    await page.getByText('Works', { exact: true }).waitFor();
  });

  it('shows what a chat said that takes nothing', async () => {
    chat.plan('slack', { status: 404, body: 'no_service' });
    await page.getByRole('button', { name: 'Send a test message to Slack' }).click();
    await page.getByText('no longer takes messages at this webhook (404): no_service').first().waitFor();
    await page.getByRole('button', { name: 'Send a test message to Slack' }).click();
    await page.getByText('Works', { exact: true }).waitFor();
  });

  it('keeps the rules', async () => {
    await page.getByLabel('days', { exact: true }).fill('3');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    expect((await settings()).settings).toMatchObject({ coolDownDays: 3, quietHours: null });
    await accessible(page);
  });

  it('lists who got into danger with why and who was told, whatever the customer is called', async () => {
    const list = await admin.open('/alerts');
    await list.getByText('No account is in danger').waitFor();
    const rows = [
      liveOutgrowingRow('evil', { ...AT_RISK, name: EVIL, rep_email: TOM }),
      liveOutgrowingRow('other', {
        ...AT_RISK,
        name: 'Other Ltd',
        rep_email: 'ann.lee@headroom.example',
        arr: '90000',
      }),
    ];
    await api().upload('/api/v1/accounts/import', csv(rows), 'text/csv');
    // The page hears of it by itself.
    await list.getByRole('link', { name: EVIL }).click();
    await list.getByText('What to do next').waitFor();
    await list.getByText('Draft for the CSM').waitFor();
    await eventually(async () => (chat.slack.length === 4 ? true : null), 'both messages');
    expect(chat.violations).toEqual([]);
    await list.getByText('No webhook of Google Chat is connected.').waitFor();
    await accessible(list);
  });

  it('opens the draft that it left', async () => {
    const { items } = await eventually(async () => {
      const found = await api().expect(alertList, 200, 'GET', '/api/v1/alerts?accountId=evil');
      const drafts = found.items[0]?.deliveries.filter(({ channel }) => channel.startsWith('draft'));
      return drafts?.every(({ state }) => state === 'done') ? found : null;
    }, 'the drafts');
    const href = items[0]?.deliveries.find(({ channel }) => channel === 'draft_rep')?.href ?? '';
    const draft = await admin.open(href);
    expect(await draft.title()).toContain('[Churn risk]');
    expect(await draft.content()).not.toContain('<b>Acme</b>');
  });

  it('asks a person about a draft that failed, and about one that nobody knows of', async () => {
    const files = () => readdir(path.join(server.dataDir, 'drafts'), { recursive: true });
    const drafts = (await files()).length;
    const list = await admin.open('/alerts');
    const opened = list.getByRole('link', { name: `Open the draft for ${TOM}` });
    const show = async (state: 'failed' | 'needs person') => {
      await overwriteNotices(server.dataDir, TOM, state);
      await list.goto(`${server.url}/alerts`);
      await list.getByRole('link', { name: EVIL }).click();
    };

    await show('failed');
    await list.getByText('The mailbox refused it.').waitFor();
    await accessible(list);
    expect(await opened.count()).toBe(0);
    await list.getByRole('button', { name: 'Try again' }).click();
    await opened.waitFor();
    expect(await list.getByRole('button', { name: 'Try again' }).count()).toBe(0);

    await show('needs person');
    await list.getByText('The mailbox cannot say.').waitFor();
    await accessible(list);
    await list.getByRole('button', { name: 'There is none: make it' }).click();
    await opened.waitFor();

    await show('needs person');
    await list.getByRole('button', { name: 'It is there' }).click();
    await opened.waitFor();
    // Whatever was answered, it is one draft.
    expect(await files()).toHaveLength(drafts);
  });

  it('snoozes an account for a reason, and ends that', async () => {
    const account = await admin.open('/accounts/evil');
    await account.getByRole('button', { name: /^Snooze alerts/ }).click();
    await account.getByLabel('Why', { exact: true }).fill('They sign on Friday.');
    await account.getByRole('button', { name: 'Snooze', exact: true }).click();
    await account.getByText('«They sign on Friday.»').waitFor();
    const state = await api().expect(accountAlerts, 200, 'GET', '/api/v1/accounts/evil/alerts');
    expect(state.snooze).toMatchObject({ reason: 'They sign on Friday.' });
    await accessible(account);
    await account.getByRole('button', { name: /^End the snooze/ }).click();
    await account.getByRole('button', { name: /^Snooze alerts/ }).waitFor();
  });

  it('shows a rep their own accounts alone, and nothing to decide', async () => {
    const tom = await newVisitor(browser, server.url, {}, 'rep', { email: TOM });
    const list = await tom.open('/alerts');
    await list.getByRole('link', { name: EVIL }).click();
    await list.getByText('What to do next').waitFor();
    expect(await list.getByText('Other Ltd').count()).toBe(0);
    expect(await list.getByRole('button', { name: /^Snooze/ }).count()).toBe(0);
    await tom.leave();
  });

  it('disconnects a chat after asking once', async () => {
    await page.bringToFront();
    await page.getByRole('button', { name: 'Disconnect Slack' }).click();
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await page.getByText('Slack is disconnected').waitFor();
    expect((await settings()).chat.every(({ connected }) => !connected)).toBe(true);
  });
});
