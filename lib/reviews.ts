import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import type { TaskWatch } from './agent-tasks';
import type { AgentContext } from './agents/agent';
import { createReviewWriter, type ReviewWriter, readPeriod } from './agents/reviews';
import type { Config } from './config';
import {
  type ReviewContent,
  type ReviewDetail,
  type ReviewList,
  type ReviewQuery,
  type ReviewSummary,
  reviewContent,
} from './contracts/reviews';
import type { Database } from './db/client';
import { newId } from './db/ids';
import { getReview, listReviews } from './db/review-reads';
import { createReviewStore } from './db/review-store';
import { latestRun } from './db/run-reads';
import type { Scope } from './domain/access';
import { toMarkdown } from './domain/markdown';
import { type ReviewEdition, reviewDocument, reviewTitle } from './domain/qbr-document';
import { composeReviewList, composeReviewNotice, type ListedReview } from './domain/qbr-notice';
import { endedQuarter, periodBounds, periodLabel, recentQuarters } from './domain/review-period';
import { AppError, isAppError, publicMessage } from './errors';
import type { Job, JobContext } from './job-runner';
import type { EventBus, Log } from './ports';
import type { AdoptionReader } from './ports/adoption';
import type { NoticeDrafts } from './ports/drafting';
import type { ReviewPublisher } from './ports/reviews';
import type { TextWriter } from './ports/wording';

/** Jobs that make reviews of many accounts. */
export const REVIEW_JOBS = ['quarterly_qbr', 'contract_qbr'] as const;

export interface ReviewsOptions {
  db: Database;
  config: Pick<Config, 'scoring' | 'gates' | 'publicUrls' | 'port'>;
  /** Whose quarters and days are meant: those of the schedule, as it is now. */
  timeZone: () => string;
  events: EventBus;
  clock: () => Date;
  log: Log;
  owner: string;
  /** Writes down how a task over many accounts went, which no caller hands to the agent. */
  record?: TaskWatch['record'];
  /** What others provide; null: the review is made without it, and says so. */
  adoption?: AdoptionReader | null;
  writer?: TextWriter | null;
  publisher?: ReviewPublisher | null;
  notices?: NoticeDrafts | null;
}

/** How long whoever has taken a review has to publish it, in milliseconds; and how long one that failed is left alone. */
const LEASE_MS = 60_000;
const RETRY_MS = 5 * 60_000;
/** Accounts that a draft over many reviews names. */
const MOST_LISTED = 40;
const LIST_PAGE = 500;
const QUARTERS = 8;

/** Quarterly business reviews: making them, telling of them, publishing them and reading them. */
export function createReviews(options: ReviewsOptions) {
  const { db, config, timeZone, events, clock, log, owner, publisher = null, notices = null } = options;
  const store = createReviewStore(db);
  const rules = {
    scoring: config.scoring,
    gates: config.gates,
    get timeZone() {
      return timeZone();
    },
  };
  const made = createReviewWriter({
    store,
    rules,
    adoption: options.adoption ?? null,
    writer: options.writer ?? null,
    publicationSkipped: publisher === null ? 'Nothing that reviews are published to is connected.' : null,
    noticeSkipped: notices === null ? 'Nothing that drafts of notices are left with is connected.' : null,
    newId,
  });
  const stopping = new AbortController();
  /** What the next run over a quarter was asked for; null: what the schedule means by it. */
  let asked: { period: string; reason: string | undefined; actor: string } | null = null;
  let following: Promise<void> | null = null;

  const href = (path: string) => `${config.publicUrls[0] ?? `http://localhost:${config.port}`}${path}`;
  const reviewHref = (id: string) => href(`/reviews/${encodeURIComponent(id)}`);

  const writer: ReviewWriter = {
    ...made,
    async reviewAccount(request, context) {
      const result = await made.reviewAccount(request, context);
      if (result.created) {
        events.publish({ type: 'review.changed', reviewId: result.reviewId });
        void followUp();
      }
      return result;
    },
  };

  // ------------------------------------------------------------------------------------------------------- runs

  const quarterly: Job = async (context) => {
    const wish = asked;
    asked = null;
    const result = await recorded(taskContext(context, wish?.actor ?? 'scheduler'), (given) =>
      made.reviewQuarter({ period: wish?.period, reason: wish?.reason }, given),
    );
    const { period } = result;
    // Also where all were there: the run that made them may have been cut short before it told of them.
    if (period !== null) {
      await tellReps(
        { period },
        {
          key: () => `qbr-quarter:${period}`,
          label: periodLabel(readPeriod(period)),
          path: `/reviews?period=${period}`,
        },
      );
    }
    done();
  };

  const contracts: Job = async (context) => {
    await recorded(taskContext(context, 'scheduler'), made.reviewContracts);
    // Whatever this run was to do: one that was cut short may have left some that nobody was told of.
    await tellReps(
      { untold: 'contract' },
      {
        key: (ids) => `qbr-renewals:${hash('sha256', ids.join(), 'hex').slice(0, 24)}`,
        label: 'contracts that end within 90 days',
        path: '/reviews?kind=renewal',
        async told(ids) {
          await store.settleListed(ids, 'In one draft with the others of the run.');
        },
      },
    );
    done();
  };

  function recorded<Result extends object>(
    context: AgentContext,
    work: (context: AgentContext) => Promise<Result>,
  ): Promise<Result> {
    const { actor, runId = null } = context;
    const task = { agent: 'customer-success', type: 'generate_qbr', accountId: null, runId, actor };
    return options.record ? options.record(task, context.signal, () => work(context)) : work(context);
  }

  function taskContext(context: JobContext, actor: string): AgentContext {
    return { ...context, actor, log };
  }

  function done(): void {
    events.publish({ type: 'accounts.changed' });
    void followUp();
  }

  // --------------------------------------------------------------------------------------------- telling of them

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
      const notice = composeReviewList(shown, { label, more: listed.length - shown.length, href: href(path) });
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
        listed.push({ accountName, headline, rag, href: reviewHref(id) });
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
    following ??= passOver()
      .catch((error: unknown) => log.error({ err: error }, 'Reviews could not be told of or published'))
      .finally(() => {
        following = null;
      });
    return following;
  }

  async function passOver(): Promise<void> {
    while (notices && !stopping.signal.aborted) {
      const now = clock();
      const review = await store.takePending('notice', { owner, now, until: new Date(now.getTime() + LEASE_MS) });
      if (!review) break;
      await store.settleNotice(review.id, await leaveNotice(notices, review.id, parseContent(review.content), now));
      events.publish({ type: 'review.changed', reviewId: review.id });
    }
    while (publisher && !stopping.signal.aborted) {
      const now = clock();
      const review = await store.takePending('publication', { owner, now, until: new Date(now.getTime() + RETRY_MS) });
      if (!review) break;
      const settled = await publish(publisher, review.id, parseContent(review.content));
      // What failed is left until its lease is over, and so is what comes after it: the place is out of reach.
      if (!settled) break;
      events.publish({ type: 'review.changed', reviewId: review.id });
    }
  }

  async function leaveNotice(drafts: NoticeDrafts, id: string, review: ReviewContent, now: Date) {
    const address = review.account.rep ?? review.account.csm;
    if (address === null)
      return { state: 'skipped', note: 'Neither a rep nor a CSM of this account is known.' } as const;
    await drafts.leave(
      {
        key: `qbr:${review.account.id}:${review.period.id}`,
        kind: 'qbr_ready',
        accountId: review.account.id,
        to: { address, name: null },
        ...composeReviewNotice(review, reviewHref(id)),
      },
      now,
    );
    return { state: 'left', note: null } as const;
  }

  async function publish(place: ReviewPublisher, id: string, review: ReviewContent): Promise<boolean> {
    try {
      const problem = await place.problem();
      if (problem !== null) {
        await store.settlePublication(id, { state: 'skipped', url: null, note: problem });
        return true;
      }
      const { url } = await place.publish(
        {
          accountId: review.account.id,
          reviewId: id,
          title: reviewTitle(review),
          document: reviewDocument(review, reviewHref(id)),
        },
        { signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(RETRY_MS - LEASE_MS)]) },
      );
      await store.settlePublication(id, { state: 'published', url, note: null });
      return true;
    } catch (error) {
      if (isAppError(error) && !error.retryable) {
        await store.settlePublication(id, { state: 'failed', url: null, note: publicMessage(error) });
        return true;
      }
      if (!stopping.signal.aborted)
        log.warn({ reviewId: id, err: error }, 'A review could not be published; it is tried again');
      return false;
    }
  }

  return {
    writer,
    jobs: { quarterly_qbr: quarterly, contract_qbr: contracts } satisfies Record<(typeof REVIEW_JOBS)[number], Job>,
    followUp,

    /**
     * Asks for a run over a quarter.
     * @param start starts the job, and `runOf` names the run of it that is under way here.
     * @throws AppError `conflict` where reviews of another quarter are being made.
     */
    async startQuarter(
      { period: wished, reason }: { period?: string | undefined; reason?: string | undefined },
      actor: string,
      jobs: { start(job: string): Promise<string | null>; runOf(job: string): string | null },
    ): Promise<string> {
      const period = wished ?? endedQuarter(clock(), timeZone()).id;
      const parsed = readPeriod(period);
      if (parsed.kind !== 'quarter' || periodBounds(parsed, timeZone()).from > clock()) {
        throw new AppError('invalid_input', 'All accounts are reviewed over a quarter that has begun.', {
          issues: [{ path: 'period', message: 'must be a quarter that has begun, such as 2026-Q3' }],
        });
      }
      const busy = () =>
        new AppError('conflict', 'Reviews of a quarter are being made.', {
          retryable: true,
          remedy: 'Wait until that run has ended; Agents shows it.',
        });
      if (jobs.runOf('quarterly_qbr') !== null || asked !== null) throw busy();
      const wish = { period, reason, actor };
      asked = wish;
      try {
        const runId = await jobs.start('quarterly_qbr');
        if (!runId) throw new AppError('unavailable', 'The server is stopping.', { retryable: true });
        // Another instance makes some: that run is not of this wish.
        if (jobs.runOf('quarterly_qbr') !== runId && asked === wish) throw busy();
        return runId;
      } catch (error) {
        if (asked === wish) asked = null;
        throw error;
      }
    },

    /** Whether a run over the quarter that the schedule had begun was cut short: nobody would begin it again. */
    async wasCutShort(): Promise<boolean> {
      const run = await latestRun(db, ['quarterly_qbr']);
      if (!run || run.trigger === 'manual' || run.finishedAt === null) return false;
      return (
        run.state === 'cancelled' || (run.state === 'failed' && run.error === 'The server stopped while this ran.')
      );
    },

    readsFor: (scope: Scope) => ({
      listReviews: (query: ReviewQuery): Promise<ReviewList> => listReviews(db, query, scope),
      /** @throws AppError `not_found`. */
      getReview: (id: string): Promise<ReviewDetail> => getReview(db, id, scope, parseContent),
      async reviewMarkdown(id: string, edition: ReviewEdition = 'full'): Promise<{ name: string; text: string }> {
        const { content, version } = await getReview(db, id, scope, parseContent);
        const words = [content.account.name, content.period.id, `v${version}`].join(' ');
        const name = words
          .normalize('NFKD')
          .replace(/[^\w.-]+/g, '-')
          .replace(/^-+|-+$/g, '')
          .slice(0, 120);
        return { name: `${name || 'review'}.md`, text: toMarkdown(reviewDocument(content, reviewHref(id), edition)) };
      },
      async summarizeReviews(): Promise<ReviewSummary> {
        const now = clock();
        const zone = timeZone();
        const run = await latestRun(db, ['quarterly_qbr'], ['queued', 'running']);
        return {
          quarters: recentQuarters(now, zone, QUARTERS).map((period) => ({
            id: period.id,
            label: periodLabel(period),
            complete: periodBounds(period, zone).to <= now,
          })),
          quarter: endedQuarter(now, zone).id,
          timeZone: zone,
          activeRun: run,
          publisher: publisher?.destination ?? null,
        };
      },
    }),

    /** No more pages are published; the one under way is ended. */
    async stop(): Promise<void> {
      stopping.abort();
      await following;
    },
  };
}

export type Reviews = ReturnType<typeof createReviews>;
export type ReviewReads = ReturnType<Reviews['readsFor']>;

/** @throws AppError `internal` where what is stored is no review: never guessed at. */
function parseContent(content: string): ReviewContent {
  const parsed = z.safeParse(reviewContent, JSON.parse(content));
  if (parsed.success) return parsed.data;
  throw new AppError('internal', 'A stored review cannot be read.', { cause: parsed.error });
}

const PRESSING: Readonly<Record<string, number>> = { RED: 0, AMBER: 1, GREEN: 2 };

function mostPressingFirst(a: ListedReview, b: ListedReview): number {
  const rank = ({ rag }: ListedReview) => PRESSING[rag ?? ''] ?? 3;
  return rank(a) - rank(b) || (a.accountName < b.accountName ? -1 : 1);
}
