import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { isPostgres } from '../lib/db/client';
import { onPostgres } from '../tests/helpers/postgres-server';

/** What a scan writes; opportunities refer to accounts, and nothing that a scan makes refers to these. */
const TABLES = ['account_health', 'health_scores', 'opportunities'];
const CHUNK = 1_000;

export interface BareWrite {
  ms: number;
  rows: number;
}

/**
 * The rows that a scan left in the database at `url`, written once more into the same tables with their indexes and
 * triggers, by the driver alone: on SQLite with one prepared statement a row and the settings of the desk's own
 * connection, on PostgreSQL with one a chunk. Every chunk is a transaction that is on disk before the next one begins.
 * Nobody may use the database meanwhile.
 */
export async function writeWithBareDriver(url: string): Promise<BareWrite> {
  const target = await copyWithoutScan(url, 'bare');
  return isPostgres(url) ? onPg(url, target) : onSqlite(fileOf(url), fileOf(target));
}

function onSqlite(from: string, to: string): BareWrite {
  const source = new Sqlite(from, { readonly: true });
  const bare = new Sqlite(to);
  bare.pragma('journal_mode = WAL');
  bare.pragma('synchronous = FULL');
  bare.pragma('cache_size = -65536');
  bare.pragma('temp_store = MEMORY');
  bare.pragma('wal_autocheckpoint = 10000');
  const total = { ms: 0, rows: 0 };
  for (const table of TABLES) {
    const values = source.prepare(`SELECT * FROM "${table}" ORDER BY "rowid"`).raw().all() as unknown[][];
    const places = values[0]?.map(() => '?').join(', ');
    const insert = bare.prepare(`INSERT INTO "${table}" VALUES (${places})`);
    const insertChunk = bare.transaction((chunk: unknown[][]) => {
      for (const row of chunk) insert.run(row);
    });
    const started = performance.now();
    for (let at = 0; at < values.length; at += CHUNK) insertChunk(values.slice(at, at + CHUNK));
    total.ms += performance.now() - started;
    total.rows += values.length;
  }
  source.close();
  bare.close();
  return total;
}

async function onPg(from: string, to: string): Promise<BareWrite> {
  const source = new pg.Client({ connectionString: from, types: { getTypeParser: () => (text: string) => text } });
  const bare = new pg.Client({ connectionString: to });
  await Promise.all([source.connect(), bare.connect()]);
  const total = { ms: 0, rows: 0 };
  try {
    for (const table of TABLES) {
      const { rows: columns } = await source.query<{ name: string; type: string }>(
        `SELECT column_name AS "name", data_type AS "type" FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
        [table],
      );
      const { rows } = await source.query<unknown[]>({ text: `SELECT * FROM "${table}"`, rowMode: 'array' });
      const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
      const insert = { name: table, text: `INSERT INTO "${table}" SELECT * FROM unnest(${arrays})` };
      const started = performance.now();
      for (let at = 0; at < rows.length; at += CHUNK) {
        const chunk = rows.slice(at, at + CHUNK);
        await bare.query({ ...insert, values: columns.map((_, index) => chunk.map((row) => row[index])) });
      }
      total.ms += performance.now() - started;
      total.rows += rows.length;
    }
  } finally {
    await Promise.all([source.end(), bare.end()]);
  }
  return total;
}

/** A copy of the database beside it, without what the scan made. @returns its URL. */
export async function copyWithoutScan(url: string, name: string): Promise<string> {
  if (isPostgres(url)) {
    const from = new URL(url).pathname.slice(1);
    const target = new URL(url);
    target.pathname = `/${from}_${name}`;
    const server = new URL(url);
    server.pathname = '/postgres';
    await onPostgres(
      server.href,
      `DROP DATABASE IF EXISTS "${from}_${name}"`,
      `CREATE DATABASE "${from}_${name}" TEMPLATE "${from}"`,
    );
    const emptied = TABLES.map((table) => `"${table}"`).join(', ');
    await onPostgres(target.href, `TRUNCATE ${emptied}, "total_deltas" CASCADE`, 'CHECKPOINT');
    return target.href;
  }
  const from = fileOf(url);
  const to = path.join(path.dirname(from), `${name}.db`);
  for (const suffix of ['', '-wal', '-shm']) await rm(`${to}${suffix}`, { force: true });
  const source = new Sqlite(from);
  source.pragma('wal_checkpoint(TRUNCATE)');
  source.close();
  await copyFile(from, to);
  const copy = new Sqlite(to);
  for (const table of [...TABLES].reverse()) copy.exec(`DELETE FROM "${table}"`);
  copy.exec('VACUUM');
  copy.close();
  return `file:${to}`;
}

function fileOf(url: string): string {
  return url.slice('file:'.length);
}
