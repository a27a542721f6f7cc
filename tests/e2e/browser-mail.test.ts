import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatchDetail, draftPreview, mailboxList, opportunityDetail, opportunityList } from '../../lib/contracts';
import { createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { answering, describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { eventually } from '../helpers/eventually';
import { type GmailServer, startGmailServer } from '../helpers/gmail-server';
import { csv } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

const DANA = 'dana.okafor@headroom.example';
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

describeInBrowser('Settings → Mail', () => {
  let gmail: GmailServer;
  let server: TestServer;
  let browser: Browser;
  let dana: Visitor;
  let page: Page;
  let opportunities: string[] = [];

  beforeAll(async () => {
    gmail = await startGmailServer({ mailboxes: [DANA] });
    const env = {
      HEADROOM_GOOGLE_CLIENT_ID: gmail.clientId,
      HEADROOM_GOOGLE_CLIENT_SECRET: gmail.clientSecret,
      HEADROOM_GOOGLE_ISSUER: gmail.url,
      HEADROOM_GOOGLE_API_URL: gmail.endpoints.api,
      HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1',
      HEADROOM_DISPATCH_BACKOFF_MS: '500',
    };
    [server, browser] = await Promise.all([startServer({ env }), launchBrowser()]);
    const api = createApiClient(server.url);
    const rows = ['a', 'b'].map((id) => liveOutgrowingRow(id, { rep_email: DANA }));
    await api.upload('/api/v1/accounts/import', csv(rows), 'text/csv');
    opportunities = await eventually(async () => {
      const { items } = await api.expect(opportunityList, 200, 'GET', '/api/v1/opportunities');
      return items.length === 2 ? items.map(({ id }) => id) : null;
    }, 'the opportunities');
    dana = await newVisitor(browser, server.url, {}, 'rep', { email: DANA, elsewhere: [gmail.url] });
    page = await dana.open('/settings/mail');
  });
  afterAll(async () => {
    await dana?.leave();
    await browser?.close();
    expect(await server?.stop()).toBe(0);
    await gmail?.close();
  });

  const destination = async (id = opportunities[0]) =>
    (await createApiClient(server.url).expect(opportunityDetail, 200, 'GET', `/api/v1/opportunities/${id}`))
      .draftDestination;
  const mailboxes = () => createApiClient(server.url).expect(mailboxList, 200, 'GET', '/api/v1/mailboxes');

  it('says where drafts go before anything is connected, and what can be', async () => {
    await page.getByText('You have connected none.').waitFor();
    expect(await page.getByText('Local drafts (.eml file)').isVisible()).toBe(true);
    expect(await page.getByText('Gmail, each rep gives consent').isVisible()).toBe(true);
    // A rep manages their own and nothing else.
    expect(await page.getByText('Mailboxes of others').count()).toBe(0);
    expect(await destination()).toBe('Local drafts (.eml file)');
  });

  it('connects Gmail by consent at Google, there and back', async () => {
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('menuitem', { name: 'Gmail…' }).click();
    await page.getByText('Your Gmail is connected.').waitFor();
    await page.getByText('Works', { exact: true }).waitFor();
    expect(new URL(page.url()).search).toBe('?google=connected');
    expect(await destination()).toBe('Dana’s Gmail drafts');
  });

  it('sends a click on a draft to Gmail, offers the copy, and says when it is gone', async () => {
    const api = createApiClient(server.url);
    const body = { opportunityId: opportunities[0] };
    const { id, destination: where } = await api.expect(dispatchDetail, 201, 'POST', '/api/v1/dispatches', body);
    expect(where).toBe('Dana’s Gmail drafts');
    const opened = await api.send('GET', `/api/v1/dispatches/${id}/draft`);
    expect(opened.status).toBe(303);
    expect(opened.headers.get('location')).toContain(
      `https://mail.google.com/mail/?authuser=${encodeURIComponent(DANA)}`,
    );
    expect((await api.send('GET', `/api/v1/dispatches/${id}/draft?format=eml`)).status).toBe(200);
    const [draft] = await gmail.drafts(DANA);
    await gmail.discard(DANA, draft?.draftId ?? '');
    const gone = await api.send('GET', `/api/v1/dispatches/${id}/draft`);
    expect(gone.status).toBe(410);
    expect(gone.text).toContain('no longer in the mailbox');
    const preview = await api.expect(draftPreview, 200, 'GET', `/api/v1/dispatches/${id}/draft?format=json`);
    expect(preview).toMatchObject({ copy: true, location: { outcome: 'gone', href: null } });
    const eml = await api.send('GET', `/api/v1/dispatches/${id}/draft?format=eml`);
    expect(eml.text).toContain(`X-Headroom-Dispatch: ${id}`);
    const panel = await dana.open(`/dispatches?id=${id}`);
    await panel.getByText('No longer a draft:').waitFor();
    await panel.close();
  });

  it('shows that it must be connected again, and what waits; then it goes on by itself', async () => {
    const api = createApiClient(server.url);
    await gmail.revoke(DANA);
    const body = { opportunityId: opportunities[1] };
    const { id } = await api.expect(dispatchDetail, 202, 'POST', '/api/v1/dispatches', body);
    await page.goto('/settings/mail');
    await answering(page);
    await page.getByText('Lets nobody in', { exact: true }).waitFor();
    await page.getByText('1 draft waits here.').waitFor();
    await page.getByRole('button', { name: `Connect again ${DANA}` }).click();
    await page.getByText('Your Gmail is connected.').waitFor();
    await eventually(
      async () => (await api.expect(dispatchDetail, 200, 'GET', `/api/v1/dispatches/${id}`)).state === 'drafted',
      'the draft that waited',
    );
  });

  it('says what went wrong at Google', async () => {
    await gmail.answerConsent('denied');
    await page.goto('/settings/mail');
    await answering(page);
    await page.getByRole('button', { name: 'Connect another' }).click();
    await page.getByRole('menuitem', { name: 'Gmail…' }).click();
    await page.getByRole('alert').filter({ hasText: 'You said no at Google' }).waitFor();
    await gmail.answerConsent({ address: DANA });
  });

  it('says at the field what an IMAP server refuses, and keeps nothing', async () => {
    const before = (await mailboxes()).items.length;
    // Chromium reports every answer of 400: this visitor's console is not looked at.
    const rep = await newVisitor(browser, server.url, {}, 'rep');
    const tab = await rep.open('/settings/mail');
    await tab.getByRole('button', { name: 'Connect' }).click();
    await tab.getByRole('menuitem', { name: 'IMAP…' }).click();
    await tab.getByLabel('Server').fill('10.0.0.1');
    await tab.getByLabel('Password').fill('a password of tests');
    await tab.getByRole('dialog').getByRole('button', { name: 'Connect' }).click();
    await tab.getByText('10.0.0.1 is not an address that the desk may call.').waitFor();
    expect(await tab.getByLabel('Server').getAttribute('aria-invalid')).toBe('true');
    await rep.context.close();
    expect((await mailboxes()).items.length).toBe(before);
  });

  describe.each(Object.entries(SIZES))('%s', (_size, viewport) => {
    it.each(['light', 'dark'] as const)('an admin sees all of it in %s, without a barrier', async (colorScheme) => {
      const admin = await newVisitor(browser, server.url, { viewport, colorScheme });
      const tab = await admin.open('/settings/mail');
      await tab.getByText(DANA, { exact: true }).first().waitFor();
      const { violations } = await new AxeBuilder({ page: tab }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      await admin.leave();
    });
  });

  it('lets go of a mailbox when asked, at Google too', async () => {
    await page.goto('/settings/mail');
    await answering(page);
    await page.getByRole('button', { name: `Disconnect ${DANA}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('You have connected none.').waitFor();
    const { requests, sends } = await gmail.ledger();
    expect(requests.some(({ path }) => path === '/revoke')).toBe(true);
    expect(sends).toEqual([]);
  });
});
