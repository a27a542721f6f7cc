import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { prepareTemplateDatabase } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { type ScriptProcess, startScript } from '../helpers/fault-scripts';
import {
  acknowledgedBy,
  dispatchTo,
  openWorld,
  type Reply,
  SEED,
  say,
  send,
  size,
  type World,
} from '../helpers/fault-world';
import { findPostgres, type PostgresServer, startPostgres } from '../helpers/postgres-server';
import { createRandom } from '../helpers/random';

const DISPATCHES = size('STORAGE_DISPATCHES', 100, 2_000);
/** Enough for their journal to fill a small disk by itself. */
const ON_SMALL_DISK = Math.max(DISPATCHES, 800);
const CLIENTS = 8;

let world: World;
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  await world.close();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Load {
  acknowledged: Set<string>;
  refused: Reply[];
  /** How long each answer took, in milliseconds. */
  times: number[];
  finished: Promise<void>;
}

/** People who press every button until the desk says that it has heard, and write down what else it said. */
function press(desk: ScriptProcess, ids: readonly string[], pace: (load: Load) => Promise<void>): Load {
  const load: Load = { acknowledged: new Set(), refused: [], times: [], finished: Promise.resolve() };
  const waiting = ids.values();
  load.finished = Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (const id of waiting) {
        await pace(load);
        for (;;) {
          const asked = performance.now();
          const reply = await dispatchTo(desk.url, id);
          load.times.push(performance.now() - asked);
          if (reply.status < 300) {
            load.acknowledged.add(acknowledgedBy(reply));
            break;
          }
          load.refused.push(reply);
          await pause(50);
        }
      }
    }),
  ).then(() => undefined);
  return load;
}

/** Whoever met the fault was told to come back, and never that the server is broken. */
function expectPoliteRefusals(load: Load): void {
  for (const { status, headers, document } of load.refused) {
    expect(status, JSON.stringify(document)).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.stringify(document)).not.toMatch(/sqlite|ECONN|prisma|select|terminat/i);
  }
}

describe('on SQLite', () => {
  it('another process that holds the write lock for seconds holds nobody else up, and costs no dispatch', async () => {
    world = await openWorld({ engine: 'sqlite' });
    const ids = await world.seed(DISPATCHES);
    const desk = await world.startDesk();
    const file = path.join(world.dataDir, 'headroom.db');
    const holder = await startScript('lock-holder', [file, '1500', '100']);
    cleanups.push(() => holder.kill('SIGKILL'));
    const load = press(desk, ids, async () => {});
    // Reading needs no lock, and the desk's own turn of the event loop must not be spent on waiting for one.
    const reads: number[] = [];
    while (!/held 3/.test(holder.output())) {
      const asked = performance.now();
      expect((await send(desk.url, 'GET', '/api/v1/dispatches')).status).toBe(200);
      reads.push(performance.now() - asked);
      await pause(20);
    }
    await holder.kill('SIGKILL');
    await load.finished;
    // Waiting inside SQLite would make nearly every read as long as the lock is held.
    expect(reads.sort((a, b) => a - b)[Math.floor(reads.length / 2)]).toBeLessThan(1_000);
    expectPoliteRefusals(load);
    expect(Math.max(...load.times)).toBeGreaterThan(1_000);
    await world.settled(30_000);
    await world.expectBooksToBalance(load.acknowledged);
    say(`a held lock: slowest read ${Math.round(Math.max(...reads))} ms, ${load.refused.length} refused`);
  });

  const small = mountSmallDisk();
  it.skipIf(small === null && process.env.CI !== 'true')(
    'a full disk loses nothing that was answered, and room on it is enough to go on',
    async () => {
      if (small === null) throw new Error('A small disk could not be mounted: this needs root on Linux.');
      cleanups.push(small.unmount);
      const dataDir = path.join(small.directory, 'desk');
      await mkdir(dataDir);
      world = await openWorld({ engine: 'sqlite', dataDir });
      const ids = await world.seed(ON_SMALL_DISK);
      const desk = await world.startDesk();
      const ballast = path.join(small.directory, 'ballast');
      // In waves: the disk fills up in the middle of one, and has room again for the next.
      let load = press(desk, ids.slice(0, 20), async () => {});
      await load.finished;
      const acknowledged = load.acknowledged;
      fillUp(ballast);
      load = press(desk, ids.slice(20), async () => {});
      await eventually(() => load.refused.length >= 5, 'the disk to be full', 30_000);
      const heard = load.acknowledged.size;
      expectPoliteRefusals(load);
      expect(JSON.stringify(load.refused.at(-1)?.document)).toContain('disk');
      expect((await send(desk.url, 'GET', '/api/v1/dispatches')).status).toBe(200);
      await rm(ballast);
      await load.finished;
      for (const id of load.acknowledged) acknowledged.add(id);
      expect(acknowledged.size).toBe(ON_SMALL_DISK);
      await world.settled(30_000);
      await world.expectBooksToBalance(acknowledged);
      say(`a full disk: ${load.refused.length} refused, ${heard} acknowledged just before`);
    },
  );
});

describe.skipIf(findPostgres() === null)('on PostgreSQL', () => {
  const restarts = size('RESTARTS', 4, 60);

  it(`a server that restarts ${restarts} times loses nothing that was answered, and the desk goes on by itself`, async () => {
    const server: PostgresServer = await startPostgres();
    const given = process.env.TEST_POSTGRES_URL;
    process.env.TEST_POSTGRES_URL = server.url;
    cleanups.push(async () => {
      process.env.TEST_POSTGRES_URL = given;
      await server.stop();
    });
    await prepareTemplateDatabase(server.url);
    world = await openWorld({ engine: 'postgresql' });
    const random = createRandom(SEED);
    const ids = await world.seed(DISPATCHES);
    const desk = await world.startDesk();
    let done = 0;
    const load = press(desk, ids, async ({ acknowledged }) => {
      while (done < restarts && acknowledged.size > (DISPATCHES * (done + 1)) / (restarts + 1)) await pause(5);
    });
    for (; done < restarts; done += 1) {
      const enough = Math.min((DISPATCHES * (done + 1)) / (restarts + 1), load.acknowledged.size + random.whole(1, 10));
      await eventually(() => load.acknowledged.size >= enough, 'the desk to work', 60_000);
      await server.restart(done % 2 === 0 ? 'SIGKILL' : 'SIGINT');
    }
    await load.finished;
    expect(load.acknowledged.size).toBe(DISPATCHES);
    expectPoliteRefusals(load);
    expect(load.refused.length).toBeGreaterThan(0);
    await eventually(async () => (await send(desk.url, 'GET', '/api/readyz')).status === 200, 'readiness', 10_000);
    await world.settled(60_000);
    await world.expectBooksToBalance(load.acknowledged);
    say(`PostgreSQL restarted ${restarts} times: ${load.refused.length} refused`);
  });
});

interface SmallDisk {
  directory: string;
  unmount(): void;
}

/** A disk of a few megabytes in memory, which only root can mount; null where it cannot be had. */
function mountSmallDisk(): SmallDisk | null {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return null;
  const directory = spawnSync('mktemp', ['-d'], { encoding: 'utf8' }).stdout.trim();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', directory]);
  if (mounted.status !== 0) return null;
  return {
    directory,
    unmount() {
      spawnSync('umount', ['-l', directory]);
      spawnSync('rmdir', [directory]);
    },
  };
}

function fillUp(file: string): void {
  spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=4k']);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
