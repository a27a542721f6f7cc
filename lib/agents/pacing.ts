import { setImmediate } from 'node:timers/promises';
import type { AccountRange } from '../ports';
import { type AgentContext, checkStopped } from './agent';

/** How long one range may take in the caller's own thread, in milliseconds; a request that arrives meanwhile waits. */
const TARGET_MS = 12;
/** Below this the cost of a transaction outweighs its rows. */
const SMALLEST = 100;
const LARGEST = 1_000;

export interface RangeWalk {
  next(after: string, size: number): Promise<AccountRange | null>;
  /** Ranges worked on at a time. */
  lanes: number;
}

/**
 * Walks the accounts by id in ranges and has each worked on once. In the caller's own thread (one lane) the event loop
 * gets a turn between two ranges and the next range is sized by how long the last one took, so that a scan of any size
 * never holds up a page for long; beside it, ranges are as large as the database likes them.
 * @throws what `work` throws first, once no lane works any more.
 */
export async function eachRange(
  { next, lanes }: RangeWalk,
  context: AgentContext,
  work: (range: AccountRange) => Promise<void>,
): Promise<void> {
  let size = lanes === 1 ? SMALLEST : LARGEST;
  let after = '';
  let failed = false;
  let turn: Promise<unknown> = Promise.resolve();
  // One lane asks at a time: each range starts where the one before ends.
  const take = (): Promise<AccountRange | null> => {
    const range = turn.then(async () => {
      const taken = await next(after, size);
      if (taken) after = taken.through;
      return taken;
    });
    turn = range.catch(() => null);
    return range;
  };
  const lane = async () => {
    for (;;) {
      checkStopped(context.signal);
      const started = performance.now();
      const range = failed ? null : await take();
      if (!range) return;
      await work(range);
      if (lanes > 1) continue;
      const took = Math.max(performance.now() - started, 0.1);
      size = Math.round(Math.min(LARGEST, Math.max(SMALLEST, Math.min(size * 2, (size * TARGET_MS) / took))));
      await nextTurn();
    }
  };
  const results = await Promise.allSettled(
    Array.from({ length: lanes }, () =>
      lane().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Lets what waits in the event loop go first: between two steps of a long task. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
