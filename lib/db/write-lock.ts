/** Cells of the shared memory. */
const HOLDER = 0;
const URGENT = 1;
/** One bit for each thread that waits. */
const WAITING = 2;
/** Counts the turns of the threads. */
const TURNS = 3;
const CELLS = 4;
/** A holder that died without letting go is noticed after this long at the latest, in milliseconds. */
const RECHECK_MS = 1_000;
/** How long the main thread holds back for a waiting thread to take its turn, in milliseconds. */
const YIELD_MS = 20;
/** How long after its last turn a thread counts as at work, in milliseconds: it copies the journal before it rests. */
const AT_WORK_MS = 1_000;

const FREE = 0;
const MAIN = 1;

/**
 * The turn to write to a SQLite file, within this process: of the main thread and of the threads that scan. SQLite
 * itself makes whoever comes second sleep and try again, which would hold up the main thread's event loop; other
 * processes still meet there. The main thread goes before any other: a person waits for what it writes. Twice in a row
 * it goes only where no thread waits.
 */
export interface WriteLock {
  /** Waits for the turn. @returns what gives it back. */
  acquire(): Promise<() => void>;
  /** Whether threads are at work beside the holder: one of them had a turn a moment ago. */
  threadsAtWork(): boolean;
}

/** Memory for {@link createThreadLock}; one for a database file. */
export function createLockMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT);
}

/** For the main thread: first come, first served among its own. */
export function createMainLock(memory: SharedArrayBuffer): WriteLock {
  const cells = new Int32Array(memory);
  let last: Promise<void> = Promise.resolve();
  let turns = -1;
  let threadSeenAt = Number.NEGATIVE_INFINITY;
  return {
    threadsAtWork: () => performance.now() - threadSeenAt < AT_WORK_MS,
    async acquire() {
      const previous = last;
      let next = () => {};
      last = new Promise<void>((resolve) => {
        next = resolve;
      });
      await previous;
      if (turns === Atomics.load(cells, TURNS) && Atomics.load(cells, WAITING) !== 0) {
        const wait = Atomics.waitAsync(cells, TURNS, turns, YIELD_MS);
        if (wait.async) await wait.value;
      }
      if (Atomics.compareExchange(cells, HOLDER, FREE, MAIN) !== FREE) await waitAsMain(cells);
      const before = turns;
      turns = Atomics.load(cells, TURNS);
      if (before !== -1 && before !== turns) threadSeenAt = performance.now();
      return () => {
        free(cells);
        next();
      };
    },
  };
}

/** For a thread that may block. `thread` is its number, above 1 and its own. */
export function createThreadLock(memory: SharedArrayBuffer, thread: number): WriteLock {
  const cells = new Int32Array(memory);
  return {
    // It is one of them, and leaves nothing to others.
    threadsAtWork: () => false,
    async acquire() {
      Atomics.or(cells, WAITING, bitOf(thread));
      for (;;) {
        const urgent = Atomics.load(cells, URGENT);
        if (urgent > 0) {
          Atomics.wait(cells, URGENT, urgent, RECHECK_MS);
          continue;
        }
        const holder = Atomics.compareExchange(cells, HOLDER, FREE, thread);
        if (holder === FREE) break;
        Atomics.wait(cells, HOLDER, holder, RECHECK_MS);
      }
      Atomics.and(cells, WAITING, ~bitOf(thread));
      Atomics.add(cells, TURNS, 1);
      Atomics.notify(cells, TURNS);
      return () => free(cells);
    },
  };
}

/** Gives back the turn of a thread that is gone. SQLite has undone what it had not committed. */
export function releaseThread(memory: SharedArrayBuffer, thread: number): void {
  const cells = new Int32Array(memory);
  Atomics.and(cells, WAITING, ~bitOf(thread));
  if (Atomics.compareExchange(cells, HOLDER, thread, FREE) === thread) Atomics.notify(cells, HOLDER);
}

/** Few threads live at a time: two that share a bit cost the main thread at most one wait of YIELD_MS. */
function bitOf(thread: number): number {
  return 1 << (thread % 31);
}

async function waitAsMain(cells: Int32Array): Promise<void> {
  Atomics.add(cells, URGENT, 1);
  for (;;) {
    const holder = Atomics.compareExchange(cells, HOLDER, FREE, MAIN);
    if (holder === FREE) break;
    const wait = Atomics.waitAsync(cells, HOLDER, holder, RECHECK_MS);
    if (wait.async) await wait.value;
  }
  Atomics.sub(cells, URGENT, 1);
  Atomics.notify(cells, URGENT);
}

function free(cells: Int32Array): void {
  Atomics.store(cells, HOLDER, FREE);
  Atomics.notify(cells, HOLDER);
}
