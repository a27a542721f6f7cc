import { setImmediate } from 'node:timers/promises';
import type { AccountRange } from '../ports';
import { type AgentContext, checkStopped } from './agent';

/** How long one range may take, in milliseconds; a request that arrives meanwhile waits for a part of it. */
const TARGET_MS = 12;
/** Below this the cost of a transaction outweighs its rows. */
const SMALLEST = 100;
const LARGEST = 1_000;

/**
 * Walks the accounts in ranges, giving the event loop a turn between them, and sizes the next range by how long the
 * last one took: a scan of any size never holds up a page for long.
 */
export async function* pacedRanges(
  next: (after: string, size: number) => Promise<AccountRange | null>,
  context: AgentContext,
): AsyncGenerator<AccountRange> {
  let size = SMALLEST;
  let after = '';
  for (;;) {
    checkStopped(context);
    const started = performance.now();
    const range = await next(after, size);
    if (!range) return;
    yield range;
    after = range.through;
    const took = Math.max(performance.now() - started, 0.1);
    size = Math.round(Math.min(LARGEST, Math.max(SMALLEST, Math.min(size * 2, (size * TARGET_MS) / took))));
    await nextTurn();
  }
}

/** Lets what waits in the event loop go first: between two steps of a long task. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
