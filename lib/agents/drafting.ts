import { AppError, isAppError, publicMessage } from '../errors';
import type { DraftLookup, DraftReference, Log, Mailboxes } from '../ports';
import { type DispatchState, type DraftLog, type DraftRecord, INTERRUPTED, type Lease } from '../ports/drafting';

export interface DraftPolicy {
  /** How long the mail port may take for one draft, in milliseconds. */
  timeoutMs: number;
  maxAttempts: number;
  /** Wait before the second attempt, in milliseconds; doubles with each further one. */
  backoffMs: number;
}

export interface DraftingOptions<Kept extends DraftRecord> {
  /** What the records are, for whoever reads the log: `dispatch`. */
  what: string;
  log: DraftLog<Kept>;
  /** One attempt at the draft. @returns something with the draft, or with `error` and `errorCode`. */
  make(record: Kept, signal: AbortSignal): Promise<object>;
  /** Told of every change of state that this process makes. */
  changed(record: Kept, state: DispatchState): void;
  mailboxes: Mailboxes;
  policy: DraftPolicy;
  /** Names this process in leases. */
  owner: string;
  clock: () => Date;
  random: () => number;
  logger: Log;
}

/** A lease outlives the attempt it covers by this much: time to write the outcome down. */
const LEASE_MARGIN_MS = 10_000;
/** For a mailbox that cannot be asked how long its lost attempts may still show: longer than any of them takes. */
const LONGEST_SETTLE_MS = 180_000;
/** How soon a draft asks again for a place in a busy mailbox. */
const BUSY_MS = 2_000;

type AttemptError = { code: string; message: string; retryAfterSeconds?: number };

/** What says that the mailbox was never asked: such an attempt does not count. */
const NEVER_ASKED = ['mail_reconnect', 'mail_busy'];
const BUSY: AttemptError = {
  code: 'mail_busy',
  message: 'The mailbox is busy with other drafts; this one is next.',
};

/**
 * Carries drafts from claim to mailbox: attempts, retries with backoff, and the look-up of drafts whose creation was never
 * answered. At most one draft a record: an attempt whose outcome is unknown is never repeated before the provider has said
 * that the draft is not there.
 */
export function createDrafting<Kept extends DraftRecord>(options: DraftingOptions<Kept>) {
  const { what, log, mailboxes, policy, owner, clock, logger } = options;
  const inFlight = new Map<string, Promise<DispatchState | null>>();
  const working = new Set<Promise<unknown>>();
  let closed = false;

  const lease = (): Lease => ({ owner, until: new Date(clock().getTime() + policy.timeoutMs + LEASE_MARGIN_MS) });
  /** When a lost attempt must have shown whether it left a draft. */
  async function settledAt(mailboxId: string | null): Promise<Date> {
    const settleMs = await mailboxes.open(mailboxId).then(
      (mail) => mail.settleMs,
      () => LONGEST_SETTLE_MS,
    );
    return new Date(clock().getTime() + settleMs);
  }

  function changed(record: Kept, state: DispatchState): DispatchState {
    options.changed(record, state);
    return state;
  }

  /** One attempt at a draft that we hold the lease of. Answers the state that it leaves it in. */
  async function attempt(record: Kept): Promise<DispatchState> {
    const leave = mailboxes.enter(record.mailboxId);
    if (!leave) return retryLater(record, BUSY);
    try {
      return await attemptNow(record);
    } finally {
      leave();
    }
  }

  async function attemptNow(record: Kept): Promise<DispatchState> {
    const timeout = AbortSignal.timeout(policy.timeoutMs);
    const answer = await withDeadline(options.make(record, timeout), timeout);
    if (answer.ok && 'draft' in answer.value) return complete(record, answer.value.draft as DraftReference, false);
    const error = attemptError(answer);
    if (error.code === 'mail_rejected' || error.code === 'invalid_input') return fail(record, error);
    if (error.code === 'mail_unavailable' || error.code === 'mail_reconnect') return retryLater(record, error);
    return markUncertain(record, error);
  }

  async function complete(record: Kept, draft: DraftReference, found: boolean): Promise<DispatchState> {
    await log.complete(record.id, { owner, draft, now: clock(), found });
    return changed(record, 'drafted');
  }

  async function fail(record: Kept, error: AttemptError): Promise<DispatchState> {
    await log.fail(record.id, { owner, now: clock(), error });
    logger.error({ [`${what}Id`]: record.id, ...error }, `A ${what} failed for good; a person must look`);
    return changed(record, 'failed');
  }

  async function retryLater(record: Kept, error: AttemptError, waitMs?: number): Promise<DispatchState> {
    const counted = !NEVER_ASKED.includes(error.code);
    if (counted && record.attempts >= policy.maxAttempts) return fail(record, error);
    const now = clock();
    const wait = waitMs ?? waitBefore(error, counted ? record.attempts : 1);
    const nextAttemptAt = new Date(now.getTime() + wait);
    await log.retryLater(record.id, { owner, now, nextAttemptAt, error, counted });
    return changed(record, 'retrying');
  }

  /** How long to wait, in milliseconds: longer each time, never shorter than the provider asked for, never in step. */
  function waitBefore(error: AttemptError, attempts: number): number {
    if (error.code === BUSY.code) return BUSY_MS * (1 + options.random());
    const backoff = policy.backoffMs * 2 ** (attempts - 1) * (0.5 + options.random() / 2);
    const asked = (error.retryAfterSeconds ?? 0) * 1_000;
    return Math.max(backoff, asked * (1 + options.random() / 4));
  }

  async function markUncertain(record: Kept, error: AttemptError): Promise<DispatchState> {
    await log.uncertain(record.id, {
      owner,
      now: clock(),
      settledAt: await settledAt(record.mailboxId),
      error,
    });
    return changed(record, 'uncertain');
  }

  /** Looks for the draft of an attempt that was never answered, and goes on from what the provider says. */
  async function settle(record: Kept): Promise<DispatchState> {
    const leave = mailboxes.enter(record.mailboxId);
    const lookup = leave ? await lookUp(record).finally(leave) : null;
    if (lookup?.ok && lookup.value.outcome === 'found') return complete(record, lookup.value.draft, true);
    if (lookup?.ok && lookup.value.outcome === 'absent') {
      const error = { code: 'outcome_unknown', message: 'The attempt left no draft; it is made again.' };
      // That a process went away says nothing about the mailbox, which is spared where attempts at it fail.
      return record.errorCode === INTERRUPTED ? retryLater(record, error, 0) : retryLater(record, error);
    }
    const now = clock();
    if (lookup?.ok) {
      const message = 'The mailbox cannot say whether the draft is there. Look in the drafts and say what you see.';
      await log.uncertain(record.id, { owner, now, settledAt: null, error: { code: 'needs_person', message } });
      return changed(record, 'uncertain');
    }
    const error = lookup === null ? BUSY : lookupError(lookup.error);
    const wait = lookup === null ? waitBefore(BUSY, 1) : Math.max(policy.backoffMs, waitBefore(error, 1));
    await log.uncertain(record.id, { owner, now, settledAt: new Date(now.getTime() + wait), error });
    return changed(record, 'uncertain');
  }

  async function lookUp(record: Kept): Promise<Answer<DraftLookup>> {
    const timeout = AbortSignal.timeout(policy.timeoutMs);
    const asked = mailboxes
      .open(record.mailboxId)
      .then((mail) =>
        mail.findDraft(record.messageId, { dispatchId: record.id, since: record.createdAt, signal: timeout }),
      );
    return withDeadline(asked, timeout);
  }

  async function step(id: string): Promise<DispatchState | null> {
    const now = clock();
    const claimed = await log.claimAttempt(id, { now, lease: lease() });
    if (claimed) {
      changed(claimed, 'drafting');
      return attempt(claimed);
    }
    const before = await log.get(id);
    if (!before) return null;
    const lost =
      before.state === 'drafting' && (await log.expire(id, { now, settledAt: await settledAt(before.mailboxId) }));
    const looking = await log.claimLookup(id, { now: clock(), lease: lease() });
    if (looking) return settle(looking);
    return lost ? 'uncertain' : null;
  }

  /** Shares one promise between callers of the same dispatch in this process. */
  function once(id: string, work: () => Promise<DispatchState | null>): Promise<DispatchState | null> {
    const running = inFlight.get(id);
    if (running) return running;
    const promise = work().finally(() => inFlight.delete(id));
    inFlight.set(id, promise);
    return promise;
  }

  return {
    lease,
    changed,
    /**
     * Work that claims a dispatch: `drain` waits for all of it, from before the claim on.
     * @throws AppError `unavailable` once the desk stops.
     */
    async enter<T>(work: () => Promise<T>): Promise<T> {
      if (closed) {
        throw new AppError('unavailable', 'The server is stopping.', {
          retryable: true,
          remedy: 'Try again in a moment.',
        });
      }
      const promise = work();
      working.add(promise);
      try {
        return await promise;
      } finally {
        working.delete(promise);
      }
    },
    /** Carries out the attempt of a dispatch that was just claimed. */
    attempt: (record: Kept) => once(record.id, () => attempt(record)),
    /** Takes the next step of a dispatch if it is due; null where nothing was to do or somebody else does it. */
    step: (id: string) => once(id, () => step(id)),
    /** The attempt that this process is making at a record, where it makes one. */
    running: (id: string) => inFlight.get(id) ?? null,
    /** Lets nothing new in; resolves when nothing is in flight. */
    async drain(): Promise<void> {
      closed = true;
      while (working.size + inFlight.size > 0) await Promise.allSettled([...working, ...inFlight.values()]);
    },
  };
}

export type Drafting<Kept extends DraftRecord> = ReturnType<typeof createDrafting<Kept>>;

type Answer<T> = { ok: true; value: T } | { ok: false; error: unknown };

/** A mail port that ignores its signal must not hold a dispatch for ever: past the deadline the outcome is unknown. */
async function withDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<Answer<T>> {
  let onAbort = () => {};
  const expired = new Promise<Answer<T>>((resolve) => {
    onAbort = () => resolve({ ok: false, error: deadline.reason });
    deadline.addEventListener('abort', onAbort, { once: true });
  });
  const settled = work.then(
    (value): Answer<T> => ({ ok: true, value }),
    (error: unknown): Answer<T> => ({ ok: false, error }),
  );
  try {
    return await Promise.race([settled, expired]);
  } finally {
    deadline.removeEventListener('abort', onAbort);
  }
}

function attemptError(answer: Answer<object>): AttemptError {
  if (answer.ok) {
    const failed = answer.value as { error?: unknown; errorCode?: unknown; retryAfterSeconds?: number };
    const code = typeof failed.errorCode === 'string' ? failed.errorCode : 'internal';
    return {
      code: code === 'internal' ? 'outcome_unknown' : code,
      message: String(failed.error ?? 'No draft came back.'),
      ...(failed.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: failed.retryAfterSeconds }),
    };
  }
  if (isAppError(answer.error)) return appErrorOf(answer.error);
  const timedOut = answer.error instanceof Error && answer.error.name === 'TimeoutError';
  return {
    code: timedOut ? 'timeout' : 'outcome_unknown',
    message: timedOut ? 'The mailbox did not answer in time.' : publicMessage(answer.error),
  };
}

/** What kept a mailbox from saying whether a draft is there. */
function lookupError(error: unknown): AttemptError {
  const unknown = { code: 'outcome_unknown', message: 'The mailbox did not answer whether the draft is there.' };
  if (!isAppError(error)) return unknown;
  if (error.code === 'mail_reconnect') return appErrorOf(error);
  return error.code === 'mail_unavailable' ? { ...appErrorOf(error), code: unknown.code } : unknown;
}

function appErrorOf({ code, message, retryAfterSeconds }: AppError): AttemptError {
  return { code, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}
