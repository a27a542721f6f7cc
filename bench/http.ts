import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import autocannon from 'autocannon';
import { openDatabase } from '../lib/db/client';
import { buildIfNeeded } from '../scripts/build.mjs';
import { signInAs } from '../tests/helpers/people';
import { fillDispatchLog, fillPortfolio } from './dataset';
import type { BenchEngine, EngineName } from './engine';
import { figure, note, percentile, round } from './report';
import { CREDENTIALS, type DeskData, type RunningServer, startBare, startDesk } from './servers';

const LIST = '/api/v1/opportunities?status=open&limit=50';
const ROUNDS = 4;
const SECONDS = 4;
const PAGES = ['/opportunities', '/accounts', '/dispatches', '/agents', '/import', '/settings'];

/** The list API, dispatches, start-up and page weight, on the production server. */
export async function benchHttp(engine: BenchEngine, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  // Beforehand, so that no start is timed with its build.
  buildIfNeeded(process.cwd());
  const small = await startDesk(await portfolio(engine, path.join(directory, 'small'), 500, 0), 4101);
  const large = await startDesk(await portfolio(engine, path.join(directory, 'large'), 100_000, 1_000_000), 4102);
  const bytesFile = path.join(directory, 'bytes.json');
  await writeFile(bytesFile, await (await fetch(`${large.url}${LIST}`, { headers: CREDENTIALS })).text());
  const bare = await startBare(bytesFile, 4103);
  try {
    const startSeconds = round(large.startMs / 1000, 2);
    figure('start with 100k accounts in the database, s', startSeconds, '< 2', large.startMs < 2_000, engine.name);
    await compareLists(engine.name, bare, small, large);
    if (engine.name === 'SQLite') await weighPages(bare, large);
    await dispatchMany(engine.name, large);
  } finally {
    await Promise.all([bare.stop(), small.stop(), large.stop()]);
  }
  await listWhileScanning(engine, path.join(directory, 'scanning'));
}

/** @returns where the data is, scanned once. */
async function portfolio(
  engine: BenchEngine,
  directory: string,
  accounts: number,
  dispatches: number,
): Promise<DeskData> {
  const url = await engine.create(directory);
  await fillPortfolio(url, accounts);
  const desk = await startDesk({ directory, url }, 4100);
  await scan(desk);
  await quiet(desk);
  await desk.stop();
  if (dispatches > 0) {
    const db = await openDatabase(url);
    await fillDispatchLog(db, dispatches, new Date());
    await db.close();
  }
  return { directory, url };
}

/** Until what follows a scan (alerts) is over. */
async function quiet(desk: RunningServer): Promise<void> {
  for (;;) {
    const answer = await fetch(`${desk.url}/api/v1/runs?state=queued,running&limit=1`, { headers: CREDENTIALS });
    if (((await answer.json()) as { items: unknown[] }).items.length === 0) return;
    await setTimeout(100);
  }
}

async function scan(desk: RunningServer): Promise<void> {
  const run = (await post(`${desk.url}/api/v1/agents/customer-success/tasks`, { type: 'portfolio_scan' })) as {
    id: string;
  };
  for (;;) {
    const state = (await (await fetch(`${desk.url}/api/v1/runs/${run.id}`, { headers: CREDENTIALS })).json()) as {
      finishedAt: string | null;
    };
    if (state.finishedAt) return;
    await setTimeout(100);
  }
}

async function post(url: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...CREDENTIALS },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Turn by turn, so that what else the machine does falls on all alike; the median of the rounds counts. */
async function compareLists(
  engine: EngineName,
  bare: RunningServer,
  small: RunningServer,
  large: RunningServer,
): Promise<void> {
  const rounds: { bare: number; large: number; smallP95: number; largeP95: number }[] = [];
  for (let index = 0; index <= ROUNDS; index += 1) {
    const bareLoad = await load(`${bare.url}/bytes`);
    const largeLoad = await load(`${large.url}${LIST}`);
    const smallLoad = await load(`${small.url}${LIST}`);
    // The first round warms all three up.
    if (index > 0) {
      rounds.push({
        bare: bareLoad.rate,
        large: largeLoad.rate,
        smallP95: smallLoad.p95,
        largeP95: largeLoad.p95,
      });
    }
  }
  const median = (pick: (entry: (typeof rounds)[number]) => number) => percentile(rounds.map(pick), 0.5);
  const ratio = median(({ bare: yardstick, large: ours }) => ours / yardstick);
  const growth = median(({ smallP95, largeP95 }) => largeP95 / smallP95);
  figure('list API requests/s ÷ bare route with the same bytes', round(ratio, 2), '≥ 0.7', ratio >= 0.7, engine);
  const rate = median((entry) => entry.large);
  note(`${round(rate, 0)} requests/s`);
  figure('list API p95 at 1M opportunities ÷ at 300', round(growth, 2), '≤ 1.2', growth <= 1.2, engine);
}

async function load(url: string): Promise<{ rate: number; p95: number }> {
  const result = await autocannon({ url, connections: 10, duration: SECONDS, headers: CREDENTIALS });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} bad answers, ${result.errors} errors`);
  return { rate: result.requests.average, p95: result.latency.p97_5 };
}

/** JavaScript that a page's HTML asks for, compressed, against that of the empty application. */
async function weighPages(bare: RunningServer, desk: RunningServer): Promise<void> {
  const floor = await scriptBytes(bare.url, '/');
  const { cookie } = await signInAs(desk.url, 'admin');
  for (const page of PAGES) {
    const extra = ((await scriptBytes(desk.url, page, cookie)) - floor) / 1024;
    figure(`first-load JavaScript of ${page} above an empty page, KB gzip`, round(extra), '≤ 60', extra <= 60);
  }
}

async function scriptBytes(url: string, page: string, cookie = ''): Promise<number> {
  const html = await (await fetch(`${url}${page}`, { headers: { cookie } })).text();
  const sources = [...html.matchAll(/<script[^>]*\ssrc="([^"]+)"[^>]*>/g)].filter(([tag]) => !tag.includes('noModule'));
  const files = new Set(sources.map(([, source]) => source ?? ''));
  let bytes = 0;
  for (const file of files)
    bytes += gzipSync(Buffer.from(await (await fetch(new URL(file, url))).arrayBuffer())).length;
  return bytes;
}

const SINGLE_CLICKS = 200;
const SUSTAINED = 1_500;
const CLIENTS = 16;

async function dispatchMany(engine: EngineName, desk: RunningServer): Promise<void> {
  const ids = await openIds(desk, SINGLE_CLICKS + SUSTAINED);
  const click = (id: string | undefined) => post(`${desk.url}/api/v1/dispatches`, { opportunityId: id });
  const times: number[] = [];
  for (const id of ids.slice(0, SINGLE_CLICKS)) {
    const started = performance.now();
    await click(id);
    times.push(performance.now() - started);
  }
  const p95 = percentile(times, 0.95);
  figure('click to draft link, local drafts, p95 ms', round(p95), '< 100', p95 < 100, engine);
  const waiting = ids.slice(SINGLE_CLICKS).values();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (const id of waiting) await click(id);
    }),
  );
  const rate = SUSTAINED / ((performance.now() - started) / 1000);
  figure('dispatches/s sustained', round(rate, 0), '≥ 200', rate >= 200, engine);
}

async function openIds(desk: RunningServer, count: number): Promise<string[]> {
  const ids: string[] = [];
  let cursor = '';
  while (ids.length < count) {
    const page = (await (
      await fetch(`${desk.url}/api/v1/opportunities?status=open&limit=100${cursor}`, { headers: CREDENTIALS })
    ).json()) as {
      items: { id: string }[];
      nextCursor: string | null;
    };
    ids.push(...page.items.map((item) => item.id));
    if (!page.nextCursor) throw new Error('There are too few open opportunities.');
    cursor = `&cursor=${page.nextCursor}`;
  }
  return ids.slice(0, count);
}

/** One reader, as one person would be, during the first scan of 100k accounts and after it. */
async function listWhileScanning(engine: BenchEngine, directory: string): Promise<void> {
  const url = await engine.create(directory);
  await fillPortfolio(url, 100_000);
  const desk = await startDesk({ directory, url }, 4104);
  try {
    const read = async (times: number[]) => {
      const started = performance.now();
      await (await fetch(`${desk.url}${LIST}`, { headers: CREDENTIALS })).text();
      times.push(performance.now() - started);
      await setTimeout(5);
    };
    // The first requests of a process load pages and compile code, scan or not.
    const cold: number[] = [];
    while (cold.length < 200) await read(cold);
    let scanning = true;
    const scanned = scan(desk).finally(() => {
      scanning = false;
    });
    const busy: number[] = [];
    while (scanning) await read(busy);
    await scanned;
    await quiet(desk);
    // Idle comes second: before the first scan the list is empty.
    const warm: number[] = [];
    while (warm.length < 200) await read(warm);
    const idle: number[] = [];
    while (idle.length < 400) await read(idle);
    const ratio = percentile(busy, 0.99) / percentile(idle, 0.99);
    figure('list API p99 while scanning ÷ idle', round(ratio, 1), '≤ 2', ratio <= 2, engine.name);
    note(`${round(percentile(busy, 0.99))} ms against ${round(percentile(idle, 0.99))} ms`);
  } finally {
    await desk.stop();
  }
}
