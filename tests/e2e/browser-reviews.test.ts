import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountDetail, runDetail, runItem } from '../../lib/contracts';
import { reviewDetail, reviewList, reviewSummary } from '../../lib/contracts/reviews';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { answering, describeInBrowser, launchBrowser, newVisitor, type Visitor } from '../helpers/browser';
import { DAY } from '../helpers/clock';
import { eventually } from '../helpers/eventually';
import { overwriteNotices, withDatabase } from '../helpers/notice-states';
import { readPdf } from '../helpers/pdf-text';
import { signInAs } from '../helpers/people';
import { csv, type Row } from '../helpers/portfolio';
import { untilQuiet } from '../helpers/quiet';
import { startServer, type TestServer } from '../helpers/server';

const HOSTILE = '<img src=x onerror="window.__ran=1">| [x](javascript:window.__ran=1)';
const TOM = 'tom.becker@headroom.example';
const ANN = 'ann.other@headroom.example';

let server: TestServer;
let api: ApiClient;

/** Weekly reports of half a year, which hold the quarter that ended last whenever the test runs. */
function halfYear(id: string, more: Row = {}): Row[] {
  return Array.from({ length: 28 }, (_, index) => {
    const at = Date.now() - (27 - index) * 7 * DAY;
    return liveOutgrowingRow(id, {
      seats_active: String(60 + index),
      observed_at: new Date(at).toISOString(),
      last_interaction_at: new Date(at - 2 * DAY).toISOString(),
      feature_adoption_rate: String(0.5 + index / 100),
      rep_email: TOM,
      ...more,
    });
  });
}

function usage(id: string): Row[] {
  return Array.from({ length: 28 }, (_, index) =>
    ['Dashboards', 'Exports', HOSTILE].map((feature, place) => ({
      account_id: id,
      feature,
      observed_at: new Date(Date.now() - (27 - index) * 7 * DAY).toISOString(),
      uses: String((500 + 20 * index) / (place + 1)).split('.')[0] ?? '1',
      active_users: String(40 - place),
    })),
  ).flat();
}

async function upload(kind: 'accounts' | 'usage', rows: readonly Row[]): Promise<void> {
  const answer = await api.upload(`/api/v1/${kind}/import`, csv(rows), 'text/csv');
  const { runId, rejectedRows, errors } = JSON.parse(answer.text) as {
    runId: string;
    rejectedRows: number;
    errors: unknown[];
  };
  expect(rejectedRows, JSON.stringify(errors)).toBe(0);
  await eventually(async () => {
    const run = await api.expect(runDetail, 200, 'GET', `/api/v1/runs/${runId}`);
    return run.finishedAt;
  }, 'the scan');
  // What features are compared with is added up by a run of its own.
  await untilQuiet(api);
}

beforeAll(async () => {
  server = await startServer();
  api = createApiClient(server.url);
  await upload('accounts', [
    ...halfYear('northwind', { name: 'Northwind Robotics' }),
    ...halfYear('hostile', { name: HOSTILE }),
    ...halfYear('ann', { name: 'Anns own', rep_email: ANN }),
  ]);
  await upload('usage', [...usage('northwind'), ...usage('hostile')]);
});
afterAll(async () => {
  expect(server.output()).not.toMatch(/"level":(50|60)/);
  expect(await server.stop()).toBe(0);
});

async function generate(accountId: string): Promise<string> {
  const answer = await api.send('POST', '/api/v1/agents/customer-success/tasks', { type: 'generate_qbr', accountId });
  expect(answer.status, answer.text).toBe(200);
  return (JSON.parse(answer.text) as { reviewId: string }).reviewId;
}

describe('reviews over the API', () => {
  it('are made, listed, read and handed out as Markdown', async () => {
    const id = await generate('northwind');
    const { items } = await api.expect(reviewList, 200, 'GET', '/api/v1/reviews?accountId=northwind');
    expect(items.map((review) => review.id)).toEqual([id]);
    const review = await api.expect(reviewDetail, 200, 'GET', `/api/v1/reviews/${id}`);
    const summary = await api.expect(reviewSummary, 200, 'GET', '/api/v1/reviews/summary');
    expect(review.period.id).toBe(summary.quarter);
    expect(review.content.adoption.features.map(({ feature }) => feature)).toContain('Dashboards');
    const markdown = await api.send('GET', `/api/v1/reviews/${id}/markdown`);
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(markdown.headers.get('content-disposition')).toMatch(
      /^attachment; filename="Northwind-Robotics-\d{4}-Q\d-v1\.md"$/,
    );
    expect(markdown.text).toContain('# QBR: Northwind Robotics — Q');
    // Again, and nothing is new.
    expect(await generate('northwind')).toBe(id);
  });

  it.each([
    ['/api/v1/reviews?period=2026', 'period'],
    ['/api/v1/reviews?kind=year', 'kind'],
    ['/api/v1/reviews?rag=BLUE', 'rag.0'],
    ['/api/v1/reviews?limit=0', 'limit'],
    ['/api/v1/reviews?cursor=x', 'cursor'],
    ['/api/v1/reviews?page=2', 'page'],
  ])('refuse %s', async (path, field) => {
    const { errors } = await api.refused(400, 'GET', path);
    expect(errors?.map(({ path: named }) => named)).toContain(field);
  });

  it('are nobody else’s: a rep sees those of their accounts, and makes none', async () => {
    const theirs = await generate('ann');
    const mine = await generate('northwind');
    const tom = createApiClient(server.url, { cookie: (await signInAs(server.url, 'rep', TOM)).cookie });
    const { items } = await tom.expect(reviewList, 200, 'GET', '/api/v1/reviews');
    expect(items.map(({ account }) => account.id)).not.toContain('ann');
    expect(items.map(({ id }) => id)).toContain(mine);
    await tom.refused(404, 'GET', `/api/v1/reviews/${theirs}`);
    await tom.refused(404, 'GET', `/api/v1/reviews/${theirs}/markdown`);
    const task = { type: 'generate_qbr', accountId: 'northwind' };
    await tom.refused(403, 'POST', '/api/v1/agents/customer-success/tasks', task);
    expect((await tom.send('GET', `/reviews/${theirs}`)).status).toBe(404);
    await createApiClient(server.url, {}).refused(401, 'GET', `/api/v1/reviews/${mine}`);
  });
});

describeInBrowser('reviews in a browser', () => {
  let browser: Browser;
  let visitor: Visitor;

  beforeAll(async () => {
    browser = await launchBrowser();
    visitor = await newVisitor(browser, server.url, { permissions: ['clipboard-write'] });
  });
  afterAll(async () => {
    await visitor?.leave();
    await browser?.close();
  });

  async function accessible(page: Page): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(' ')}`)).toEqual([]);
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(tooWide, 'pixels beyond the right edge').toBeLessThanOrEqual(0);
  }

  it('one is generated from the page of its account, and opens', async () => {
    const page = await visitor.open('/accounts/hostile');
    await page.getByRole('button', { name: 'Generate review' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('The sponsor asked');
    await dialog.getByRole('button', { name: 'Generate' }).click();
    await page.waitForURL('**/reviews/*');
    const sheet = page.getByRole('article');
    await sheet.getByRole('heading', { level: 1, name: '<img src=x' }).waitFor();
    await sheet.getByText('«The sponsor asked»').waitFor();
    expect(await page.evaluate(() => (window as { __ran?: number }).__ran)).toBeUndefined();
    await page.getByRole('button', { name: 'Copy as Markdown' }).click();
    await page.getByText('Copied as Markdown').waitFor();
    // The desk lets no script read the clipboard; a person pastes.
    await page.getByRole('button', { name: 'Regenerate' }).click();
    const reason = page.getByRole('dialog').getByLabel('Why');
    await reason.press('ControlOrMeta+v');
    expect(await reason.inputValue()).toContain('# QBR: &lt;img src=x');
    await page.goto('/accounts/hostile');
    await page
      .getByRole('region', { name: 'Business reviews' })
      .getByRole('link', { name: /^Q\d \d{4}$/ })
      .waitFor();
    await page.close();
  });

  it('one prints on A4 and Letter: the document alone, its figures on more than one page', async () => {
    const id = await generate('northwind');
    const { content } = await api.expect(reviewDetail, 200, 'GET', `/api/v1/reviews/${id}`);
    const dark = await newVisitor(browser, server.url, { colorScheme: 'dark' });
    const page = await dark.open(`/reviews/${id}`);
    const figures = [
      content.account.name,
      content.period.label,
      `${content.impact.seats?.active} of ${content.impact.seats?.purchased}`,
      '$24,000',
      `Health stood at ${Math.round(content.health.last?.score ?? 0)} of 100`,
      ...content.next.steps.map(({ text }) => text),
      ...content.next.opportunities.map(({ title }) => title),
      'Dashboards',
    ].map((text) => text.normalize('NFKC').replace(/\s/gu, ''));
    const whole = readPdf(await page.pdf({ format: 'A4' }));
    for (const format of ['A4', 'Letter'] as const) {
      const { pages, text } = format === 'A4' ? whole : readPdf(await page.pdf({ format }));
      expect(pages, format).toBeGreaterThan(1);
      for (const figure of figures) expect(text, format).toContain(figure);
      expect(text).toContain(`1of${pages}`);
      for (const word of ['Opportunities', 'Saveas', 'Regenerate', 'Signout', 'Watching'])
        expect(text).not.toContain(word);
    }
    await page.getByLabel('For the customer').check();
    await page.waitForURL('**?edition=customer');
    const customers = readPdf(await page.pdf({ format: 'A4' }));
    expect(customers.text).toContain('Featureadoption');
    for (const word of ['Churnrisk', 'Gates', 'Nextsteps', 'Whatisnotknown']) {
      expect(whole.text).toContain(word);
      expect(customers.text).not.toContain(word);
    }
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: 'Print / save as PDF' }).isVisible()).toBe(false);
    const ink = () =>
      page.evaluate(() => {
        const { color } = getComputedStyle(document.querySelector('h1') ?? document.body);
        return [color, getComputedStyle(document.body).backgroundColor];
      });
    await expect.poll(ink).toEqual(['rgb(28, 27, 25)', 'rgb(255, 255, 255)']);
    await dark.leave();
  });

  it('a changed one is another version, and both can be read', async () => {
    const first = await generate('northwind');
    await upload('accounts', halfYear('northwind', { name: 'Northwind Robotics', plan: 'enterprise' }));
    const page = await visitor.open(`/reviews/${first}`);
    await page.getByRole('button', { name: 'Regenerate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Regenerate' }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(first));
    await page.getByText('enterprise plan').waitFor();
    await page.getByRole('button', { name: 'Version 2 of 2' }).click();
    await page.getByRole('menuitemradio', { name: /Version 1/ }).click();
    await page.waitForURL(`**/reviews/${first}`);
    await page.getByText('growth plan').waitFor();
    await page.getByRole('link', { name: 'Version 2 is the current one.' }).waitFor();
    await page.close();
  });

  it('all are generated for a quarter, and the list is searched and filtered', async () => {
    const page = await visitor.open('/reviews');
    await page.getByRole('button', { name: 'Generate for a quarter' }).click();
    const asked = page.waitForResponse((response) => response.url().endsWith('/tasks'));
    await page.getByRole('dialog').getByRole('button', { name: 'Generate' }).click();
    const run = await asked;
    expect(run.status()).toBe(202);
    expect(runItem.parse(await run.json()).job).toBe('quarterly_qbr');
    await page.getByText('The reviews are ready').waitFor();
    await expect.poll(() => page.locator('tr[data-key]').count()).toBe(3);
    await page.getByRole('searchbox').fill('anns');
    await expect.poll(() => page.locator('tr[data-key]').count()).toBe(1);
    await page.getByRole('searchbox').fill('nobody');
    await page.getByText('No review matches').waitFor();
    await page.getByRole('button', { name: 'Clear search and filters' }).click();
    await page.getByRole('button', { name: 'Kind' }).click();
    await page.getByRole('menuitemradio', { name: 'Before renewals' }).click();
    await page.waitForURL('**/reviews?kind=renewal');
    await page.getByText('No review matches').waitFor();
    await page.close();
  });

  it.each([
    ['wide, light', { viewport: { width: 1440, height: 900 }, colorScheme: 'light' }],
    ['narrow, dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
  ] as const)('the pages are accessible and fit (%s)', async (_, options) => {
    const id = await generate('hostile');
    const reader = await newVisitor(browser, server.url, options);
    for (const path of ['/reviews', `/reviews/${id}`]) {
      const page = await reader.open(path);
      await page.locator('tr[data-key], article').first().waitFor();
      await accessible(page);
      await page.close();
    }
    await reader.leave();
  });

  it('one of a contract that ends tells the rep, and asks a person where that failed', async () => {
    const renewal = new Date(Date.now() + 80 * DAY).toISOString().slice(0, 10);
    await upload(
      'accounts',
      halfYear('ending', { name: 'Ending Ltd', renewal_date: renewal, rep_email: 'rae@headroom.example' }),
    );
    await api.send('POST', '/api/v1/agents/customer-success/tasks', { type: 'contract_qbr' });
    const told = async () => {
      const { items } = await api.expect(reviewList, 200, 'GET', '/api/v1/reviews?accountId=ending');
      const review = items[0] && (await api.expect(reviewDetail, 200, 'GET', `/api/v1/reviews/${items[0].id}`));
      return review?.draft?.state === 'drafted' ? review : null;
    };
    const { id } = await eventually(told, 'the draft for the rep', 60_000);

    await overwriteNotices(server.dataDir, 'rae@headroom.example', 'failed');
    const page = await visitor.open(`/reviews/${id}`);
    await page.getByText('No draft tells the rep: the mailbox refused it.').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('A draft tells the rep').waitFor();
    await overwriteNotices(server.dataDir, 'rae@headroom.example', 'needs person');
    await page.reload();
    await answering(page);
    await page.getByRole('button', { name: 'It is there' }).click();
    await page.getByText('A draft tells the rep').waitFor();
    const draft = await visitor.open(
      (await page.getByRole('link', { name: 'Open the draft that tells of this review' }).getAttribute('href')) ?? '',
    );
    expect(await draft.title()).toContain('Ending Ltd');
  });

  it('the list asks a person about a draft that tells of a whole quarter', async () => {
    const rae = 'rae@headroom.example';
    const quarterly = async () => {
      const found = await withDatabase(server.dataDir, (db) =>
        db.read.notice.count({ where: { toAddress: rae, accountId: null, state: 'drafted' } }),
      );
      return found > 0 ? true : null;
    };
    await api.send('POST', '/api/v1/agents/customer-success/tasks', { type: 'generate_qbr' });
    await eventually(quarterly, 'the list for the rep', 60_000);
    await overwriteNotices(server.dataDir, rae, 'failed');
    const page = await visitor.open('/reviews');
    const asked = page.getByRole('region', { name: 'Drafts that need you' });
    await asked.getByText('The mailbox refused it.').first().waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    while ((await asked.getByRole('button', { name: 'Try again' }).count()) > 0) {
      const before = await asked.getByRole('listitem').count();
      await asked.getByRole('button', { name: 'Try again' }).first().click();
      await eventually(async () => ((await asked.getByRole('listitem').count()) < before ? true : null), 'one less');
    }
    expect(await quarterly()).toBe(true);
  });

  it('a viewer reads them and is offered nothing else', async () => {
    const viewer = await newVisitor(browser, server.url, {}, 'viewer');
    const page = await viewer.open('/reviews');
    await page.locator('tr[data-key]').first().waitFor();
    expect(await page.getByRole('button', { name: /Generate/ }).count()).toBe(0);
    await page.locator('tr[data-key] a[data-row-link]').first().click();
    await page.getByRole('article').waitFor();
    expect(await page.getByRole('button', { name: 'Regenerate' }).count()).toBe(0);
    await page.goto('/accounts/northwind');
    await page.getByRole('heading', { name: 'Business reviews' }).waitFor();
    expect(await page.getByRole('button', { name: 'Generate review' }).count()).toBe(0);
    await viewer.leave();
  });

  it('the account says so where nothing was reviewed', async () => {
    await upload('accounts', [liveOutgrowingRow('new', { name: 'Newcomer' })]);
    await api.expect(accountDetail, 200, 'GET', '/api/v1/accounts/new');
    const page = await visitor.open('/accounts/new');
    await page.getByText('None yet. One is made after each quarter').waitFor();
    await page.close();
  });
});
