import { AppError } from '../../errors';
import type { FileHeader, FileKind } from './file-kind';

/** File column → known column, or null to leave it out. */
export type ColumnMapping = Readonly<Record<string, string | null>>;

/** Columns that we add to the file of rejected rows; ignored when it comes back. */
export const LINE_COLUMN = '_line';
export const ERROR_COLUMN = '_error';

/**
 * Matches a file's column names to those of its kind. Case, spaces and camelCase do not matter.
 * @throws AppError `invalid_input` for a column that is unknown, missing or there twice.
 */
export function matchHeader(
  kind: Pick<FileKind<unknown>, 'name' | 'columns' | 'required'>,
  names: readonly string[],
  mapping: ColumnMapping,
  delimiter: string,
): FileHeader {
  const labels = names.map((name) => name.trim());
  const known = new Map(
    kind.columns.flatMap((column) => [[column, column] as const, [camelCase(column), column] as const]),
  );
  const wanted = readMapping(kind, labels, mapping, known);
  const positions = new Map<string, number>();
  const unknown: string[] = [];
  labels.forEach((label, index) => {
    if (label === LINE_COLUMN || label === ERROR_COLUMN) return;
    const column = wanted.has(label) ? wanted.get(label) : (known.get(label) ?? known.get(normalize(label)));
    if (column === null) return;
    if (column === undefined) {
      unknown.push(label === '' ? `(blank, column ${index + 1})` : label);
      return;
    }
    const before = positions.get(column);
    if (before !== undefined) {
      throw new AppError('invalid_input', `Column «${column}» is there twice: «${labels[before]}» and «${label}».`, {
        remedy: 'Remove one of the two columns, or map one to nothing.',
      });
    }
    positions.set(column, index);
  });
  if (unknown.length > 0) {
    throw new AppError('invalid_input', `Unknown ${plural('column', unknown.length)} ${quoteList(unknown)}.`, {
      remedy: `Map each to a known column or to nothing. Known columns of the ${kind.name} file: ${kind.columns.join(', ')}.`,
    });
  }
  const missing = kind.required.filter((column) => !positions.has(column));
  if (missing.length > 0) {
    throw new AppError(
      'invalid_input',
      `The ${plural('column', missing.length)} ${quoteList(missing)} ${missing.length > 1 ? 'are' : 'is'} missing.`,
      {
        remedy: 'Add it to the file, or say with a column mapping which column holds it.',
      },
    );
  }
  return { labels, positions, delimiter, mended: labels.includes(ERROR_COLUMN) };
}

/** `escalation_count_90_days` → `escalationCount90Days`. */
export function camelCase(column: string): string {
  return column.replace(/_([a-z0-9])/g, (_, character: string) => character.toUpperCase());
}

function readMapping(
  kind: Pick<FileKind<unknown>, 'name' | 'columns'>,
  labels: readonly string[],
  mapping: ColumnMapping,
  known: ReadonlyMap<string, string>,
): Map<string, string | null> {
  const wanted = new Map<string, string | null>();
  for (const [from, to] of Object.entries(mapping)) {
    const label = from.trim();
    if (!labels.includes(label)) {
      throw new AppError('invalid_input', `The mapping names the column «${label}», which the file does not have.`, {
        remedy: `The file has: ${labels.join(', ')}.`,
      });
    }
    const column = to === null ? null : known.get(to.trim());
    if (column === undefined) {
      throw new AppError(
        'invalid_input',
        `The mapping sends «${label}» to «${to}», which is not a column of the ${kind.name} file.`,
        {
          remedy: `Known columns: ${kind.columns.join(', ')}.`,
        },
      );
    }
    wanted.set(label, column);
  }
  return wanted;
}

function normalize(label: string): string {
  return label.toLowerCase().replace(/[\s-]+/g, '_');
}

function quoteList(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `«${name.slice(0, 60)}»`);
  return names.length > 10 ? `${shown.join(', ')} and ${names.length - 10} more` : shown.join(', ');
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}
