/** Churn alerts: what they are decided by, and the channels they are told over. */

import type { AlertKind, AlertLevel, AnnouncedState, RankedAlert } from '../domain/churn-alert';
import type { ChurnTrigger } from '../domain/churn-risk';
import type { StructuredDocument } from '../domain/document';
import type { Money } from '../domain/expansion';
import type { ChurnRiskLevel } from '../domain/health-score';
import type { Rag, SignalObservation } from '../domain/signals';
import type { AccountRange } from '../ports';
import type { Lease } from './drafting';
import type { DeskEvent } from './events';
import type { TextOrigin } from './wording';

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
  /** Settles how an alert is told alone; false where it was settled already. */
  routeSingle(id: string, plan: PlannedAlert & { wording: string | null }): Promise<boolean>;
  /**
   * Settles that alerts are told together, in a digest of its own: a few hundred at a time, so that others can read and
   * write in between. Until the digest is there the alerts stay as they were, whatever happens; from then on they belong
   * to it.
   */
  routeDigest(
    ids: readonly string[],
    digest: Omit<PlannedAlert, 'deliveries'> & {
      id: string;
      content: string;
      now: Date;
      deliveries: (recipients: DigestRecipients) => PlannedDelivery[];
    },
  ): Promise<void>;
  /** Alerts that belong to a digest and are not yet settled, because that was cut short. */
  settleDigests(): Promise<void>;
}

/** Whom the risks among the alerts of a digest are for, and how many of them have nobody. */
export interface DigestRecipients {
  csm: string[];
  rep: string[];
  withoutCsm: number;
  withoutRep: number;
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
  createdAt: Date;
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
