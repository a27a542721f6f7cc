import path from 'node:path';
import type { OpportunityQuery } from '../lib/contracts';
import { openDatabase } from '../lib/db/client';
import { dbTime } from '../lib/db/sql';
import type { Runtime } from '../lib/runtime';
import { fillPortfolio } from './dataset';
import type { BenchEngine } from './engine';
import { figure, note, percentile, round } from './report';
import { openDesk, scan } from './scan';

const SIZES = [1_000, 10_000, 100_000];
const LARGE = 1_000_000;
/** Accounts that the stored scores are spread over, and the days between two scores of one account. */
const HISTORY_ACCOUNTS = 10_000;
const HISTORY_ROWS = [100_000, 1_000_000];
const LARGE_HISTORY = 10_000_000;
const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
const READS = 150;

/** How a scan and the reads grow with the portfolio, and with the history that years leave behind. */
export async function benchGrowth(engine: BenchEngine, directory: string, large: boolean): Promise<void> {
  await growPortfolio(engine, directory, large ? [...SIZES, LARGE] : SIZES);
  await growHistory(engine, directory, large ? [...HISTORY_ROWS, LARGE_HISTORY] : HISTORY_ROWS);
}

async function growPortfolio(engine: BenchEngine, directory: string, sizes: number[]): Promise<void> {
  const measured: { size: number; perAccount: number; list: number; rss: number }[] = [];
  for (const size of sizes) {
    const folder = path.join(directory, String(size));
    const url = await engine.create(folder);
    await fillPortfolio(url, size);
    const runtime = await openDesk(folder, url);
    const { ms, rss } = await scan(runtime);
    const list = (await times(() => runtime.reads.listOpportunities(OPEN))).p95;
    await runtime.stop();
    measured.push({ size, perAccount: ms / size, list, rss });
    note(
      `${engine.name}, ${round(size, 0)} accounts: scan ${round((ms / size) * 1_000, 0)} µs an account, ` +
        `list p95 ${round(list)} ms, RSS ${round(rss / 1e6, 0)} MB`,
    );
  }
  const [, ten] = measured;
  const last = measured.at(-1);
  if (!ten || !last) throw new Error('There is nothing to compare.');
  const growth = last.perAccount / ten.perAccount;
  const name = `${round(last.size, 0)} accounts ÷ at ${round(ten.size, 0)}`;
  figure(`scan time an account at ${name}`, round(growth, 2), '≤ 1.2', growth <= 1.2, engine.name);
  const list = last.list / ten.list;
  figure(`list read p95 at ${name}`, round(list, 2), '≤ 1.2', list <= 1.2, engine.name);
  const limit = last.size >= LARGE ? 1e9 : 600e6;
  figure(
    `RSS after scanning ${round(last.size, 0)} accounts, MB`,
    round(last.rss / 1e6, 0),
    `< ${limit / 1e6}`,
    last.rss < limit,
    engine.name,
  );
}

/** Reads beside more and more stored scores, and again after the retention setting has thinned them. */
async function growHistory(engine: BenchEngine, directory: string, counts: number[]): Promise<void> {
  const folder = path.join(directory, 'history');
  const url = await engine.create(folder);
  await fillPortfolio(url, HISTORY_ACCOUNTS);
  const runtime = await openDesk(folder, url);
  try {
    await scan(runtime);
    const before = await readTimes(runtime);
    let stored = 0;
    let after = before;
    for (const count of counts) {
      await storeScores(url, stored, count);
      stored = count;
      after = await readTimes(runtime);
      note(`${engine.name}, ${round(count, 0)} stored scores: ${words(after)}`);
    }
    const at = `at ${round(stored, 0)} stored scores ÷ at ${round(HISTORY_ACCOUNTS, 0)}`;
    const compare = (name: 'list' | 'accounts' | 'detail', title: string) => {
      const growth = after[name].p95 / before[name].p95;
      figure(`${title} p95 ${at}`, round(growth, 2), '≤ 1.2', growth <= 1.2, engine.name);
    };
    compare('list', 'list of opportunities');
    compare('accounts', 'list of accounts');
    compare('detail', 'account with its plot of 400 scores');
    await runtime.retention.write({ snapshotDays: KEPT_DAYS, runDays: 90, auditDays: null });
    const started = performance.now();
    const deleted = await runtime.retention.apply(AbortSignal.timeout(3_600_000));
    const ms = performance.now() - started;
    note(
      `${engine.name}: retention of ${KEPT_DAYS} days deleted ${round(deleted.scores, 0)} scores in ${round(ms / 1000)} s, ` +
        `${round((ms / deleted.scores) * 1000, 0)} µs each; then ${words(await readTimes(runtime))}`,
    );
  } finally {
    await runtime.stop();
  }
}

/** One score a day and account, into the past. */
async function storeScores(url: string, from: number, to: number): Promise<void> {
  const db = await openDatabase(url);
  try {
    const columns = '"account_id", "snapshot_id", "score", "rag", "churn_risk", "breakdown", "model_version"';
    for (let day = from / HISTORY_ACCOUNTS + 1; day <= to / HISTORY_ACCOUNTS; day += 1) {
      const at = dbTime(new Date(Date.now() - day * DAY_MS));
      await db.write.$executeRawUnsafe(
        `INSERT INTO "health_scores" (${columns}, "as_of") SELECT ${columns}, '${at}' FROM "account_health"`,
      );
    }
    await db.write.$executeRaw`ANALYZE`;
  } finally {
    await db.close();
  }
}

const OPEN: OpportunityQuery = { status: ['open'], limit: 50 };

async function readTimes(runtime: Runtime) {
  let next = 0;
  return {
    list: await times(() => runtime.reads.listOpportunities(OPEN)),
    accounts: await times(() => runtime.reads.listAccounts({ limit: 50 })),
    detail: await times(() => {
      next = (next + 7_919) % HISTORY_ACCOUNTS;
      return runtime.reads.getAccount(`A-${String(next).padStart(8, '0')}`);
    }),
  };
}

function words({ list, accounts, detail }: Awaited<ReturnType<typeof readTimes>>): string {
  const both = ({ median, p95 }: typeof list) => `${round(median)} ms, p95 ${round(p95)} ms`;
  return `opportunities ${both(list)}; accounts ${both(accounts)}; account ${both(detail)}`;
}

/** One after the other, as one reader; the first ones warm up. */
async function times(read: () => Promise<unknown>): Promise<{ median: number; p95: number }> {
  const taken: number[] = [];
  for (let index = 0; index < READS + 20; index += 1) {
    const started = performance.now();
    await read();
    if (index >= 20) taken.push(performance.now() - started);
  }
  return { median: percentile(taken, 0.5), p95: percentile(taken, 0.95) };
}
