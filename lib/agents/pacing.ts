import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import { breathe } from '../breathe';
import type { AccountRange } from '../ports';
import { type AgentContext, checkStopped } from './agent';

/** How long one range may take in the caller's own thread, in milliseconds; a request that arrives meanwhile waits. */
const TARGET_MS = 12;
/** Below this the cost of a transaction outweighs its rows. */
const SMALLEST = 100;
const LARGEST = 1_000;
/** How often a lane that gives way looks again. */
const GIVE_WAY_MS = 25;

/** Work that may be done in several lanes beside each other. */
export interface Lanes {
  lanes: number;
  /** Whether somebody needs the processor just now that lanes beside the first would take; without it, nobody does. */
  attended?(): boolean;
}

export interface RangeWalk extends Lanes {
  next(after: string, size: number): Promise<AccountRange | null>;
}

/**
 * Walks the accounts by id in ranges and has each worked on once. In the caller's own thread (one lane) the event loop
 * is left to others between two ranges and the next range is sized by how long the last one took, so that a scan of any size
 * never holds up a page for long; beside it, ranges are as large as the database likes them.
 * @throws what `work` throws first, once no lane works any more.
 */
export async function eachRange(
  walk: RangeWalk,
  context: AgentContext,
  work: (range: AccountRange) => Promise<void>,
): Promise<void> {
  let size = walk.lanes === 1 ? SMALLEST : LARGEST;
  let after = '';
  let turn: Promise<unknown> = Promise.resolve();
  // One lane asks at a time: each range starts where the one before ends.
  const take = (): Promise<AccountRange | null> => {
    const range = turn.then(async () => {
      const taken = await walk.next(after, size);
      if (taken) after = taken.through;
      return taken;
    });
    turn = range.catch(() => null);
    return range;
  };
  await inLanes(walk, async () => {
    checkStopped(context.signal);
    const started = performance.now();
    const range = await take();
    if (!range) return false;
    await work(range);
    if (walk.lanes > 1) return true;
    const took = Math.max(performance.now() - started, 0.1);
    size = Math.round(Math.min(LARGEST, Math.max(SMALLEST, Math.min(size * 2, (size * TARGET_MS) / took))));
    await breathe();
    return true;
  });
}

/**
 * Takes steps in each lane until one finds nothing left to do. The first lane always goes on; the others give way while
 * somebody needs the processor.
 * @param step does a part of the work. @returns whether there was one.
 * @throws what a step throws first, once no lane works any more.
 */
export async function inLanes({ lanes, attended }: Lanes, step: () => Promise<boolean>): Promise<void> {
  let over = false;
  const lane = async (first: boolean) => {
    while (!over) {
      if (!first && attended?.()) await pause(GIVE_WAY_MS);
      else if (!(await step())) over = true;
    }
  };
  const results = await Promise.allSettled(
    Array.from({ length: lanes }, (_, index) =>
      lane(index === 0).catch((error: unknown) => {
        over = true;
        throw error;
      }),
    ),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Lets what waits in the event loop go first: within a step that may also be taken on a thread of its own. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
