import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { ExpansionRangeTask, HealthRangeTask, RangeWork, ScanRules } from './agents/range-work';
import type { ThreadDatabase } from './db/client';
import { releaseThread } from './db/write-lock';
import { AppError, type ErrorCode } from './errors';
import type { AccountRange, Log } from './ports';

/** What a thread is started with. */
export interface ThreadSetup {
  database: ThreadDatabase;
  rules: ScanRules;
  /** Its number, above 1 and its own. */
  thread: number;
}

/** What a thread is asked, one call after the other; `stop` ends the work on the history. */
export type ThreadCall =
  | { kind: 'history' }
  | { kind: 'health'; range: AccountRange; task: HealthRangeTask }
  | { kind: 'expansion'; range: AccountRange; task: ExpansionRangeTask }
  | { kind: 'stop' };

export type ThreadAnswer =
  | { ok: true; value: unknown }
  | { ok: false; code: ErrorCode; message: string; stack: string };

export interface ScanThreadsOptions {
  database: ThreadDatabase;
  rules: ScanRules;
  /** Starts the thread that runs `scan-thread.ts`. */
  spawn: (setup: ThreadSetup) => Worker;
  /** Whether people ask for pages just now; nobody does unless given. */
  attended?: () => boolean;
  log: Log;
}

export interface ScanThreads extends RangeWork {
  stop(): Promise<void>;
}

/** Two: while one writes, the other one reads and computes. SQLite has no use for more. */
const LANES = Math.min(2, availableParallelism());
/** Whether two threads that scan leave no processor to the one that answers requests. */
const SCARCE = availableParallelism() <= LANES;
/** How long a thread without work is kept, in milliseconds: a scan is followed by an expansion check. */
const KEEP_MS = 2_000;

/** Scans on threads beside the one that answers requests, each with a connection of its own, started when needed. */
export function createScanThreads({
  database,
  rules,
  spawn,
  attended = () => false,
  log,
}: ScanThreadsOptions): ScanThreads {
  const idle: ScanThread[] = [];
  const all = new Set<ScanThread>();
  let started = 0;

  function start(): ScanThread {
    started += 1;
    const number = started + 1;
    const thread = createScanThread(spawn({ database, rules, thread: number }), () => {
      all.delete(thread);
      retire(thread);
      releaseThread(database.lock, number);
      log.info({ thread: number }, 'A scan thread ended');
    });
    all.add(thread);
    return thread;
  }

  /** Ready for the next call, for a while. */
  function rest(thread: ScanThread): void {
    idle.push(thread);
    thread.whenIdle(KEEP_MS, () => {
      // Not after its end: a call must not meet a thread that is on its way out.
      retire(thread);
      void thread.end();
    });
  }

  function retire(thread: ScanThread): void {
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
  }

  async function call(work: Exclude<ThreadCall, { kind: 'stop' }>, signal?: AbortSignal): Promise<unknown> {
    const thread = idle.pop() ?? start();
    try {
      return await thread.call(work, signal);
    } finally {
      if (all.has(thread)) rest(thread);
    }
  }

  return {
    lanes: LANES,
    attended: () => SCARCE && attended(),
    history(signal) {
      // Every scan begins here, and needs all of them right afterwards: they start side by side.
      while (all.size < LANES) rest(start());
      return call({ kind: 'history' }, signal) as ReturnType<RangeWork['history']>;
    },
    health: (range, task) => call({ kind: 'health', range, task }) as ReturnType<RangeWork['health']>,
    expansion: (range, task) => call({ kind: 'expansion', range, task }) as ReturnType<RangeWork['expansion']>,
    async stop() {
      await Promise.all([...all].map((thread) => thread.end()));
    },
  };
}

type ScanThread = ReturnType<typeof createScanThread>;

/** One thread with at most one call under way. A thread that dies fails its call and is not used again. */
function createScanThread(worker: Worker, onExit: () => void) {
  let waiting: { resolve(value: unknown): void; reject(error: unknown): void } | null = null;
  let timer: NodeJS.Timeout | null = null;
  const settle = (how: (call: NonNullable<typeof waiting>) => void) => {
    const call = waiting;
    waiting = null;
    if (call) how(call);
  };
  worker.on('message', (answer: ThreadAnswer) =>
    settle((call) => (answer.ok ? call.resolve(answer.value) : call.reject(toError(answer)))),
  );
  worker.on('error', (error) => settle((call) => call.reject(error)));
  worker.on('exit', () => {
    onExit();
    settle((call) =>
      call.reject(new AppError('unavailable', 'The thread that scanned has ended.', { retryable: true })),
    );
  });
  return {
    async call(work: ThreadCall, signal?: AbortSignal): Promise<unknown> {
      if (timer) clearTimeout(timer);
      const stop = () => worker.postMessage({ kind: 'stop' } satisfies ThreadCall);
      signal?.addEventListener('abort', stop, { once: true });
      try {
        return await new Promise((resolve, reject) => {
          waiting = { resolve, reject };
          worker.postMessage(work);
        });
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    },
    whenIdle(afterMs: number, then: () => void): void {
      timer = setTimeout(then, afterMs);
      timer.unref();
    },
    async end(): Promise<void> {
      if (timer) clearTimeout(timer);
      await worker.terminate();
    },
  };
}

function toError({ code, message, stack }: ThreadAnswer & { ok: false }): Error {
  const error = code === 'internal' ? new Error(message) : new AppError(code, message);
  error.stack = stack;
  return error;
}
