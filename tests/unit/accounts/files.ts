import type { FileKind, RawRow, RowSource } from '../../../lib/adapters/accounts/file-kind';
import type { ColumnMapping } from '../../../lib/adapters/accounts/header';
import { readCsv } from '../../../lib/adapters/accounts/read-csv';
import { RowCells } from '../../../lib/adapters/accounts/row-cells';
import type { RowIssue } from '../../../lib/domain/import-records';

export const NOW = new Date('2026-11-22T15:00:00Z');

/** A kind of file that takes any two columns, for tests of the reading alone. */
export const PAIRS = { name: 'pairs', columns: ['a', 'b'], required: [] };

/** A body as a server gets it: pieces of any size. */
export async function* bytes(content: string | Uint8Array, pieceSize = 7): AsyncGenerator<Uint8Array> {
  const all = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  for (let at = 0; at < all.length; at += pieceSize) yield all.subarray(at, at + pieceSize);
}

export async function allRows(source: RowSource): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for await (const batch of source.rows) rows.push(...batch);
  return rows;
}

/** Line and cells of every row of a CSV file. */
export async function readPairs(content: string | Uint8Array, mapping?: ColumnMapping, pieceSize = 7) {
  const rows = await allRows(await readCsv(bytes(content, pieceSize), PAIRS, mapping));
  return rows.map((row) => [row.line, ...row.cells]);
}

/** One row read as its kind reads it. */
export function readRow<Record>(
  kind: FileKind<Record>,
  values: { [column: string]: string | string[] },
): {
  record: Record;
  issues: RowIssue[];
} {
  const columns = Object.keys(values);
  const positions = new Map(columns.map((column, index) => [column, index]));
  const cells = new RowCells(positions, columns, Object.values(values));
  return { record: kind.read(cells, { now: NOW }), issues: cells.issues };
}
