import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRangeWork, type RangeWork, type ScanRules } from '../../lib/agents/range-work';
import { createExpansionStore } from '../../lib/db/expansion-store';
import { createHealthStore } from '../../lib/db/health-store';
import { createLockMemory, createMainLock, createThreadLock, releaseThread } from '../../lib/db/write-lock';
import { DEFAULT_EXPANSION_POLICY } from '../../lib/domain/expansion';
import { DEFAULT_GATE_POLICY } from '../../lib/domain/gates';
import { DEFAULT_SCORING_MODEL } from '../../lib/domain/scoring-model';
import { createScanThreads, type ScanThreads } from '../../lib/scan-threads';
import { NOW } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { silentLog } from '../helpers/dispatch-desk';
import { expectTotalsToAdd } from '../helpers/ledger';
import { FORECASTING, importRows, SLACK } from '../helpers/portfolio';
import { createRandom, randomRow } from '../helpers/random';
import { spawnFromSource } from '../helpers/scan-thread';

const RULES: ScanRules = {
  scoring: DEFAULT_SCORING_MODEL,
  policy: DEFAULT_EXPANSION_POLICY,
  gates: DEFAULT_GATE_POLICY,
};
const never = new AbortController().signal;

const open: { database: TemporaryDatabase; threads: ScanThreads | null }[] = [];
afterEach(async () => {
  for (const { database, threads } of open.splice(0)) {
    await threads?.stop();
    await expectTotalsToAdd(database.db);
    await database.close();
  }
});

async function filled(accounts: number): Promise<TemporaryDatabase> {
  const database = await openTemporaryDatabase();
  open.push({ database, threads: null });
  await importRows(database.db, [FORECASTING, SLACK], { kind: 'catalogue', now: NOW });
  const random = createRandom(7);
  const rows = Array.from({ length: accounts }, (_, index) =>
    randomRow(random, `acc-${String(index).padStart(4, '0')}`),
  );
  await importRows(database.db, rows, { now: NOW });
  return database;
}

function threadsOn(database: TemporaryDatabase, onSpawn: (worker: Worker) => void = () => {}): ScanThreads {
  const threads = createScanThreads({
    database: database.db.forThreads,
    rules: RULES,
    spawn(setup) {
      const worker = spawnFromSource(setup);
      onSpawn(worker);
      return worker;
    },
    log: silentLog,
  });
  open.push({ database, threads });
  const entry = open.find((other) => other.database === database && other.threads === null);
  if (entry) open.splice(open.indexOf(entry), 1);
  return threads;
}

/** Both passes over all accounts, in ranges of 50, as many at a time as the work allows. */
async function scanAll(database: TemporaryDatabase, work: RangeWork) {
  const health = createHealthStore(database.db);
  const catalogue = await createExpansionStore(database.db).readCatalogue();
  await work.history(never);
  const outcomes: unknown[] = [];
  for (const pass of ['health', 'expansion'] as const) {
    const calls: Promise<unknown>[] = [];
    for (let after = ''; ; ) {
      const range = await health.nextRange(after, 50);
      if (!range) break;
      after = range.through;
      calls.push(
        pass === 'health'
          ? work.health(range, { now: NOW, renewingBefore: null })
          : work.expansion(range, { now: NOW, since: null, catalogue }),
      );
      if (calls.length % work.lanes === 0) await Promise.all(calls);
    }
    outcomes.push(...(await Promise.all(calls)));
  }
  return outcomes;
}

async function found({ db }: TemporaryDatabase) {
  return {
    health: await db.read.accountHealth.findMany({ orderBy: { accountId: 'asc' }, omit: { snapshotId: true } }),
    scores: await db.read.healthScore.findMany({
      orderBy: [{ accountId: 'asc' }, { asOf: 'asc' }],
      omit: { id: true, snapshotId: true },
    }),
    opportunities: await db.read.opportunity.findMany({ orderBy: { fingerprint: 'asc' }, omit: { id: true } }),
  };
}

describe('scanning on threads', () => {
  it('finds exactly what scanning in the same thread finds, while others write', async () => {
    const [beside, inline] = await Promise.all([filled(400), filled(400)]);
    const threads = threadsOn(beside);
    let running = true;
    let written = 0;
    const writer = (async () => {
      while (running) {
        const key = `written-${written}`;
        await beside.db.write.setting.create({ data: { key, value: 'by the main thread', updatedAt: NOW } });
        written += 1;
        // Every answer of SQLite comes at once: without a pause the event loop would never turn.
        await setImmediate();
      }
    })();
    const outcomes = await scanAll(beside, threads);
    running = false;
    await writer;
    const stores = { health: createHealthStore(inline.db), expansion: createExpansionStore(inline.db) };
    expect(outcomes).toEqual(await scanAll(inline, createRangeWork(stores, RULES)));
    const expected = await found(inline);
    expect(expected.opportunities.length).toBeGreaterThan(50);
    expect(await found(beside)).toEqual(expected);
    expect(await beside.db.read.setting.count({ where: { value: 'by the main thread' } })).toBe(written);
    expect(written).toBeGreaterThan(0);
  });

  it('fails the call whose thread dies, and goes on with another', async () => {
    const database = await filled(60);
    const workers: Worker[] = [];
    const threads = threadsOn(database, (worker) => workers.push(worker));
    const range = await createHealthStore(database.db).nextRange('', 60);
    if (!range) throw new Error('There are accounts.');
    const call = threads.health(range, { now: NOW, renewingBefore: null });
    const refused = expect(call).rejects.toMatchObject({ code: 'unavailable' });
    await workers[0]?.terminate();
    await refused;
    expect(await threads.health(range, { now: NOW, renewingBefore: null })).toMatchObject({ due: 60 });
    expect(workers).toHaveLength(2);
  });

  it('tells what went wrong in the thread', async () => {
    const database = await filled(1);
    await database.db.write.$executeRawUnsafe('DROP TABLE "account_health"');
    open.splice(0);
    const threads = threadsOn(database);
    const call = threads.health({ after: '', through: 'z', size: 1 }, { now: NOW, renewingBefore: null });
    await expect(call).rejects.toThrow(/account_health|unexpected|went wrong/i);
    await threads.stop();
    open.splice(0);
    await database.close();
  });
});

describe('the lock between threads', () => {
  let memory: SharedArrayBuffer;
  beforeEach(() => {
    memory = createLockMemory();
  });

  it('lets one in at a time, the main thread in the order of asking', async () => {
    const main = createMainLock(memory);
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const release = await main.acquire();
        inside += 1;
        expect(inside).toBe(1);
        order.push(number);
        await new Promise((resolve) => setTimeout(resolve, 2));
        inside -= 1;
        release();
      }),
    );
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('keeps the main thread waiting while a thread holds it, without blocking', async () => {
    const release = await createThreadLock(memory, 2).acquire();
    let entered = false;
    const waiting = createMainLock(memory)
      .acquire()
      .then((give) => {
        entered = true;
        give();
      });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(entered).toBe(false);
    release();
    await waiting;
    expect(entered).toBe(true);
  });

  it('takes it from a thread that is gone, and from no other', async () => {
    await createThreadLock(memory, 2).acquire();
    const waiting = createMainLock(memory).acquire();
    releaseThread(memory, 3);
    expect(await Promise.race([waiting.then(() => 'in'), new Promise((r) => setTimeout(r, 30, 'out'))])).toBe('out');
    releaseThread(memory, 2);
    (await waiting)();
  });
});
