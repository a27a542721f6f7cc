import path from 'node:path';
import { AppError, isAppError } from '../errors';
import { type Database, isPostgres, openDatabase } from './client';
import { Prisma } from './generated/sqlite/client';
import { migrate } from './migrate';
import { compareTable, type Difference } from './move-compare';
import { MOVE_KEY, type MoveMark, readMoveMark } from './move-mark';
import { describeKey, keyOf, type MovedRow, type MovedTable, type MoveSource, openMoveSource } from './move-source';
import { dbTime, insertRows, type SqlClient } from './sql';
import { foldTotals } from './totals';

/** Rows copied in one transaction, and compared at a time. */
const CHUNK_ROWS = 2_000;
/** Classes of PostgreSQL's errors that one row is to blame for: a value, a constraint, a limit of the engine. */
const FAULT_OF_A_ROW = /^(22|23|54)/;

export interface MoveOptions {
  /** Path of the SQLite file. */
  from: string;
  /** `postgres://…` of a database that is there and empty, or that this move was begun on. */
  to: string;
  prismaDirectory: string;
  now(): Date;
  onProgress(progress: MoveProgress): void;
  chunkRows?: number;
}

export interface MoveProgress {
  step: 'checking' | 'copying' | 'comparing' | 'finishing';
  table: string;
  done: number;
  total: number;
}

export interface MoveOutcome {
  /** When it was finished by an earlier call, which is all there is to say then; otherwise null. */
  alreadyAt: string | null;
  tables: { name: string; rows: number; copiedNow: number; differences: Difference[] }[];
}

/**
 * Moves all that a SQLite file holds into a PostgreSQL database, then reads both and compares every value. Each chunk
 * arrives together with the note of how far the move is, so that one that was ended at any point goes on from there. A
 * desk does not start on the database before the comparison has succeeded. The file stays as it is, at the newest migration.
 * @throws AppError `conflict` where the file is in use or the database holds something else; `invalid_input` where
 * PostgreSQL cannot hold a value, which is named; `database` where one of the two cannot be used.
 */
export async function moveToPostgres(options: MoveOptions): Promise<MoveOutcome> {
  const { to, prismaDirectory, onProgress } = options;
  if (!isPostgres(to)) {
    throw new AppError('invalid_input', 'The database to move to must be a postgres:// address.', {
      remedy: 'Give it with --to, or as DATABASE_URL.',
    });
  }
  const file = path.resolve(options.from);
  const source = await openMoveSource(file, () => migrate(`file:${file}`, prismaDirectory));
  try {
    const mark = await admit(to, source);
    if (mark?.finishedAt) return { alreadyAt: mark.finishedAt, tables: [] };
    if (!mark) {
      onProgress({ step: 'checking', table: '', done: 0, total: 0 });
      await source.refuseUnfit();
    }
    await migrate(to, prismaDirectory);
    const target = await openDatabase(to);
    try {
      await refuseOtherSchema(target.rows, source.tables);
      return await fill(source, target, mark ?? (await begin(target, source, options.now())), options);
    } finally {
      await target.close();
    }
  } finally {
    await source.release();
  }
}

/**
 * Looks at the target before anything in it is changed.
 * @returns how far this move is there; null where it is empty.
 */
async function admit(to: string, source: MoveSource): Promise<MoveMark | null> {
  const target = await openDatabase(to);
  try {
    const { rows } = target;
    const [encoding] = await rows.$queryRaw<{ name: string }[]>`SELECT current_setting('server_encoding') AS "name"`;
    if (encoding?.name !== 'UTF8') {
      throw new AppError('invalid_input', `The encoding of the database is ${encoding?.name}, not UTF8.`, {
        remedy: "Make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
      });
    }
    const tables = await tablesOf(rows);
    const mark = tables.includes('settings') ? await readMoveMark(rows) : null;
    if (mark) {
      if (mark.source === source.digest) return mark;
      const what = mark.finishedAt ? `was filled on ${mark.finishedAt}` : `began to be filled on ${mark.startedAt}`;
      throw new AppError('conflict', `The database ${what} from ${mark.file}, which held other rows then.`, {
        remedy: 'Name an empty database: rows that changed meanwhile cannot be told from those that were moved.',
      });
    }
    const ours = new Set([...source.tables.map(({ name }) => name), 'totals', 'total_deltas']);
    for (const table of tables.filter((name) => name !== '_prisma_migrations')) {
      const [row] = await rows.$queryRaw<unknown[]>(Prisma.sql`SELECT 1 AS "one" FROM ${quoted(table)} LIMIT 1`);
      if (!row && ours.has(table)) continue;
      throw new AppError('conflict', `The database is not empty: it has ${row ? 'rows in ' : ''}the table ${table}.`, {
        remedy: 'Name an empty database, such as `createdb headroom` makes. A desk must not have been started on it.',
      });
    }
    return null;
  } finally {
    await target.close();
  }
}

async function tablesOf(client: SqlClient): Promise<string[]> {
  const rows = await client.$queryRaw<{ name: string }[]>`
    SELECT CAST("table_name" AS text) AS "name" FROM "information_schema"."tables"
    WHERE "table_schema" = current_schema() AND "table_type" = 'BASE TABLE' ORDER BY 1`;
  return rows.map(({ name }) => name);
}

/** Nothing may be left behind because one of the two does not know it. */
async function refuseOtherSchema(client: SqlClient, tables: readonly MovedTable[]): Promise<void> {
  const rows = await client.$queryRaw<{ table: string; column: string; type: string }[]>`
    SELECT CAST(c."table_name" AS text) AS "table", CAST(c."column_name" AS text) AS "column", CAST(c."data_type" AS text) AS "type"
    FROM "information_schema"."columns" c JOIN "information_schema"."tables" t
      ON t."table_schema" = c."table_schema" AND t."table_name" = c."table_name" AND t."table_type" = 'BASE TABLE'
    WHERE c."table_schema" = current_schema()
      AND c."table_name" NOT IN ('_prisma_migrations', 'totals', 'total_deltas')`;
  const theirs = new Set(rows.map(({ table, column, type }) => `${table}.${column} (${type})`));
  const ours = new Set(
    tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name} (${column.target})`)),
  );
  const odd = [...[...ours].filter((name) => !theirs.has(name)), ...[...theirs].filter((name) => !ours.has(name))];
  if (odd.length === 0) return;
  throw new AppError('database', `The two databases do not have the same tables: ${odd.join(', ')}.`, {
    remedy: 'Use the version of Headroom that the file was last used with, or a newer one.',
  });
}

async function begin(target: Database, { digest, file }: MoveSource, now: Date): Promise<MoveMark> {
  const mark: MoveMark = { source: digest, file, startedAt: now.toISOString(), finishedAt: null, copied: {} };
  // Whoever else begins at the same moment fails at the key.
  await target.bulk((tx) =>
    insertRows(tx, 'settings', ['key', 'value', 'updated_at'], [[MOVE_KEY, JSON.stringify(mark), dbTime(now)]]),
  );
  return mark;
}

async function fill(source: MoveSource, target: Database, mark: MoveMark, options: MoveOptions): Promise<MoveOutcome> {
  const { now, onProgress, chunkRows = CHUNK_ROWS } = options;
  const tables: MoveOutcome['tables'] = [];
  for (const table of source.tables) {
    const before = mark.copied[table.name]?.rows ?? 0;
    await copyTable(source, target, table, mark, { now, chunkRows, onProgress });
    const copiedNow = (mark.copied[table.name]?.rows ?? 0) - before;
    tables.push({ name: table.name, rows: table.rows, copiedNow, differences: [] });
  }
  for (const [index, table] of source.tables.entries()) {
    const differences = await compareTable(source, target.rows, table, chunkRows, (done) =>
      onProgress({ step: 'comparing', table: table.name, done, total: table.rows }),
    );
    tables[index]?.differences.push(...differences);
  }
  onProgress({ step: 'finishing', table: '', done: 0, total: 0 });
  for (const table of source.tables) await advanceSequence(target.rows, table);
  while (await foldTotals(target.rows));
  // Without it the first queries would be planned for empty tables.
  await target.rows.$executeRaw`ANALYZE`;
  if (tables.every(({ differences }) => differences.length === 0)) {
    mark.finishedAt = now().toISOString();
    // Durable, and with it all that came before.
    await target.bulk((tx) => writeMark(tx, mark, now()));
  }
  return { alreadyAt: null, tables };
}

async function copyTable(
  source: MoveSource,
  target: Database,
  table: MovedTable,
  mark: MoveMark,
  { now, chunkRows, onProgress }: Pick<MoveOptions, 'now' | 'onProgress'> & { chunkRows: number },
): Promise<void> {
  const columns = table.columns.map(({ name }) => name);
  const insert = (tx: SqlClient, rows: readonly MovedRow[]) =>
    insertRows(
      tx,
      table.name,
      columns,
      rows.map(({ values }) => values),
      Prisma.sql`ON CONFLICT DO NOTHING`,
    );
  for (;;) {
    const { rows: done, after } = mark.copied[table.name] ?? { rows: 0, after: null };
    onProgress({ step: 'copying', table: table.name, done, total: table.rows });
    const rows = await source.read(table, after, chunkRows);
    const last = rows.at(-1);
    if (!last) return;
    const further = { ...mark.copied, [table.name]: { rows: done + rows.length, after: last.at } };
    try {
      await target.bulkRepeatable(async (tx) => {
        await insert(tx, rows);
        await writeMark(tx, { ...mark, copied: further }, now());
      });
    } catch (error) {
      if (!FAULT_OF_A_ROW.test((error as { code?: string }).code ?? '')) throw interrupted(error);
      throw await nameRow(table, rows, error, (row) => target.bulkRepeatable((tx) => insert(tx, [row])));
    }
    mark.copied = further;
  }
}

function interrupted(cause: unknown): AppError {
  if (isAppError(cause)) return cause;
  return new AppError('database', `The move was interrupted: ${(cause as Error).message}`, {
    cause,
    retryable: true,
    remedy: 'Run the same command again: it goes on from where it is.',
  });
}

/** Which of the rows it was. Those before it arrive, and will not arrive twice. */
async function nameRow(
  table: MovedTable,
  rows: readonly MovedRow[],
  cause: unknown,
  insertOne: (row: MovedRow) => Promise<void>,
): Promise<AppError> {
  for (const row of rows) {
    const reason = await insertOne(row).then(
      () => null,
      (error: unknown) => error as Error,
    );
    if (!reason) continue;
    const key = describeKey(table, keyOf(table, row.values));
    return new AppError('invalid_input', `PostgreSQL refuses ${table.name}, row ${key}: ${reason.message}`, {
      cause: reason,
      remedy: 'Correct the row in the SQLite file, and start again with an empty database.',
    });
  }
  return interrupted(cause);
}

async function writeMark(tx: SqlClient, mark: MoveMark, now: Date): Promise<void> {
  const written = await tx.$executeRaw`
    UPDATE "settings" SET "value" = ${JSON.stringify(mark)}, "updated_at" = ${dbTime(now)} WHERE "key" = ${MOVE_KEY}`;
  if (written !== 1) throw new AppError('conflict', 'The database was emptied while it was filled.');
}

/** Ids go on after the largest that the source ever gave out: one of a deleted row does not come back. */
async function advanceSequence(client: SqlClient, { name, key, highestId }: MovedTable): Promise<void> {
  const [column] = key;
  if (!highestId || !column) return;
  const [sequence] = await client.$queryRaw<{ name: string | null }[]>`
    SELECT pg_get_serial_sequence(${`"${name}"`}, ${column}) AS "name"`;
  if (sequence?.name) {
    await client.$queryRaw`SELECT setval(CAST(CAST(${sequence.name} AS text) AS regclass), CAST(${highestId} AS bigint))`;
  }
}

function quoted(name: string): Prisma.Sql {
  return Prisma.raw(`"${name}"`);
}
