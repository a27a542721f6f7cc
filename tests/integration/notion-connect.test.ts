import { afterEach, describe, expect, it } from 'vitest';
import { readSecret } from '../../lib/access/secret';
import { createNotionConnectionStore } from '../../lib/db/notion-connection';
import { rotateNotionToken } from '../../lib/notion/rotate';
import { NO_SETTINGS } from '../../lib/notion/settings';
import { createSecretBox } from '../../lib/secrets';
import { everythingStored } from '../helpers/database';
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

describe('choosing the accounts database', () => {
  it('proposes a mapping from names and types, and shows the first rows as they would come in', async () => {
    desk = await openNotionDesk();
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    desk.notion.addRow(
      desk.accounts,
      accountPage('bolt', { ARR: value.number(null), 'Usage trend': value.select('Sideways') }),
    );
    desk.notion.addRow(desk.accounts, accountPage('core', { 'Invoice status': value.select(null) }));

    const { items } = await desk.runtime.notion.desk.places('data_source', 'custom');
    expect(items).toEqual([expect.objectContaining({ id: desk.accounts.id, title: 'Customers' })]);
    const preview = await desk.runtime.notion.desk.preview({ dataSourceId: desk.accounts.id });

    const mapped = Object.fromEntries(
      preview.columns.flatMap(({ column, property }) => (property ? [[column, property.name]] : [])),
    );
    expect(mapped).toEqual({
      account_id: 'Account ID',
      name: 'Company',
      domain: 'Website',
      arr: 'ARR',
      seats_purchased: 'Seats',
      seats_active: 'Active seats',
      csm_email: 'CSM',
      rep_email: 'Account Executive',
      contract_start: 'Contract start',
      renewal_date: 'Renewal',
      last_interaction_at: 'Last touch',
      usage_trend: 'Usage trend',
      feature_adoption_rate: 'Adoption',
      stakeholder_engagement: 'Engagement',
      nps_score: 'NPS',
      invoice_payment_status: 'Invoice status',
      open_ticket_count: 'Open tickets',
      avg_ticket_sentiment: 'Ticket sentiment',
      escalation_count_90_days: 'Escalations',
      tam_health_rag: 'Health Status',
      modules: 'Products',
    });
    const [acme, bolt, core] = preview.rows;
    expect(acme).toMatchObject({
      accountId: 'acme',
      issues: [],
      missing: [],
      cells: { arr: '24000.5', domain: 'acme.example' },
    });
    expect(bolt?.issues).toEqual([
      { column: 'Usage trend', message: expect.stringContaining('«sideways» is not known') },
    ]);
    expect(core?.missing.join(' ')).toContain('invoicePaymentStatus');
    // A dry run keeps nothing.
    expect((await desk.runtime.notion.desk.overview()).state).toBe('not_chosen');
    expect(await desk.db.read.account.count()).toBe(0);
  });

  it('says of a property with the right name what is wrong with its type', async () => {
    desk = await openNotionDesk({
      properties: ACCOUNT_PROPERTIES.map((property) =>
        property.name === 'ARR' ? { ...property, type: 'checkbox' } : property,
      ),
    });
    const { columns } = await desk.runtime.notion.desk.preview({ dataSourceId: desk.accounts.id });
    expect(columns.find(({ column }) => column === 'arr')).toMatchObject({
      property: null,
      mismatch: expect.stringContaining('«ARR» is of the type checkbox; it has to be one of number'),
    });
    const mapping = {
      ...(await desk.proposed()),
      arr: desk.accounts.properties.find(({ name }) => name === 'ARR')?.id ?? '',
    };
    await expect(
      desk.runtime.notion.desk.chooseAccounts({ dataSourceId: desk.accounts.id, mapping, writeHealth: false }),
    ).rejects.toMatchObject({ code: 'invalid_input', issues: [{ path: 'mapping.arr' }] });
  });

  it('refuses a token that Notion refuses, and keeps the good one encrypted', async () => {
    desk = await openNotionDesk();
    await expect(desk.runtime.notion.desk.connect('ntn_00000000000000000000', 'user:test')).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'token' }],
    });
    expect((await everythingStored(desk.db, desk.dataDir)).includes(desk.notion.token)).toBe(false);
    expect(JSON.stringify(await desk.runtime.notion.desk.overview())).not.toContain(desk.notion.token);
    await desk.runtime.notion.desk.disconnect();
    const row = await desk.db.read.notionConnection.findFirstOrThrow();
    expect(row).toMatchObject({ state: 'disconnected', credentials: null });
  });
});

it('the token is encrypted anew with another secret, and what cannot be read is asked for again', async () => {
  desk = await openNotionDesk();
  await desk.choose();
  const secret = await readSecret(desk.dataDir, null);
  const connections = createNotionConnectionStore(desk.db, NO_SETTINGS);
  const next = createSecretBox('another-secret-of-thirty-two-characters', [secret]);
  expect(await rotateNotionToken(connections, next)).toBe('rotated');
  expect(await rotateNotionToken(connections, next)).toBe('current');
  expect(await rotateNotionToken(connections, createSecretBox(secret))).toBe('unreadable');
  // The desk itself knows the secret of before alone.
  desk = await desk.restart();
  expect(await desk.pull()).toMatchObject({ state: 'failed', error: expect.stringContaining('another secret') });
  expect((await desk.runtime.notion.desk.overview()).pull.problem).toMatchObject({ code: 'notion_reconnect' });
  await desk.runtime.notion.desk.connect(desk.notion.token, 'user:test');
  expect(await desk.pull()).toMatchObject({ state: 'succeeded' });
});

describe('two sources of accounts', () => {
  it('do not fight: an account belongs to one, until a person says otherwise', async () => {
    desk = await openNotionDesk();
    await importAtDesk(desk.runtime, [accountRow('acme', { name: 'Acme of the file' })]);
    desk.notion.addRow(desk.accounts, accountPage('acme'));
    desk.notion.addRow(desk.accounts, accountPage('bolt'));
    await desk.choose();
    const run = await desk.pull();
    expect(run.errors).toEqual([
      {
        accountId: 'acme',
        code: 'other_source',
        message: expect.stringContaining('Take it over in Settings → Notion'),
      },
    ]);
    expect((await account('acme')).name).toBe('Acme of the file');
    const { rejectedRows, errors } = await importAtDesk(desk.runtime, [
      accountRow('bolt', { name: 'Bolt of the file' }),
    ]);
    expect([rejectedRows, errors[0]?.message]).toEqual([1, expect.stringContaining('belongs to source «notion»')]);

    const moved = await desk.runtime.notion.desk.takeOver();
    expect(moved.accounts).toBe(1);
    await desk.pull();
    expect((await account('acme')).name).toBe('Company acme');
    expect((await desk.runtime.notion.desk.overview()).pull.pages).toMatchObject({ linked: 2, conflict: 0 });

    expect((await desk.runtime.notion.desk.release()).accounts).toBe(2);
    const observed_at = desk.clock().toISOString();
    await importAtDesk(desk.runtime, [accountRow('bolt', { name: 'Bolt of the file', observed_at })]);
    expect((await account('bolt')).name).toBe('Bolt of the file');
  });
});
