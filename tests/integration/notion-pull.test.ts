import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../helpers/clock';
import { eventually } from '../helpers/eventually';
import { ACCOUNT_PROPERTIES, accountPage, type NotionTestDesk, openNotionDesk } from '../helpers/notion-desk';
import { value } from '../helpers/notion-rules';
import { accountRow, importAtDesk } from '../helpers/portfolio';

let desk: NotionTestDesk;
afterEach(async () => {
  // Whatever a test is about: nothing may leave the desk that the official description refuses.
  expect(desk.notion.violations).toEqual([]);
  await desk.close();
});

const account = (id: string) => desk.runtime.reads.getAccount(id);
const snapshots = (accountId: string) =>
  desk.db.read.signalSnapshot.findMany({ where: { accountId }, orderBy: { id: 'asc' } });

describe('a pull', () => {
  it('brings every page in as an account, with the technical account manager’s rating, and has it scanned', async () => {
    desk = await openNotionDesk();
    for (let index = 0; index < 230; index += 1) desk.notion.addRow(desk.accounts, accountPage(`a${index}`));
    await desk.choose();
    const run = await desk.pull();

    expect(run).toMatchObject({
      state: 'succeeded',
      done: 230,
      errorCount: 0,
      counts: { accountsCreated: 230, pagesRefused: 0 },
    });
    expect(await desk.db.read.account.count({ where: { source: 'notion' } })).toBe(230);
    expect(await account('a7')).toMatchObject({
      name: 'Company a7',
      domain: 'a7.example',
      csmEmail: 'mia@headroom.example',
      repEmail: 'dana@headroom.example',
    });
    const [snapshot] = await snapshots('a7');
    expect(snapshot).toMatchObject({
      arrCents: 2_400_050n,
      tamHealthRag: 'GREEN',
      npsScore: 9,
      invoicePaymentStatus: 'current',
    });
    // Signals were observed when the page was last edited.
    expect(snapshot?.observedAt).toEqual(desk.clock());
    expect((await account('a7')).score).not.toBeNull();
  });

  it('reads what was edited since, and writes a snapshot only where something changed', async () => {
    desk = await openNotionDesk();
    const rows = Array.from({ length: 150 }, (_, index) => desk.notion.addRow(desk.accounts, accountPage(`a${index}`)));
    await desk.choose();
    desk.clock.advance(2 * HOUR);
    await desk.pull();
    desk.clock.advance(10 * MINUTE);
    desk.notion.edit(rows[3] as never, { ARR: value.number(30_000) });
    desk.notion.edit(rows[4] as never, {});
    const run = await desk.pull();

    expect(run).toMatchObject({ done: 2, counts: { accountsCreated: 0, accountsUpdated: 1, accountsUnchanged: 1 } });
    expect(await snapshots('a3')).toHaveLength(2);
    expect(await snapshots('a4')).toHaveLength(1);
    expect((await account('a3')).arr?.amountCents).toBe(3_000_000);
  });

  it('goes on past the rows at which a query stops', async () => {
    desk = await openNotionDesk({ server: { queryLimit: 250 } });
    for (let index = 0; index < 620; index += 1) {
      const created = new Date(desk.clock().getTime() - (1_000 - index) * MINUTE).toISOString();
      desk.notion.addRow(desk.accounts, accountPage(`a${index}`), { created });
    }
    await desk.choose();
    expect(await desk.pull()).toMatchObject({ done: 620, counts: { accountsCreated: 620 } });
    expect(await desk.db.read.account.count()).toBe(620);
  });

  it('says so where more rows were made in one minute than Notion shows', async () => {
    desk = await openNotionDesk({ server: { queryLimit: 100 } });
    for (let index = 0; index < 150; index += 1) desk.notion.addRow(desk.accounts, accountPage(`a${index}`));
    await desk.choose();
    expect(await desk.pull()).toMatchObject({ state: 'failed', error: expect.stringContaining('in the same minute') });
  });

  it('reports a page that is no account by name and link, and stops at nothing', async () => {
    desk = await openNotionDesk();
    const bad = desk.notion.addRow(
      desk.accounts,
      accountPage('bad', { ARR: value.number(-5), Adoption: value.number(85) }),
    );
    desk.notion.addRow(desk.accounts, accountPage('good'));
    const twin = desk.notion.addRow(desk.accounts, accountPage('good', { Company: value.title('Twin') }));
    desk.notion.addRow(desk.accounts, accountPage('left', { CSM: value.people({}) }));
    await desk.choose();
    const run = await desk.pull();

    expect(run).toMatchObject({ state: 'succeeded', errorCount: 2, counts: { accountsCreated: 2, pagesRefused: 2 } });
    expect(run.errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        new RegExp(`^Company bad \\(${bad.url}\\): ARR: «-5» is negative.*Adoption: «85» is not a number from 0 to 1`),
      ),
      expect.stringMatching(
        new RegExp(`^Twin \\(${twin.url}\\): The account «good» is another page already: Company good`),
      ),
    ]);
    const { pages } = await desk.runtime.notion.desk.problems();
    expect(pages.map(({ title, state }) => [title, state])).toEqual([
      ['Company left', 'linked'],
      ['Company bad', 'refused'],
      ['Twin', 'refused'],
    ]);
    expect(pages[0]?.problem).toContain('«CSM» names somebody who is no member any more');
    expect((await account('left')).csmEmail).toBeNull();
    // Mended in Notion, it comes in by itself.
    desk.clock.advance(5 * MINUTE);
    desk.notion.edit(bad, { ARR: value.number(5), Adoption: value.number(0.85) });
    await desk.pull();
    expect((await account('bad')).arr?.amountCents).toBe(500);
  });

  it('takes whatever stands in names and titles', async () => {
    desk = await openNotionDesk({
      properties: [
        ...ACCOUNT_PROPERTIES,
        { name: 'Plan', type: 'rich_text' },
        { name: '\u0000odd\ud800\n', type: 'number' },
      ],
    });
    const odd = '\u0000<script>alert(1)</script>\u202e\ud800';
    const bad = desk.notion.addRow(desk.accounts, accountPage('bad', { Company: value.title(odd) }));
    desk.notion.addRow(desk.accounts, accountPage('long', { Plan: value.text('x'.repeat(300_000)) }));
    desk.notion.addRow(desk.accounts, accountPage('odd', { 'Account ID': value.text('..') }));
    desk.notion.addRow(desk.accounts, accountPage('good', { 'Account ID': value.text('a/b?c=#d') }));
    await desk.choose();
    const run = await desk.pull();
    expect(run).toMatchObject({ state: 'succeeded', counts: { accountsCreated: 1, pagesRefused: 3 } });
    const { pages } = await desk.runtime.notion.desk.problems();
    expect(pages.find(({ url }) => url === bad.url)).toMatchObject({
      title: '<script>alert(1)</script>\u202e',
      problem: expect.stringContaining('unprintable character (U+0000)'),
    });
    expect((await account('a/b?c=#d')).name).toBe('Company good');
  });

  it('makes accounts inactive whose page is in the trash, and active again when it is back', async () => {
    desk = await openNotionDesk();
    const row = desk.notion.addRow(desk.accounts, accountPage('acme'));
    const deleted = desk.notion.addRow(desk.accounts, accountPage('bolt'));
    desk.notion.addRow(desk.accounts, accountPage('core'));
    await desk.choose();
    await desk.pull();
    desk.clock.advance(HOUR);
    desk.notion.trash(row);
    expect(await desk.pull()).toMatchObject({ counts: { accountsRetired: 1 } });
    expect((await account('acme')).status).toBe('inactive');

    // One that was deleted for good is noticed by the daily pull of everything.
    desk.accounts.rows = desk.accounts.rows.filter(({ id }) => id !== deleted.id);
    desk.clock.advance(DAY);
    expect(await desk.pull()).toMatchObject({ counts: { accountsRetired: 1 } });
    expect((await account('bolt')).status).toBe('inactive');
    expect((await account('core')).status).toBe('active');

    desk.clock.advance(HOUR);
    desk.notion.trash(row, false);
    await desk.pull();
    expect((await account('acme')).status).toBe('active');
  });

  it('knows an account without an id of its own by its page', async () => {
    desk = await openNotionDesk({ properties: ACCOUNT_PROPERTIES.filter(({ name }) => name !== 'Account ID') });
    const row = desk.notion.addRow(desk.accounts, accountPage('x'));
    await desk.choose();
    await desk.pull();
    expect((await account(row.id)).name).toBe('Company x');
  });

  it('reads a property that was renamed as before, and says which one is gone', async () => {
    desk = await openNotionDesk();
    const row = desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    await desk.pull();
    const arr = desk.accounts.properties.find(({ name }) => name === 'ARR');
    if (!arr) throw new Error('no ARR');
    arr.name = 'Yearly revenue';
    desk.clock.advance(HOUR);
    desk.notion.edit(row, { 'Yearly revenue': value.number(7) });
    expect(await desk.pull()).toMatchObject({ state: 'succeeded' });
    expect((await account('acme')).arr?.amountCents).toBe(700);

    desk.accounts.properties = desk.accounts.properties.filter(({ id }) => id !== arr.id);
    expect(await desk.pull()).toMatchObject({
      state: 'failed',
      error: expect.stringContaining(
        'arr (until now «ARR») is read from a property that the database does not have any more',
      ),
    });
    const { integrations } = await desk.runtime.reads.describeAgents();
    expect(integrations.find(({ id }) => id === 'notion')).toMatchObject({
      state: 'degraded',
      reason: expect.stringContaining('Correct the mapping in Settings → Notion'),
    });
    expect((await desk.runtime.readiness()).degraded).toEqual([
      { part: 'notion', reason: expect.stringContaining('arr') },
    ]);
    expect((await desk.runtime.readiness()).ready).toBe(true);
  });

  it('says what is wrong where the token was revoked or the database unshared, and mends by itself', async () => {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    await desk.pull();
    const good = desk.notion.token;
    desk.notion.setToken('ntn_another');
    expect(await desk.pull()).toMatchObject({ state: 'failed' });
    expect((await desk.runtime.notion.desk.overview()).pull.problem).toMatchObject({
      code: 'notion_reconnect',
      remedy: expect.stringContaining('Settings → Notion'),
    });
    desk.notion.setToken(good);
    desk.accounts.shared = false;
    await desk.pull();
    expect((await desk.runtime.notion.desk.overview()).pull.problem).toMatchObject({
      code: 'notion_missing',
      remedy: expect.stringContaining('Connections'),
    });
    desk.accounts.shared = true;
    await desk.pull();
    expect(await desk.runtime.notion.desk.overview()).toMatchObject({ state: 'connected', pull: { problem: null } });
  });

  it('begins anew where what is to be read is changed meanwhile', async () => {
    desk = await openNotionDesk();
    for (const id of ['acme', 'bolt']) desk.notion.addRow(desk.accounts, accountPage(id));
    await desk.choose(false);
    const mapping = await desk.proposed();
    let changed = false;
    desk.notion.decide((operation) => {
      if (!changed && /query/.test(operation)) {
        changed = true;
        const { nps_score: _, ...others } = mapping;
        void desk.runtime.notion.desk.chooseAccounts({
          dataSourceId: desk.accounts.id,
          mapping: others,
          writeHealth: false,
        });
        return { effect: 'before', status: 429, retryAfter: 1 };
      }
      return null;
    });
    await desk.pull();
    desk.notion.decide(null);
    await eventually(async () => (await desk.runtime.notion.desk.overview()).pull.runId === null, 'the end of pulls');
    const account = await desk.runtime.reads.getAccount('acme');
    expect(account.signals.find(({ signal }) => signal === 'npsScore')?.value ?? null).toBeNull();
  });

  it('keeps no scan waiting, and ends at once where the desk stops', async () => {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    desk.notion.plan(/query$/, { effect: 'before', status: 'hang' });
    const pull = await desk.runtime.notion.desk.pullNow();
    await importAtDesk(desk.runtime, [accountRow('filed')]);
    // The import was scanned while the pull is still waiting for its answer.
    expect((await account('filed')).score).not.toBeNull();
    expect(await desk.runtime.reads.getRun(pull ?? '')).toMatchObject({ state: 'running' });
    const started = performance.now();
    desk = await desk.restart();
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await desk.runtime.reads.getRun(pull ?? '')).toMatchObject({ state: 'cancelled' });
    expect(await desk.pull()).toMatchObject({ state: 'succeeded', counts: { accountsCreated: 1 } });
  });

  it('survives Notion’s bad moments: too many requests, failures, connections that drop', async () => {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    await desk.choose();
    const later = { effect: 'before', status: 429, retryAfter: 0 } as const;
    desk.notion.plan(/query$/, later, { effect: 'before', status: 503 }, { effect: 'after', status: 'drop' });
    expect(await desk.pull()).toMatchObject({ state: 'succeeded', counts: { accountsCreated: 1 } });
  });
});
