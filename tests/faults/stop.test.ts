import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually';
import {
  acknowledgedBy,
  dispatchTo,
  ENGINES,
  eachOf,
  LONG,
  openWorld,
  SEED,
  say,
  size,
  type World,
} from '../helpers/fault-world';
import { WELL_BEHAVED } from '../helpers/provider-process';

const DISPATCHES = size('STOP_DISPATCHES', 100, 2_000);
/** What the design promises, not a measure. */
const STOP_WITHIN_MS = 10_000;
const RESUME_WITHIN_MS = LONG ? 5_000 : 30_000;

let world: World;
afterEach(() => world.close());

describe.each(ENGINES)('an end in the middle of the work, on %s', (engine) => {
  it('by SIGTERM is over in time and leaves no lease, though the mailbox hangs; what was answered goes on', async () => {
    world = await openWorld({
      engine,
      behaviour: { ...WELL_BEHAVED, seed: SEED, faults: { create: { hang: 0.1, store_then_hang: 0.1 } } },
      // Longer than a stop may take: what hangs is released, not waited for.
      providerTimeoutMs: 20_000,
      searchLagMs: 500,
    });
    const ids = await world.seed(DISPATCHES);
    const desk = await world.startDesk();
    const acknowledged = new Set<string>();
    let stopped = false;
    const load = eachOf(ids, 24, async (id) => {
      if (stopped) return;
      const reply = await dispatchTo(desk.url, id).catch(() => null);
      if (reply === null) return;
      expect([200, 201, 202, 503], JSON.stringify(reply.document)).toContain(reply.status);
      if (reply.status === 503) expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
      else acknowledged.add(acknowledgedBy(reply));
    });
    await eventually(() => acknowledged.size >= 20, 'the load', 30_000);
    const asked = performance.now();
    const code = await desk.kill('SIGTERM');
    const took = performance.now() - asked;
    stopped = true;
    await load;
    expect(code, desk.output()).toBe(0);
    expect(took).toBeLessThan(STOP_WITHIN_MS);
    expect(await world.db.read.dispatch.count({ where: { leaseUntil: { gt: new Date() } } })).toBe(0);
    await world.expectBooksToBalance(acknowledged);

    // The next start takes up what was released; the provider is well again.
    await world.provider.behave(WELL_BEHAVED);
    await world.startDesk({ TEST_PROVIDER_TIMEOUT_MS: '500' });
    await world.settled(60_000);
    await world.expectBooksToBalance(acknowledged);
    say(`${engine}: stopped in ${Math.round(took)} ms with ${acknowledged.size} answered`);
  });

  it('by kill -9 is made up for within seconds of the next start', async () => {
    world = await openWorld({
      engine,
      behaviour: { ...WELL_BEHAVED, faults: { create: { too_many: 1 } } },
      env: { HEADROOM_DISPATCH_BACKOFF_MS: '200', HEADROOM_DISPATCH_MAX_ATTEMPTS: '20' },
    });
    const ids = await world.seed(DISPATCHES / 2);
    const desk = await world.startDesk();
    const acknowledged = new Set<string>();
    await eachOf(ids, 16, async (id) => {
      acknowledged.add(acknowledgedBy(await dispatchTo(desk.url, id)));
    });
    await desk.kill('SIGKILL');
    await world.provider.behave(WELL_BEHAVED);
    const waiting = await world.db.read.dispatch.aggregate({ _min: { nextAttemptAt: true } });
    await world.startDesk();
    // The first of them may wait for its time still. Nothing was made by a provider that said 429: there is no doubt about
    // any of them, even if cut in the middle.
    const due = Math.max(Date.now(), waiting._min.nextAttemptAt?.getTime() ?? 0);
    await eventually(() => world.provider.ledger().length > 0, 'the first draft', 30_000);
    const resumed = Date.now() - due;
    expect(resumed).toBeLessThan(RESUME_WITHIN_MS);
    await world.settled(30_000);
    const took = Date.now() - due;
    await world.expectBooksToBalance(acknowledged);
    say(`${engine}: resumed after ${resumed} ms; all ${ids.length} drafted after ${took} ms`);
  });
});
