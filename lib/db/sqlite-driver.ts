import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { Prisma } from './generated/sqlite/client';
import { type Dialect, type SqlClient, toSql } from './sql';

/** Statements kept ready on a connection; the desk has fewer texts than this that it runs often. */
const PREPARED_STATEMENTS = 256;

type Values = readonly unknown[];

/** What is used of a statement of better-sqlite3. */
interface Statement {
  readonly reader: boolean;
  columns(): { name: string }[];
  run(args: Values): { changes: number };
  raw(): { all(args: Values): unknown[][] };
  safeIntegers(on: boolean): Statement;
}

/** The better-sqlite3 connection inside Prisma's adapter. */
export interface Driver {
  prepare(sql: string): Statement;
}

/**
 * The adapter prepares every statement anew, which costs as much as running a short one. Here a text is prepared once;
 * its arguments are given when it runs instead of being bound for ever.
 * @param begun Whether a transaction has begun before the adapter begins it (see sqlite.ts): its BEGIN does nothing then.
 * @returns the connection as it was, for statements of our own.
 */
export function reusePreparedStatements(adapter: SqlDriverAdapter, begun: boolean): Driver {
  const { client } = adapter as unknown as { client: Driver };
  const driver: Driver = { prepare: client.prepare.bind(client) };
  const find = statementCache(driver);
  const bound = (statement: Statement, args: Values): object => ({
    reader: statement.reader,
    columns: () => statement.columns(),
    run: () => statement.run(args),
    raw: () => ({ all: () => statement.raw().all(args) }),
    bind: (given: Values) => bound(statement, given),
  });
  const nothing = { run: () => ({ changes: 0 }) };
  client.prepare = (sql) => (begun && sql === 'BEGIN' ? nothing : bound(find(sql), [])) as Statement;
  return driver;
}

/** Runs statements on the connection itself, with rows as plain objects and integers as numbers. */
export function createDirectClient(driver: Driver): SqlClient {
  const find = statementCache({ prepare: (sql) => driver.prepare(sql).safeIntegers(false) });
  const names = new WeakMap<Statement, string[]>();
  const namesOf = (statement: Statement): string[] => {
    const known = names.get(statement) ?? statement.columns().map(({ name }) => name);
    names.set(statement, known);
    return known;
  };
  return {
    dialect: SQLITE,
    async $queryRaw<T>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) {
      const { sql, values: args } = toSql(query, values);
      const statement = find(sql);
      return toObjects(namesOf(statement), statement.raw().all(args)) as T;
    },
    async $executeRaw(query, ...values) {
      const { sql, values: args } = toSql(query, values);
      return find(sql).run(args).changes;
    },
    async insertMany(table, columns, rows, conflict) {
      const places = columns.map(() => '?').join(', ');
      const names = columns.map((column) => `"${column}"`).join(', ');
      const statement = find(`INSERT INTO "${table}" (${names}) VALUES (${places}) ${conflict}`);
      for (const row of rows) statement.run(row);
    },
  };
}

/** Made here, rows of many columns take two thirds of the time that the driver takes to make them. */
function toObjects(names: readonly string[], rows: readonly unknown[][]): object[] {
  return rows.map((values) => {
    const row: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index += 1) row[names[index] as string] = values[index];
    return row;
  });
}

/** One writer at a time: a transaction has all rows that it reads to itself. */
const SQLITE: Dialect = {
  among: (values) => Prisma.sql`IN (SELECT value FROM json_each(${JSON.stringify(values)}))`,
  inputRows(_table, columns, rows) {
    const list = columns.map((column, index) => `json_extract(value, '$[${index}]') AS "${column}"`).join(', ');
    // jsonb_each, not json_each: that one would write each row out as text again for every column.
    return Prisma.sql`(SELECT ${Prisma.raw(list)} FROM jsonb_each(${JSON.stringify(rows)})) AS "input"`;
  },
  gathered: (column) => `json_group_array(${column})`,
  leftFirst: Prisma.raw('CROSS JOIN'),
  timeFromNow: (ms) => Prisma.sql`strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', ${`${ms / 1000} seconds`})`,
  skipLocked: Prisma.empty,
  forUpdate: Prisma.empty,
};

/** The most recently used statements of a connection. */
function statementCache(driver: Driver): (sql: string) => Statement {
  const prepared = new Map<string, Statement>();
  return (sql) => {
    const known = prepared.get(sql);
    if (known) prepared.delete(sql);
    const statement = known ?? driver.prepare(sql);
    prepared.set(sql, statement);
    const oldest = prepared.keys().next().value;
    if (prepared.size > PREPARED_STATEMENTS && oldest !== undefined) prepared.delete(oldest);
    return statement;
  };
}
