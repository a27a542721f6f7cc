import type { Scope } from './domain/access';
import type { AdoptionAssessment } from './domain/adoption';
import type { AdoptionBenchmark, AdoptionBenchmarks, BenchmarkAccount } from './domain/adoption-benchmark';
import type { AdoptionAccount } from './domain/adoption-use';
import type { AlertKind, AlertLevel, AnnouncedState, RankedAlert } from './domain/churn-alert';
import type { ChurnTrigger } from './domain/churn-risk';
import type { StructuredDocument } from './domain/document';
import type {
  AccountFacts,
  CatalogueFacts,
  Confidence,
  Money,
  OpportunityCandidate,
  OpportunityStatus,
  OpportunityType,
} from './domain/expansion';
import type { GateCheck, GateFacts, GatePolicy } from './domain/gates';
import type { ChurnRiskLevel, HealthAssessment } from './domain/health-score';
import type { Review } from './domain/qbr';
import type { ReviewFacts } from './domain/qbr-facts';
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
  /** Of the next `limit` snapshots, those superseded before any scan saw them, oldest first; null at the end. */
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
  /** The candidate's evidence and calculation, and the gates, as stored: written once, digested once. */
  evidence: string;
  calculation: string;
  gates: string;
  /** The gates that hold it, in words; empty where none does. */
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

// ------------------------------------------------------------------------------------------------------- adoption

/** Use of features, and what the accounts of each segment have in common. */
export interface AdoptionStore {
  /** Active accounts of the range that any use was reported of in periods that end within (`since`, `until`]. */
  readUse(range: AccountRange, since: Date, until: Date): Promise<BenchmarkAccount[]>;
  /** Takes the place of all benchmarks before. */
  saveBenchmarks(benchmarks: readonly AdoptionBenchmark[]): Promise<void>;
  /** Accounts with their use since then; those that are not there or not within the scope are left out. */
  readAccounts(accountIds: readonly string[], since: Date, scope: Scope): Promise<AdoptionAccount[]>;
  /** Those of the segment and of the portfolio. */
  readBenchmarks(segment: string | null): Promise<AdoptionBenchmarks>;
}

// ------------------------------------------------------------------------------------------------------- dispatch

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
  createdAt: Date;
}

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
  /** Gates hold the opportunity: stores them and moves `open` to `held`. */
  hold(opportunityId: string, gates: GateCheck[], now: Date): Promise<void>;
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
  /** Whether the newest run of these jobs was cancelled: the server stopped in the middle of it. */
  wasCutShort(jobs: readonly string[]): Promise<boolean>;
}

// ------------------------------------------------------------------------------------------- what others are told

/** What happens at the desk that systems outside may want to know. The names are a promise to whoever listens. */
export const DESK_EVENT_TYPES = [
  'health.scored',
  'health.rag_changed',
  'churn.alert',
  'expansion.detected',
  'dispatch.drafted',
  'dispatch.failed',
  'qbr.ready',
] as const;

export type DeskEventType = (typeof DESK_EVENT_TYPES)[number];

/** One event, written in the transaction that makes it true (lib/db/event-log.ts). */
export interface DeskEvent {
  type: DeskEventType;
  /** The account it is about; null for one about the portfolio. */
  accountId: string | null;
  /** JSON. Facts and ids; no secrets, and no text that a person did not mean for others. */
  data: Record<string, unknown>;
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

/** What made a text: the rules alone, or a language model that reworded what they had made. */
export type TextOrigin = { by: 'rules' } | { by: 'model'; model: string; promptVersion: string };

/** One request to a language model: texts by name go in as part of the prompt, texts by the same names come back. */
export interface ModelRequest {
  system: string;
  prompt: string;
  /** The fields of the answer; nothing else is read from it. */
  names: readonly string[];
  signal: AbortSignal;
}

/** Why a model gave no texts. `unavailable`: now, another try may succeed. `rejected`: not like this, not at all. */
export type ModelFailure =
  | 'unavailable'
  | 'timeout'
  | 'key_refused'
  | 'rejected'
  | 'filtered'
  | 'truncated'
  | 'malformed';

export type ModelAnswer = {
  /** Null where the provider did not say. */
  inputTokens: number | null;
  outputTokens: number | null;
} & (
  | { outcome: 'texts'; texts: Record<string, string> }
  | { outcome: 'failed'; failure: ModelFailure; message: string; retryAfterSeconds: number | null }
);

/**
 * A language model somewhere. It is asked for texts and can do nothing else: no tools, no files, no conversation. Makes
 * one request, never two. Never throws: what went wrong is the answer, since tokens may have been spent all the same.
 */
export interface LanguageModel {
  /** `openai`, `anthropic`, … as configured. */
  readonly provider: string;
  readonly model: string;
  generate(request: ModelRequest): Promise<ModelAnswer>;
}

/** Tokens, and money in millionths of the configured currency. */
export interface ModelSpend {
  tokens: number;
  costMicros: number;
}

/** A wish to have texts reworded, and what became of it. */
export interface ModelCallRecord {
  at: Date;
  /** Calendar date where the desk is. */
  day: string;
  purpose: WordingRequest['purpose'];
  /** Type of the task that it was for. */
  capability: string;
  runId: string | null;
  accountId: string | null;
  provider: string;
  model: string;
  promptVersion: string;
  /** Requests that it took. */
  attempts: number;
  inputTokens: number | null;
  outputTokens: number | null;
  /** Null where the price or the tokens are unknown. */
  costMicros: number | null;
  currency: string | null;
  latencyMs: number;
  /** `refused`: the model wrote what the facts do not say. */
  outcome: 'used' | 'refused' | 'failed' | 'over_budget';
  /** The failure, or what the check found. */
  reason: string | null;
  detail: string | null;
}

/** What language models did and cost, and the budget of a day, which all instances share. */
export interface ModelLog {
  /**
   * Sets aside what a call may cost at most. False where that is more than is left of the day's limits; null is no limit.
   * A process that dies in between leaves it set aside: a budget is never overspent.
   */
  reserve(
    day: string,
    most: ModelSpend,
    limits: { tokens: number | null; costMicros: number | null },
  ): Promise<boolean>;
  /** Writes the call down, and puts back into the budget of that day what was set aside and not spent. */
  record(call: ModelCallRecord, budget: { day: string; reserved: ModelSpend; spent: ModelSpend }): Promise<void>;
}

export interface WordingRequest<Name extends string = string> {
  /** What it is for: counted, shown and budgeted by it. */
  purpose: 'talk_track' | 'churn_alert' | 'qbr';
  accountId: string | null;
  /**
   * All that the texts may say: every number, name and date in them is one of these. Plain text, untrusted. The value of
   * a fact labelled `Account` is a name: figures in it count for nothing.
   */
  facts: readonly { label: string; value: string }[];
  /** The deterministic texts by name: good on their own, and what stands where no model is connected or one fails. */
  texts: Readonly<Record<Name, string>>;
  now: Date;
  signal: AbortSignal;
}

/**
 * Rewords texts. Never throws and never waits longer than its time-out: where no model is connected, the budget is spent,
 * it fails, or says what the facts do not, a text comes back as it was, with the origin `rules`.
 */
export interface TextWriter {
  reword<Name extends string>(
    request: WordingRequest<Name>,
  ): Promise<Record<Name, { text: string; origin: TextOrigin }>>;
}

// --------------------------------------------------------------------------------------------------------- reviews

/** What is known of the feature adoption of accounts over a period; those about which nothing is known are left out. */
export type AdoptionReader = (
  accountIds: readonly string[],
  options: { from: Date; to: Date; now: Date },
) => Promise<ReadonlyMap<string, AdoptionAssessment>>;

/** A place outside the desk where reviews are shown as pages. */
export interface ReviewPublisher {
  /** In words: `Notion`. */
  readonly destination: string;
  /** Why it cannot be used now, in a sentence; null where it can. */
  problem(): Promise<string | null>;
  /**
   * One page an account and title: published again, it takes the place of what was there.
   * @returns where it is, where the place has addresses.
   * @throws AppError, `retryable` where another try may succeed; anything else is tried again too.
   */
  publish(
    page: { accountId: string; reviewId: string; title: string; document: StructuredDocument },
    options: { signal: AbortSignal },
  ): Promise<{ url: string | null }>;
}

/** What made a review: the run for a quarter, the end of a contract, or somebody who asked for it. */
export type ReviewTrigger = 'quarterly' | 'contract' | 'request';

export interface NewReview {
  id: string;
  accountId: string;
  period: string;
  kind: 'quarter' | 'renewal';
  version: number;
  /** The version that it takes the place of. */
  previousId: string | null;
  trigger: ReviewTrigger;
  requestedBy: string;
  reason: string | null;
  factsDigest: string;
  review: Review;
  publication: 'pending' | 'skipped';
  publicationNote: string | null;
  /** `listed`: told in one draft with the other reviews of the run. */
  notice: 'pending' | 'listed' | 'skipped';
  noticeNote: string | null;
}

export interface CurrentReview {
  id: string;
  version: number;
  factsDigest: string;
  trigger: ReviewTrigger;
}

/** A review of which something is still to be done outside, taken for a while. */
export interface PendingReview {
  id: string;
  version: number;
  /** As it is stored. */
  content: string;
}

/** Stored reviews and what they are made of. Reads are of many accounts at once. */
export interface ReviewStore {
  countActive(): Promise<number>;
  /** Ids of active accounts after this one, in order. */
  nextActive(after: string, size: number): Promise<string[]>;
  /** Active accounts whose contract ends in these days and that have no review for that renewal yet, by id. */
  nextRenewing(
    after: string,
    size: number,
    days: { first: string; last: string },
  ): Promise<{ accountId: string; renewalDate: string }[]>;
  countRenewing(days: { first: string; last: string }): Promise<number>;
  /** Facts by account, `adoption` left null. What lies before `from` is there as far as it stood when that began. */
  readFacts(accountIds: readonly string[], window: { from: Date; until: Date }): Promise<Map<string, ReviewFacts>>;
  /** The current review of each account and period that has one, by account. */
  readCurrent(reviews: readonly { accountId: string; period: string }[]): Promise<Map<string, CurrentReview>>;
  /**
   * Stores those whose version nobody else has stored, with the event of each; the versions before stay.
   * @returns the ids of those stored.
   */
  save(reviews: readonly NewReview[], now: Date): Promise<Set<string>>;
  /** Takes one whose notice or publication is pending and that nobody else has taken; null where there is none. */
  takePending(
    duty: 'notice' | 'publication',
    options: { owner: string; now: Date; until: Date },
  ): Promise<PendingReview | null>;
  settleNotice(id: string, outcome: { state: 'left' | 'skipped'; note: string | null }): Promise<void>;
  settlePublication(
    id: string,
    outcome: { state: 'published' | 'failed' | 'skipped'; url: string | null; note: string | null },
  ): Promise<void>;
  /** Current reviews by rep, for one draft a rep: those of a period, or those that a run over contracts made. A page. */
  listForReps(
    which: { period: string } | { contractsAt: Date },
    after: { repEmail: string; accountId: string } | null,
    limit: number,
  ): Promise<
    { id: string; accountId: string; accountName: string; repEmail: string; headline: string; rag: string | null }[]
  >;
}

// ---------------------------------------------------------------------------------------------------- churn alerts

/** The health of an account as it is stored, or as others were last told of it. */
export interface AnnouncedHealth {
  snapshotId: number;
  score: number;
  rag: Rag;
  churnRisk: ChurnRiskLevel;
  shouldAlert: boolean;
  /** Encoded, see lib/domain/breakdown.ts. */
  breakdown: string;
  asOf: Date;
}

/** An account whose health is another one than others were told of, or whose held change is to be looked at again. */
export interface ChangedHealth {
  accountId: string;
  accountName: string;
  arr: Money | null;
  renewalDate: string | null;
  csmEmail: string | null;
  repEmail: string | null;
  current: AnnouncedHealth & { churnTrigger: ChurnTrigger };
  /** Null where no pass has told of the account yet. */
  announced: (AnnouncedHealth & { state: AnnouncedState; heldSince: AnnouncedHealth | null }) | null;
  snoozedUntil: Date | null;
}

/** What a pass says of one account: on disk all of it, or nothing. */
export interface Announcement {
  changed: ChangedHealth;
  state: AnnouncedState;
  /** The health before the change that is held back. */
  heldSince: AnnouncedHealth | null;
  events: DeskEvent[];
  alert: { id: string; kind: AlertKind; level: AlertLevel | 'none'; content: string } | null;
}

/** A channel that people are told over. `events` is the log of events for systems outside. */
export type AlertChannel = 'events' | 'notion' | 'draft_csm' | 'draft_rep' | 'google_chat' | 'slack';

/** A delivery as it is planned; `skipped` with a reason where the channel cannot be used. */
export interface PlannedDelivery {
  channel: AlertChannel;
  recipient: string;
  state: 'waiting' | 'done' | 'skipped';
  reason: string | null;
}

export interface PlannedAlert {
  deliverAt: Date;
  deliveries: readonly PlannedDelivery[];
}

/** The state that alerts are decided by, and the alerts. */
export interface AlertStore {
  /** Whether anything in the range is to be decided; without a lock, so it may answer yes in vain. */
  hasChanges(range: AccountRange, now: Date): Promise<boolean>;
  /**
   * Takes the changes of a range, has them decided, and writes what came of it, in one transaction. No other one of these
   * is under way meanwhile, on any instance.
   * @returns how many accounts were announced.
   */
  announce(
    range: AccountRange,
    now: Date,
    decide: (
      changed: ChangedHealth[],
      observations: (snapshotIds: readonly number[]) => Promise<Map<number, SignalObservation>>,
    ) => Promise<Announcement[]>,
  ): Promise<number>;
  /** Alerts that are decided and not yet routed, of this pass or of one that was cut short. */
  unrouted(): Promise<RankedAlert[]>;
  /** The content of alerts, by id. */
  contents(ids: readonly string[]): Promise<StoredAlert[]>;
  /** Whom the risks among these alerts are for, and how many have nobody. */
  recipients(ids: readonly string[]): Promise<{ csm: string[]; rep: string[]; withoutCsm: number; withoutRep: number }>;
  /** Settles how an alert is told alone; false where it was settled already. */
  routeSingle(id: string, plan: PlannedAlert & { wording: string | null }): Promise<boolean>;
  /** Settles that alerts are told together, in a digest of its own. */
  routeDigest(ids: readonly string[], digest: PlannedAlert & { id: string; content: string; now: Date }): Promise<void>;
}

/** How a model worded an alert, as it is stored. */
export interface AlertWording {
  texts: { summary: string; next: string };
  origin: TextOrigin;
}

export interface StoredAlert {
  id: string;
  accountId: string | null;
  accountName: string;
  kind: AlertKind | 'digest';
  level: AlertLevel | 'none';
  content: string;
  wording: string | null;
  arr: Money | null;
  renewalDate: string | null;
  csmEmail: string | null;
  repEmail: string | null;
}

export interface AlertDelivery {
  id: string;
  channel: AlertChannel;
  recipient: string;
  attempts: number;
  /** An earlier attempt was not answered: what is told now may be told twice. */
  unanswered: boolean;
  alert: StoredAlert;
}

/** The queue of deliveries. Each method is one conditional statement: who finds its condition gone changes nothing. */
export interface AlertDeliveries {
  due(channel: AlertChannel, now: Date, limit: number): Promise<string[]>;
  nextDueAt(): Promise<Date | null>;
  /** Waiting and due, or left in the middle by somebody whose lease ran out → `sending`, leased. */
  claim(id: string, options: { now: Date; lease: Lease }): Promise<AlertDelivery | null>;
  done(
    id: string,
    options: { owner: string; now: Date; reference: string | null; noticeId: string | null },
  ): Promise<boolean>;
  skip(id: string, options: { owner: string; now: Date; reason: string }): Promise<boolean>;
  retryLater(
    id: string,
    options: { owner: string; nextAttemptAt: Date; unanswered: boolean; error: { code: string; message: string } },
  ): Promise<boolean>;
  fail(id: string, options: { owner: string; now: Date; error: { code: string; message: string } }): Promise<boolean>;
  leaseOwners(): Promise<string[]>;
  releaseOwners(owners: string[], now: Date): Promise<number>;
  /** The alerts that a digest tells of, the largest at stake first; to one addressee theirs alone. */
  members(
    digestId: string,
    options: { of: 'all' | 'csm' | 'rep'; recipient: string; limit: number },
  ): Promise<{ alerts: StoredAlert[]; counts: Record<AlertKind, number> }>;
}

/**
 * A chat that messages can be posted to over an incoming webhook: its address lets anybody post there.
 *
 * Throws AppError `unavailable` where nothing was posted and a later attempt may succeed, not before its
 * `retryAfterSeconds` where it has them; `invalid_input` or `forbidden` where the chat refused for good. After anything
 * else (a time-out, a dropped connection) the message may or may not be there: nobody can ask.
 */
export interface ChatNotifier {
  /** @param threadKey messages of the same key belong together, where the chat has threads. */
  post(
    message: { document: StructuredDocument; threadKey: string },
    options: { webhook: string; signal: AbortSignal },
  ): Promise<void>;
}

/** Writes alerts where a team keeps its notes. Publishing the same id again changes what is there, and adds nothing. */
export interface AlertPublisher {
  /** Why it cannot be used now, in a sentence; null where it can. */
  problem(): Promise<string | null>;
  /** Errors as those of {@link ChatNotifier}. @returns where it is, as an address that opens. */
  publish(
    alert: {
      id: string;
      accountId: string | null;
      kind: AlertKind | 'digest';
      level: AlertLevel | 'none';
      document: StructuredDocument;
      createdAt: Date;
    },
    options: { signal: AbortSignal },
  ): Promise<{ href: string | null }>;
}
