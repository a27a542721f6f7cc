import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileHeader } from '../../../lib/adapters/accounts/file-kind';
import { readCsv } from '../../../lib/adapters/accounts/read-csv';
import { createRejectedCsv, guardCell, unguardCell } from '../../../lib/adapters/accounts/rejected-csv';
import { allRows, bytes, PAIRS } from './files';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'headroom-rejected-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const header: FileHeader = {
  labels: ['a', 'b'],
  positions: new Map([
    ['a', 0],
    ['b', 1],
  ]),
  delimiter: ';',
  mended: false,
};

describe('cells that a spreadsheet would run', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+49 30', "'+49 30"],
    ['-cmd', "'-cmd"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ["'=1", "''=1"],
    ['-5', '-5'],
    ['-5.25', '-5.25'],
    ['-5-1', "'-5-1"],
    ["O'Neil", "O'Neil"],
    ['', ''],
  ])('guards %j as %j', (cell, guarded) => {
    expect(guardCell(cell)).toBe(guarded);
    expect(unguardCell(guarded)).toBe(cell);
  });

  it('never starts as a formula, and comes back as it was', () => {
    const text = fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '1', 'a', '.') });
    fc.assert(
      fc.property(text, (cell) => {
        const guarded = guardCell(cell);
        expect(unguardCell(guarded)).toBe(cell);
        if (/^[=+@\t\r-]/.test(guarded)) expect(guarded).toMatch(/^-\d+(\.\d+)?$/);
      }),
    );
  });
});

describe('the file of rejected rows', () => {
  const problem = { column: 'a', value: '=x', message: 'is wrong.' };

  it('holds line, reason and the cells as they came, and reads back', async () => {
    const file = path.join(directory, 'new', 'one.csv');
    const rejected = createRejectedCsv(file, header);
    await rejected.add({ line: 7, cells: ['=x', 'y;"z"\nw'], issue: null }, [problem, { ...problem, column: null }]);
    await rejected.add({ line: 9, cells: ['only'], issue: null }, [problem]);
    await rejected.add({ line: 11, cells: [['m', 'n'], '-3'], issue: null }, [problem]);
    expect(await rejected.close()).toBe(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect(text).toBe(
      [
        '\ufeff_line;_error;a;b',
        `7;a: is wrong. is wrong.;'=x;"y;""z""\nw"`,
        '9;a: is wrong.;only',
        '11;a: is wrong.;"m;n";-3',
        '',
      ].join('\r\n'),
    );
    const source = await readCsv(bytes(text), PAIRS);
    const rows = await allRows(source);
    expect(source.header.mended).toBe(true);
    expect(rows.map((row) => row.cells.slice(2))).toEqual([['=x', 'y;"z"\nw'], ['only'], ['m;n', '-3']]);
    expect(rows[1]?.issue?.message).toContain('3 cells; the header has 4');
  });

  it('does not repeat the remarks of a file that was mended before', async () => {
    const source = await readCsv(bytes("_line,_error,a,b\n3,why,'=1,2\n"), PAIRS);
    const file = path.join(directory, 'again.csv');
    const rejected = createRejectedCsv(file, source.header);
    for (const row of await allRows(source)) await rejected.add(row, [problem]);
    await rejected.close();
    expect(await readFile(file, 'utf8')).toBe("\ufeff_line,_error,a,b\r\n2,a: is wrong.,'=1,2\r\n");
  });

  it('exists only where a row was rejected, and not after it is discarded', async () => {
    const none = createRejectedCsv(path.join(directory, 'none.csv'), header);
    expect(await none.close()).toBeNull();
    await none.discard();
    const file = path.join(directory, 'dropped.csv');
    const dropped = createRejectedCsv(file, header);
    await dropped.add({ line: 2, cells: ['x'], issue: null }, [problem]);
    await dropped.discard();
    expect(existsSync(file)).toBe(false);
  });

  it('says so when the disk refuses', async () => {
    const rejected = createRejectedCsv(directory, header);
    const writing = (async () => {
      for (let line = 2; line < 5_000; line += 1) {
        await rejected.add({ line, cells: ['x'.repeat(100), 'y'], issue: null }, [problem]);
      }
      await rejected.close();
    })();
    await expect(writing).rejects.toThrow('EISDIR');
  });
});
