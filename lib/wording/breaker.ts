/** Keeps a desk from waiting again and again for a model that does not answer. */
export interface Breaker {
  /** Whether the model may be asked now; while it is tried again after a pause, by one caller alone. */
  mayAsk(now: Date): boolean;
  succeeded(): void;
  failed(now: Date): void;
  /** A caller that was let in and found nothing out about the model. */
  passed(): void;
  /** Until when nobody asks; null while all is well. */
  openUntil(now: Date): Date | null;
}

/** Failures in a row after which the model is left alone. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

/** After five failures in a row the model has a minute to recover, then one call tries; each further failure doubles the pause. */
export function createBreaker(): Breaker {
  let failures = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let until: number | null = null;
  let trying = false;
  return {
    mayAsk(now) {
      if (until === null) return true;
      if (now.getTime() < until || trying) return false;
      trying = true;
      return true;
    },
    succeeded() {
      failures = 0;
      pauseMs = FIRST_PAUSE_MS;
      until = null;
      trying = false;
    },
    failed(now) {
      failures += 1;
      trying = false;
      if (failures < FAILURES) return;
      until = now.getTime() + pauseMs;
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    },
    passed() {
      trying = false;
    },
    openUntil: (now) => (until !== null && (now.getTime() < until || trying) ? new Date(until) : null),
  };
}
