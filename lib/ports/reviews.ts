/** Business reviews: where they are kept, and where else they are shown. */

import type { StructuredDocument } from '../domain/document';
import type { Review } from '../domain/qbr';
import type { ReviewFacts } from '../domain/qbr-facts';

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
  /**
   * Takes the first one after this id whose notice or publication is pending and that nobody else has taken; null where there
   * is none.
   */
  takePending(
    duty: 'notice' | 'publication',
    options: { owner: string; now: Date; until: Date; after: string },
  ): Promise<PendingReview | null>;
  settleNotice(id: string, outcome: { state: 'left' | 'skipped'; note: string | null }): Promise<void>;
  settlePublication(
    id: string,
    outcome: { state: 'published' | 'failed' | 'skipped'; url: string | null; note: string | null },
  ): Promise<void>;
  /** Settles all publications that wait: there is no place for them. @returns how many. */
  skipPublications(note: string, now: Date): Promise<number>;
  /** Ends what this owner holds, so that the next start need not wait. */
  release(owner: string): Promise<void>;
  /** Reviews that were listed in a draft which is on disk. */
  settleListed(ids: readonly string[], note: string): Promise<void>;
  /**
   * Current reviews by rep, for one draft a rep: those of a period, or those that runs over contracts made and that no draft
   * has listed yet. A page.
   */
  listForReps(
    which: { period: string } | { untold: 'contract' },
    after: { repEmail: string; accountId: string } | null,
    limit: number,
  ): Promise<
    { id: string; accountId: string; accountName: string; repEmail: string; headline: string; rag: string | null }[]
  >;
}
