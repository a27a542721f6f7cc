import { afterEach, describe, expect, it } from 'vitest';
import type { StructuredDocument } from '../../lib/domain/document';
import { MINUTE } from '../helpers/clock';
import { eventually } from '../helpers/eventually';
import { accountPage, type NotionTestDesk, openNotionDesk } from '../helpers/notion-desk';
import { value } from '../helpers/notion-rules';
import type { NotionBase, NotionRow } from '../helpers/notion-shapes';
import { runEnded } from '../helpers/portfolio';

let desk: NotionTestDesk;
afterEach(async () => {
  expect(desk.notion.violations).toEqual([]);
  await desk.close();
});

const overview = () => desk.runtime.notion.desk.overview();
const written = () =>
  desk.notion.requests.filter(
    ({ method, path, status }) => method !== 'GET' && status === 200 && !/query$|search$/.test(path),
  );
const numberOf = (row: NotionRow, name: string) => (row.values[name] as { number?: number } | undefined)?.number;
const nameOf = (row: NotionRow, name: string) =>
  (row.values[name] as { select?: { name: string } } | undefined)?.select?.name;
const textOf = (row: NotionRow, name: string) => {
  const { type, ...content } = row.values[name] ?? { type: 'rich_text' };
  return ((content[type] ?? []) as { plain_text: string }[]).map(({ plain_text }) => plain_text).join('');
};

async function makeTarget(target: 'health' | 'expansion' | 'review'): Promise<NotionBase> {
  const parentPageId = desk.notion.addPage('Customer success');
  const { targets } = await desk.runtime.notion.desk.chooseTarget(target, { parentPageId });
  const base = desk.notion.base(targets[target]?.id ?? '');
  if (!base) throw new Error('The database was not made.');
  return base;
}

/** Scans, and lets the desk tell what came of it. */
async function scan(): Promise<void> {
  const answer = await desk.runtime.desk.submitTask('customer-success', { type: 'portfolio_scan' }, 'user:test');
  if (answer.kind === 'run') await runEnded(desk.runtime, answer.runId);
  await eventually(async () => {
    await desk.runtime.notion.tell();
    return (await overview()).push.waiting === 0 ? true : null;
  }, 'an empty backlog');
}

describe('scores on the page of an account', () => {
  it('are written after a scan, where they changed, to properties that the desk has added', async () => {
    desk = await openNotionDesk();
    const [acme, bolt] = ['acme', 'bolt'].map((id) => desk.notion.addRow(desk.accounts, accountPage(id)));
    if (!acme || !bolt) throw new Error('no rows');
    await desk.choose();
    expect(desk.accounts.properties.slice(-3).map(({ name, type, options }) => ({ name, type, options }))).toEqual([
      { name: 'CSM Health Score', type: 'number', options: [] },
      { name: 'CSM Health RAG', type: 'select', options: ['GREEN', 'AMBER', 'RED'] },
      { name: 'CSM Last Scan', type: 'date', options: [] },
    ]);
    await desk.pull();
    await scan();
    const { score } = await desk.runtime.reads.getAccount('acme');
    expect(numberOf(acme, 'CSM Health Score')).toBeCloseTo(score ?? -1, 1);
    expect(nameOf(acme, 'CSM Health RAG')).toBe('GREEN');
    expect(acme.values['CSM Last Scan']).toMatchObject({ date: { start: desk.clock().toISOString() } });

    // What the desk itself wrote is no news to the next pull, and no change is no request.
    const before = written().length;
    desk.clock.advance(5 * MINUTE);
    expect(await desk.pull()).toMatchObject({ counts: { accountsCreated: 0, accountsUpdated: 0 } });
    await scan();
    expect(written()).toHaveLength(before);

    desk.notion.edit(bolt, { 'Usage trend': value.select('Inactive'), Engagement: value.status('Low') });
    await desk.pull();
    await scan();
    expect(written()).toHaveLength(before + 1);
    expect(numberOf(bolt, 'CSM Health Score')).toBeLessThan(score ?? 0);
  });

  it('win over what somebody else writes there', async () => {
    desk = await openNotionDesk();
    const row = desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    await desk.pull();
    await scan();
    const score = numberOf(row, 'CSM Health Score');
    desk.clock.advance(5 * MINUTE);
    desk.notion.edit(row, { 'CSM Health Score': value.number(1), 'CSM Health RAG': value.select('RED') });
    await desk.pull();
    await scan();
    expect([numberOf(row, 'CSM Health Score'), nameOf(row, 'CSM Health RAG')]).toEqual([score, 'GREEN']);
  });

  it('of many accounts take one request each and hardly any more, so that Notion’s limit is all there is to wait for', async () => {
    desk = await openNotionDesk();
    for (let index = 0; index < 300; index += 1) desk.notion.addRow(desk.accounts, accountPage(`a${index}`));
    await desk.choose();
    await desk.pull();
    const before = desk.notion.requests.length;
    await scan();
    const told = desk.notion.requests.slice(before);
    expect(told.filter(({ method }) => method === 'PATCH')).toHaveLength(300);
    // The schema is looked at once.
    expect(told.length).toBeLessThanOrEqual(303);
    expect(await overview()).toMatchObject({ push: { waiting: 0, failed: 0, problem: null } });
  });
});

describe('an expansion record', () => {
  it('is one for each opportunity, kept up to date, and linked to its dispatch', async () => {
    desk = await openNotionDesk();
    const row = desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    const base = await makeTarget('expansion');
    await desk.pull();
    await scan();
    const [record] = base.rows;
    if (!record) throw new Error('no record');
    const { items } = await desk.runtime.reads.listOpportunities({});
    const opportunity = items[0];
    expect(base.rows).toHaveLength(items.length);
    expect(textOf(record, 'Name')).toBe(`Company acme — ${opportunity?.title}`);
    expect(nameOf(record, 'Type')).toBe('seats');
    expect(nameOf(record, 'Status')).toBe('open');
    expect(numberOf(record, 'ARR impact')).toBe((opportunity?.impact?.amountCents ?? 0) / 100);
    expect(textOf(record, 'Evidence')).toContain('97 of 100 seats in use');
    expect(textOf(record, 'Talk track')).not.toBe('');
    expect(record.values.Account).toEqual({ type: 'relation', relation: [{ id: row.id }] });
    expect(record.values.Dispatch).toMatchObject({ url: null });

    await desk.runtime.desk.dispatch(opportunity?.id ?? '', 'user:test');
    await desk.runtime.notion.tell();
    expect(base.rows).toHaveLength(items.length);
    const dispatch = (await desk.runtime.reads.listDispatches({})).items[0];
    expect(record.values.Dispatch).toMatchObject({ url: `https://headroom.example/dispatches?id=${dispatch?.id}` });
  });

  it('is made once, whatever becomes of the requests', async () => {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    const base = await makeTarget('expansion');
    // It is made, and nobody hears of it: first by a failure, then by a connection that drops.
    desk.notion.plan(/^POST \/v1\/pages$/, { effect: 'after', status: 500 });
    await desk.pull();
    await desk.runtime.notion.tell();
    expect((await overview()).push.waiting).toBeGreaterThan(0);
    await desk.runtime.notion.tell();
    // Not before Notion would show it.
    expect(desk.notion.requests.filter(({ method, path }) => method === 'POST' && path === '/v1/pages')).toHaveLength(
      1,
    );
    desk.clock.advance(MINUTE);
    await scan();
    expect(base.rows).toHaveLength(1);
  });

  it('is found again by its id after a restart in the middle, and after the desk forgot it', async () => {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    const base = await makeTarget('expansion');
    desk.notion.always({ effect: 'before', status: 'drop' });
    await desk.runtime.notion.tell();
    desk.notion.always(null);
    await desk.pull();
    desk.notion.plan(/^POST \/v1\/pages$/, { effect: 'after', status: 'drop' });
    await desk.runtime.notion.tell();
    desk = await desk.restart();
    desk.clock.advance(2 * MINUTE);
    await desk.runtime.notion.tell();
    expect((await overview()).push.waiting).toBe(0);
    expect(base.rows).toHaveLength(1);
    await desk.db.write.notionRecord.deleteMany();
    desk.clock.advance(2 * MINUTE);
    await scan();
    expect(base.rows).toHaveLength(1);
  });
});

describe('a QBR', () => {
  const long: StructuredDocument = {
    title: 'unused',
    sections: [
      { heading: 'Summary', blocks: [{ kind: 'paragraph', text: 'Long words. '.repeat(600) }] },
      {
        heading: 'Done',
        blocks: [{ kind: 'bullets', items: Array.from({ length: 150 }, (_, index) => `Item ${index}`) }],
      },
      {
        heading: 'Numbers',
        blocks: [
          {
            kind: 'table',
            columns: [
              { label: 'Month', align: 'start' },
              { label: 'Users', align: 'end' },
            ],
            rows: Array.from({ length: 250 }, (_, index) => [`M${index}`, String(index)]),
          },
        ],
      },
      {
        heading: 'Bulk',
        blocks: Array.from({ length: 12 }, () => ({ kind: 'paragraph', text: '漢'.repeat(60_000) }) as const),
      },
      {
        heading: 'Links',
        blocks: [
          { kind: 'link', text: 'Account', href: '/accounts/acme' },
          { kind: 'link', text: 'Odd', href: 'javascript:alert(1)' },
        ],
      },
    ],
  };
  const review = { reviewId: 'q1', accountId: 'acme', title: 'QBR: Company acme — Q4 2026', document: long };
  const publish = (given: typeof review) =>
    desk.runtime.notion.publishers.reviews.publish(given, { signal: new AbortController().signal });

  async function openReviews(): Promise<NotionBase> {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose(false);
    await desk.pull();
    return makeTarget('review');
  }

  it('is a page with all of its content, however long', async () => {
    const base = await openReviews();
    const reference = await publish(review);
    const [page] = base.rows;
    expect(reference).toEqual({ url: page?.url });
    expect(page && textOf(page, 'Name')).toBe('QBR: Company acme — Q4 2026');
    const blocks = (page?.blocks ?? []) as unknown as Record<
      string,
      { rich_text: { text: { content: string; link?: { url: string } } }[]; children: unknown[] }
    >[];
    const words = blocks.map((block) => (block.paragraph?.rich_text ?? []).map(({ text }) => text.content).join(''));
    expect(words).toContain('Long words. '.repeat(600));
    expect(words.join('').split('漢')).toHaveLength(12 * 60_000 + 1);
    expect(blocks.filter(({ bulleted_list_item }) => bulleted_list_item)).toHaveLength(150);
    expect(blocks.flatMap(({ table }) => (table ? [table.children.length] : []))).toEqual([100, 100, 53]);
    const links = blocks
      .flatMap((block) => block.paragraph?.rich_text ?? [])
      .flatMap(({ text }) => text.link?.url ?? []);
    expect(links).toEqual(['https://headroom.example/accounts/acme']);
    // The same again changes nothing.
    const before = written().length;
    expect(await publish({ ...review, reviewId: 'another version' })).toEqual(reference);
    expect(written()).toHaveLength(before);
  });

  it('goes on where it was cut off, and writes nothing twice', async () => {
    const base = await openReviews();
    desk.notion.plan(
      /^PATCH \/v1\/blocks/,
      null,
      { effect: 'after', status: 500 },
      { effect: 'before', status: 'drop' },
    );
    await expect(publish(review)).rejects.toMatchObject({ code: 'notion_unavailable', retryable: true });
    for (let tries = 0; tries < 4; tries += 1) {
      desk.clock.advance(10 * MINUTE);
      await desk.runtime.notion.tell();
    }
    expect(await publish(review)).toEqual({ url: base.rows[0]?.url });
    expect((await overview()).push.waiting).toBe(0);
    expect(base.rows).toHaveLength(1);
    const items = base.rows[0]?.blocks.filter(({ type }) => type === 'bulleted_list_item');
    expect(items).toHaveLength(150);
  });

  it('replaces its content where it is published anew', async () => {
    const base = await openReviews();
    await publish(review);
    const short = { ...review, document: { title: '', sections: [{ heading: 'New', blocks: [] }] } };
    await publish(short);
    expect(base.rows).toHaveLength(1);
    expect(base.rows[0]?.blocks).toHaveLength(1);
  });

  it('is refused for good where Notion refuses it, and not asked for where accounts came back to files', async () => {
    await openReviews();
    desk.notion.decide((operation) =>
      operation.startsWith('POST /v1/pages') ? { effect: 'before', status: 400 } : null,
    );
    await expect(publish(review)).rejects.toMatchObject({ code: 'notion_rejected', retryable: false });
    desk.notion.decide(null);
    await desk.runtime.notion.desk.release();
    expect(await desk.runtime.notion.publishers.reviews.problem()).toContain('No accounts database');
  });

  it('is left out, and said to be, where no database is chosen', async () => {
    desk = await openNotionDesk();
    await desk.choose(false);
    await expect(publish(review)).rejects.toMatchObject({ code: 'conflict', retryable: false });
    expect(await desk.runtime.notion.publishers.reviews.problem()).toContain('Settings → Notion');
    expect((await overview()).push.waiting).toBe(0);
  });
});

it('writes an alert as a record in the database of health records', async () => {
  desk = await openNotionDesk();
  desk.notion.addRow(desk.accounts, accountPage('acme'));
  await desk.choose(false);
  await desk.pull();
  const base = await makeTarget('health');
  const document = {
    title: 'Company acme may leave',
    sections: [{ heading: '', blocks: [{ kind: 'paragraph', text: 'Usage fell.' }] }],
  } as const;
  const alert = { id: 'x', kind: 'rag_red', level: 'critical', document, createdAt: desk.clock() };
  const options = { signal: new AbortController().signal };
  const { alerts } = desk.runtime.notion.publishers;
  expect(await alerts.problem()).toBeNull();
  const { href } = await alerts.publish({ ...alert, accountId: 'acme' }, options);
  await alerts.publish({ ...alert, accountId: 'acme', createdAt: new Date(0) }, options);
  await alerts.publish({ ...alert, id: 'digest', accountId: null }, options);
  const [record, digest] = base.rows;
  expect(base.rows).toHaveLength(2);
  expect(href).toBe(record?.url);
  expect(
    record && [textOf(record, 'Name'), nameOf(record, 'Kind'), nameOf(record, 'RAG'), nameOf(record, 'Churn risk')],
  ).toEqual(['Company acme may leave', 'rag red', 'GREEN', 'low']);
  expect(record?.values.Account).toMatchObject({ relation: [{ id: desk.accounts.rows[0]?.id }] });
  expect(digest?.values.Account).toMatchObject({ relation: [] });
});

describe('where Notion does not work', () => {
  it('the desk works on, says what is wrong, and the backlog drains when it is mended', async () => {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    await desk.pull();
    desk.notion.always({ effect: 'before', status: 503 });
    await desk.runtime.notion.tell();
    const answer = await desk.runtime.desk.submitTask('customer-success', { type: 'portfolio_scan' }, 'user:test');
    if (answer.kind === 'run') expect(await runEnded(desk.runtime, answer.runId)).toMatchObject({ state: 'succeeded' });
    expect(await overview()).toMatchObject({
      state: 'problem',
      push: { waiting: 1, problem: { code: 'notion_unavailable', message: expect.stringContaining('503') } },
    });
    const { integrations } = await desk.runtime.reads.describeAgents();
    expect(integrations.find(({ id }) => id === 'notion')).toMatchObject({
      state: 'degraded',
      reason: expect.stringMatching(/does not work just now \(503\).*1 changes? wait/),
    });
    // It is left alone for a while, and then tried again.
    const asked = desk.notion.requests.length;
    await desk.runtime.notion.tell();
    expect(desk.notion.requests).toHaveLength(asked);
    desk.notion.always(null);
    desk.clock.advance(2 * MINUTE);
    await desk.runtime.notion.tell();
    expect(await overview()).toMatchObject({ state: 'connected', push: { waiting: 0, problem: null } });
    expect(numberOf(desk.accounts.rows[0] as NotionRow, 'CSM Health Score')).toBeGreaterThan(0);
  });

  it('a property that somebody deleted is named, and put back at a click', async () => {
    desk = await openNotionDesk();
    const row = desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    desk.accounts.properties = desk.accounts.properties.filter(({ name }) => name !== 'CSM Health RAG');
    const renamed = desk.accounts.properties.find(({ name }) => name === 'CSM Health Score');
    if (renamed) renamed.name = 'Score of the desk';
    await desk.pull();
    await desk.runtime.notion.tell();
    expect(await overview()).toMatchObject({
      state: 'problem',
      push: {
        waiting: 1,
        problem: {
          message: expect.stringContaining('has no CSM Health RAG to write to'),
          remedy: expect.stringContaining('Mend'),
        },
      },
    });
    await desk.runtime.notion.desk.mend();
    await desk.runtime.notion.tell();
    expect(await overview()).toMatchObject({ state: 'connected', push: { waiting: 0 } });
    expect(nameOf(row, 'CSM Health RAG')).toBe('GREEN');
    // A property that was renamed is the same property.
    expect(numberOf(row, 'Score of the desk')).toBeGreaterThan(0);
  });

  it('what Notion refuses for one page stops nothing else', async () => {
    desk = await openNotionDesk();
    const [gone, good] = ['gone', 'good'].map((id) => desk.notion.addRow(desk.accounts, accountPage(id)));
    await desk.choose();
    await desk.pull();
    if (!gone || !good) throw new Error('no rows');
    gone.inTrash = true;
    await desk.runtime.notion.tell();
    expect(await overview()).toMatchObject({ state: 'connected', push: { waiting: 0, failed: 1 } });
    expect(nameOf(good, 'CSM Health RAG')).toBe('GREEN');
    expect((await desk.runtime.notion.desk.problems()).writes).toEqual([
      expect.objectContaining({ kind: 'health', accountId: 'gone', message: expect.stringContaining('archived') }),
    ]);
  });

  it('a database that is not shared any more holds up its own records alone', async () => {
    desk = await openNotionDesk();
    const row = desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    await desk.pull();
    const base = await makeTarget('expansion');
    base.shared = false;
    const answer = await desk.runtime.desk.submitTask('customer-success', { type: 'portfolio_scan' }, 'user:test');
    if (answer.kind === 'run') await runEnded(desk.runtime, answer.runId);
    await eventually(async () => {
      await desk.runtime.notion.tell();
      return numberOf(row, 'CSM Health Score') ?? null;
    }, 'the score on the page');
    await eventually(
      async () => (await desk.runtime.notion.desk.describe()).state === 'degraded',
      'the desk to say what is wrong',
    );
    expect(base.rows).toEqual([]);
    expect((await overview()).push).toMatchObject({ waiting: 1, failed: 0 });
    base.shared = true;
    desk.clock.advance(5 * MINUTE);
    await eventually(async () => {
      await desk.runtime.notion.tell();
      return (await overview()).push.waiting === 0 ? true : null;
    }, 'an empty backlog');
    expect(base.rows).toHaveLength(1);
    expect(await desk.runtime.notion.desk.describe()).toMatchObject({ state: 'ready' });
  });

  it('waits as long as Notion says', async () => {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    await desk.pull();
    desk.notion.plan(/^PATCH \/v1\/pages/, { effect: 'before', status: 429, retryAfter: 1 });
    const from = desk.notion.requests.length;
    await desk.runtime.notion.tell();
    const [first, second] = desk.notion.requests.slice(from).filter(({ method }) => method === 'PATCH');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
    const metrics = await desk.runtime.metrics.text();
    expect(metrics).toMatch(
      /headroom_notion_request_duration_seconds_count\{operation="pages.update",outcome="rate_limited"\} 1/,
    );
    expect(metrics).toContain('headroom_notion_backlog{state="waiting"} 0');
    expect(metrics).toMatch(/headroom_notion_last_pull_timestamp_seconds \d/);
  });
});
