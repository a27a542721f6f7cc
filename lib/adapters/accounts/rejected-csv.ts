import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { RowIssue } from '../../domain/import-records';
import type { FileHeader, RawRow } from './file-kind';
import { ERROR_COLUMN, LINE_COLUMN } from './header';
import type { Cell } from './row-cells';

/** What a spreadsheet would run as a formula, however many guards stand before it already. */
const FORMULA = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;
const NEGATIVE_NUMBER = /^-\d+(?:\.\d+)?$/;

/** The rejected rows of one import, written as they are found. The file exists only where there are any. */
export interface RejectedCsv {
  add(row: RawRow, issues: readonly RowIssue[]): Promise<void>;
  /** @returns the file's path, or null where no row was rejected. */
  close(): Promise<string | null>;
  /** Ends without leaving a file. */
  discard(): Promise<void>;
}

/**
 * A CSV file of rejected rows that can be mended and imported again: line and reason first, then the cells as they
 * came. It is readable by its owner alone, since it holds customers' data.
 */
export function createRejectedCsv(file: string, header: FileHeader): RejectedCsv {
  let writing: { csv: ReturnType<typeof stringify>; done: Promise<void> } | null = null;
  const known = header.labels.map((label) => label !== LINE_COLUMN && label !== ERROR_COLUMN);
  const keep = (cells: readonly Cell[]) => cells.filter((_, index) => known[index] ?? true).map(toText);
  const open = async () => {
    await mkdir(path.dirname(file), { recursive: true });
    const csv = stringify({ delimiter: header.delimiter, bom: true, record_delimiter: 'windows' });
    const output = createWriteStream(file, { mode: 0o600 });
    csv.on('error', (error) => output.destroy(error));
    const done = finished(csv.pipe(output));
    // Noticed in close(), or at the next write.
    done.catch(() => {});
    csv.write([LINE_COLUMN, ERROR_COLUMN, ...keep(header.labels)].map(guardCell));
    return { csv, done };
  };
  return {
    async add(row, issues) {
      writing ??= await open();
      const reasons = issues.map((issue) => (issue.column ? `${issue.column}: ${issue.message}` : issue.message));
      const cells = [String(row.line), reasons.join(' '), ...keep(row.cells)].map(guardCell);
      if (!writing.csv.write(cells)) await Promise.race([once(writing.csv, 'drain'), writing.done]);
    },
    async close() {
      if (!writing) return null;
      writing.csv.end();
      await writing.done;
      return file;
    },
    async discard() {
      if (!writing) return;
      writing.csv.end();
      await writing.done.catch(() => {});
      await rm(file, { force: true });
    },
  };
}

/** Puts an apostrophe before anything that a spreadsheet would run; plain negative numbers stay as they are. */
export function guardCell(cell: string): string {
  return FORMULA.test(cell) && !NEGATIVE_NUMBER.test(cell) ? `'${cell}` : cell;
}

/** Undoes {@link guardCell}. */
export function unguardCell(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell;
}

function toText(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.join(';');
}
