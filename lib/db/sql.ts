import { Prisma } from './generated/sqlite/client';

/** A connection without Prisma's layers: rows as plain objects, statements kept prepared. */
export interface SqlClient {
  $queryRaw<T = unknown>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<T>;
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
  /** Inserts all the rows, in their order. `conflict` is the ON CONFLICT clause, or empty. */
  insertMany(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    conflict: string,
  ): Promise<void>;
  readonly dialect: Dialect;
}

/** Where the engines differ in what they write or do best; everything else is one text for both. */
export interface Dialect {
  /** See {@link among}. */
  among(values: readonly string[]): Prisma.Sql;
  /** Rows of values as a table expression named `input`; see {@link inputRows}. */
  inputRows(table: string, columns: readonly string[], rows: readonly (readonly unknown[])[]): Prisma.Sql;
  /** The values of a subquery's column, in its order, as the text of one JSON array; `[]` or null where there are none. */
  gathered(column: string): string;
  /** A join that reads its left side first: where the planner cannot know that it is the small one. */
  readonly leftFirst: Prisma.Sql;
  /** The database's own time, some milliseconds later: what instances whose clocks differ can compare. */
  timeFromNow(ms: number): Prisma.Sql;
  /** At the end of a SELECT: takes the rows for this transaction, and passes over those that another one holds. */
  readonly skipLocked: Prisma.Sql;
  /** At the end of a SELECT: takes the rows for this transaction, after waiting for whoever holds them. */
  readonly forUpdate: Prisma.Sql;
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
 * set-based INSERT … SELECT or UPDATE … FROM. Columns have the types that `table` gives those of the same name, and are
 * text where it has none.
 */
export function inputRows(
  client: SqlClient,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): Prisma.Sql {
  return client.dialect.inputRows(table, columns, rows);
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

/** Follows a column: whether it is one of the texts. One parameter, however many they are. */
export function among(client: SqlClient, values: readonly string[]): Prisma.Sql {
  return client.dialect.among(values);
}

/** Escapes the wildcards of LIKE; use with ESCAPE '\'. */
export function likePattern(text: string): string {
  return `%${text.toLowerCase().replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
}

/** What a template or a query of Prisma's says, as one value. */
export function toSql(query: TemplateStringsArray | Prisma.Sql, values: readonly unknown[]): Prisma.Sql {
  return query instanceof Prisma.Sql ? query : Prisma.sql(query as TemplateStringsArray, ...values);
}
