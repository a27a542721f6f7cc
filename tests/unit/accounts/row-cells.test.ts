import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountsFile } from '../../../lib/adapters/accounts/accounts-file';
import { catalogueFile } from '../../../lib/adapters/accounts/catalogue-file';
import { usageFile } from '../../../lib/adapters/accounts/usage-file';
import type { AccountRecord } from '../../../lib/domain/import-records';
import { readRow } from './files';

function account(column: string, value: string | string[]) {
  return readRow(accountsFile, { account_id: 'a-1', name: 'Acme', [column]: value });
}

function value(column: string, given: string | string[]): unknown {
  const { record, issues } = account(column, given);
  expect(issues).toEqual([]);
  return pick(record, column);
}

function pick(record: AccountRecord, column: string): unknown {
  const name = column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const key = { arr: 'arrCents', accountId: 'id' }[name] ?? name;
  const flat: { [key: string]: unknown } = { ...record, ...record.observation };
  return flat[key];
}

function refusal(column: string, given: string | string[]): string {
  const { issues } = account(column, given);
  expect(issues).toHaveLength(1);
  expect(issues[0]?.column).toBe(column);
  return issues[0]?.message ?? '';
}

describe('cells of an accounts file', () => {
  it.each([
    ['24000', 2_400_000],
    ['24000.5', 2_400_050],
    ['24000.50', 2_400_050],
    ['0.29', 29],
    ['1.15', 115],
    ['1000000000000', 100_000_000_000_000],
    [' 7 ', 700],
    ['', null],
  ])('reads the amount %j as %j cents', (given, cents) => {
    expect(value('arr', given)).toBe(cents);
  });

  it.each(['.', '..'])('refuses the id %j, which no address can name', (id) => {
    expect(refusal('account_id', id)).toContain('cannot be an id');
    expect(value('account_id', `${id}x`)).toBe(`${id}x`);
  });

  it('reads every amount with two decimals exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 14 }), (cents) => {
        const text = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
        expect(value('arr', text)).toBe(cents);
      }),
    );
  });

  it.each([
    ['24.000,50', 'Write 24000.50.'],
    ['24,000', 'Write 24000.'],
    ['24,000.50', 'Write 24000.50.'],
    ['24 000', 'Write 24000.'],
    ["24'000", 'Write 24000.'],
    ['24000,5', 'Write 24000.5.'],
    ['1.234.567', 'Write 1234567.'],
    ['24.000', 'write 24000.'],
    ['24000.500', 'two decimals'],
    ['€24k', 'such as 24000.50'],
    ['-5', 'at least 0'],
    ['1e5', 'such as 24000.50'],
    ['24000.123', 'two decimals'],
    ['1000000000001', 'the most that is accepted'],
  ])('refuses the amount %j and says: %s', (given, remedy) => {
    expect(refusal('arr', given)).toContain(remedy);
  });

  it.each([
    ['renewal_date', '2026-12-31', '2026-12-31'],
    ['renewal_date', '2024-02-29', '2024-02-29'],
    ['renewal_date', '2026-12-31T23:30:00-08:00', '2026-12-31'],
    ['contract_start', '', null],
  ])('reads %s %j', (column, given, expected) => {
    expect(value(column, given)).toBe(expected);
  });

  it.each([
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T06:00:00Z', '2026-11-20T06:00:00.000Z'],
    ['2026-11-20T06:00:00.25Z', '2026-11-20T06:00:00.250Z'],
    ['2026-11-20 06:00', '2026-11-20T06:00:00.000Z'],
    ['2026-11-20T06:00:00+02:00', '2026-11-20T04:00:00.000Z'],
    ['2026-11-20T06:00:00+0200', '2026-11-20T04:00:00.000Z'],
    ['2026-11-23T14:00:00Z', '2026-11-23T14:00:00.000Z'],
  ])('reads the instant %j', (given, expected) => {
    expect(value('observed_at', given)).toEqual(new Date(expected));
  });

  it.each([
    ['renewal_date', '31/12/2026', 'more than one way'],
    ['renewal_date', '31.12.2026', 'more than one way'],
    ['renewal_date', '2026-2-30', 'more than one way'],
    ['renewal_date', '2026-02-30', 'such as 2026-12-31'],
    ['renewal_date', '2026-13-01', 'such as 2026-12-31'],
    ['renewal_date', '2025-02-29', 'such as 2026-12-31'],
    ['renewal_date', '46022', 'day number'],
    ['renewal_date', 'soon', 'such as 2026-12-31'],
    ['renewal_date', '2026-12-31T25:00:00Z', 'such as 2026-12-31'],
    ['renewal_date', '0001-01-01', 'such as 2026-12-31'],
    ['observed_at', '2026-11-24', 'future'],
    ['last_interaction_at', '2027-01-01', 'future'],
  ])('refuses %s %j: %s', (column, given, remedy) => {
    expect(refusal(column, given)).toContain(remedy);
  });

  it('reads back every day that exists, and no other', () => {
    const day = fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        const text = date.toISOString().slice(0, 10);
        expect(value('renewal_date', text)).toBe(text);
      }),
    );
    for (const text of ['2026-04-31', '2026-00-10', '2026-01-00', '2100-02-29']) refusal('renewal_date', text);
  });

  it.each([
    ['feature_adoption_rate', '0.85', 0.85],
    ['feature_adoption_rate', '1', 1],
    ['feature_adoption_rate', '-0', 0],
    ['nps_score', '10', 10],
    ['login_frequency_days', '2.5', 2.5],
    ['seats_active', '0120', 120],
    ['open_ticket_count', '0', 0],
    ['usage_trend', ' Growing ', 'growing'],
    ['tam_health_rag', 'green', 'GREEN'],
    ['collections_risk', 'Critical', 'CRITICAL'],
    ['status', 'CHURNED', 'churned'],
    ['status', '', 'active'],
    ['currency', 'eur', 'EUR'],
    ['currency', '', 'USD'],
    ['domain', 'Acme.Example', 'acme.example'],
    ['domain', 'bücher.example', 'bücher.example'],
    ['csm_email', 'Dana.Okafor+cs@Acme.example', 'dana.okafor+cs@acme.example'],
    ['modules', 'b; a;;a ;', ['b', 'a']],
    ['modules', 'b|a', ['b', 'a']],
    ['modules', '', []],
  ])('reads %s %j as %j', (column, given, expected) => {
    expect(value(column, given)).toEqual(expected);
  });

  it.each([
    ['feature_adoption_rate', '85', 'write 0.85 for 85 %'],
    ['feature_adoption_rate', '85%', 'write 0.85 for 85 %'],
    ['feature_adoption_rate', '0,85', 'dot for decimals'],
    ['feature_adoption_rate', 'NaN', 'from 0 to 1'],
    ['feature_adoption_rate', 'Infinity', 'from 0 to 1'],
    ['nps_score', '11', 'from 0 to 10'],
    ['nps_score', '-1', 'from 0 to 10'],
    ['login_frequency_days', '-2', 'from 0 to 3650'],
    ['seats_purchased', '1,000', 'such as 1000'],
    ['seats_purchased', '12.5', 'digits only'],
    ['seats_active', '99999999999', 'the most'],
    ['usage_trend', 'up', 'growing, stable, declining, inactive'],
    ['tam_health_rag', 'blue', 'GREEN, AMBER, RED'],
    ['currency', 'US$', 'ISO 4217'],
    ['currency', 'ZZQ', 'ISO 4217'],
    ['domain', 'https://acme.example/about', 'Write it like acme.example'],
    ['domain', 'acme', 'host name'],
    ['csm_email', 'dana', 'email address'],
    ['csm_email', 'dana@acme', 'email address'],
    ['csm_email', 'dana@acme.example, bo@acme.example', 'email address'],
    ['csm_email', 'dana@acme.example\r\nBcc: all@acme.example', 'line break'],
    ['csm_email', '"dana" <dana@acme.example>', 'email address'],
    ['rep_email', 'a b@acme.example', 'email address'],
    ['name', 'Acme\nLtd', 'line break'],
    ['name', 'Acme\u0007', 'U+0007'],
    ['name', 'Acme\u0085', 'U+0085'],
    ['name', '\ud800', 'U+D800'],
    ['name', 'x'.repeat(201), '200 is the most'],
    ['name', ['a', 'b'], 'one value'],
    ['segment', 'a\tb', 'tab'],
    ['modules', Array.from({ length: 201 }, (_, index) => `m${index}`).join(';'), '200 is the most'],
    ['modules', 'x'.repeat(201), '200 is the most'],
    ['tech_stack', 'a;b\u0000c', 'U+0000'],
  ])('refuses %s %j: %s', (column, given, remedy) => {
    const { issues } = account(column, given);
    expect(issues[0]?.column).toBe(column);
    expect(issues[0]?.message).toContain(remedy);
  });

  it('reports everything that is wrong with a row at once', () => {
    const { issues } = readRow(accountsFile, { account_id: '', name: ' ', arr: 'x', nps_score: '12' });
    expect(issues.map((issue) => issue.column).sort()).toEqual(['account_id', 'arr', 'name', 'nps_score']);
    expect(issues.find((issue) => issue.column === 'name')?.message).toContain('blank');
  });

  it('takes every cell but id and name to be optional', () => {
    const { record, issues } = readRow(accountsFile, { account_id: 'a-1', name: 'Acme' });
    expect(issues).toEqual([]);
    expect(record).toMatchObject({ status: 'active', currency: 'USD', domain: null, modules: [] });
    expect(record.observation.observedAt).toBeNull();
    expect(Object.values(record.observation).every((each) => each === null)).toBe(true);
  });

  it('reads any text into a record or a named problem, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...accountsFile.columns), fc.string({ unit: 'binary' }), (column, text) => {
        const { issues } = account(column, text);
        for (const issue of issues) expect(issue.message).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('cells of the other files', () => {
  it('reads a catalogue row', () => {
    const row = {
      item_id: 'forecasting',
      type: 'Module',
      name: 'Forecasting',
      price: '14000',
      eligible_plans: 'growth;enterprise',
    };
    expect(readRow(catalogueFile, row)).toEqual({
      record: {
        id: 'forecasting',
        type: 'module',
        name: 'Forecasting',
        priceCents: 1_400_000,
        currency: 'USD',
        signalFeatures: [],
        eligiblePlans: ['growth', 'enterprise'],
        techNames: [],
        benefit: null,
      },
      issues: [],
    });
    expect(readRow(catalogueFile, { ...row, type: 'thing' }).issues).toHaveLength(1);
    expect(readRow(catalogueFile, { ...row, type: '' }).issues[0]?.message).toContain('blank');
  });

  it('reads a usage row, whose time must be given', () => {
    const row = { account_id: 'a-1', feature: 'API calls', observed_at: '2026-11-20', uses: '12', limit_hits: '' };
    expect(readRow(usageFile, row).record).toEqual({
      accountId: 'a-1',
      feature: 'API calls',
      observedAt: new Date('2026-11-20'),
      uses: 12,
      activeUsers: null,
      limitHits: 0,
    });
    const { issues } = readRow(usageFile, { ...row, observed_at: '', uses: '' });
    expect(issues.map((issue) => issue.column)).toEqual(['observed_at', 'uses']);
  });
});
