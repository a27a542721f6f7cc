import { Prisma } from './generated/client';

/** A connection without Prisma's layers: rows as plain objects, statements kept prepared. */
export interface SqlClient {
  $queryRaw<T = unknown>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<T>;
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
  /** One prepared statement for all the rows. */
  insertMany(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    conflict: string,
  ): Promise<void>;
}

/** An instant as the database stores it: ISO 8601 with `+00:00`, which sorts as text. */
export function dbTime(date: Date): string {
  return date.toISOString().replace('Z', '+00:00');
}

export function fromDbTime(text: string): Date {
  return new Date(text);
}

/** An instant as the API writes it. */
export function isoTime(text: string): string {
  return text.endsWith('+00:00') ? `${text.slice(0, -6)}Z` : new Date(text).toISOString();
}

/** Reads rows. `columns` maps each field of the row to its SQL expression; `tail` is everything from FROM on. */
export async function selectRows<Row extends object>(
  client: SqlClient,
  columns: Record<keyof Row & string, string>,
  tail: Prisma.Sql,
): Promise<Row[]> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const list = names.map((name) => `${columns[name]} AS "${name}"`).join(', ');
  return client.$queryRaw<Row[]>(Prisma.sql`SELECT ${Prisma.raw(list)} ${tail}`);
}

/**
 * Rows of values as a table expression named `input`, its columns named in the order of the values: the source of a
 * set-based INSERT … SELECT or UPDATE … FROM.
 */
export function inputRows(columns: readonly string[], rows: readonly (readonly unknown[])[]): Prisma.Sql {
  const list = columns.map((column, index) => `json_extract(value, '$[${index}]') AS "${column}"`).join(', ');
  // jsonb_each, not json_each: that one would write each row out as text again for every column.
  return Prisma.sql`(SELECT ${Prisma.raw(list)} FROM jsonb_each(${JSON.stringify(rows)})) AS "input"`;
}

/** Inserts rows. `conflict` is the ON CONFLICT clause, where one is wanted; it holds no values. */
export async function insertRows(
  client: SqlClient,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  conflict: Prisma.Sql = Prisma.empty,
): Promise<void> {
  if (rows.length > 0) await client.insertMany(table, columns, rows, conflict.sql);
}

/** A list of texts for `IN (…)`: one parameter, however long the list. */
export function inList(values: readonly string[]): Prisma.Sql {
  return Prisma.sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

/** Escapes the wildcards of LIKE; use with ESCAPE '\'. */
export function likePattern(text: string): string {
  return `%${text.toLowerCase().replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
}
