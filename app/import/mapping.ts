import { normalise, OWN_COLUMNS, type TargetColumn } from './columns';

/** File column → Headroom column; `null` leaves the file column out. */
export type ColumnMapping = Record<string, string | null>;

/**
 * What each column of the file most probably is. A Headroom column is given out once: exact names first, then synonyms,
 * and a synonym of an email column only where the rows hold addresses («Owner» is as often a name).
 */
export function proposeMapping(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  columns: readonly TargetColumn[],
): ColumnMapping {
  const mapping: ColumnMapping = {};
  const twice = new Set(headers.filter((header, index) => headers.indexOf(header) !== index));
  const taken = new Set<string>();
  const propose = (matches: (column: TargetColumn, header: string) => boolean) => {
    for (const header of headers) {
      mapping[header] ??= null;
      if (mapping[header] !== null || twice.has(header)) continue;
      const found = columns.find((column) => !taken.has(column.name) && matches(column, normalise(header)));
      mapping[header] = found?.name ?? null;
      if (found) taken.add(found.name);
    }
  };
  propose((column, header) => normalise(column.name) === header);
  const addressed = new Set(
    headers.filter((_, index) => rows.some((row) => row[index]?.includes('@'))).map((header) => normalise(header)),
  );
  propose(
    (column, header) =>
      (column.synonyms?.includes(header) ?? false) && (!column.name.endsWith('_email') || addressed.has(header)),
  );
  return mapping;
}

/** Gives `header` the column `target`, taking it away from whichever column of the file had it before. */
export function assignColumn(mapping: ColumnMapping, header: string, target: string | null): ColumnMapping {
  const next: ColumnMapping = {};
  for (const [name, current] of Object.entries(mapping))
    next[name] = target !== null && current === target ? null : current;
  next[header] = target;
  return next;
}

/** Required columns that no column of the file fills. */
export function missingColumns(mapping: ColumnMapping, columns: readonly TargetColumn[]): TargetColumn[] {
  const filled = new Set(Object.values(mapping));
  return columns.filter((column) => column.required && !filled.has(column.name));
}

/** The part of the mapping that the server would not find out by itself, as JSON. */
export function mappingParameter(mapping: ColumnMapping): string | null {
  const told = Object.entries(mapping).filter(
    ([header, target]) => asColumn(header) !== target && !OWN_COLUMNS.includes(header),
  );
  return told.length === 0 ? null : JSON.stringify(Object.fromEntries(told));
}

/** The server's own reading of a header: `Seats Purchased` is `seats_purchased`. */
function asColumn(header: string): string {
  return header.toLowerCase().replace(/[\s-]+/g, '_');
}
