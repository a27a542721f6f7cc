/** https://developers.notion.com/reference/request-limits: three requests a second on average, some more at once. */
const PER_SECOND = 3;
const AT_ONCE = 3;

export type RequestKind = 'read' | 'write';

export interface RequestGateOptions {
  /** Milliseconds of a clock that never jumps. */
  now?: () => number;
  /** @returns what cancels it. */
  later?: (ms: number, work: () => void) => () => void;
  perSecond?: number;
}

/** The one way out to Notion that everything in this process shares. */
export interface RequestGate {
  /** Waits until one request may leave; whoever reads goes first. @throws the signal's reason. */
  pass(kind: RequestKind, signal: AbortSignal): Promise<void>;
  /** Notion said to wait: nothing leaves for so long. */
  pause(seconds: number): void;
  /** How many wait, by kind. */
  waiting(): Record<RequestKind, number>;
}

interface Waiter {
  go(): void;
}

/**
 * Spaces requests so that no second has more than the limit on average: each one that leaves moves the time of the next,
 * and time that nobody used lets a few go at once.
 */
export function createRequestGate(options: RequestGateOptions = {}): RequestGate {
  const { now = () => performance.now(), later = inTime, perSecond = PER_SECOND } = options;
  const gapMs = 1_000 / perSecond;
  const queues: Record<RequestKind, Waiter[]> = { read: [], write: [] };
  /** When the next request would leave if all before had been evenly spaced. */
  let nextAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let cancelTimer: (() => void) | null = null;

  function opensAt(): number {
    return Math.max(nextAt - (AT_ONCE - 1) * gapMs, pausedUntil);
  }

  function release(): void {
    cancelTimer?.();
    cancelTimer = null;
    for (;;) {
      const queue = queues.read.length > 0 ? queues.read : queues.write;
      const [first] = queue;
      if (!first) return;
      const wait = opensAt() - now();
      if (wait > 0) {
        cancelTimer = later(wait, release);
        return;
      }
      queue.shift();
      nextAt = Math.max(nextAt, now()) + gapMs;
      first.go();
    }
  }

  return {
    pass(kind, signal) {
      return new Promise<void>((fulfil, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const onAbort = () => {
          queues[kind] = queues[kind].filter((other) => other !== waiter);
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          go() {
            signal.removeEventListener('abort', onAbort);
            fulfil();
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        queues[kind].push(waiter);
        release();
      });
    },
    pause(seconds) {
      pausedUntil = Math.max(pausedUntil, now() + seconds * 1_000);
      release();
    },
    waiting: () => ({ read: queues.read.length, write: queues.write.length }),
  };
}

function inTime(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}
