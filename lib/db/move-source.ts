import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { AppError } from '../errors';
import { Prisma } from './generated/sqlite/client';
import type { Key } from './move-mark';
import { dbTime, inputRows, type SqlClient } from './sql';
import { createDirectClient, reusePreparedStatements } from './sqlite-driver';

/** How long to wait for a desk that is just stopping, in milliseconds. */
const LOCK_WAIT_MS = 2_000;
/** What cannot be moved is listed up to this many. */
const UNFIT_SHOWN = 20;
/** Of the tables, those that belong to an engine or that triggers fill from the rows of the others. */
const NOT_MOVED = new Set(['_prisma_migrations', 'totals', 'total_deltas']);

/** A value as both engines can have it: times as {@link dbTime} writes them, large integers as text. */
export type MovedValue = string | number | boolean | null;

interface ColumnType {
  /** Of the column on PostgreSQL, as information_schema names it. */
  target: string;
  /** SQL that is true of a value which PostgreSQL cannot hold there, and what to say of it. SQLite keeps what it is given. */
  unfit(column: string): string;
  problem: string;
  toMoved(value: string | number): MovedValue;
}

const asIs = (value: string | number) => value;

/** By the type that the migrations of SQLite declare. One that is not here is refused, not guessed. */
const TYPES: Record<string, ColumnType> = {
  TEXT: {
    target: 'text',
    unfit: (column) => `typeof(${column}) <> 'text' OR instr(${column}, char(0)) > 0`,
    problem: 'holds the character NUL, or is no text',
    toMoved: asIs,
  },
  INTEGER: {
    target: 'integer',
    unfit: (column) => `typeof(${column}) <> 'integer' OR ${column} NOT BETWEEN -2147483648 AND 2147483647`,
    problem: 'is no integer of 32 bits',
    toMoved: asIs,
  },
  BIGINT: {
    target: 'bigint',
    unfit: (column) => `typeof(${column}) <> 'integer'`,
    problem: 'is no integer',
    toMoved: asIs,
  },
  REAL: {
    target: 'double precision',
    unfit: (column) => `typeof(${column}) NOT IN ('real', 'integer')`,
    problem: 'is no number',
    toMoved: asIs,
  },
  BOOLEAN: {
    target: 'boolean',
    unfit: (column) => `${column} NOT IN (0, 1)`,
    problem: 'is neither 0 nor 1',
    toMoved: (value) => value === 1,
  },
  DATETIME: {
    target: 'timestamp without time zone',
    unfit: (column) =>
      `typeof(${column}) <> 'text' OR ${column} NOT GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9][0-9]:*' OR ${column} < '0001' OR julianday(${column}) IS NULL`,
    problem: 'is no time',
    toMoved: (value) => dbTime(new Date(value)),
  },
};

export interface MovedTable {
  name: string;
  columns: { name: string; target: string }[];
  /** Columns of the primary key, in its order. */
  key: string[];
  rows: number;
  /** The largest id that was ever given out; null where ids are not counted. */
  highestId: number | null;
}

export interface MovedRow {
  values: MovedValue[];
  /** As the source stores it, to read on after it. */
  at: Key;
}

/** A SQLite file that nobody else has open until it is released. */
export interface MoveSource {
  file: string;
  /** SHA-256 of all that it holds. */
  digest: string;
  /** Every table that is moved, each after those that it refers to. */
  tables: MovedTable[];
  /** The next rows in the order of the key. */
  read(table: MovedTable, after: Key | null, limit: number): Promise<MovedRow[]>;
  /** Those of the keys (values as moved) that no row has. */
  missing(table: MovedTable, keys: readonly MovedValue[][]): Promise<MovedValue[][]>;
  /** @throws AppError `invalid_input` naming table, row and column of what PostgreSQL cannot hold. */
  refuseUnfit(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes a SQLite file for this process alone. It is only read.
 * @param upgrade applies the migrations that the file lacks; called while it is not held.
 * @throws AppError `conflict` where another process has it open; `invalid_input` where there is none.
 */
export async function openMoveSource(file: string, upgrade: () => Promise<unknown>): Promise<MoveSource> {
  if (!(await stat(file).catch(() => null))?.isFile()) {
    throw new AppError('invalid_input', `There is no database ${file}.`, {
      remedy: 'Name the file with --from, or set HEADROOM_DATA_DIR to the data directory of the desk.',
    });
  }
  // To migrate a file that a desk of an older version is running on would pull the floor from under it.
  await (await hold(file)).dispose();
  await upgrade();
  // Before it is held: a file that this process opens and closes loses the locks that SQLite has on it.
  const before = await stat(file);
  const digest = await digestOf(file);
  const connection = await hold(file);
  try {
    const after = await stat(file);
    if (after.mtimeMs !== before.mtimeMs || after.size !== before.size) throw inUse(file);
    const client = createDirectClient(reusePreparedStatements(connection, false));
    const tables = await readTables(client);
    return {
      file,
      digest,
      tables,
      read: (table, after, limit) => readRows(client, table, after, limit),
      missing: (table, keys) => missingKeys(client, table, keys),
      refuseUnfit: () => refuseUnfit(client, tables),
      release: () => connection.dispose(),
    };
  } catch (error) {
    await connection.dispose();
    throw error;
  }
}

/**
 * Locks the file against every other process, one that only has it open among them, and folds its log in. The lock is
 * the system's own: a process that died holds none.
 */
async function hold(file: string): Promise<SqlDriverAdapter> {
  const connection = await new PrismaBetterSqlite3({ url: `file:${file}`, timeout: LOCK_WAIT_MS }).connect();
  try {
    // Set before the file is looked at for the first time, the mode holds from the first read on.
    await connection.executeScript('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT;');
    await connection.executeScript('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA query_only = ON;');
    return connection;
  } catch (error) {
    await connection.dispose();
    const { message, cause } = error as Error;
    const reason = `${message} ${JSON.stringify(cause ?? null)}`;
    if (/locked|busy|SocketTimeout/i.test(reason)) throw inUse(file, error);
    throw new AppError('database', `The database ${file} cannot be read: ${reason}`, {
      cause: error,
      remedy: 'Check that it is a SQLite file of a desk and that it may be written, or restore a backup.',
    });
  }
}

function inUse(file: string, cause?: unknown): AppError {
  return new AppError('conflict', `${file} is in use: a desk runs on it, or a command does.`, {
    cause,
    remedy: 'Stop it first: what it writes meanwhile would be left behind.',
  });
}

async function digestOf(file: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20 })) digest.update(bytes as Uint8Array);
  return digest.digest('hex');
}

async function readTables(client: SqlClient): Promise<MovedTable[]> {
  const names = await client.$queryRaw<{ name: string }[]>`
    SELECT "name" FROM "sqlite_master" WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY "name"`;
  const waiting = new Map<string, { table: MovedTable; refersTo: Set<string> }>();
  for (const { name } of names) {
    if (NOT_MOVED.has(name)) continue;
    const references = await client.$queryRaw<
      { table: string }[]
    >`SELECT "table" FROM pragma_foreign_key_list(${name})`;
    const refersTo = new Set(references.map(({ table }) => table).filter((table) => table !== name));
    waiting.set(name, { table: await readTable(client, name), refersTo });
  }
  const ordered: MovedTable[] = [];
  while (waiting.size > 0) {
    const next = [...waiting.values()].find(({ refersTo }) => [...refersTo].every((name) => !waiting.has(name)));
    if (!next) throw new Error(`Tables that refer to each other cannot be moved: ${[...waiting.keys()].join(', ')}`);
    waiting.delete(next.table.name);
    ordered.push(next.table);
  }
  return ordered;
}

async function readTable(client: SqlClient, name: string): Promise<MovedTable> {
  const found = await client.$queryRaw<{ name: string; type: string; pk: number }[]>`
    SELECT "name", "type", "pk" FROM pragma_table_info(${name}) ORDER BY "cid"`;
  const columns = found.map((column) => ({ name: column.name, target: typeOf(name, column).target }));
  const key = found.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  if (key.length === 0) throw new Error(`The table ${name} has no primary key and cannot be moved.`);
  const [count] = await client.$queryRaw<{ rows: number }[]>(
    Prisma.sql`SELECT COUNT(*) AS "rows" FROM ${quoted(name)}`,
  );
  const [sequence] = await client.$queryRaw<{ seq: number }[]>`
    SELECT "seq" FROM "sqlite_sequence" WHERE "name" = ${name}`;
  return {
    name,
    columns,
    key: key.map((column) => column.name),
    rows: count?.rows ?? 0,
    highestId: sequence?.seq ?? null,
  };
}

function typeOf(table: string, { name, type }: { name: string; type: string }): ColumnType {
  const known = TYPES[type.toUpperCase()];
  if (known) return known;
  throw new Error(`The column ${table}.${name} is of the type ${type}, which lib/db/move-source.ts does not know.`);
}

async function readRows(client: SqlClient, table: MovedTable, after: Key | null, limit: number): Promise<MovedRow[]> {
  const list = table.columns.map(({ name, target }) =>
    // As numbers, the largest would be rounded.
    target === 'bigint' ? `CAST("${name}" AS TEXT) AS "${name}"` : `"${name}"`,
  );
  const key = Prisma.raw(table.key.map((name) => `"${name}"`).join(', '));
  const rest = after ? Prisma.sql`WHERE (${key}) > (${Prisma.join([...after])})` : Prisma.empty;
  const rows = await client.$queryRaw<Record<string, string | number | null>[]>(
    Prisma.sql`SELECT ${Prisma.raw(list.join(', '))} FROM ${quoted(table.name)} ${rest} ORDER BY ${key} LIMIT ${limit}`,
  );
  const converters = table.columns.map(({ target }) => CONVERTERS.get(target) ?? asIs);
  return rows.map((row) => ({
    values: table.columns.map(({ name }, index) => {
      const value = row[name] ?? null;
      return value === null ? null : (converters[index] ?? asIs)(value);
    }),
    at: table.key.map((name) => row[name] ?? ''),
  }));
}

const CONVERTERS = new Map(Object.values(TYPES).map(({ target, toMoved }) => [target, toMoved]));

function missingKeys(client: SqlClient, table: MovedTable, keys: readonly MovedValue[][]): Promise<MovedValue[][]> {
  const same = table.key.map((name) => `t."${name}" = "input"."${name}"`).join(' AND ');
  const list = table.key.map((name) => `"input"."${name}"`).join(', ');
  return client
    .$queryRaw<Record<string, MovedValue>[]>(
      Prisma.sql`SELECT ${Prisma.raw(list)} FROM ${inputRows(client, table.name, table.key, keys)}
        WHERE NOT EXISTS (SELECT 1 FROM ${quoted(table.name)} t WHERE ${Prisma.raw(same)})`,
    )
    .then((rows) => rows.map((row) => table.key.map((name) => row[name] ?? null)));
}

/** One pass over each table, within SQLite. */
async function refuseUnfit(client: SqlClient, tables: readonly MovedTable[]): Promise<void> {
  const found: { where: string; problem: string; mend: string }[] = [];
  const byTarget = new Map(Object.values(TYPES).map((type) => [type.target, type]));
  for (const table of tables) {
    const checks = table.columns.flatMap(({ name, target }) => {
      const type = byTarget.get(target);
      return type ? [{ name, type, unfit: `("${name}" IS NOT NULL AND (${type.unfit(`"${name}"`)}))` }] : [];
    });
    const key = table.key.map((name) => `"${name}"`).join(', ');
    const which = `CASE ${checks.map(({ unfit }, index) => `WHEN ${unfit} THEN ${index}`).join(' ')} END`;
    const rows = await client.$queryRaw<Record<string, string | number>[]>(
      Prisma.sql`SELECT ${Prisma.raw(key)}, ${Prisma.raw(which)} AS " which" FROM ${quoted(table.name)}
        WHERE ${Prisma.raw(checks.map(({ unfit }) => unfit).join(' OR '))} LIMIT ${UNFIT_SHOWN}`,
    );
    for (const row of rows) {
      const check = checks[Number(row[' which'])];
      if (!check) continue;
      const where = `${table.name}, row ${describeKey(
        table,
        table.key.map((name) => row[name] ?? null),
      )}, column ${check.name}`;
      const mend = `UPDATE "${table.name}" SET "${check.name}" = replace("${check.name}", char(0), '') WHERE instr("${check.name}", char(0)) > 0`;
      found.push({ where, problem: check.type.problem, mend });
    }
    if (found.length >= UNFIT_SHOWN) break;
  }
  const [first] = found;
  if (!first) return;
  const shown = found.slice(0, UNFIT_SHOWN).map(({ where, problem }) => `${where}: ${problem}`);
  throw new AppError('invalid_input', `PostgreSQL cannot hold what is here:\n  ${shown.join('\n  ')}`, {
    remedy: `Make a backup, correct the value in the SQLite file, and start again. NUL is taken out by: ${first.mend}`,
  });
}

/** `id=42`, or every part of a longer key. */
export function describeKey(table: MovedTable, key: readonly MovedValue[]): string {
  return table.key.map((name, index) => `${name}=${JSON.stringify(key[index])}`).join(' ');
}

export function keyOf({ key, columns }: MovedTable, values: readonly MovedValue[]): MovedValue[] {
  return key.map((name) => values[columns.findIndex((column) => column.name === name)] ?? null);
}

function quoted(name: string): Prisma.Sql {
  return Prisma.raw(`"${name}"`);
}
