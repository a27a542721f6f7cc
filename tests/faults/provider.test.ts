import { afterEach, describe, expect, it } from 'vitest';
import {
  acknowledgedBy,
  dispatchTo,
  ENGINES,
  eachOf,
  HAS_POSTGRES,
  LONG,
  openWorld,
  SEED,
  say,
  size,
  type World,
} from '../helpers/fault-world';
import type { ProviderBehaviour } from '../helpers/provider-process';

const DISPATCHES = size('PROVIDER_DISPATCHES', 60, 2_000);
/** The search lags up to 30 s, and the quarantine is as much longer; the short form has both scaled down. */
const LAG_MS = size('LAG_MS', 400, 30_000);
const ALLOWED_LAG_MS = LAG_MS * 1.25;
const SETTLED_MS = LONG ? 1_800_000 : 150_000;
const TIMEOUT_MS = LONG ? 2_000 : 400;

/** Every way to fail at 10 %, half of it before and half of it after the draft was stored where that can be. */
const EVERYTHING_FAILS: ProviderBehaviour = {
  seed: SEED,
  faults: {
    create: {
      ...{ too_many: 0.1, error: 0.05, store_then_error: 0.05, reset: 0.05, store_then_reset: 0.05, half: 0.1 },
      ...{ store_then_hang: 0.1, late: 0.05, hang: 0.05 },
    },
    search: { too_many: 0.1, error: 0.1, reset: 0.1, half: 0.1, hang: 0.1 },
  },
  searchLagMs: [0, LAG_MS],
  lateMs: TIMEOUT_MS * 0.8,
};

let world: World;
afterEach(() => world.close());

/** Every opportunity once, as a person does who presses one button after the other. */
async function dispatchAll(ids: readonly string[]): Promise<Set<string>> {
  const desk = await world.startDesk();
  const acknowledged = new Set<string>();
  await eachOf(ids, 16, async (id) => {
    const reply = await dispatchTo(desk.url, id);
    expect(reply.status, JSON.stringify(reply.document)).toBeLessThan(300);
    acknowledged.add(acknowledgedBy(reply));
  });
  return acknowledged;
}

describe.runIf(HAS_POSTGRES)('two instances whose clocks are ten minutes apart, on postgresql', () => {
  it('wait out each other’s quarantines, and leave one draft of each', async () => {
    world = await openWorld({
      engine: 'postgresql',
      behaviour: {
        seed: SEED,
        faults: { create: { store_then_reset: 0.4, half: 0.2, reset: 0.1 } },
        searchLagMs: [LAG_MS * 0.75, LAG_MS],
        lateMs: 0,
      },
      providerTimeoutMs: TIMEOUT_MS,
      searchLagMs: ALLOWED_LAG_MS,
      // Each looks every second for what the other one has left.
      env: { HEADROOM_RESUME_CRON: '* * * * * *' },
    });
    const ids = await world.seed(DISPATCHES);
    const desks = await Promise.all(
      [-5, 5].map((minutes) => world.startDesk({ TEST_CLOCK_SKEW_MS: String(minutes * 60_000) })),
    );
    const acknowledged = new Set<string>();
    await eachOf([...ids.entries()], 16, async ([index, id]) => {
      const reply = await dispatchTo(desks[index % 2]?.url ?? '', id);
      expect(reply.status, JSON.stringify(reply.document)).toBeLessThan(300);
      acknowledged.add(acknowledgedBy(reply));
    });
    await world.settled(SETTLED_MS);
    expect(world.provider.ledger()).toHaveLength(DISPATCHES);
    await world.expectBooksToBalance(acknowledged);
  });
});

describe.each(ENGINES)('a provider that fails in every way, on %s', (engine) => {
  it(`takes in one draft for each of ${DISPATCHES} dispatches all the same`, async () => {
    world = await openWorld({
      engine,
      behaviour: EVERYTHING_FAILS,
      providerTimeoutMs: TIMEOUT_MS,
      searchLagMs: ALLOWED_LAG_MS,
    });
    const acknowledged = await dispatchAll(await world.seed(DISPATCHES));
    await world.settled(SETTLED_MS);
    expect(world.provider.ledger()).toHaveLength(DISPATCHES);
    await world.expectBooksToBalance(acknowledged);
    const events = await world.db.read.timelineEvent.groupBy({ by: ['kind'], _count: true });
    const counts = Object.fromEntries(events.map(({ kind, _count }) => [kind, _count]));
    expect(counts.uncertain).toBeGreaterThan(0);
    expect(counts.retrying).toBeGreaterThan(0);
    say(`${engine}: ${counts.uncertain} outcomes unknown, ${counts.retrying} retries`);
  });

  it('and whose search lags beyond the quarantine leaves it to a person, and never takes in a second draft', async () => {
    world = await openWorld({
      engine,
      behaviour: {
        seed: SEED,
        faults: { create: { store_then_reset: 0.2, store_then_hang: 0.1, reset: 0.1 } },
        searchLagMs: [600_000, 600_000],
        lateMs: 0,
      },
      providerTimeoutMs: TIMEOUT_MS,
      searchLagMs: 300,
    });
    const acknowledged = await dispatchAll(await world.seed(DISPATCHES));
    await world.settled(SETTLED_MS, ['drafted', 'needs_person']);
    const stuck = await world.db.read.dispatch.findMany({ where: { state: { not: 'drafted' } } });
    expect(stuck.length).toBeGreaterThan(0);
    for (const { state, errorCode, nextAttemptAt } of stuck) {
      expect({ state, errorCode, nextAttemptAt }).toEqual({
        state: 'uncertain',
        errorCode: 'needs_person',
        nextAttemptAt: null,
      });
    }
    const taken = new Set(world.provider.ledger().map((draft) => draft.messageId));
    expect(stuck.filter((dispatch) => taken.has(dispatch.messageId)).length).toBeGreaterThan(0);
    await world.expectBooksToBalance(acknowledged);
    say(`${engine}: a search too far behind left ${stuck.length} to a person`);
  });
});
