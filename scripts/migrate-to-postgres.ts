// npm run migrate:to-postgres -- --to postgres://… [--from <data directory or SQLite file>]
// Moves all that the SQLite file holds into an empty PostgreSQL database, and compares every value. Ended at any point, it
// goes on where it was when it is started again. Exit code 0: everything is there and the same; 1: it is not; 2: nothing
// was changed.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../lib/config';
import { isPostgres } from '../lib/db/client';
import { type MoveOutcome, type MoveProgress, moveToPostgres } from '../lib/db/move';
import { AppError, isAppError } from '../lib/errors';

const USAGE =
  'Usage: npm run migrate:to-postgres -- --to postgres://user@host/database [--from <data directory or SQLite file>]';
/** How often a line about the same table is written where the output is no terminal, in milliseconds. */
const LINE_EVERY_MS = 5_000;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.error(isAppError(error) ? [error.message, error.remedy].filter(Boolean).join('\n') : error);
  return isAppError(error) && error.retryable ? 1 : 2;
});

async function main(args: string[]): Promise<number> {
  const config = loadConfig();
  const { from, to } = await readArguments(args, config);
  const outcome = await moveToPostgres({
    from,
    to,
    prismaDirectory: config.prismaDirectory,
    now: () => new Date(),
    onProgress: createReport(),
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  if (outcome.alreadyAt !== null) {
    console.log(`${from} was moved on ${outcome.alreadyAt}, every value compared. Nothing was done now.`);
    return 0;
  }
  console.log(describe(outcome));
  const differences = outcome.tables.flatMap((table) => table.differences);
  if (differences.length > 0) {
    for (const { table, key, column, problem } of differences) {
      console.error(`${table}, row ${key}${column === null ? '' : `, column ${column}`}: ${problem}`);
    }
    console.error('The databases differ. Start again with an empty database, and let nobody write to it meanwhile.');
    return 1;
  }
  console.log(
    [
      'Everything is there, and every value is the same.',
      'Set DATABASE_URL to the new database and start the desk. The data directory stays where it is: drafts, rejected rows',
      'of imports and the secret are files. The SQLite file keeps its rows; do not start a desk on it again.',
    ].join('\n'),
  );
  return 0;
}

async function readArguments(args: string[], config: Config): Promise<{ from: string; to: string }> {
  const values = parse(args);
  const to = values.to ?? (isPostgres(config.databaseUrl) ? config.databaseUrl : null);
  if (!to) throw new AppError('invalid_input', 'Say where to move to.', { remedy: USAGE });
  const given = values.from ?? (isPostgres(config.databaseUrl) ? config.dataDir : config.databaseUrl);
  const from = path.resolve(given.replace(/^file:/, '').replace(/\?.*$/, ''));
  const isDirectory = (await stat(from).catch(() => null))?.isDirectory();
  return { from: isDirectory ? path.join(from, 'headroom.db') : from, to };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { from: { type: 'string' }, to: { type: 'string' } } }).values;
  } catch (cause) {
    throw new AppError('invalid_input', (cause as Error).message, { cause, remedy: USAGE });
  }
}

/** One line that changes on a terminal; elsewhere a line for each table and step, and some while it lasts. */
function createReport(): (progress: MoveProgress) => void {
  let last = { what: '', at: 0 };
  return ({ step, table, done, total }) => {
    const what = `${step} ${table}`;
    const line = total > 0 ? `${what}: ${count(done)} of ${count(total)}` : what;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001b[K${line}`);
    } else if (what !== last.what || Date.now() - last.at > LINE_EVERY_MS) {
      last = { what, at: Date.now() };
      process.stderr.write(`${line.trimEnd()}\n`);
    }
  };
}

function describe({ tables }: MoveOutcome): string {
  const width = Math.max(...tables.map(({ name }) => name.length));
  const line = (name: string, ...cells: string[]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(12))].join('  ');
  return [
    line('table', 'rows', 'copied now', 'compared'),
    ...tables.map(({ name, rows, copiedNow, differences }) =>
      line(name, count(rows), count(copiedNow), differences.length === 0 ? 'the same' : 'DIFFERS'),
    ),
    'Totals are counted anew by the database, from these rows.',
  ].join('\n');
}

function count(rows: number): string {
  return rows.toLocaleString('en');
}
