/** How long after a request the next one of somebody who reads is to be expected, in milliseconds. */
const RECENT_MS = 250;

/** Knows when somebody last asked for something, so that work in the background can leave them the processor. */
export function createAttention(now: () => number = () => performance.now()) {
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    asked(): void {
      askedAt = now();
    },
    isRecent: (): boolean => now() - askedAt < RECENT_MS,
  };
}
