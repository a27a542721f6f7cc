import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLeases } from '../../lib/db/leases';
import { createNotionOutbox } from '../../lib/db/notion-outbox';
import { createInstances } from '../../lib/instances';
import { createTalk } from '../../lib/notion/talk';
import { NOW } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';

let temporary: TemporaryDatabase;
beforeEach(async () => {
  temporary = await openTemporaryDatabase();
});
afterEach(() => temporary.close());

const log = { info: () => {}, warn: () => {}, error: () => {} };
const instance = (owner: string) =>
  createInstances({ leases: createLeases(temporary.db), owner, isOwnerGone: () => false, log });

describe('of several instances, one talks to Notion', () => {
  it('at a time; within it reading and writing share the turn', async () => {
    const [a, b] = [instance('a'), instance('b')];
    const [here, there] = [createTalk(a), createTalk(b)];
    const pulling = await here.enter(new AbortController().signal);
    const writing = await here.tryEnter();
    expect(writing).not.toBeNull();
    expect(await there.tryEnter()).toBeNull();
    await pulling();
    // Leaving twice is leaving once.
    await pulling();
    expect(await there.tryEnter()).toBeNull();
    await writing?.();
    const other = await there.tryEnter();
    expect(other).not.toBeNull();
    expect(await here.tryEnter()).toBeNull();
    await other?.();
    const waited = here.enter(new AbortController().signal);
    await (await waited)();
    await Promise.all([a.leave(), b.leave()]);
  });

  it('and what one of them has taken, no other takes', async () => {
    const outbox = createNotionOutbox(temporary.db);
    for (let index = 0; index < 40; index += 1) {
      const content = JSON.stringify({ index });
      await outbox.addUnlessThere(
        { kind: 'review', targetId: `r${index}`, accountId: 'acme', digest: String(index), content },
        NOW,
      );
    }
    const claim = (owner: string) => outbox.claim({ kinds: ['review'], owner, ttlMs: 60_000, limit: 7, now: NOW });
    const taken = (await Promise.all(Array.from({ length: 8 }, (_, index) => claim(`owner ${index}`)))).flat();
    expect(taken).toHaveLength(40);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(40);
    const [first] = taken;
    if (!first) throw new Error('nothing was taken');
    // A change that comes while it is told stays to be told.
    await outbox.addUnlessThere({ ...first, digest: 'newer' }, NOW);
    const owner = (await temporary.db.read.notionOutboxItem.findUniqueOrThrow({ where: { id: first.id } })).leaseOwner;
    await outbox.done(first, owner ?? '', { pageId: 'p', url: '', digest: first.digest }, NOW);
    expect(await claim('later')).toEqual([expect.objectContaining({ targetId: first.targetId, digest: 'newer' })]);
    expect(await outbox.record('review', first.targetId)).toMatchObject({ digest: first.digest });
  });
});
