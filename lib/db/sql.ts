import { Prisma } from './generated/client';

/** What can run a statement: a Prisma client, that of an open transaction, or the connection without Prisma's layers. */
export interface SqlClient {
  $queryRaw<T = unknown>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<T>;
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
  /** Only without Prisma's layers: one prepared statement for all the rows. */
  insertMany?(
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

/**
 * Reads rows as plain objects. `columns` maps each field of the row to its SQL expression; `tail` is everything from
 * FROM on. Through Prisma the rows come as one JSON text, which is many times faster than a value at a time.
 */
export async function selectRows<Row extends object>(
  client: SqlClient,
  columns: Record<keyof Row & string, string>,
  tail: Prisma.Sql,
): Promise<Row[]> {
  const names = Object.keys(columns) as (keyof Row & string)[];
  const list = names.map((name) => `${columns[name]} AS "${name}"`).join(', ');
  if (client.insertMany) return client.$queryRaw<Row[]>(Prisma.sql`SELECT ${Prisma.raw(list)} ${tail}`);
  const pairs = names.map((name) => `'${name}', "${name}"`).join(', ');
  const result = await client.$queryRaw<{ rows: string }[]>(
    Prisma.sql`SELECT json_group_array(json_object(${Prisma.raw(pairs)})) AS "rows" FROM (SELECT ${Prisma.raw(list)} ${tail})`,
  );
  return JSON.parse(result[0]?.rows ?? '[]') as Row[];
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
  if (rows.length === 0) return;
  if (client.insertMany) return client.insertMany(table, columns, rows, conflict.sql);
  const list = columns.map((column) => `"${column}"`).join(', ');
  // «WHERE TRUE» keeps SQLite from reading ON CONFLICT as a join condition.
  await client.$executeRaw(
    Prisma.sql`INSERT INTO ${Prisma.raw(`"${table}" (${list})`)} SELECT ${Prisma.raw(list)} FROM ${inputRows(columns, rows)} WHERE TRUE ${conflict}`,
  );
}

/** A list of texts for `IN (…)`: one parameter, however long the list. */
export function inList(values: readonly string[]): Prisma.Sql {
  return Prisma.sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

/** Escapes the wildcards of LIKE; use with ESCAPE '\'. */
export function likePattern(text: string): string {
  return `%${text.toLowerCase().replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
}
