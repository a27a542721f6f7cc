import { afterEach, describe, expect, it } from 'vitest';
import { acknowledgedBy, dispatchTo, ENGINES, openWorld, SEED, say, type World } from '../helpers/fault-world';
import { createRandom } from '../helpers/random';

const OPPORTUNITIES = 100;

let world: World;
afterEach(() => world.close());

describe.each(ENGINES)('200 clicks at once on two instances, on %s', (engine) => {
  it('make 100 drafts of 100 opportunities, and nobody sees an error', async () => {
    // Nobody is out of time here, however busy the machine is.
    world = await openWorld({ engine, providerTimeoutMs: 20_000 });
    const random = createRandom(SEED);
    const ids = await world.seed(OPPORTUNITIES);
    const desks = await Promise.all([world.startDesk(), world.startDesk()]);
    // Everybody clicks everything twice: both on one instance, or one on each.
    const clicks = ids
      .flatMap((id) => [0, 1].map(() => ({ id, desk: random.pick([desks[0], desks[1]]), order: random() })))
      .sort((a, b) => a.order - b.order);
    const replies = await Promise.all(clicks.map(({ id, desk }) => dispatchTo(desk.url, id)));
    const statuses = replies.map((reply) => reply.status);
    expect(statuses.filter((status) => status >= 300)).toEqual([]);
    expect(statuses.filter((status) => status === 201)).toHaveLength(OPPORTUNITIES);
    await world.settled(30_000);
    expect(world.provider.ledger()).toHaveLength(OPPORTUNITIES);
    await world.expectBooksToBalance(new Set(replies.map(acknowledgedBy)));
    expect(new Set(replies.map(acknowledgedBy)).size).toBe(OPPORTUNITIES);
    say(`${engine}: ${clicks.length} clicks`);
  });
});
