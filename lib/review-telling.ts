import * as z from 'zod/mini';
import { type ReviewContent, reviewContent } from './contracts/reviews';
import { reviewDocument, reviewTitle } from './domain/qbr-document';
import { composeReviewList, composeReviewNotice, type ListedReview } from './domain/qbr-notice';
import { AppError, isAppError, publicMessage } from './errors';
import type { EventBus, Log } from './ports';
import type { NoticeDrafts } from './ports/drafting';
import type { PendingReview, ReviewPublisher, ReviewStore } from './ports/reviews';

export interface ReviewTellingOptions {
  store: ReviewStore;
  publisher: ReviewPublisher | null;
  notices: NoticeDrafts | null;
  /** Where the desk is reached; null: not known, and what goes outside has no link to it. */
  deskUrl: string | null;
  events: EventBus;
  clock: () => Date;
  log: Log;
  owner: string;
}

/** How long whoever has taken a review has to publish it, in milliseconds; and how long one that failed is left alone. */
const LEASE_MS = 60_000;
const RETRY_MS = 5 * 60_000;
/** Accounts that a draft over many reviews names. */
const MOST_LISTED = 40;
const LIST_PAGE = 500;

/** Tells of reviews outside the desk: drafts for reps, and pages at the publisher. */
export function createReviewTelling(options: ReviewTellingOptions) {
  const { store, publisher, notices, deskUrl, events, clock, log, owner } = options;
  const stopping = new AbortController();
  let following: Promise<void> | null = null;
  let again = false;

  /**
   * One draft a rep, with all of theirs; the same run again is the same draft.
   * @param list what tells its drafts from others, besides the rep; and what follows once one is on disk.
   */
  async function tellReps(
    which: Parameters<typeof store.listForReps>[0],
    {
      key,
      label,
      path,
      told,
    }: {
      key(ids: readonly string[]): string;
      label: string;
      path: string;
      told?: (ids: readonly string[]) => Promise<void>;
    },
  ): Promise<void> {
    if (notices === null) {
      log.info(
        { label },
        'Reps are not told of the reviews: nothing that drafts of notices are left with is connected',
      );
      return;
    }
    let rep: string | null = null;
    let listed: ListedReview[] = [];
    let ids: string[] = [];
    const leave = async () => {
      if (rep === null) return;
      const shown = listed.sort(mostPressingFirst).slice(0, MOST_LISTED);
      const notice = composeReviewList(shown, {
        label,
        more: listed.length - shown.length,
        href: deskUrl === null ? null : `${deskUrl}${path}`,
      });
      await notices.leave(
        { key: `${key(ids)}:${rep}`, kind: 'qbr_ready', accountId: null, to: { address: rep, name: null }, ...notice },
        clock(),
      );
      await told?.(ids);
    };
    for (let after: { repEmail: string; accountId: string } | null = null; ; ) {
      const page: Awaited<ReturnType<typeof store.listForReps>> = await store.listForReps(which, after, LIST_PAGE);
      for (const { id, accountName, repEmail, headline, rag } of page) {
        if (repEmail !== rep) {
          await leave();
          rep = repEmail;
          listed = [];
          ids = [];
        }
        ids.push(id);
        listed.push({ accountName, headline, rag, href: reviewHref(deskUrl, id) });
      }
      const last = page.at(-1);
      if (page.length < LIST_PAGE || !last) break;
      after = { repEmail: last.repEmail, accountId: last.accountId };
    }
    await leave();
  }

  /** Leaves drafts and publishes pages that are pending; one pass at a time in this process. */
  function followUp(): Promise<void> {
    if (stopping.signal.aborted) return Promise.resolve();
    // What has come up behind the pass that is under way is found by the next one.
    if (following) again = true;
    following ??= passOver()
      .catch((error: unknown) => log.error({ err: error }, 'Reviews could not be told of or published'))
      .finally(() => {
        following = null;
      });
    return following;
  }

  async function passOver(): Promise<void> {
    do {
      again = false;
      if (notices) await leaveNotices(notices);
      if (publisher) await publishPages(publisher);
    } while (again && !stopping.signal.aborted);
  }

  /** Those that wait, in order and each at most once: one that fails is left to its lease, and the next ones have their turn. */
  async function* pending(duty: 'notice' | 'publication', leaseMs: number): AsyncGenerator<PendingReview> {
    for (let after = ''; !stopping.signal.aborted; ) {
      const now = clock();
      const until = new Date(now.getTime() + leaseMs);
      const review = await store.takePending(duty, { owner, now, until, after });
      if (!review) return;
      after = review.id;
      yield review;
    }
  }

  async function leaveNotices(drafts: NoticeDrafts): Promise<void> {
    for await (const { id, content } of pending('notice', LEASE_MS)) {
      try {
        await store.settleNotice(id, await leaveNotice(drafts, id, parseContent(content)));
      } catch (error) {
        if (!isRefused(error)) {
          log.warn({ reviewId: id, err: error }, 'Nobody could be told of a review; it is tried again');
          continue;
        }
        log.error({ reviewId: id, err: error }, 'Nobody is told of a review');
        await store.settleNotice(id, { state: 'skipped', note: publicMessage(error) });
      }
      events.publish({ type: 'review.changed', reviewId: id });
    }
  }

  async function leaveNotice(drafts: NoticeDrafts, id: string, review: ReviewContent) {
    const address = review.account.rep ?? review.account.csm;
    if (address === null)
      return { state: 'skipped', note: 'Neither a rep nor a CSM of this account is known.' } as const;
    await drafts.leave(
      {
        key: `qbr:${review.account.id}:${review.period.id}`,
        kind: 'qbr_ready',
        accountId: review.account.id,
        to: { address, name: null },
        ...composeReviewNotice(review, reviewHref(deskUrl, id)),
      },
      clock(),
    );
    return { state: 'left', note: null } as const;
  }

  async function publishPages(place: ReviewPublisher): Promise<void> {
    const problem = await place.problem();
    if (problem !== null) {
      // At once, however many a run has made: nothing is asked for each.
      if ((await store.skipPublications(problem, clock())) > 0) events.publish({ type: 'accounts.changed' });
      return;
    }
    for await (const { id, content } of pending('publication', RETRY_MS)) {
      try {
        await store.settlePublication(id, await publish(place, id, content));
      } catch (error) {
        if (!isRefused(error)) {
          if (!stopping.signal.aborted)
            log.warn({ reviewId: id, err: error }, 'A review could not be published; it is tried again');
          continue;
        }
        log.error({ reviewId: id, err: error }, 'A review is not published');
        await store.settlePublication(id, { state: 'failed', url: null, note: publicMessage(error) });
      }
      events.publish({ type: 'review.changed', reviewId: id });
    }
  }

  async function publish(place: ReviewPublisher, id: string, content: string) {
    const review = parseContent(content);
    const { url } = await place.publish(
      {
        accountId: review.account.id,
        reviewId: id,
        title: reviewTitle(review),
        document: reviewDocument(review, reviewHref(deskUrl, id)),
      },
      { signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(RETRY_MS - LEASE_MS)]) },
    );
    return { state: 'published', url, note: null } as const;
  }

  return {
    tellReps,
    followUp,

    /** No more pages are published; the one under way is ended. */
    async stop(): Promise<void> {
      stopping.abort();
      await following;
    },

    /** Ends what this process still holds. */
    release: (): Promise<void> => store.release(owner),
  };
}

/** Whether another try would end the same. */
function isRefused(error: unknown): boolean {
  return isAppError(error) && !error.retryable;
}

/** The address of a review at the desk, where that is known. */
export function reviewHref(deskUrl: string | null, id: string): string | null {
  return deskUrl === null ? null : `${deskUrl}/reviews/${encodeURIComponent(id)}`;
}

/** @throws AppError `internal` where what is stored is no review: never guessed at. */
export function parseContent(content: string): ReviewContent {
  try {
    return z.parse(reviewContent, JSON.parse(content));
  } catch (cause) {
    throw new AppError('internal', 'A stored review cannot be read.', { cause });
  }
}

const PRESSING: Readonly<Record<string, number>> = { RED: 0, AMBER: 1, GREEN: 2 };

function mostPressingFirst(a: ListedReview, b: ListedReview): number {
  const rank = ({ rag }: ListedReview) => PRESSING[rag ?? ''] ?? 3;
  return rank(a) - rank(b) || (a.accountName < b.accountName ? -1 : 1);
}
