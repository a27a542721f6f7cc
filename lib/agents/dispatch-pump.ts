import type { DispatchLog, EventBus, Log } from '../ports';
import type { Dispatching } from './dispatching';

export interface DispatchPumpOptions {
  dispatchLog: DispatchLog;
  dispatching: Dispatching;
  events: EventBus;
  isOwnerGone: (owner: string) => boolean;
  clock: () => Date;
  log: Log;
}

/** Steps taken side by side: a mailbox that hangs holds up its own dispatches, not the others. */
const CONCURRENCY = 16;
const BATCH = 200;
const LONGEST_SLEEP_MS = 60_000;
/** How soon a database is asked again that could not say what is due. */
const ASK_AGAIN_MS = 2_000;

/**
 * Takes the next step of every unfinished dispatch when its time comes, and after a crash at once. Wakes up by itself;
 * `run` asks for a look now.
 */
export function createDispatchPump({ dispatchLog, dispatching, events, isOwnerGone, clock, log }: DispatchPumpOptions) {
  let timer: NodeJS.Timeout | null = null;
  let wakesAt = Number.POSITIVE_INFINITY;
  let current: Promise<number> | null = null;
  let stopped = false;

  async function takeSteps(): Promise<number> {
    const owners = (await dispatchLog.leaseOwners()).filter(isOwnerGone);
    await dispatchLog.releaseOwners(owners, clock());
    let steps = 0;
    for (;;) {
      const due = await dispatchLog.due(clock(), BATCH);
      if (due.length === 0 || stopped) return steps;
      const waiting = due.values();
      let progressed = 0;
      await Promise.all(
        Array.from({ length: CONCURRENCY }, async () => {
          for (const dispatchId of waiting) {
            if (stopped) return;
            const state = await dispatching.step(dispatchId).catch((error: unknown) => {
              log.error({ dispatchId, err: error }, 'A step of a dispatch failed');
              return null;
            });
            if (state) progressed += 1;
          }
        }),
      );
      steps += progressed;
      // Nothing moved: others hold them, or the database refuses; look again later instead of spinning.
      if (progressed === 0) return steps;
    }
  }

  /** Sets the alarm for the next step, unless one is set for an earlier time: a stream of events must not put it off. */
  async function schedule(): Promise<void> {
    if (stopped) return;
    const next = await dispatchLog.nextDueAt().catch(() => new Date(clock().getTime() + ASK_AGAIN_MS));
    const wait = next === null ? LONGEST_SLEEP_MS : next.getTime() - clock().getTime();
    const delay = Math.min(LONGEST_SLEEP_MS, Math.max(50, wait));
    const at = performance.now() + delay;
    if (stopped || (timer && wakesAt <= at)) return;
    if (timer) clearTimeout(timer);
    wakesAt = at;
    timer = setTimeout(() => {
      timer = null;
      void run();
    }, delay);
    timer.unref();
  }

  function run(): Promise<number> {
    if (stopped) return Promise.resolve(0);
    current ??= takeSteps()
      .catch((error: unknown) => {
        log.error({ err: error }, 'Unfinished dispatches could not be looked at');
        return 0;
      })
      .finally(() => {
        current = null;
        void schedule();
      });
    return current;
  }

  const unsubscribe = events.subscribe((event) => {
    if (event.type !== 'dispatch.changed' || (event.state !== 'retrying' && event.state !== 'uncertain')) return;
    if (!current) void schedule();
  });

  return {
    /** @returns how many steps were taken. */
    run,
    async stop(): Promise<void> {
      stopped = true;
      unsubscribe();
      if (timer) clearTimeout(timer);
      await current;
    },
  };
}

export type DispatchPump = ReturnType<typeof createDispatchPump>;
