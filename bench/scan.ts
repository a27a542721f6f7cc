import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { loadConfig } from '../lib/config';
import { openDatabase } from '../lib/db/client';
import { createRuntime, type Runtime } from '../lib/runtime';
import { copyWithoutScan, writeWithBareDriver } from './bare-driver';
import { changeShare, fillPortfolio } from './dataset';
import type { BenchEngine } from './engine';
import { figure, note, percentile, round } from './report';
import { spawnBundled } from './scan-thread';

const ACCOUNTS = 100_000;
const CREATE_MANY_ROWS = 10_000;
/** The median counts: what else the machine does should not fall on the yardstick alone. */
const BARE_ROUNDS = 3;

export interface ScanTime {
  ms: number;
  /** Event-loop delay of the thread that answers requests, 99th percentile in milliseconds. */
  delayP99: number;
  rss: number;
}

/** First scan, rescan with 5 % changed, and the same rows through the bare driver and Prisma's createMany. */
export async function benchScan(engine: BenchEngine, directory: string): Promise<void> {
  const url = await engine.create(directory);
  await fillPortfolio(url, ACCOUNTS);
  const runtime = await openDesk(directory, url);
  const first = await scan(runtime);
  await engine.settle(url);
  const db = await openDatabase(url);
  await changeShare(db, 0.05, new Date());
  await db.close();
  const again = await scan(runtime);
  await runtime.stop();
  const rounds: number[] = [];
  let rows = 0;
  for (let round = 0; round < BARE_ROUNDS; round += 1) {
    const written = await writeWithBareDriver(url);
    rounds.push(written.ms);
    rows = written.rows;
  }
  const bare = percentile(rounds, 0.5);
  const createMany = await writeWithCreateMany(url);
  const report = (name: string, value: string, goal: string, reached: boolean) =>
    figure(name, value, goal, reached, engine.name);
  report('first full scan of 100k accounts, s', round(first.ms / 1000), '< 5', first.ms < 5_000);
  const overBare = first.ms / bare;
  report('first scan ÷ bare driver writing the same rows', round(overBare, 2), '≤ 1.5', overBare <= 1.5);
  note(`${round(rows, 0)} rows; the bare driver took ${rounds.map((ms) => round(ms / 1000)).join(', ')} s`);
  const against = ((createMany / CREATE_MANY_ROWS) * rows) / first.ms;
  report('Prisma createMany of the same rows ÷ first scan', round(against), '≥ 10', against >= 10);
  note(`createMany costs ${round(createMany / CREATE_MANY_ROWS / (bare / rows))} × the bare driver a row`);
  report('rescan with 5 % changed ÷ first scan', round(again.ms / first.ms, 2), '≤ 0.25', again.ms / first.ms <= 0.25);
  report('event-loop delay p99 while scanning, ms', round(first.delayP99), '< 50', first.delayP99 < 50);
  report('RSS after scanning 100k, MB', round(first.rss / 1e6, 0), '< 600', first.rss < 600e6);
}

/** A desk in this process, that scans on threads of its own as `npm start` does. */
export function openDesk(directory: string, url: string, onThreads = true): Promise<Runtime> {
  const config = loadConfig({ ...process.env, HEADROOM_DATA_DIR: directory, DATABASE_URL: url });
  return createRuntime({ ...config, logLevel: 'warn' }, onThreads ? { spawnScanThread: spawnBundled } : {});
}

export async function scan(runtime: Runtime): Promise<ScanTime> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const started = performance.now();
  const answer = await runtime.desk.submitTask('customer-success', { type: 'portfolio_scan' }, 'bench');
  if (answer.kind !== 'run') throw new Error('A portfolio scan answers with its run.');
  await ended(runtime, answer.runId);
  const ms = performance.now() - started;
  delay.disable();
  const rss = process.memoryUsage.rss();
  await idle(runtime);
  return { ms, delayP99: delay.percentile(99) / 1e6, rss };
}

/** Told of, as a page is: whoever asks all the time takes the processor from the scan. */
function ended(runtime: Runtime, runId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = async () => {
      const run = await runtime.reads.getRun(runId);
      if (run.state === 'failed') throw new Error(run.error ?? 'The scan failed.');
      if (run.finishedAt === null) return;
      stop();
      resolve();
    };
    const stop = runtime.events.subscribe((event) => {
      if (event.type === 'run.changed' && event.runId === runId) look().catch(reject);
    });
    look().catch(reject);
  });
}

/** Until what follows a scan (alerts, and telling people) is over: it is no part of it, nor of what is measured next. */
async function idle(runtime: Runtime): Promise<void> {
  for (let used = 1; used > 0.05; ) {
    const before = process.cpuUsage();
    await setTimeout(500);
    const { user, system } = process.cpuUsage(before);
    const { items } = await runtime.reads.listRuns({ state: ['queued', 'running'], limit: 1 });
    used = items.length > 0 ? 1 : (user + system) / 500_000;
  }
}

/** @returns milliseconds for CREATE_MANY_ROWS rows, shared out over the tables as in the scan. */
async function writeWithCreateMany(url: string): Promise<number> {
  const target = await copyWithoutScan(url, 'many');
  const source = await openDatabase(url);
  const take = Math.round(CREATE_MANY_ROWS / 2.7);
  const [health, scores, opportunities] = await Promise.all([
    source.read.accountHealth.findMany({ take }),
    source.read.healthScore.findMany({ take }),
    source.read.opportunity.findMany({ take: CREATE_MANY_ROWS - 2 * take }),
  ]);
  await source.close();
  const db = await openDatabase(target);
  const started = performance.now();
  await db.write.accountHealth.createMany({ data: health });
  await db.write.healthScore.createMany({ data: scores });
  await db.write.opportunity.createMany({ data: opportunities });
  const ms = performance.now() - started;
  await db.close();
  return ms;
}
