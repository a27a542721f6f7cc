import type { DispatchLog, EventBus, Log, Mailboxes } from '../ports';
import type { Dispatching } from './dispatching';

export interface DispatchPumpOptions {
  dispatchLog: DispatchLog;
  dispatching: Dispatching;
  mailboxes: Mailboxes;
  events: EventBus;
  isOwnerGone: (owner: string) => boolean;
  clock: () => Date;
  log: Log;
}

/** Steps taken side by side, of which each mailbox has its own few: one that hangs holds up its own dispatches alone. */
const CONCURRENCY = 64;
const BATCH = 200;
const LONGEST_SLEEP_MS = 60_000;
/** How soon the log is looked at again while steps are under way that may take long. */
const LOOK_AGAIN_MS = 1_000;
/** The mailbox of dispatches from before mailboxes could be connected. */
const LOCAL = 'eml';
/** How soon a database is asked again that could not say what is due. */
const ASK_AGAIN_MS = 2_000;

/**
 * Takes the next step of every unfinished dispatch when its time comes, and after a crash at once. Wakes up by itself;
 * `run` asks for a look now.
 */
export function createDispatchPump(options: DispatchPumpOptions) {
  const { dispatchLog, dispatching, mailboxes, events, isOwnerGone, clock, log } = options;
  let timer: NodeJS.Timeout | null = null;
  let wakesAt = Number.POSITIVE_INFINITY;
  let current: Promise<number> | null = null;
  let stopped = false;
  let wake = () => {};

  async function takeSteps(): Promise<number> {
    const owners = (await dispatchLog.leaseOwners()).filter(isOwnerGone);
    await dispatchLog.releaseOwners(owners, clock());
    const underWay = new Map<string, Promise<void>>();
    const perMailbox = new Map<string, number>();
    // Others hold them, or the database refuses: looked at again by the next run, or this one would spin.
    const unmoved = new Set<string>();
    let steps = 0;
    // People's own clicks take places too.
    const isFull = (mailbox: string) =>
      mailboxes.free(mailbox) <= 0 || (perMailbox.get(mailbox) ?? 0) >= mailboxes.atOnce(mailbox);

    function begin(dispatchId: string, mailbox: string): void {
      perMailbox.set(mailbox, (perMailbox.get(mailbox) ?? 0) + 1);
      const taken = dispatching
        .step(dispatchId)
        .catch((error: unknown) => {
          log.error({ dispatchId, err: error }, 'A step of a dispatch failed');
          return null;
        })
        .then((state) => {
          if (state) steps += 1;
          else unmoved.add(dispatchId);
          underWay.delete(dispatchId);
          perMailbox.set(mailbox, (perMailbox.get(mailbox) ?? 1) - 1);
        });
      underWay.set(dispatchId, taken);
    }

    for (;;) {
      const full = [...perMailbox.keys()].filter(isFull);
      const due = stopped || underWay.size >= CONCURRENCY ? [] : await dispatchLog.due(clock(), BATCH, full);
      for (const { id, mailboxId } of due) {
        const mailbox = mailboxId ?? LOCAL;
        if (stopped || underWay.size >= CONCURRENCY) break;
        if (!underWay.has(id) && !unmoved.has(id) && !isFull(mailbox)) begin(id, mailbox);
      }
      if (underWay.size === 0) return steps;
      await anyOf(underWay.values());
    }
  }

  /** Resolves with the first step that ends, when somebody asks for a look, or after a while. */
  async function anyOf(steps: Iterable<Promise<void>>): Promise<void> {
    let lookAgain: NodeJS.Timeout | undefined;
    const asked = new Promise<void>((resolve) => {
      wake = resolve;
      lookAgain = setTimeout(resolve, LOOK_AGAIN_MS);
    });
    await Promise.race([...steps, asked]);
    clearTimeout(lookAgain);
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
    wake();
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
    if (current) wake();
    else void schedule();
  });

  return {
    /** @returns how many steps were taken. */
    run,
    async stop(): Promise<void> {
      stopped = true;
      wake();
      unsubscribe();
      if (timer) clearTimeout(timer);
      await current;
    },
  };
}

export type DispatchPump = ReturnType<typeof createDispatchPump>;
