import { createHash } from 'node:crypto';
import pg from 'pg';
import { Prisma } from './generated/sqlite/client';
import { type Dialect, type SqlClient, toSql } from './sql';

/** Texts of which a connection keeps a prepared statement; further ones are planned each time. */
const PREPARED_STATEMENTS = 512;

/** Object ids of PostgreSQL's built-in types (pg_type.dat); they never change. */
const INT8 = 20;
const TIMESTAMP = 1114;
const NUMERIC = 1700;

/** What a pool and a connection taken from it have in common. */
export interface Queryable {
  query(config: pg.QueryConfig): Promise<pg.QueryResult>;
}

/** The types of the columns of each table, as `CAST` names them. */
export type ColumnTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Runs statements on a pool or on one of its connections, with rows as plain objects, integers as numbers and times as text. */
export function createPostgresClient(
  connection: Queryable,
  dialect: PostgresDialect,
  onInsert: (table: string, rows: number) => void = () => {},
): SqlClient {
  const run = (text: string, values: unknown[]) =>
    connection.query({ ...named(text), text, values: values.map(toParameter), types: TYPES });
  return {
    dialect,
    async $queryRaw<T>(query: TemplateStringsArray | Prisma.Sql, ...given: unknown[]) {
      const { text, values } = toSql(query, given);
      return (await run(text, values)).rows as T;
    },
    async $executeRaw(query, ...given) {
      const { text, values } = toSql(query, given);
      return (await run(text, values)).rowCount ?? 0;
    },
    async insertMany(table, columns, rows, conflict) {
      const names = columns.map((column) => `"${column}"`).join(', ');
      const input = dialect.inputRows(table, columns, rows);
      const { text, values } =
        Prisma.sql`INSERT INTO ${Prisma.raw(`"${table}" (${names})`)} SELECT * FROM ${input} ${Prisma.raw(conflict)}`;
      await run(text, values);
      onInsert(table, rows.length);
    },
  };
}

export type PostgresDialect = Dialect & { readonly name: 'postgresql' };

export function createPostgresDialect(types: ColumnTypes): PostgresDialect {
  return {
    name: 'postgresql',
    // Not IN (SELECT unnest …), which is planned as a join, over the whole table where the planner thinks that it is small.
    among: (values) => Prisma.sql`= ANY(${arrayLiteral(values)}::text[])`,
    inputRows(table, columns, rows) {
      const known = types.get(table);
      const names = columns.map((column) => `"${column}"`).join(', ');
      const arrays = columns.map((column, index) => {
        const type = known?.get(column) ?? 'text';
        return Prisma.sql`${arrayLiteral(rows.map((row) => row[index]))}::${Prisma.raw(type)}[]`;
      });
      return Prisma.sql`unnest(${Prisma.join(arrays)}) AS "input"(${Prisma.raw(names)})`;
    },
    gathered: (column) => `CAST(json_agg(${column}) AS text)`,
    leftFirst: Prisma.raw('JOIN'),
    timeFromNow: (ms) =>
      Prisma.sql`CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' + ${`${ms} milliseconds`}::interval AS timestamp(3))`,
    skipLocked: Prisma.raw('FOR UPDATE SKIP LOCKED'),
    forUpdate: Prisma.raw('FOR UPDATE'),
  };
}

/** Reads what every table's columns hold, for {@link createPostgresDialect}. */
export async function readColumnTypes(connection: Queryable): Promise<ColumnTypes> {
  const { rows } = await connection.query({
    text: `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()`,
  });
  const tables = new Map<string, Map<string, string>>();
  for (const { table_name: table, column_name: column, data_type: type } of rows as Record<string, string>[]) {
    if (!table || !column || !type) continue;
    const columns = tables.get(table) ?? new Map<string, string>();
    columns.set(column, type);
    tables.set(table, columns);
  }
  return tables;
}

/** Numbers are numbers: amounts in cents stay below 2^53. Times are text in the form that {@link dbTime} writes. */
const TYPES: pg.CustomTypesConfig = {
  getTypeParser(id: number, format?: 'text' | 'binary') {
    if (id === INT8 || id === NUMERIC) return Number;
    if (id === TIMESTAMP) return toDbTime;
    return format === 'binary' ? pg.types.getTypeParser(id, 'binary') : pg.types.getTypeParser(id, 'text');
  },
};

/** `2026-11-24 07:00:00.5`, a timestamp without time zone that is UTC by agreement. */
function toDbTime(text: string): string {
  const [, seconds = '', fraction = ''] = /^(.{19})(?:\.(\d+))?$/.exec(text) ?? [];
  return `${seconds.replace(' ', 'T')}.${fraction.padEnd(3, '0')}+00:00`;
}

/** The driver would write a Date in the local time zone. */
function toParameter(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}

/**
 * Values as PostgreSQL writes an array, where JSON writes them alike: it quotes and escapes `"` and `\` in the same way, and
 * the engine does it many times faster than the driver. Any other escape of JSON's (a line break) leaves it to the driver.
 */
function arrayLiteral(values: readonly unknown[]): unknown {
  const text = JSON.stringify(values);
  return OTHER_ESCAPES.test(text) ? values : `{${text.slice(1, -1)}}`;
}

const OTHER_ESCAPES = /\\[^"\\]/;

const names = new Map<string, string>();

/** A name makes the connection keep the statement prepared. */
function named(text: string): { name?: string } {
  const known = names.get(text);
  if (known) return { name: known };
  if (names.size >= PREPARED_STATEMENTS) return {};
  const name = createHash('sha1').update(text).digest('hex');
  names.set(text, name);
  return { name };
}
