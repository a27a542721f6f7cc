import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { AppError, isAppError } from '../../errors';
import { decodeText } from './decode-text';
import type { FileKind, RawRow, RowSource } from './file-kind';
import { type ColumnMapping, matchHeader } from './header';
import { unguardCell } from './rejected-csv';

const DELIMITERS = [',', ';', '\t'] as const;
const MAX_ROW_BYTES = 256 * 1024;
const BATCH_ROWS = 250;

interface ParsedRow {
  line: number;
  cells: string[];
}

/**
 * Opens a CSV file: finds encoding, delimiter and columns, then reads its rows as they are asked for, never more than
 * a batch at a time.
 * @throws AppError `invalid_input` for a file that cannot be read as a table; while iterating too, naming the line.
 */
export async function readCsv(
  body: AsyncIterable<Uint8Array>,
  kind: Pick<FileKind<unknown>, 'name' | 'columns' | 'required'>,
  mapping: ColumnMapping = {},
): Promise<RowSource> {
  const text = decodeText(body);
  const start = await readFirstLine(text);
  const hint = /^sep=(.)(?:\r\n|\n|\r|$)/i.exec(start);
  const skipped = hint ? hint[0].length : 0;
  const delimiter = hint?.[1] ?? detectDelimiter(start);
  const rows = parseRows(prepend(start.slice(skipped), text), delimiter, hint ? 2 : 1);
  const first = await rows.next();
  if (first.done) {
    throw new AppError('invalid_input', 'The file is empty.', {
      remedy: `Its first line names the columns, for example: ${kind.columns.slice(0, 4).join(delimiter)}.`,
    });
  }
  const header = await closeOnError(rows, () => matchHeader(kind, first.value.cells, mapping, delimiter));
  const second = await rows.next();
  if (second.done) {
    throw new AppError('invalid_input', 'The file has a header but no rows.', {
      remedy: 'Add a row for each account or item.',
    });
  }
  return { header, rows: inBatches(second.value, rows, header.labels.length, header.mended) };
}

async function* inBatches(
  first: ParsedRow,
  rest: AsyncGenerator<ParsedRow>,
  width: number,
  mended: boolean,
): AsyncGenerator<readonly RawRow[]> {
  let batch: RawRow[] = [toRawRow(first, width, mended)];
  for await (const row of rest) {
    if (batch.length >= BATCH_ROWS) {
      yield batch;
      batch = [];
    }
    batch.push(toRawRow(row, width, mended));
  }
  yield batch;
}

function toRawRow({ line, cells }: ParsedRow, width: number, mended: boolean): RawRow {
  const issue =
    cells.length === width
      ? null
      : {
          column: null,
          value: null,
          message: `The row has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}; the header has ${width}. Put text that contains the separator in quotes.`,
        };
  return { line, cells: mended ? cells.map(unguardCell) : cells, issue };
}

/**
 * Rows with the physical line each starts on. Lines are counted here, from the cells' own line breaks: the parser counts
 * a CRLF inside quotes twice.
 */
async function* parseRows(
  text: AsyncIterable<string>,
  delimiter: string,
  firstLine: number,
): AsyncGenerator<ParsedRow> {
  let nextLine = firstLine;
  let emptyBefore = 0;
  /** Where the rows start that the parser has found and nobody has read yet. */
  const lines: number[] = [];
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
    on_record: (cells: string[], { empty_lines }) => {
      const line = nextLine + empty_lines - emptyBefore;
      emptyBefore = empty_lines;
      nextLine = line + 1;
      for (const cell of cells) if (cell !== '') nextLine += countLineBreaks(cell);
      if (cells.every((cell) => cell.trim() === '')) return null;
      lines.push(line);
      return cells;
    },
  });
  // Errors of either side surface through the iteration below.
  pipeline(Readable.from(text, { objectMode: true, highWaterMark: 1 }), parser, () => {});
  try {
    for await (const cells of parser as AsyncIterable<string[]>) yield { line: lines.shift() ?? nextLine, cells };
  } catch (error) {
    if (isAppError(error)) throw error;
    throw describeParserError(error, nextLine + parser.info.empty_lines - emptyBefore);
  }
}

function describeParserError(error: unknown, line: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE') {
    const what =
      code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'opens a quote that is never closed'
        : `is longer than ${MAX_ROW_BYTES / 1024} KB, so a quote is probably left open`;
    return new AppError('invalid_input', `The row that starts on line ${line} ${what}.`, {
      cause: error,
      remedy: 'Close the quote, and write a quote inside quoted text twice ("").',
    });
  }
  return error;
}

/** Enough text to hold the header: up to the first line break outside quotes. */
async function readFirstLine(text: AsyncGenerator<string>): Promise<string> {
  let start = '';
  while (start.length < MAX_ROW_BYTES && !/[\r\n]/.test(start.trimStart())) {
    const piece = await text.next();
    if (piece.done) break;
    start += piece.value;
  }
  return start;
}

/** The separator that is found most often in the first line that is not blank, outside quotes. */
function detectDelimiter(start: string): string {
  const counts = new Map<string, number>(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let quoted = false;
  for (const character of start.replace(/^[\r\n]+/, '')) {
    if (character === '"') quoted = !quoted;
    if (quoted) continue;
    if (character === '\n' || character === '\r') break;
    const count = counts.get(character);
    if (count !== undefined) counts.set(character, count + 1);
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

async function* prepend(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  if (first !== '') yield first;
  yield* rest;
}

async function closeOnError<T>(rows: AsyncGenerator<unknown>, step: () => T): Promise<T> {
  try {
    return step();
  } catch (error) {
    await rows.return(undefined);
    throw error;
  }
}

function countLineBreaks(cell: string): number {
  let count = 0;
  for (let at = 0; at < cell.length; at += 1) {
    const code = cell.charCodeAt(at);
    if (code === 10 || (code === 13 && cell.charCodeAt(at + 1) !== 10)) count += 1;
  }
  return count;
}
