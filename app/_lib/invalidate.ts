import type { QueryClient } from '@tanstack/react-query';
import type { KeyRoot } from './query-keys';

const THROTTLE_MS = 500;
/** One deed is several events and the answer to the mutation, a few milliseconds apart: they make one refetch. */
const GATHER_MS = 60;

interface Pace {
  busy: Set<KeyRoot>;
  again: Set<KeyRoot>;
}

const paces = new WeakMap<QueryClient, Pace>();

/**
 * Marks queries as outdated and refetches those on the screen: at most once a root at a time and per half second. What
 * comes meanwhile, from the event stream or from a mutation, is made up for by one refetch more.
 */
export function invalidateSoon(queryClient: QueryClient, roots: readonly KeyRoot[]): void {
  const pace = paceOf(queryClient);
  for (const root of roots) {
    if (pace.busy.has(root)) pace.again.add(root);
    else void run(queryClient, pace, root);
  }
}

async function run(queryClient: QueryClient, pace: Pace, root: KeyRoot): Promise<void> {
  pace.busy.add(root);
  await delay(GATHER_MS);
  pace.again.delete(root);
  await Promise.all([queryClient.invalidateQueries({ queryKey: [root] }).catch(() => undefined), delay(THROTTLE_MS)]);
  pace.busy.delete(root);
  if (pace.again.delete(root)) await run(queryClient, pace, root);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function paceOf(queryClient: QueryClient): Pace {
  const known = paces.get(queryClient);
  if (known !== undefined) return known;
  const pace: Pace = { busy: new Set(), again: new Set() };
  paces.set(queryClient, pace);
  return pace;
}
