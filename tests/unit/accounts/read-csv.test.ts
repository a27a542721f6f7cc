import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountsFile } from '../../../lib/adapters/accounts/accounts-file';
import { readCsv } from '../../../lib/adapters/accounts/read-csv';
import { isAppError } from '../../../lib/errors';
import { allRows, bytes, PAIRS, readPairs } from './files';

function utf16(text: string, endian: 'le' | 'be'): Uint8Array {
  const buffer = Buffer.from(`\ufeff${text}`, 'utf16le');
  return endian === 'le' ? buffer : buffer.swap16();
}

describe('readCsv', () => {
  it.each([1, 2, 3, 5, 64, 100_000])('finds the line that each row starts on, in pieces of %i bytes', async (size) => {
    const file = '\ufeff\r\na;b\r\n1;"x\r\ny\nz"\r\n\r\n2;é\r\n;;\r\n3;"q ""w"" e"\r\n4;""\r\n5;last';
    expect(await readPairs(file, {}, size)).toEqual([
      [3, '1', 'x\r\ny\nz'],
      [7, '2', 'é'],
      [9, '3', 'q "w" e'],
      [10, '4', ''],
      [11, '5', 'last'],
    ]);
  });

  it.each([
    ['comma', 'a,b\n1,2;3\n'],
    ['semicolon', 'a;b\n1;2,3\n'],
    ['tab', 'a\tb\n1\t2;3\n'],
    ['what Excel was told', 'sep=|\r\na|b\r\n1|2;3\r\n'],
  ])('finds the separator: %s', async (_, file) => {
    const rows = await readPairs(file);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toHaveLength(3);
  });

  it('is not misled by separators in a quoted name', async () => {
    expect(await readPairs('"a";"b"\n1;2', {})).toEqual([[2, '1', '2']]);
    expect(await readPairs('"x,y,z";b\n1;2', { 'x,y,z': 'a' })).toEqual([[2, '1', '2']]);
  });

  it.each(['\n', '\r\n', '\r'])('takes %j for the end of a row', async (end) => {
    expect(await readPairs(['a,b', '1,2', '3,4'].join(end))).toEqual([
      [2, '1', '2'],
      [3, '3', '4'],
    ]);
  });

  it('counts the line that names the separator', async () => {
    expect(await readPairs('sep=;\r\na;b\r\n1;2')).toEqual([[3, '1', '2']]);
  });

  it('keeps stray quotes as they are', async () => {
    expect(await readPairs('a,b\n"Acme" Ltd,6" pipe\nx,y')).toEqual([
      [2, '"Acme" Ltd', '6" pipe'],
      [3, 'x', 'y'],
    ]);
  });

  it.each(['le', 'be'] as const)('reads UTF-16 %s as Excel writes it', async (endian) => {
    const file = utf16('a\tb\r\nZoë\t東京 🏙\r\n', endian);
    for (const size of [1, 3, 100]) expect(await readPairs(file, {}, size)).toEqual([[2, 'Zoë', '東京 🏙']]);
  });

  it('names a row with the wrong number of cells', async () => {
    const rows = await allRows(await readCsv(bytes('a,b\n1\n1,2,3\n1,2\n'), PAIRS));
    expect(rows.map((row) => row.issue?.message ?? null)).toEqual([
      expect.stringContaining('1 cell; the header has 2'),
      expect.stringContaining('3 cells; the header has 2'),
      null,
    ]);
  });

  it.each([
    ['', 'empty'],
    ['\n\n', 'empty'],
    ['\ufeff', 'empty'],
    ['a,b', 'no rows'],
    ['a,b\n,\n', 'no rows'],
    ['a,b,c\n1,2,3', 'Unknown column «c»'],
    ['a,b,\n1,2,3', 'Unknown column «(blank, column 3)»'],
    ['a,b,A\n1,2,3', '«a» is there twice'],
    ['a,b\n1,2\n3,"4', 'starts on line 3 opens a quote'],
    [`a,b\n1,2\n\n3,"${'x'.repeat(300_000)}"`, 'starts on line 4 is longer'],
    ['PK\u0003\u0004\u0014\u0000', 'workbook'],
    ['a,b\n1,\u0000', 'NUL'],
  ])('refuses %j: %s', async (file, message) => {
    await expect(readPairs(file)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining(message),
    });
  });

  it('names the line near which a file is not UTF-8', async () => {
    const file = Buffer.from('a,b\n1,2\n3,caf\u00e9\n', 'latin1');
    await expect(readPairs(file)).rejects.toMatchObject({
      message: expect.stringMatching(/not valid UTF-8 text, near line 3/),
      remedy: expect.stringContaining('CSV UTF-8'),
    });
  });

  it('refuses a file without its required columns', async () => {
    await expect(readCsv(bytes('name,arr\nAcme,1\n'), accountsFile)).rejects.toMatchObject({
      message: 'The column «account_id» is missing.',
    });
  });

  it('matches headers whatever their case and spelling, and ignores our own remarks', async () => {
    const { header } = await readCsv(
      bytes('_line,_error,Account ID,NAME,seatsActive,csm-email\n1,x,2,3,4,5\n'),
      accountsFile,
    );
    expect([...header.positions]).toEqual([
      ['account_id', 2],
      ['name', 3],
      ['seats_active', 4],
      ['csm_email', 5],
    ]);
  });

  it('follows a mapping', async () => {
    const mapping = { Company: 'name', Notes: null, ' Id ': 'account_id' };
    const { header } = await readCsv(bytes('Id,Company,Notes,arr\n1,2,3,4\n'), accountsFile, mapping);
    expect([...header.positions.keys()]).toEqual(['account_id', 'name', 'arr']);
    expect(header.labels).toEqual(['Id', 'Company', 'Notes', 'arr']);
  });

  it.each([
    [{ Firm: 'name' }, 'which the file does not have'],
    [{ Company: 'label' }, 'not a column of the accounts file'],
    [{ Company: 'account_id' }, 'is there twice'],
    [{ Company: 'constructor' }, 'not a column of the accounts file'],
  ])('refuses the mapping %j: %s', async (mapping, message) => {
    const opened = readCsv(bytes('account_id,Company\n1,2\n'), accountsFile, mapping);
    await expect(opened).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  it('lets a broken connection surface as what it is', async () => {
    async function* broken() {
      yield* bytes('a,b\n1,2\n');
      throw new Error('connection reset');
    }
    await expect(readCsv(broken(), PAIRS).then(allRows)).rejects.toThrow('connection reset');
  });

  it('reads back whatever a CSV writer wrote', async () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', 'é', '🏙', ' ', '"', ',', ';', '\t', '\n', '\r\n', "'", '|', '=') })
      // A lone first cell of blanks is an empty row, which is left out.
      .map((text) => `${text}.`);
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
    const layout = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t'),
      record_delimiter: fc.constantFrom('\n', '\r\n'),
      bom: fc.boolean(),
      quoted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(table, layout, fc.integer({ min: 1, max: 40 }), async (rows, options, size) => {
        const file = stringify([['a', 'b'], ...rows], { ...options, quoted_match: /[\r\n\t;,]/ });
        const read = await readPairs(file, {}, size);
        expect(read.map(([, ...cells]) => cells)).toEqual(rows);
        const lines = file.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
        for (const [line, first] of read) {
          expect(lines[Number(line) - 1]?.replaceAll('"', '')).toContain(
            String(first)
              .split(/[\r\n]/)[0]
              ?.replaceAll('"', ''),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('reads any bytes into rows or a named error', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ';', '\0', '\ufeff') })
        .map((text) => Buffer.from(`a,b\n${text}`)),
    );
    await fc.assert(
      fc.asyncProperty(noise, fc.integer({ min: 1, max: 50 }), async (content, size) => {
        try {
          await readPairs(content, {}, size);
        } catch (error) {
          expect(isAppError(error) && error.code).toBe('invalid_input');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
