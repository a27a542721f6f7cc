import type { AppEvent, EventBus, Log, Mailboxes } from '../ports';
import type { DispatchState, DraftQueue } from '../ports/drafting';

export interface DraftPumpOptions {
  /** What is taken care of, for whoever reads the log: `dispatch`. */
  what: string;
  queue: DraftQueue;
  /** Takes the next step of a draft if it is due; null where nothing was to do or somebody else does it. */
  step(id: string): Promise<DispatchState | null>;
  mailboxes: Mailboxes;
  events: EventBus;
  /** Whether something in the queue may have its time earlier than was known, now that this happened. */
  wakes(event: AppEvent): boolean;
  isOwnerGone: (owner: string) => boolean;
  clock: () => Date;
  log: Log;
}

/** Steps taken side by side, of which each mailbox has its own few: one that hangs holds up its own drafts alone. */
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
 * Takes the next step of every unfinished draft when its time comes, and after a crash at once. Wakes up by itself; `run`
 * asks for a look now.
 */
export function createDraftPump(options: DraftPumpOptions) {
  const { what, queue, step, mailboxes, events, isOwnerGone, clock, log } = options;
  let timer: NodeJS.Timeout | null = null;
  let wakesAt = Number.POSITIVE_INFINITY;
  let current: Promise<number> | null = null;
  let stopped = false;
  let wake = () => {};

  async function takeSteps(): Promise<number> {
    const owners = (await queue.leaseOwners()).filter(isOwnerGone);
    await queue.releaseOwners(owners, clock());
    const underWay = new Map<string, Promise<void>>();
    const perMailbox = new Map<string, number>();
    // Others hold them, or the database refuses: looked at again by the next run, or this one would spin.
    const unmoved = new Set<string>();
    let steps = 0;
    // People's own clicks take places too.
    const isFull = (mailbox: string) =>
      mailboxes.free(mailbox) <= 0 || (perMailbox.get(mailbox) ?? 0) >= mailboxes.atOnce(mailbox);

    function begin(id: string, mailbox: string): void {
      perMailbox.set(mailbox, (perMailbox.get(mailbox) ?? 0) + 1);
      const taken = step(id)
        .catch((error: unknown) => {
          log.error({ [`${what}Id`]: id, err: error }, `A step of a ${what} failed`);
          return null;
        })
        .then((state) => {
          if (state) steps += 1;
          else unmoved.add(id);
          underWay.delete(id);
          perMailbox.set(mailbox, (perMailbox.get(mailbox) ?? 1) - 1);
        });
      underWay.set(id, taken);
    }

    for (;;) {
      const full = [...perMailbox.keys()].filter(isFull);
      const due = stopped || underWay.size >= CONCURRENCY ? [] : await queue.due(clock(), BATCH, full);
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
    const next = await queue.nextDueAt().catch(() => new Date(clock().getTime() + ASK_AGAIN_MS));
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
        log.error({ err: error }, `A ${what} that is not finished could not be looked at`);
        return 0;
      })
      .finally(() => {
        current = null;
        void schedule();
      });
    return current;
  }

  const unsubscribe = events.subscribe((event) => {
    if (!options.wakes(event)) return;
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

export type DraftPump = ReturnType<typeof createDraftPump>;
