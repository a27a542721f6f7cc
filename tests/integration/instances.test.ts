import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunDetail } from '../../lib/contracts';
import type { AppEvent } from '../../lib/ports';
import { ENGINE, openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { type Instance, startInstance } from '../helpers/instances';
import { expectTotalsToAdd } from '../helpers/ledger';
import { accountRow, importRows, outgrowingRow, SLACK } from '../helpers/portfolio';
import { onPostgres } from '../helpers/postgres-server';

const ACCOUNTS = 16_000;

let database: TemporaryDatabase;
const instances: Instance[] = [];
beforeEach(async () => {
  database = await openTemporaryDatabase();
});
afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.stop()));
  await database.close();
});

async function start(): Promise<Instance> {
  const instance = await startInstance(database.directory, database.url);
  instances.push(instance);
  return instance;
}

async function fill(): Promise<void> {
  await importRows(database.db, [SLACK], { kind: 'catalogue', now: new Date() });
  const now = new Date().toISOString();
  const rows = Array.from({ length: ACCOUNTS }, (_, index) => {
    const id = `acc-${String(index).padStart(5, '0')}`;
    return (index % 4 === 0 ? outgrowingRow : accountRow)(id, { observed_at: now });
  });
  await importRows(database.db, rows, { now: new Date() });
}

function ended(instance: Instance, runId: string): Promise<RunDetail> {
  return eventually(
    async () => {
      const run = await instance.ask<RunDetail>('run', runId);
      return run.finishedAt === null ? null : run;
    },
    'the end of the run',
    100_000,
  );
}

/** Everybody who works on a range, seen from outside while it goes on. */
function watchShares(): { owners: Set<string>; stop(): Promise<void> } {
  const owners = new Set<string>();
  let watching = true;
  const watched = (async () => {
    while (watching) {
      const shares = await database.db.read.scanShare.findMany({ select: { leaseOwner: true } });
      for (const { leaseOwner } of shares) if (leaseOwner) owners.add(leaseOwner.split('/')[1] ?? '');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    owners,
    async stop() {
      watching = false;
      await watched;
    },
  };
}

async function expectScannedOnce(): Promise<void> {
  const { db } = database;
  expect(await db.read.accountHealth.count()).toBe(ACCOUNTS);
  // One row of history for each account: nothing was scored twice.
  expect(await db.read.healthScore.count()).toBe(ACCOUNTS);
  expect(await db.read.opportunity.count({ where: { type: 'seats' } })).toBe(ACCOUNTS / 4);
  expect(await db.read.scanShare.count()).toBe(0);
  await expectTotalsToAdd(db);
}

describe.runIf(ENGINE === 'postgresql')('several instances on one database', { timeout: 120_000 }, () => {
  it('work on one scan together, each range once, and all of them hear of it', async () => {
    await fill();
    const [one, two] = await Promise.all([start(), start()]);
    const watch = watchShares();
    const { runId } = await one.ask<{ runId: string }>('scan');
    // Asked elsewhere for what is under way: the same run.
    expect(await two.ask<{ runId: string }>('scan')).toEqual({ kind: 'run', runId });
    expect(await ended(two, runId)).toMatchObject({ state: 'succeeded', done: 2 * ACCOUNTS, errorCount: 0 });
    await watch.stop();
    expect([...watch.owners].sort()).toEqual([String(one.pid), String(two.pid)].sort());
    await expectScannedOnce();
    const heard = (event: AppEvent) => event.type === 'run.changed' && event.runId === runId;
    expect(two.events.some(heard)).toBe(true);
    expect(await database.db.read.run.count({ where: { job: 'portfolio_scan' } })).toBe(1);
  });

  it('finish the scan of one that takes part and dies', async () => {
    await fill();
    const [leader, helper] = await Promise.all([start(), start()]);
    const watch = watchShares();
    const { runId } = await leader.ask<{ runId: string }>('scan');
    await eventually(() => watch.owners.has(String(helper.pid)), 'help', 30_000);
    await helper.kill();
    expect(await ended(leader, runId)).toMatchObject({ state: 'succeeded', errorCount: 0 });
    await watch.stop();
    await expectScannedOnce();
  });

  it('take over from the one that leads and dies', async () => {
    await fill();
    const [leader, other] = await Promise.all([start(), start()]);
    const watch = watchShares();
    const { runId } = await leader.ask<{ runId: string }>('scan');
    await eventually(() => watch.owners.has(String(leader.pid)), 'the scan', 30_000);
    await leader.kill();
    await watch.stop();
    const again = await eventually(
      () => database.db.read.run.findFirst({ where: { id: { not: runId }, state: 'succeeded' } }),
      'the scan made again',
      90_000,
    );
    expect(again.trigger).toBe('catch_up');
    expect(await ended(other, runId)).toMatchObject({ state: 'failed', error: 'The server stopped while this ran.' });
    await expectScannedOnce();
  });

  it('hear of what happens on each other, and say so after a gap', async () => {
    await importRows(database.db, [outgrowingRow('acc-1', { observed_at: new Date().toISOString() })], {
      now: new Date(),
    });
    const [one, two] = await Promise.all([start(), start()]);
    const { runId } = await one.ask<{ runId: string }>('scan');
    await ended(one, runId);
    const opportunity = await database.db.read.opportunity.findFirstOrThrow();
    const [first, second] = await Promise.all([
      one.ask<{ dispatchId: string }>('dispatch', opportunity.id),
      two.ask<{ dispatchId: string }>('dispatch', opportunity.id),
    ]);
    expect(first.dispatchId).toBe(second.dispatchId);
    for (const instance of [one, two]) {
      await eventually(
        () => instance.events.some((event) => event.type === 'dispatch.drafted'),
        'word of the draft on both',
      );
    }
    await onPostgres(
      database.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headroom events'`,
    );
    await eventually(() => two.events.some((event) => event.type === 'desk.resumed'), 'word of the gap');
    two.events.length = 0;
    const again = await one.ask<{ runId: string }>('scan');
    await ended(one, again.runId);
    await eventually(() => two.events.some((event) => event.type === 'run.changed'), 'word of the next run');
  });
});
