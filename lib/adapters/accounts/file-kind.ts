import type { RowIssue } from '../../domain/import-records';
import type { Cell, RowCells } from './row-cells';

/** What a kind of file may hold: its columns, and how one row of cells becomes a record. */
export interface FileKind<Record> {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that the file must have. */
  readonly required: readonly string[];
  /** Pure. Problems are noted in `cells.issues`; the record counts only where there are none. */
  read(cells: RowCells, context: { now: Date }): Record;
}

/** A row as it came out of the file, before anything is judged. */
export interface RawRow {
  /** The line that the row starts on, the header being line 1; in JSON its position from 1. */
  line: number;
  cells: readonly Cell[];
  /** What the reader itself found wrong, e.g. the wrong number of cells. */
  issue: RowIssue | null;
}

/** The columns of one file, matched to the columns of its kind. */
export interface FileHeader {
  /** The file's own names, in order. */
  labels: readonly string[];
  /** Position in the file of each known column. */
  positions: ReadonlyMap<string, number>;
  delimiter: string;
  /** Whether the file is one that we wrote for mending: its cells carry our guard against formulas. */
  mended: boolean;
}

/** A file opened for reading: its header, then its rows in batches, in the order of the file. */
export interface RowSource {
  header: FileHeader;
  rows: AsyncIterable<readonly RawRow[]>;
}
