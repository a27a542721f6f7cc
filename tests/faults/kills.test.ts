import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually';
import type { ScriptProcess } from '../helpers/fault-scripts';
import {
  acknowledgedBy,
  dispatchTo,
  ENGINES,
  LONG,
  openWorld,
  SEED,
  say,
  size,
  type World,
} from '../helpers/fault-world';
import { createRandom } from '../helpers/random';

const DISPATCHES = size('DISPATCHES', 60, 10_000);
const KILLS = size('KILLS', 3, 1_000);
const CLIENTS = 8;

let world: World;
afterEach(() => world.close());

describe.each(ENGINES)('kill -9 at any moment, on %s', (engine) => {
  it(`leaves ${DISPATCHES} drafts of ${DISPATCHES} dispatches after ${KILLS} kills`, async () => {
    world = await openWorld({ engine });
    const random = createRandom(SEED);
    const ids = await world.seed(DISPATCHES);
    const acknowledged = new Set<string>();
    let desk: ScriptProcess | null = await world.startDesk();
    let issued = 0;
    // The clients keep to the pace of the kills, so that each life of the desk meets work in every stage.
    let allowed = 0;

    async function client(): Promise<void> {
      for (;;) {
        const index = issued;
        if (index >= ids.length) return;
        if (index >= allowed) {
          await pause(2);
          continue;
        }
        issued += 1;
        for (;;) {
          const url = desk?.url;
          const reply = url === undefined ? null : await dispatchTo(url, ids[index]).catch(() => null);
          if (reply && reply.status < 500) {
            expect([200, 201, 202], JSON.stringify(reply.document)).toContain(reply.status);
            acknowledged.add(acknowledgedBy(reply));
            break;
          }
          await pause(20);
        }
      }
    }

    async function executioner(): Promise<void> {
      for (let kill = 0; kill < KILLS; kill += 1) {
        allowed = Math.ceil((DISPATCHES * (kill + 1)) / (KILLS + 1));
        const enough = Math.min(acknowledged.size + random.whole(0, 10), allowed - CLIENTS);
        await eventually(() => acknowledged.size >= enough, 'the load', 60_000);
        await pause(random.whole(0, 15));
        const victim = desk;
        desk = null;
        await victim?.kill('SIGKILL');
        desk = await world.startDesk();
      }
      allowed = ids.length;
    }

    await Promise.all([...Array.from({ length: CLIENTS }, client), executioner()]);
    expect(acknowledged.size).toBe(DISPATCHES);
    await world.settled(LONG ? 600_000 : 60_000);
    expect(world.provider.ledger()).toHaveLength(DISPATCHES);
    await world.expectBooksToBalance(acknowledged);
    const cut = await world.db.read.timelineEvent.count({ where: { kind: 'uncertain' } });
    expect(cut).toBeGreaterThan(0);
    say(`${engine}: ${KILLS} kills, ${cut} attempts cut in the middle`);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
