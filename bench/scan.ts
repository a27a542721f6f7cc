import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { loadConfig } from '../lib/config';
import { openDatabase } from '../lib/db/client';
import { createRuntime, type Runtime } from '../lib/runtime';
import { spawnFromSource } from '../tests/helpers/scan-thread';
import { changeShare, emptyDataDirectory, fillPortfolio } from './dataset';
import { figure, round } from './report';

const ACCOUNTS = 100_000;
const TABLES = ['account_health', 'health_scores', 'opportunities'];
const BARE_CHUNK = 1_000;
const CREATE_MANY_ROWS = 10_000;

interface Measured {
  ms: number;
  delayP99: number;
  rss: number;
}

/** First scan, rescan with 5 % changed, and the same rows through the bare driver and Prisma's createMany. */
export async function benchScan(directory: string): Promise<void> {
  const url = await emptyDataDirectory(directory);
  await fillPortfolio(url, ACCOUNTS, new Date());
  const runtime = await createRuntime(
    { ...loadConfig({ ...process.env, HEADROOM_DATA_DIR: directory }), logLevel: 'warn' },
    { spawnScanThread: spawnFromSource },
  );
  const first = await scan(runtime);
  const db = await openDatabase(url);
  await changeShare(db, 0.05, new Date());
  await db.close();
  const again = await scan(runtime);
  await runtime.stop();
  const bare = await writeWithBareDriver(directory);
  const createMany = await writeWithCreateMany(directory);
  figure('first full scan of 100k accounts, s', round(first.ms / 1000), '< 5', first.ms < 5_000);
  figure(
    'first scan ÷ bare driver writing the same rows',
    round(first.ms / bare.ms, 2),
    '≤ 1.5',
    first.ms / bare.ms <= 1.5,
  );
  const perRow = createMany / CREATE_MANY_ROWS / (bare.ms / bare.rows);
  const against = (createMany / CREATE_MANY_ROWS) * bare.rows;
  figure(
    'Prisma createMany of the same rows ÷ first scan',
    round(against / first.ms, 1),
    '≥ 10',
    against / first.ms >= 10,
  );
  console.log(`         (createMany costs ${round(perRow, 1)} × the bare driver a row)`);
  figure('rescan with 5 % changed ÷ first scan', round(again.ms / first.ms, 2), '≤ 0.25', again.ms / first.ms <= 0.25);
  figure('event-loop delay p99 while scanning, ms', round(first.delayP99), '< 50', first.delayP99 < 50);
  figure('RSS after scanning 100k, MB', round(first.rss / 1e6, 0), '< 600', first.rss < 600e6);
}

async function scan(runtime: Runtime): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const started = performance.now();
  const answer = await runtime.desk.submitTask('customer-success', { type: 'portfolio_scan' }, 'bench');
  if (answer.kind !== 'run') throw new Error('A portfolio scan answers with its run.');
  for (;;) {
    const run = await runtime.reads.getRun(answer.runId);
    if (run.state === 'failed') throw new Error(run.error ?? 'The scan failed.');
    if (run.finishedAt) break;
    await setTimeout(10);
  }
  delay.disable();
  return { ms: performance.now() - started, delayP99: delay.percentile(99) / 1e6, rss: process.memoryUsage.rss() };
}

/** The rows that the scan made, into the same tables with their indexes and triggers, one prepared statement a row. */
async function writeWithBareDriver(directory: string): Promise<{ ms: number; rows: number }> {
  const target = path.join(directory, 'bare.db');
  await emptied(directory, target);
  const source = new Sqlite(path.join(directory, 'headroom.db'), { readonly: true });
  const bare = new Sqlite(target);
  bare.pragma('journal_mode = WAL');
  bare.pragma('synchronous = FULL');
  bare.pragma('cache_size = -65536');
  bare.pragma('wal_autocheckpoint = 4000');
  let rows = 0;
  let ms = 0;
  for (const table of TABLES) {
    const values = source.prepare(`SELECT * FROM "${table}" ORDER BY "rowid"`).raw().all() as unknown[][];
    const places = values[0]?.map(() => '?').join(', ');
    const insert = bare.prepare(`INSERT INTO "${table}" VALUES (${places})`);
    const insertChunk = bare.transaction((chunk: unknown[][]) => {
      for (const row of chunk) insert.run(row);
    });
    const started = performance.now();
    for (let at = 0; at < values.length; at += BARE_CHUNK) insertChunk(values.slice(at, at + BARE_CHUNK));
    ms += performance.now() - started;
    rows += values.length;
  }
  source.close();
  bare.close();
  return { ms, rows };
}

/** @returns milliseconds for CREATE_MANY_ROWS rows, shared out over the tables as in the scan. */
async function writeWithCreateMany(directory: string): Promise<number> {
  const target = path.join(directory, 'many.db');
  await emptied(directory, target);
  const source = await openDatabase(`file:${path.join(directory, 'headroom.db')}`);
  const take = Math.round(CREATE_MANY_ROWS / 2.7);
  const [health, scores, opportunities] = await Promise.all([
    source.read.accountHealth.findMany({ take }),
    source.read.healthScore.findMany({ take }),
    source.read.opportunity.findMany({ take: CREATE_MANY_ROWS - 2 * take }),
  ]);
  await source.close();
  const db = await openDatabase(`file:${target}`);
  const started = performance.now();
  await db.write.accountHealth.createMany({ data: health });
  await db.write.healthScore.createMany({ data: scores });
  await db.write.opportunity.createMany({ data: opportunities });
  const ms = performance.now() - started;
  await db.close();
  return ms;
}

/** A copy of the scanned database without what the scan made. */
async function emptied(directory: string, target: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${target}${suffix}`, { force: true });
  const source = new Sqlite(path.join(directory, 'headroom.db'));
  source.pragma('wal_checkpoint(TRUNCATE)');
  source.close();
  await copyFile(path.join(directory, 'headroom.db'), target);
  const copy = new Sqlite(target);
  for (const table of [...TABLES].reverse()) copy.exec(`DELETE FROM "${table}"`);
  copy.exec('VACUUM');
  copy.close();
}
