import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dispatchDetail, opportunityList, runList } from '../../lib/contracts';
import { PAGES } from '../../lib/domain/access';
import { createApiClient } from '../helpers/api-client';
import { describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { startServer, type TestServer } from '../helpers/server';

interface Facts {
  open: string;
  drafted: string;
  account: string;
  dispatch: string;
  run: string;
  review: string;
}

/** Every page and panel, with what shows that it is complete. */
const VIEWS: readonly { what: string; path: (facts: Facts) => string; ready: string }[] = [
  { what: 'opportunities', path: () => '/opportunities', ready: 'tr[data-key]' },
  { what: 'an opportunity', path: ({ open }) => `/opportunities?id=${open}`, ready: '[data-side-panel] ol' },
  {
    what: 'a drafted opportunity',
    path: ({ drafted }) => `/opportunities?tab=all&id=${drafted}`,
    ready: '[data-side-panel] iframe',
  },
  { what: 'accounts', path: () => '/accounts', ready: 'tr[data-key]' },
  { what: 'an account', path: ({ account }) => `/accounts/${account}`, ready: 'main h2' },
  { what: 'dispatches', path: () => '/dispatches', ready: 'tr[data-key]' },
  { what: 'a dispatch', path: ({ dispatch }) => `/dispatches?id=${dispatch}`, ready: '[data-side-panel] iframe' },
  { what: 'reviews', path: () => '/reviews', ready: 'tr[data-key]' },
  { what: 'a review', path: ({ review }) => `/reviews/${review}`, ready: 'main h2' },
  { what: 'alerts', path: () => '/alerts', ready: 'tr[data-key]' },
  { what: 'agents', path: () => '/agents', ready: 'main h2' },
  {
    what: 'a capability',
    path: () => '/agents?capability=customer-success.health_scan',
    ready: '[data-side-panel] li',
  },
  { what: 'runs', path: () => '/agents?tab=runs', ready: 'tr[data-key]' },
  { what: 'a run', path: ({ run }) => `/agents?tab=runs&run=${run}`, ready: '[data-side-panel] h3' },
  { what: 'import', path: () => '/import', ready: 'main dl' },
  { what: 'settings', path: () => '/settings', ready: 'main h2' },
  { what: 'mail', path: () => '/settings/mail', ready: 'main h2' },
  { what: 'Notion', path: () => '/settings/notion', ready: 'main h2' },
  { what: 'channels for alerts', path: () => '/settings/alerts', ready: 'main h2' },
  { what: 'people', path: () => '/settings/people', ready: 'main table' },
  { what: 'API keys', path: () => '/settings/api-keys', ready: 'main h2' },
  { what: 'webhooks', path: () => '/settings/webhooks', ready: 'main h2' },
  { what: 'the audit log', path: () => '/settings/audit', ready: 'tr[data-key]' },
  { what: 'data', path: () => '/settings/data', ready: 'main h2' },
  { what: 'the schedule', path: () => '/settings/schedule', ready: 'main h3' },
];
const WITHOUT_SIGN_IN = ['/sign-in', '/join'];
/** Rows after the first few hold nothing new, and would take most of the time. */
const LIKE_OTHERS = 'tr[data-key]:nth-child(n+8)';
/** Each view in both sizes and both colours, though not in all four ways: the pages are made of the same parts. */
const viewsIn = (size: string, colorScheme: 'light' | 'dark') =>
  VIEWS.filter((_, index) => (index % 2 === 0) === ((size === 'wide') === (colorScheme === 'light')));
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

describeInBrowser('accessibility', () => {
  let server: TestServer;
  let browser: Browser;
  let facts: Facts;

  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ demo: true }), launchBrowser()]);
    const api = createApiClient(server.url);
    const { items } = await api.expect(opportunityList, 200, 'GET', '/api/v1/opportunities?status=open&limit=2');
    const [first, second] = items;
    if (first === undefined || second === undefined) throw new Error('The sample has fewer than two opportunities');
    const body = { opportunityId: second.id };
    const dispatch = await api.expect(dispatchDetail, 201, 'POST', '/api/v1/dispatches', body);
    const runs = await api.expect(runList, 200, 'GET', '/api/v1/runs?limit=1');
    const task = { type: 'generate_qbr', accountId: first.account.id };
    const made = await api.send('POST', '/api/v1/agents/customer-success/tasks', task);
    facts = {
      open: first.id,
      drafted: second.id,
      account: first.account.id,
      dispatch: dispatch.id,
      run: runs.items[0]?.id ?? '',
      review: (JSON.parse(made.text) as { reviewId: string }).reviewId,
    };
  });
  afterAll(async () => {
    await browser?.close();
    expect(await server?.stop()).toBe(0);
  });

  it('is looked at on every page', () => {
    const seen = new Set(VIEWS.map(({ path }) => path(facts).split('?')[0]));
    const pages = Object.keys(PAGES).map((path) =>
      path.replace('[id]', path.startsWith('/reviews/') ? facts.review : facts.account),
    );
    expect(pages.filter((path) => !seen.has(path))).toEqual(['/', ...WITHOUT_SIGN_IN]);
  });

  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      describe(`${size}, ${colorScheme}`, () => {
        let visitor: Visitor;
        beforeAll(async () => {
          visitor = await newVisitor(browser, server.url, { viewport, colorScheme });
        });
        afterAll(() => visitor.leave());

        it.each(viewsIn(size, colorScheme))('$what', async ({ path, ready }) => {
          const page = await visitor.open(path(facts));
          await page.locator(ready).first().waitFor();
          // The frame of a draft runs no script, so axe would wait for its answer in vain.
          const { violations } = await new AxeBuilder({ page }).exclude('iframe').exclude(LIKE_OTHERS).analyze();
          expect(
            violations.map(
              ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ target }) => target).join(' ')}`,
            ),
          ).toEqual([]);
          const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(tooWide, 'pixels beyond the right edge').toBeLessThanOrEqual(0);
          await page.close();
        });

        it.each(WITHOUT_SIGN_IN)('%s, before the sign-in', async (path) => {
          const stranger = await newVisitor(browser, server.url, { viewport, colorScheme }, null);
          const page = await stranger.open(path);
          await page.getByRole('link', { name: 'Sign in' }).or(page.getByLabel('Password')).first().waitFor();
          expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
          await stranger.context.close();
        });
      });
    }
  }
});
