import type {
  AccountFacts,
  CatalogueFacts,
  Confidence,
  Money,
  OpportunityCandidate,
  OpportunityStatus,
  OpportunityType,
} from './domain/expansion';
import type { GatePolicy } from './domain/gates';
import type { ChurnRiskLevel, HealthAssessment } from './domain/health-score';
import type { InvoicePaymentStatus, Rag, SignalObservation } from './domain/signals';

/** The part of a structured logger that agents and adapters use. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The email that the sales agent leaves in a mailbox. All text is plain; encoding is the adapter's concern. */
export interface DraftMessage {
  /** Deterministic, without angle brackets: the identity of the draft across attempts. */
  messageId: string;
  dispatchId: string;
  /** Null leaves the recipient for the rep to fill in. */
  to: { address: string; name: string | null } | null;
  subject: string;
  html: string;
  text: string;
  date: Date;
}

/** Where a draft is. */
export interface DraftReference {
  /** Id of the provider, e.g. `eml`. */
  provider: string;
  draftId: string;
  /** Where the provider keeps it (a path below the data directory, a mailbox address). */
  location: string;
}

/**
 * What a provider says when asked for a draft by its Message-ID. `absent` is a promise, on which a second draft is made: all
 * that the mailbox took in up to `settleMs` ago has been looked through. A search that is further behind, or does not say how
 * far it is, cannot give it. `unknown`: it cannot tell; a person must.
 */
export type DraftLookup = { outcome: 'found'; draft: DraftReference } | { outcome: 'absent' } | { outcome: 'unknown' };

/**
 * Where a person opens a draft now. `open`: at this address. `local`: there is nothing but the message itself, which the
 * desk shows. `gone`: sent or deleted, the mailbox says. `unknown`: the mailbox cannot say; `href` is where to look.
 */
export type DraftLocation =
  | { outcome: 'open'; href: string }
  | { outcome: 'local' }
  | { outcome: 'gone' }
  | { outcome: 'unknown'; href: string | null };

/**
 * One mailbox of one provider that drafts can be left in. It has no way to send, on purpose, and none may be added.
 *
 * Every method throws AppError `mail_reconnect` where the credentials no longer let anybody in (nothing was created),
 * and `mail_unavailable` where the mailbox cannot be asked now: in `createDraft` that nothing was created and a later
 * attempt may succeed, not before its `retryAfterSeconds` where it has them. `createDraft` throws `mail_rejected` where
 * the provider refused for good, and anything else (a time-out, a dropped connection) where the outcome is unknown.
 */
export interface MailDrafts {
  readonly provider: string;
  /** In words, for «Draft to Dana Okafor · {destination}», e.g. `Dana’s Gmail drafts`. */
  readonly destination: string;
  /**
   * How long after an attempt was lost its draft may still appear, in milliseconds: the provider's request time-out plus
   * its search lag. Before that `findDraft` answering `absent` proves nothing.
   */
  readonly settleMs: number;
  createDraft(message: DraftMessage, options: { idempotencyKey: string; signal: AbortSignal }): Promise<DraftReference>;
  /**
   * A provider that has the headers compares the dispatch too: a Message-ID alone may be copied or rewritten. No attempt
   * at the draft began before `since`.
   */
  findDraft(messageId: string, options: { dispatchId: string; since: Date; signal: AbortSignal }): Promise<DraftLookup>;
  /** The draft as an RFC 5322 message, or null where it is gone. */
  readDraft(draft: DraftReference): Promise<Uint8Array | null>;
  /** Asked anew at each click: an edit may have moved the draft, and a person may have sent or deleted it. */
  locateDraft(
    draft: { draftId: string; location: string; messageId: string },
    options: { signal: AbortSignal },
  ): Promise<DraftLocation>;
}

/** All mailboxes of the desk: which one a draft goes to, and that one. */
export interface Mailboxes {
  /** Where a draft for this rep goes, as things are now. Decided once for a dispatch, at its claim. */
  route(repEmail: string | null): Promise<{ mailboxId: string; destination: string }>;
  /**
   * The mailbox of a dispatch; null is that of a dispatch from before mailboxes could be connected.
   * @throws AppError `mail_reconnect`, `mail_unavailable` where it cannot be used now.
   */
  open(mailboxId: string | null): Promise<MailDrafts>;
  /** A place for one call to the mailbox, to be left again; null while it has as many calls as it may have. */
  enter(mailboxId: string | null): (() => void) | null;
  /** How many dispatches of the mailbox are taken care of at a time, and how many more may be now. */
  atOnce(mailboxId: string | null): number;
  free(mailboxId: string | null): number;
}

/** The task that the customer-success agent hands to the sales agent. */
export interface ExpansionTask {
  type: 'handle_expansion_opportunity';
  accountId: string;
  opportunityType: OpportunityType;
  /** Facts, one a line. */
  evidence: string[];
  estimatedArrImpact: Money | null;
  recommendedTalkTrack: string;
  confidence: Confidence;
}

/** Things that happened, told to whoever listens in this process. Names are stable; payloads carry ids, never text. */
export type AppEvent =
  | { type: 'run.changed'; runId: string }
  | { type: 'dispatch.changed'; dispatchId: string; opportunityId: string; state: string }
  | { type: 'dispatch.drafted'; dispatchId: string; opportunityId: string }
  | { type: 'dispatch.failed'; dispatchId: string; opportunityId: string }
  | { type: 'opportunity.changed'; opportunityId: string }
  | { type: 'accounts.changed' }
  /** Endpoints of webhooks, or what became of deliveries to them. */
  | { type: 'webhooks.changed' }
  | { type: 'review.changed'; reviewId: string }
  | { type: 'alerts.changed' }
  | { type: 'notice.changed'; noticeId: string; state: string }
  | { type: 'schedule.changed' }
  /** Something may have happened that was not heard of here. */
  | { type: 'desk.resumed' };

export interface EventBus {
  publish(event: AppEvent): void;
  /** @returns a function that ends the subscription. */
  subscribe(listener: (event: AppEvent) => void): () => void;
}

// ------------------------------------------------------------------------------------------------------- scanning

/** Accounts are walked by id in ranges: (`after`, `through`]. One account alone is the range that holds only it. */
export interface AccountRange {
  after: string;
  through: string;
  /** How many accounts lie in the range, whether or not anything is due for them. */
  size: number;
}

export interface ScanAccount {
  accountId: string;
  observation: (SignalObservation & { snapshotId: number }) | null;
  /** The stored assessment, encoded; null before the first one. */
  previousBreakdown: string | null;
}

export interface ScoredAccount {
  accountId: string;
  snapshotId: number;
  assessment: HealthAssessment;
  breakdown: string;
  /** Whether score or breakdown differ from the stored ones: only then does the history grow. */
  changed: boolean;
  /** Never scored before. */
  first: boolean;
  reassessAt: Date | null;
}

export interface HistoricalSnapshot {
  accountId: string;
  observation: SignalObservation & { snapshotId: number };
}

/** Current health and its history. */
export interface HealthStore {
  countActiveAccounts(renewingBefore: string | null): Promise<number>;
  nextRange(after: string, size: number): Promise<AccountRange | null>;
  rangeOf(accountId: string): Promise<AccountRange | null>;
  /**
   * Active accounts in the range that need scoring: never scored, newer signals, another model, or days that passed.
   * `force` reads all; `renewingBefore` (`YYYY-MM-DD`) narrows to contracts that end by then.
   */
  readDue(
    range: AccountRange,
    options: { modelVersion: string; now: Date; force: boolean; renewingBefore: string | null },
  ): Promise<ScanAccount[]>;
  save(accounts: ScoredAccount[], modelVersion: string, now: Date): Promise<void>;
  /** Takes the current score away from accounts whose signals no longer give one; the history keeps what it was. */
  unscore(accountIds: string[], now: Date): Promise<void>;
  /** The next snapshots, at most `limit`, that were superseded before any scan saw them, oldest first; null at the end. */
  readUnscoredHistory(limit: number): Promise<{ snapshots: HistoricalSnapshot[]; through: number } | null>;
  saveHistory(
    scores: { accountId: string; snapshotId: number; asOf: Date; assessment: HealthAssessment; breakdown: string }[],
    modelVersion: string,
    through: number,
  ): Promise<void>;
}

export interface StoredOpportunity {
  id: string;
  fingerprint: string;
  accountId: string;
  status: OpportunityStatus;
  snoozedUntil: string | null;
  /** Digest of everything that a scan may change, to tell «found again» from «changed». */
  contentKey: string;
}

export interface ExpansionAccount {
  facts: AccountFacts;
  active: boolean;
  rag: Rag | null;
  churnRiskLevel: ChurnRiskLevel | null;
  escalationCount90Days: number | null;
  invoicePaymentStatus: InvoicePaymentStatus | null;
  contractStart: string | null;
  csmEmail: string | null;
  repEmail: string | null;
  existing: StoredOpportunity[];
}

export interface OpportunityWrite {
  accountId: string;
  fingerprint: string;
  status: OpportunityStatus;
  /** Status that the row must still have for the write to apply; null for a new row. */
  expectedStatus: OpportunityStatus | null;
  candidate: OpportunityCandidate;
  /** The candidate's evidence and calculation, and the gates that hold it, as stored: written once, digested once. */
  evidence: string;
  calculation: string;
  gates: string;
  /** Those gates in words; empty where none holds it. */
  heldBy: string;
  rag: Rag | null;
  csmEmail: string | null;
  repEmail: string | null;
  contentKey: string;
}

export interface ExpansionChanges {
  /** New rows, and rows whose content or status changed. */
  writes: OpportunityWrite[];
  /** Found again without a change. */
  seenIds: string[];
  withdrawn: { id: string; expectedStatus: OpportunityStatus }[];
}

/** Opportunities as the expansion rules keep them. */
export interface ExpansionStore {
  readCatalogue(): Promise<CatalogueFacts>;
  /** Accounts of the range that the rules may see differently than at `since`; all of them where it is null. */
  readDue(
    range: AccountRange,
    options: { now: Date; since: Date | null; features: string[]; gates: GatePolicy },
  ): Promise<ExpansionAccount[]>;
  /** Start of the last complete check under the same rules; null where there was none. */
  checkedAt(rules: string): Promise<Date | null>;
  /** A complete check: whatever is open was seen by it, since what was not is withdrawn. */
  setCheckedAt(rules: string, startedAt: Date): Promise<void>;
  save(changes: ExpansionChanges, now: Date): Promise<{ created: number; updated: number; withdrawn: number }>;
  /** Ids of open opportunities, the surest and largest first: what the `auto` policy dispatches. */
  openIds(limit: number): Promise<string[]>;
}

// ------------------------------------------------------------------------------------------------ several instances

/** Who may do something for a while, among all instances on one database. Measured by the database's clock. */
export interface Leases {
  /** Takes or prolongs the lease; false where somebody else holds it. */
  acquire(key: string, owner: string, ttlMs: number): Promise<boolean>;
  holder(key: string): Promise<string | null>;
  release(key: string, owner: string): Promise<void>;
  /** Owners of the leases under way whose key begins so. */
  owners(prefix: string): Promise<Set<string>>;
  /** Forgets what ran out long ago. */
  forget(): Promise<void>;
}

/** The ranges of a scan under way, for all instances to take from. Calls and outcomes are texts of the agents' own. */
export interface ScanShares {
  open(runId: string, rules: string, calls: string[]): Promise<void>;
  /** Takes the next range of a run that is under way, of the one given or of any; null where none is free. */
  take(options: {
    rules: string;
    runId: string | null;
    owner: string;
    ttlMs: number;
  }): Promise<{ id: string; call: string } | null>;
  done(id: string, owner: string, outcome: string): Promise<void>;
  giveBack(id: string, owner: string): Promise<void>;
  /** Takes out what is done; `left` counts what is not. */
  collect(runId: string): Promise<{ done: { owner: string; outcome: string }[]; left: number }>;
  close(runId: string): Promise<void>;
}

// ----------------------------------------------------------------------------------------------------------- runs

/** `scan`: follows a scan. */
export type RunTrigger = 'schedule' | 'catch_up' | 'manual' | 'import' | 'scan';
export type RunOutcome = 'succeeded' | 'failed' | 'cancelled';

export interface RunProgress {
  done: number;
  total: number;
  counts: Record<string, number>;
  /** Errors since the last report; appended. */
  errors: { accountId: string | null; code: string; message: string }[];
}

/** The log of runs. */
export interface RunLog {
  /**
   * Writes a run in state `queued`. Null where the same job already has a run for that firing: another instance, or an
   * earlier start of this one, was first.
   */
  create(run: {
    job: string;
    trigger: RunTrigger;
    scheduledFor: Date | null;
    /** The process that will carry it out: whoever finds the run unfinished must know whether that one still lives. */
    owner: string;
    now: Date;
  }): Promise<string | null>;
  start(runId: string, now: Date): Promise<void>;
  progress(runId: string, progress: RunProgress, now: Date): Promise<void>;
  finish(runId: string, outcome: RunOutcome, error: string | null, now: Date): Promise<void>;
  /** Runs that say `queued` or `running`, with their owner. */
  unfinished(): Promise<
    { id: string; job: string; owner: string | null; scheduledFor: Date | null; heartbeatAt: Date | null }[]
  >;
  hasRunFor(job: string, scheduledFor: Date): Promise<boolean>;
  /** The newest run of each of these jobs that ever ran, newest first. `cancelled`: the server stopped in the middle of it. */
  newest(jobs: readonly string[]): Promise<{ job: string; state: string }[]>;
}
