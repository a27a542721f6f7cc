import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountsFile } from '../../../lib/adapters/accounts/accounts-file';
import {
  adaptCell,
  checkMapping,
  MAPPED_COLUMNS,
  proposeMapping,
  typesFor,
} from '../../../lib/adapters/notion/mapping';
import { readPropertyValue } from '../../../lib/adapters/notion/property-values';
import { EXPANSION, type OwnProperty, writeProperties } from '../../../lib/adapters/notion/records';
import { readNotionRow } from '../../../lib/notion/rows';
import { NOW } from '../../helpers/clock';
import { toStored, value } from '../../helpers/notion-rules';

/** Of every type that a mapping may read: what Notion sends, and what comes of it. */
const VALUES: [type: string, sent: unknown, cell: string | string[]][] = [
  ['title', value.title(' Acme\n Corp '), 'Acme  Corp'],
  ['rich_text', value.text('a note'), 'a note'],
  ['number', value.number(24_000.5), '24000.5'],
  ['number', value.number(0), '0'],
  ['checkbox', value.checkbox(true), 'true'],
  ['select', value.select('Enterprise'), 'Enterprise'],
  ['status', value.status('Active'), 'Active'],
  ['multi_select', value.options('Core', 'Exports; raw'), ['Core', 'Exports; raw']],
  ['date', value.date('2026-12-31', '2027-01-31'), '2026-12-31'],
  ['date', value.date('2026-12-31T09:00:00.000+01:00'), '2026-12-31T09:00:00.000+01:00'],
  ['email', value.email('dana@acme.example'), 'dana@acme.example'],
  ['url', value.url('https://acme.example'), 'https://acme.example'],
  ['phone_number', value.phone('+49 30 1'), '+49 30 1'],
  ['created_time', value.time('created_time', '2026-01-01T10:00:00.000Z'), '2026-01-01T10:00:00.000Z'],
  ['last_edited_time', value.time('last_edited_time', '2026-01-01T10:00:00.000Z'), '2026-01-01T10:00:00.000Z'],
  ['unique_id', value.uniqueId('ACC', 12), 'ACC-12'],
  ['unique_id', value.uniqueId(null, 12), '12'],
  ['people', value.people({ name: 'Mia', email: 'mia@headroom.example' }), 'mia@headroom.example'],
  [
    'people',
    value.people({ name: 'A', email: 'a@x.example' }, { name: 'B', email: 'b@x.example' }),
    ['a@x.example', 'b@x.example'],
  ],
  [
    'created_by',
    { type: 'created_by', created_by: value.people({ name: 'Mia', email: 'mia@x.example' }).people[0] },
    'mia@x.example',
  ],
  [
    'last_edited_by',
    { type: 'last_edited_by', last_edited_by: value.people({ name: 'Mia', email: 'mia@x.example' }).people[0] },
    'mia@x.example',
  ],
  ['formula', value.formula('string', 'x'), 'x'],
  ['formula', value.formula('number', 1.5), '1.5'],
  ['formula', value.formula('boolean', false), 'false'],
  ['formula', value.formula('date', { start: '2026-12-31', end: null }), '2026-12-31'],
  ['formula', value.formula('string', null), ''],
  ['rollup', value.rollup(value.number(4)), '4'],
  [
    'rollup',
    value.rollup(value.email('a@x.example'), value.email('a@x.example'), value.email('b@x.example')),
    ['a@x.example', 'b@x.example'],
  ],
  ['rollup', value.rollup(), ''],
  ['rollup', { type: 'rollup', rollup: { type: 'number', function: 'sum', number: 3 } }, '3'],
  [
    'rollup',
    { type: 'rollup', rollup: { type: 'date', function: 'latest_date', date: { start: '2026-12-31' } } },
    '2026-12-31',
  ],
];

describe('the value of a property', () => {
  it.each(VALUES)('of the type %s is read', (_, sent, cell) => {
    expect(readPropertyValue(sent)).toEqual({ cell });
  });

  it('of every type that a mapping accepts has an example above', () => {
    const accepted = new Set(MAPPED_COLUMNS.flatMap((column) => typesFor(column)));
    expect([...accepted].filter((type) => !VALUES.some(([known]) => known === type))).toEqual([]);
  });

  it('that is empty is blank, of whatever type', () => {
    for (const [type] of VALUES) expect(readPropertyValue({ type, [type]: null })).toEqual({ cell: '' });
  });

  it('of a person without an address, or who has left, is worth a note and stops nothing', () => {
    expect(
      readPropertyValue(value.people({ name: 'Mia', email: null }, { name: 'Bo', email: 'bo@x.example' })),
    ).toEqual({
      cell: 'bo@x.example',
      note: 'names Mia, whose address Notion does not show',
    });
    expect(readPropertyValue(value.people({}))).toEqual({ cell: '', note: 'names somebody who is no member any more' });
  });

  it('that Notion does not send, or that is of another type, is a problem in words', () => {
    for (const sent of [
      undefined,
      { type: 'files', files: [] },
      { type: 'relation', relation: [{ id: 'x' }] },
      { type: 'rollup', rollup: { type: 'unsupported', unsupported: {} } },
      { type: 'rollup', rollup: { type: 'incomplete', incomplete: {} } },
      value.formula('unsupported', {}),
      { type: 'constructor', constructor: 1 },
      value.rollup(value.rollup(value.rollup(value.rollup(value.rollup(value.number(1)))))),
    ]) {
      expect(readPropertyValue(sent)).toEqual({ problem: expect.stringMatching(/^(is|has) .+\.$/) });
    }
  });

  it('whatever it is, never breaks the reading of a row', () => {
    const types = [...new Set(VALUES.map(([type]) => type)), 'files', '__proto__'];
    const hostile = fc.oneof(
      fc.anything(),
      fc
        .tuple(fc.constantFrom(...types), fc.anything({ maxDepth: 4 }))
        .map(([type, content]) => ({ type, [type]: content })),
      fc
        .tuple(
          fc.constantFrom('formula', 'rollup'),
          fc.constantFrom(...types, 'array', 'string'),
          fc.anything({ maxDepth: 3 }),
        )
        .map(([type, kind, content]) => ({ type, [type]: { type: kind, [kind]: content } })),
    );
    const mapping = Object.fromEntries(
      MAPPED_COLUMNS.map((column) => [column, { id: column, name: column, type: 'rich_text' }]),
    );
    fc.assert(
      fc.property(
        fc.array(hostile, { minLength: MAPPED_COLUMNS.length, maxLength: MAPPED_COLUMNS.length }),
        (values) => {
          const page = {
            id: 'page',
            url: '',
            title: 'x',
            editedAt: NOW,
            inTrash: false,
            dataSourceId: null,
            values: new Map(MAPPED_COLUMNS.map((column, index) => [column, values[index]])),
          };
          const { issues, record } = readNotionRow(page, mapping, NOW);
          for (const { message } of issues) expect(message).toMatch(/\S/);
          // Without an issue everything is of the right shape.
          if (issues.length === 0) expect(record.name).not.toBe('');
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a property that the desk writes', () => {
  it('reads as it was written, of every type', () => {
    const properties: Record<string, OwnProperty> = EXPANSION;
    const names = Object.fromEntries(Object.entries(properties).map(([key, { name }]) => [key, name]));
    const id = '0a0a0a0a-0000-4000-8000-000000000001';
    const plain = fc
      .string({ unit: fc.constantFrom('a', ' b', '漢', '🟢'), minLength: 1, maxLength: 2_500 })
      .map((words) => words.trim())
      .filter(Boolean);
    fc.assert(
      fc.property(plain, fc.integer({ min: -1e9, max: 1e9 }), (words, number) => {
        const values = {
          title: words,
          evidence: words,
          impact: number / 100,
          type: 'seats',
          firstSeen: NOW,
          dispatch: 'https://a.example/',
          account: id,
        };
        const writes = writeProperties(properties, names, values) as Record<string, Record<string, unknown>>;
        const read = (key: string) => {
          const { name, type } = properties[key] ?? { name: '', type: 'title' };
          return readPropertyValue(toStored({ id: '', name, type }, writes[name] ?? {}));
        };
        expect(read('title')).toEqual({ cell: words });
        expect(read('evidence')).toEqual({ cell: words });
        expect(read('impact')).toEqual({ cell: String(number / 100) });
        expect(read('type')).toEqual({ cell: 'seats' });
        expect(read('firstSeen')).toEqual({ cell: NOW.toISOString() });
        expect(read('dispatch')).toEqual({ cell: 'https://a.example/' });
        expect(writes.Account).toEqual({ relation: [{ id }] });
      }),
      { numRuns: 100 },
    );
  });

  it('is emptied where there is nothing to say, and left alone where the database does not have it', () => {
    const values = { title: '', impact: null, type: null, firstSeen: null, dispatch: null, account: null };
    const names = { title: 'Name', impact: 'ARR impact', type: 'Type', firstSeen: 'First seen', dispatch: 'Dispatch' };
    expect(writeProperties(EXPANSION, names, values)).toEqual({
      Name: { title: [] },
      'ARR impact': { number: null },
      Type: { select: null },
      'First seen': { date: null },
      Dispatch: { url: null },
    });
  });
});

describe('the mapping', () => {
  it('knows every column of an accounts file, and no other', () => {
    expect([...MAPPED_COLUMNS].sort()).toEqual([...accountsFile.columns].sort());
  });

  it('is proposed by name first, then by what people call it; each property once', () => {
    const property = (name: string, type: string) => ({ id: name, name, type });
    const proposed = proposeMapping(
      [
        property('Customer', 'title'),
        property('Seats', 'number'),
        property('seats purchased', 'number'),
        property('Status', 'status'),
        property('Health Status', 'select'),
        property('CSM', 'relation'),
        property('CSM Health Score', 'number'),
      ],
      ['CSM Health Score'],
    );
    const found = Object.fromEntries(
      proposed.flatMap((each) => (each.property ? [[each.column, each.property.name]] : [])),
    );
    expect(found).toEqual({
      name: 'Customer',
      seats_purchased: 'seats purchased',
      status: 'Status',
      tam_health_rag: 'Health Status',
    });
    expect(proposed.find(({ column }) => column === 'csm_email')?.mismatch).toContain('«CSM» is of the type relation');
  });

  it('of whatever a caller sends is judged column by column', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(fc.constantFrom(...MAPPED_COLUMNS), fc.string()), fc.string()), (mapping) => {
        const { mapping: checked, problems } = checkMapping(mapping, [{ id: 'a', name: 'A', type: 'title' }]);
        for (const column of Object.keys(checked)) expect(MAPPED_COLUMNS).toContain(column);
        for (const column of Object.keys(mapping)) {
          expect(column in checked || problems.some((problem) => problem.column === column)).toBe(true);
        }
      }),
    );
    const both = checkMapping({ name: 'a', plan: 'a' }, [{ id: 'a', name: 'A', type: 'title' }]);
    expect(both.problems).toEqual([{ column: 'plan', message: expect.stringContaining('and so is name') }]);
  });

  it.each([
    ['invoice_payment_status', 'Overdue 90+', 'overdue_90_plus'],
    ['tam_health_rag', '🟡 Yellow', 'amber'],
    ['tam_health_rag', 'Red', 'red'],
    ['usage_trend', 'Growing', 'growing'],
    ['domain', 'https://www.acme.example/about', 'acme.example'],
    ['domain', 'acme.example', 'acme.example'],
    ['currency', 'EUR', 'EUR'],
    ['name', 'Overdue 90+', 'Overdue 90+'],
    ['tam_health_rag', '🟡', '🟡'],
  ])('of %s reads «%s» as %s', (column, cell, adapted) => {
    expect(adaptCell(column, cell)).toBe(adapted);
  });
});
