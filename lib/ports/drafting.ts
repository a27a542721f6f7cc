/** Drafts on their way: the dispatch log, notices, and the machinery they share. */

import type { OpportunityStatus } from '../domain/expansion';
import type { GateCheck, GateFacts } from '../domain/gates';
import type { DraftReference, ExpansionTask } from '../ports';
import type { TextOrigin } from './wording';

export interface DispatchFacts {
  opportunityId: string;
  accountId: string;
  accountName: string;
  /** Who found it: `scan`, or `api` where another system handed it over with words of its own. */
  origin: 'scan' | 'api';
  status: OpportunityStatus;
  task: ExpansionTask;
  repEmail: string | null;
  gateFacts: GateFacts;
  dispatchId: string | null;
}

export type DispatchState = 'queued' | 'drafting' | 'uncertain' | 'retrying' | 'drafted' | 'failed';

/** A draft on its way, as its log keeps it. */
export interface DraftRecord {
  id: string;
  state: DispatchState;
  messageId: string;
  /** Where the draft goes, decided once. Null: before mailboxes could be connected. */
  mailboxId: string | null;
  attempts: number;
  nextAttemptAt: Date | null;
  /** What became of the last attempt; null before the first, and where it went well. */
  errorCode: string | null;
  createdAt: Date;
}

/** The `errorCode` of an attempt whose process went away in the middle of it. */
export const INTERRUPTED = 'interrupted';

export interface DispatchRecord extends DraftRecord {
  opportunityId: string;
  accountId: string;
  accountName: string;
  task: ExpansionTask;
  /** What made the talk track of the task; null where it came over the API, or was frozen before this was kept. */
  talkTrackOrigin: TextOrigin | null;
  recipient: string | null;
}

export interface Lease {
  owner: string;
  until: Date;
}

/** What is due in a log of drafts, and whose leases stand in the way. */
export interface DraftQueue {
  /**
   * Those whose next step is due: waiting ones whose time has come, and leases that ran out. What waits for a mailbox to be
   * connected again is not due, nor what goes to a mailbox in `except`.
   */
  due(now: Date, limit: number, except: readonly string[]): Promise<{ id: string; mailboxId: string | null }[]>;
  /** When the next step of any draft is due; null where nothing waits. */
  nextDueAt(): Promise<Date | null>;
  /** Owners that hold a lease; the runtime knows which of them are dead. */
  leaseOwners(): Promise<string[]>;
  /** Ends the leases of owners that are known to be dead. */
  releaseOwners(owners: string[], now: Date): Promise<number>;
}

/**
 * A log of drafts on their way: of dispatches, of notices. Every method is one transaction with one conditional statement
 * at its heart; a method that finds its condition gone changes nothing and says so.
 */
export interface DraftLog<Kept extends DraftRecord> extends DraftQueue {
  get(id: string): Promise<Kept | null>;
  /** `queued` or `retrying` and due → `drafting`, leased. Null where somebody else was faster. */
  claimAttempt(id: string, options: { now: Date; lease: Lease }): Promise<Kept | null>;
  /** `drafting` whose lease ran out → `uncertain` until `settledAt`. */
  expire(id: string, options: { now: Date; settledAt: Date }): Promise<boolean>;
  /** `uncertain` and settled → still `uncertain`, leased, to look the draft up. */
  claimLookup(id: string, options: { now: Date; lease: Lease }): Promise<Kept | null>;
  /** Our `drafting` or `uncertain` → `drafted`. */
  complete(id: string, options: { owner: string; draft: DraftReference; now: Date; found: boolean }): Promise<boolean>;
  uncertain(
    id: string,
    options: { owner: string; now: Date; settledAt: Date | null; error: { code: string; message: string } },
  ): Promise<boolean>;
  retryLater(
    id: string,
    options: {
      owner: string;
      now: Date;
      nextAttemptAt: Date;
      error: { code: string; message: string } | null;
      /** Whether it was an attempt at all: one that never reached the mailbox is taken back. */
      counted: boolean;
    },
  ): Promise<boolean>;
  fail(id: string, options: { owner: string; now: Date; error: { code: string; message: string } }): Promise<boolean>;
}

/** The dispatch log. Every change appends the event that tells it, in its transaction. */
export interface DispatchLog extends DraftLog<DispatchRecord> {
  readFacts(opportunityId: string): Promise<DispatchFacts | null>;
  /** Writes the row (state `drafting`, attempt 1, leased) unless one exists; `claimed` tells which. */
  claim(
    facts: DispatchFacts,
    options: {
      now: Date;
      lease: Lease;
      requestedBy: string;
      overrideReason: string | null;
      recipient: string | null;
      /** Frozen with the task. */
      talkTrackOrigin?: TextOrigin | null;
      mailbox: { mailboxId: string; destination: string };
    },
  ): Promise<{ dispatch: DispatchRecord; claimed: boolean }>;
  /**
   * A person's Retry: `failed`, or `uncertain` that nobody can settle → `retrying`, due now, attempts counted anew, to the
   * rep and the mailbox of today: there is no draft, the mailbox or the person says.
   */
  retry(
    dispatchId: string,
    options: { now: Date; actor: string; mailbox: { mailboxId: string; destination: string }; detail?: string },
  ): Promise<boolean>;
  /** A person saw the draft: `uncertain` that nobody can settle → `drafted`. */
  adopt(dispatchId: string, options: { now: Date; actor: string; draft: DraftReference }): Promise<boolean>;
  /** Gates hold the opportunity: stores which, and moves `open` to `held`. */
  hold(opportunityId: string, heldBy: GateCheck[], now: Date): Promise<void>;
}

/** A draft that tells somebody something and is no dispatch: an alert, a review that is ready. All text is plain but `html`. */
export interface Notice {
  /** Identity: a second notice of the same key is the first one. */
  key: string;
  kind: 'churn_alert' | 'qbr_ready';
  accountId: string | null;
  to: { address: string; name: string | null };
  subject: string;
  text: string;
  /** Everything that came in is escaped. */
  html: string;
}

/** Drafts of notices, in the mailbox that drafts for the addressee go to. Like a dispatch: at most one draft a key. */
export interface NoticeDrafts {
  /** On disk when this answers; the draft follows in the background, now or when its mailbox can be asked. */
  leave(notice: Notice, now: Date): Promise<{ noticeId: string }>;
}

/** A notice on its way; what it says is frozen, so that every attempt leaves the same draft. */
export interface NoticeRecord extends DraftRecord {
  notice: Notice;
  createdAt: Date;
}

/** The log of notices: written before anything is done, like the dispatch log. */
export interface NoticeLog extends DraftLog<NoticeRecord> {
  /** Writes the row (state `queued`, due now) unless one of the key exists. @returns the id of the one that there is. */
  leave(notice: Notice, options: { now: Date; mailbox: { mailboxId: string; destination: string } }): Promise<string>;
  /** A person's decision about `failed`, or `uncertain` that nobody can settle: there is no draft, it is made again. */
  retry(id: string, options: { now: Date; mailbox: { mailboxId: string; destination: string } }): Promise<boolean>;
  /** A person saw the draft: `uncertain` that nobody can settle → `drafted`. */
  adopt(id: string, options: { now: Date; draft: DraftReference }): Promise<boolean>;
}
