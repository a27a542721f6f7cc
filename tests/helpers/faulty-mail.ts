import { buildMime } from '../../lib/adapters/mail/mime';
import { AppError } from '../../lib/errors';
import type { DraftLookup, DraftMessage, DraftReference, MailDrafts } from '../../lib/ports';

/** What happens to one `createDraft`. */
export type CreateFault =
  | 'none'
  /** Refused for good; nothing is created. */
  | 'reject'
  /** Nothing is created; later it may work. */
  | 'unavailable'
  /** Never answers, whatever its signal says; nothing is created. */
  | 'hang'
  /** The draft is created, and the answer is lost. */
  | 'accept_then_time_out'
  /** The draft is created, the connection breaks. */
  | 'accept_then_drop'
  /** The connection breaks before anything is created. */
  | 'drop'
  /** No answer; the draft is created `lateMs` later. */
  | 'late';

/** What happens to one `findDraft`. */
export type FindFault = 'none' | 'unknown' | 'unavailable' | 'hang';

export interface FaultyMailOptions {
  clock?: () => Date;
  settleMs?: number;
  /** How long a created draft stays out of the search, in milliseconds. */
  searchLagMs?: number;
  /** How much later than its request a `late` draft is created. */
  lateMs?: number;
  /** Told of a call that will not answer before its time is over. */
  whenStuck?: (signal: AbortSignal) => void;
  /** Whether the provider itself recognises the idempotency key. A mailbox that does not is the harder case. */
  idempotent?: boolean;
}

interface LedgerEntry {
  draftId: string;
  messageId: string;
  dispatchId: string;
  idempotencyKey: string;
  createdAt: Date;
  content: Buffer;
  /** Resolves when the content is there. */
  written: Promise<void>;
}

export interface FaultyMail extends MailDrafts {
  /** Every draft that was ever created, doubles included. */
  readonly ledger: readonly LedgerEntry[];
  readonly creates: readonly string[];
  readonly lookups: readonly string[];
  /** Drafts of the Message-ID; more than one is what must never happen. */
  count(messageId: string): number;
  /** Faults of the next calls, in order; afterwards all is well. */
  planCreates(...faults: CreateFault[]): void;
  planFinds(...faults: FindFault[]): void;
  /** What every call without a plan of its own meets. */
  always(create: CreateFault, find?: FindFault): void;
  /** Replaces the header that ties a draft to its dispatch or its Message-ID. */
  tamper(messageId: string): void;
  /** How many calls are under way. */
  inFlight(): number;
}

/** A mailbox in memory that can fail in every way that a mailbox fails, and keeps the books. */
export function createFaultyMail(options: FaultyMailOptions = {}): FaultyMail {
  const {
    clock = () => new Date(),
    settleMs = 60_000,
    searchLagMs = 0,
    lateMs = 0,
    idempotent = false,
    whenStuck = () => {},
  } = options;
  const ledger: LedgerEntry[] = [];
  const creates: string[] = [];
  const lookups: string[] = [];
  const createPlan: CreateFault[] = [];
  const findPlan: FindFault[] = [];
  let createDefault: CreateFault = 'none';
  let findDefault: FindFault = 'none';
  let busy = 0;

  async function store(message: DraftMessage, idempotencyKey: string, delayMs: number): Promise<DraftReference> {
    const createdAt = new Date(clock().getTime() + delayMs);
    const known = ledger.find((entry) => entry.idempotencyKey === idempotencyKey);
    if (idempotent && known) return reference(known);
    const entry: LedgerEntry = {
      draftId: `d${ledger.length + 1}`,
      messageId: message.messageId,
      dispatchId: message.dispatchId,
      idempotencyKey,
      createdAt,
      content: Buffer.alloc(0),
      written: Promise.resolve(),
    };
    // At once: the test's clock may be minutes further by the time that the content is built, and the draft is there since then.
    ledger.push(entry);
    entry.written = buildMime(message, 'headroom@localhost').then((content) => {
      entry.content = Buffer.from(content);
    });
    try {
      await entry.written;
    } catch (error) {
      // It was never there: what is no message is refused.
      ledger.splice(ledger.indexOf(entry), 1);
      throw error;
    }
    return reference(entry);
  }

  function stuck(signal: AbortSignal): Promise<never> {
    setImmediate(whenStuck, signal);
    return untilAborted(signal);
  }

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    busy += 1;
    try {
      return await work();
    } finally {
      busy -= 1;
    }
  }

  return {
    provider: 'fake',
    destination: 'A mailbox in memory',
    settleMs,
    ledger,
    creates,
    lookups,
    count: (messageId) => ledger.filter((entry) => entry.messageId === messageId).length,
    planCreates: (...faults) => createPlan.push(...faults),
    planFinds: (...faults) => findPlan.push(...faults),
    always(create, find = 'none') {
      createDefault = create;
      findDefault = find;
    },
    tamper(messageId) {
      for (const entry of ledger) {
        if (entry.messageId !== messageId) continue;
        const change = () => {
          const tampered = entry.content.toString('latin1').replace(messageId, `other-${messageId}`);
          entry.content = Buffer.from(tampered, 'latin1');
        };
        if (entry.content.length > 0) change();
        else entry.written = entry.written.then(change);
      }
    },
    inFlight: () => busy,

    createDraft: (message, { idempotencyKey, signal }) =>
      counted(async () => {
        creates.push(message.messageId);
        switch (createPlan.shift() ?? createDefault) {
          case 'none':
            return store(message, idempotencyKey, 0);
          case 'reject':
            throw new AppError('mail_rejected', 'The mailbox refused the draft.');
          case 'unavailable':
            throw new AppError('mail_unavailable', 'The mailbox is not available.', { retryable: true });
          case 'hang':
            setImmediate(whenStuck, signal);
            return never();
          case 'accept_then_time_out':
            await store(message, idempotencyKey, 0);
            return stuck(signal);
          case 'accept_then_drop':
            await store(message, idempotencyKey, 0);
            throw new Error('socket hang up');
          case 'drop':
            throw new Error('socket hang up');
          case 'late':
            await store(message, idempotencyKey, lateMs);
            return stuck(signal);
        }
      }),

    findDraft: (messageId, { signal }): Promise<DraftLookup> =>
      counted(async () => {
        lookups.push(messageId);
        switch (findPlan.shift() ?? findDefault) {
          case 'unknown':
            return { outcome: 'unknown' };
          case 'unavailable':
            throw new AppError('mail_unavailable', 'The mailbox is not available.', { retryable: true });
          case 'hang':
            return stuck(signal);
          case 'none': {
            const visible = (entry: LedgerEntry) => entry.createdAt.getTime() + searchLagMs <= clock().getTime();
            const found = ledger.find((entry) => entry.messageId === messageId && visible(entry));
            if (!found) return { outcome: 'absent' };
            await found.written;
            const carries = found.content.toString('latin1').includes(`<${messageId}>`);
            return carries ? { outcome: 'found', draft: reference(found) } : { outcome: 'unknown' };
          }
        }
      }),

    async readDraft(draft) {
      const found = ledger.find((entry) => entry.draftId === draft.draftId);
      await found?.written;
      return found?.content ?? null;
    },

    async locateDraft(draft) {
      return { outcome: ledger.some((entry) => entry.draftId === draft.draftId) ? 'local' : 'gone' };
    },
  };
}

function reference(entry: LedgerEntry): DraftReference {
  return { provider: 'fake', draftId: entry.draftId, location: `memory/${entry.draftId}` };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function never(): Promise<never> {
  return new Promise(() => {});
}
