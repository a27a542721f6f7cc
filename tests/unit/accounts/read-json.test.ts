import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountsFile } from '../../../lib/adapters/accounts/accounts-file';
import type { ColumnMapping } from '../../../lib/adapters/accounts/header';
import { readJson } from '../../../lib/adapters/accounts/read-json';
import { RowCells } from '../../../lib/adapters/accounts/row-cells';
import { isAppError } from '../../../lib/errors';
import { allRows, bytes, NOW } from './files';

async function read(content: unknown, mapping: ColumnMapping = {}, pieceSize = 5) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const source = await readJson(bytes(text, pieceSize), accountsFile, mapping);
  return (await allRows(source)).map((row) => {
    const cells = new RowCells(source.header.positions, source.header.labels, row.cells);
    const record = accountsFile.read(cells, { now: NOW });
    return { line: row.line, record, issues: row.issue ? [row.issue] : cells.issues };
  });
}

describe('readJson', () => {
  it('reads snake_case and camelCase, numbers and lists', async () => {
    const rows = await read([
      {
        account_id: 'a-1',
        name: 'Acme',
        arr: 24000.5,
        seats_active: 97,
        modules: ['x; y', 'z'],
        escalation_count_90_days: 1,
      },
      { accountId: 'a-2', name: 'Bolt', arr: '100', escalationCount90Days: '2', techStack: 'Slack;Jira', domain: null },
    ]);
    expect(rows.map((row) => row.issues)).toEqual([[], []]);
    expect(rows[0]?.record).toMatchObject({ id: 'a-1', modules: ['x; y', 'z'] });
    expect(rows[0]?.record.observation).toMatchObject({
      arrCents: 2_400_050,
      seatsActive: 97,
      escalationCount90Days: 1,
    });
    expect(rows[1]?.record).toMatchObject({ id: 'a-2', techStack: ['Slack', 'Jira'], domain: null });
    expect(rows[1]?.record.observation).toMatchObject({ arrCents: 10_000, escalationCount90Days: 2 });
  });

  it('says of each bad row by position what is wrong', async () => {
    const rows = await read([
      { account_id: 'a-1', name: 'Acme' },
      5,
      { account_id: 'a-3', name: 'Acme', colour: 'red' },
      { account_id: 'a-4', name: true },
      { account_id: 'a-5', name: 'Acme', accountId: 'b' },
      { account_id: 'a-6', name: 'Acme', modules: [1] },
      { account_id: 'a-7', name: 'Acme', arr: 1e21 },
      { name: 'Acme' },
      null,
    ]);
    expect(rows.map((row) => [row.line, row.issues[0]?.column, row.issues[0]?.message.slice(0, 24)])).toEqual([
      [1, undefined, undefined],
      [2, null, 'The row is not an object'],
      [3, 'colour', 'is not a known column. R'],
      [4, 'name', 'is neither text, a numbe'],
      [5, 'accountId', 'is there twice, in two s'],
      [6, 'modules', 'is neither text, a numbe'],
      [7, 'arr', '«1e+21» is not an amount'],
      [8, 'account_id', 'is blank, but every row '],
      [9, null, 'The row is not an object'],
    ]);
  });

  it('follows a mapping', async () => {
    const rows = await read([{ Company: 'Acme', id: 'a-1', notes: { any: 1 } }], {
      Company: 'name',
      id: 'account_id',
      notes: null,
    });
    expect(rows[0]).toMatchObject({ issues: [], record: { id: 'a-1', name: 'Acme' } });
    await expect(read([{}], { Company: 'label' })).rejects.toMatchObject({
      message: expect.stringContaining('«label»'),
    });
  });

  it.each([
    ['', 'not a JSON array'],
    ['  ', 'not a JSON array'],
    ['{"account_id":"a"}', 'not a JSON array'],
    ['[]', 'empty'],
    ['[ ]', 'empty'],
    ['[{"a":1}', 'never closed'],
    ['[{"a":"]}', 'never closed'],
    ['[{"account_id":"a"},]', 'Row 2'],
    ['[{"account_id":"a"}] x', 'not a JSON array'],
    ['[{"account_id":"a"}][]', 'not a JSON array'],
    ['[{account_id:1}]', 'Row 1'],
    ['[}]', 'Row 1'],
    [`[{"name":"${'x'.repeat(300_000)}"`, 'longer than 256 KB'],
  ])('refuses %j: %s', async (text, message) => {
    await expect(read(text, {}, 64)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining(message),
    });
  });

  it('cuts an array as JSON itself does', async () => {
    const row = fc.record({
      account_id: fc.string({ minLength: 1 }),
      name: fc.string({ unit: 'grapheme' }),
      modules: fc.array(fc.string()),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1 }),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(0, 2),
        async (rows, size, indent) => {
          const source = await readJson(bytes(JSON.stringify(rows, null, indent), size), accountsFile);
          const cells = (await allRows(source)).map((each) => [each.cells[0], each.cells[1], each.cells[26]]);
          expect(cells).toEqual(rows.map((each) => [each.account_id, each.name, each.modules]));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('reads any text into rows or a named error', async () => {
    const noise = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', 'a', '1', ' ') });
    await fc.assert(
      fc.asyncProperty(noise, async (text) => {
        try {
          await read(`[${text}`);
        } catch (error) {
          expect(isAppError(error) && error.code).toBe('invalid_input');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
