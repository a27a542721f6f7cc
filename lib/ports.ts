import type { Confidence, Money, OpportunityType } from './domain/expansion';

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

/** What a provider says when asked for a draft by its Message-ID. `unknown`: it cannot tell; a person must. */
export type DraftLookup = { outcome: 'found'; draft: DraftReference } | { outcome: 'absent' } | { outcome: 'unknown' };

/**
 * A mailbox that drafts can be left in. It has no way to send, on purpose, and none may be added.
 *
 * `createDraft` throws AppError `mail_rejected` where the provider refused for good, `mail_unavailable` where nothing
 * was created and a later attempt may succeed, and anything else (a time-out, a dropped connection) where the outcome
 * is unknown.
 */
export interface MailDrafts {
  readonly provider: string;
  /** In words, for «Draft to Dana Okafor · {destination}». */
  readonly destination: string;
  /** How long after a lost answer `findDraft` may still fail to see the draft, in milliseconds. */
  readonly searchLagMs: number;
  createDraft(message: DraftMessage, options: { idempotencyKey: string; signal: AbortSignal }): Promise<DraftReference>;
  findDraft(messageId: string, options: { signal: AbortSignal }): Promise<DraftLookup>;
  /** The draft as an RFC 5322 message, or null where it is gone. */
  readDraft(draft: DraftReference): Promise<Uint8Array | null>;
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
  | { type: 'accounts.changed' };

export interface EventBus {
  publish(event: AppEvent): void;
  /** @returns a function that ends the subscription. */
  subscribe(listener: (event: AppEvent) => void): () => void;
}
