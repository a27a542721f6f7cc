import type { RowIssue } from '../../domain/import-records';
import { AppError } from '../../errors';
import { decodeText } from './decode-text';
import type { FileHeader, FileKind, RawRow, RowSource } from './file-kind';
import { type ColumnMapping, camelCase } from './header';
import type { Cell } from './row-cells';

const MAX_ROW_CHARACTERS = 256 * 1024;
const BATCH_ROWS = 250;

type Kind = Pick<FileKind<unknown>, 'name' | 'columns' | 'required'>;

/**
 * Opens a JSON file: an array of objects whose keys are the columns of a CSV file, in snake_case or camelCase. Numbers
 * may be numbers and lists arrays. Objects are read one at a time; the `line` of a row is its position from 1.
 * @throws AppError `invalid_input` for a text that is no such array; while iterating too, naming the position.
 */
export async function readJson(
  body: AsyncIterable<Uint8Array>,
  kind: Kind,
  mapping: ColumnMapping = {},
): Promise<RowSource> {
  const header: FileHeader = {
    labels: kind.columns,
    positions: new Map(kind.columns.map((column, index) => [column, index])),
    delimiter: ',',
    mended: false,
  };
  const keys = readKeys(kind, mapping);
  const elements = splitArray(decodeText(body));
  const first = await elements.next();
  if (first.done) throw new AppError('invalid_input', 'The array is empty.', { remedy: 'Give one object a row.' });
  return { header, rows: inBatches(first.value, elements, keys, kind.columns.length) };
}

/** Every accepted key with its position; null for keys that a mapping leaves out. */
function readKeys(kind: Kind, mapping: ColumnMapping): Map<string, number | null> {
  const keys = new Map<string, number | null>();
  kind.columns.forEach((column, index) => {
    keys.set(column, index);
    keys.set(camelCase(column), index);
  });
  const mapped = Object.entries(mapping).map(([from, to]): [string, number | null] => {
    const index = to === null ? null : keys.get(to);
    if (index === undefined) {
      throw new AppError(
        'invalid_input',
        `The mapping sends «${from}» to «${to}», which is not a column of the ${kind.name} file.`,
        {
          remedy: `Known columns: ${kind.columns.join(', ')}.`,
        },
      );
    }
    return [from, index];
  });
  for (const [from, index] of mapped) keys.set(from, index);
  return keys;
}

async function* inBatches(
  first: string,
  rest: AsyncGenerator<string>,
  keys: ReadonlyMap<string, number | null>,
  width: number,
): AsyncGenerator<readonly RawRow[]> {
  let position = 1;
  let batch: RawRow[] = [toRawRow(first, position, keys, width)];
  for await (const element of rest) {
    position += 1;
    if (batch.length >= BATCH_ROWS) {
      yield batch;
      batch = [];
    }
    batch.push(toRawRow(element, position, keys, width));
  }
  yield batch;
}

function toRawRow(text: string, line: number, keys: ReadonlyMap<string, number | null>, width: number): RawRow {
  const value = parseElement(text, line);
  const cells: Cell[] = new Array<Cell>(width).fill('');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      line,
      cells,
      issue: {
        column: null,
        value: text.slice(0, 200),
        message: 'The row is not an object. Write { "account_id": … }.',
      },
    };
  }
  let issue: RowIssue | null = null;
  const seen = new Set<number>();
  for (const [key, entry] of Object.entries(value)) {
    const index = keys.get(key);
    if (index === null) continue;
    if (index === undefined) {
      issue ??= {
        column: key.slice(0, 200),
        value: null,
        message: 'is not a known column. Remove it, or map it to one.',
      };
      continue;
    }
    const cell = toCell(entry);
    if (cell === null) {
      issue ??= {
        column: key,
        value: JSON.stringify(entry).slice(0, 200),
        message: 'is neither text, a number nor a list of texts.',
      };
      continue;
    }
    if (seen.has(index)) issue ??= { column: key, value: null, message: 'is there twice, in two spellings. Keep one.' };
    seen.add(index);
    cells[index] = cell;
  }
  return { line, cells, issue };
}

function parseElement(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_input', `Row ${line} of the array is not valid JSON: ${(cause as Error).message}.`, {
      cause,
      remedy: 'Write the file with a JSON library rather than by hand.',
    });
  }
}

function toCell(value: unknown): Cell | null {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return null;
  return value.every((item): item is string => typeof item === 'string') ? value : null;
}

/** The elements of a top-level array as texts, found by brackets and quotes alone; each is parsed by itself. */
async function* splitArray(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let state: 'before' | 'element' | 'after' = 'before';
  let depth = 0;
  let quoted = false;
  let escaped = false;
  let pending = '';
  let count = 0;
  let trailingComma = false;
  for await (const piece of pieces) {
    let from = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece[at] ?? '';
      if (quoted) {
        if (escaped) escaped = false;
        else if (character === '\\') escaped = true;
        else if (character === '"') quoted = false;
        continue;
      }
      if (state !== 'element') {
        if (/\s/.test(character)) continue;
        if (state === 'after' || character !== '[') throw notAnArray();
        state = 'element';
        from = at + 1;
        continue;
      }
      if (character === '"') quoted = true;
      else if (character === '{' || character === '[') depth += 1;
      else if (depth > 0 && (character === '}' || character === ']')) depth -= 1;
      else if (depth === 0 && (character === ',' || character === ']')) {
        const element = pending + piece.slice(from, at);
        pending = '';
        from = at + 1;
        const isLast = character === ']';
        if (isLast) state = 'after';
        if (isLast && element.trim() === '' && !trailingComma) continue;
        count += 1;
        trailingComma = !isLast;
        yield element;
      }
    }
    if (state === 'element') pending += piece.slice(from);
    if (pending.length > MAX_ROW_CHARACTERS) {
      throw new AppError(
        'invalid_input',
        `Row ${count + 1} of the array is longer than ${MAX_ROW_CHARACTERS / 1024} KB.`,
        {
          remedy: 'Close its quotes and brackets, or split it.',
        },
      );
    }
  }
  if (state === 'before') throw notAnArray();
  if (state === 'element') {
    throw new AppError('invalid_input', `The array is never closed: the text ends in row ${count + 1}.`, {
      remedy: 'Send the whole file again.',
    });
  }
}

function notAnArray(): AppError {
  return new AppError('invalid_input', 'The text is not a JSON array of rows.', {
    remedy: 'Write [ { "account_id": "a-1", "name": "Acme" }, … ], without anything after it.',
  });
}
