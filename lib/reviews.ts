import { hash } from 'node:crypto';
import type { TaskWatch } from './agent-tasks';
import type { AgentContext } from './agents/agent';
import { createReviewWriter, type ReviewWriter, readPeriod } from './agents/reviews';
import type { Config } from './config';
import type { ReviewDetail, ReviewList, ReviewQuery, ReviewSummary } from './contracts/reviews';
import type { Database } from './db/client';
import { newId } from './db/ids';
import { getReview, listReviews, unsettledDrafts } from './db/review-reads';
import { createReviewStore } from './db/review-store';
import { latestRun, runUnderWay } from './db/run-reads';
import type { Scope } from './domain/access';
import { toMarkdown } from './domain/markdown';
import { type ReviewEdition, reviewDocument } from './domain/qbr-document';
import { endedQuarter, periodBounds, periodLabel, recentQuarters } from './domain/review-period';
import { AppError } from './errors';
import type { Job, JobContext } from './job-runner';
import type { EventBus, Log } from './ports';
import type { AdoptionReader } from './ports/adoption';
import type { NoticeDrafts } from './ports/drafting';
import type { ReviewPublisher } from './ports/reviews';
import type { TextWriter } from './ports/wording';
import { createReviewTelling, parseContent, reviewHref } from './review-telling';

/** Jobs that make reviews of many accounts. */
export const REVIEW_JOBS = ['quarterly_qbr', 'contract_qbr'] as const;

export interface ReviewsOptions {
  db: Database;
  config: Pick<Config, 'scoring' | 'gates' | 'publicUrls'>;
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

const QUARTERS = 8;

/** Quarterly business reviews: making them, telling of them, publishing them and reading them. */
export function createReviews(options: ReviewsOptions) {
  const { db, config, timeZone, events, clock, log, owner, publisher = null, notices = null } = options;
  const store = createReviewStore(db);
  // What goes outside has no link where the desk does not know its own address.
  const deskUrl = config.publicUrls[0] ?? null;
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
  const telling = createReviewTelling({ store, publisher, notices, deskUrl, events, clock, log, owner });
  const { tellReps, followUp } = telling;
  /** What the next run over a quarter was asked for; null: what the schedule means by it. */
  let asked: { period: string; reason: string | undefined; actor: string } | null = null;

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
        return {
          name: `${name || 'review'}.md`,
          text: toMarkdown(reviewDocument(content, reviewHref(deskUrl, id), edition)),
        };
      },
      async summarizeReviews(): Promise<ReviewSummary> {
        const now = clock();
        const zone = timeZone();
        const run = await runUnderWay(db, ['quarterly_qbr']);
        return {
          quarters: recentQuarters(now, zone, QUARTERS).map((period) => ({
            id: period.id,
            label: periodLabel(period),
            complete: periodBounds(period, zone).to <= now,
          })),
          quarter: endedQuarter(now, zone).id,
          timeZone: zone,
          activeRun: run,
          publisher: publisher && (await publisher.problem()) === null ? publisher.destination : null,
          unsettled: await unsettledDrafts(db, scope),
        };
      },
    }),

    stop: telling.stop,
    release: telling.release,
  };
}

export type Reviews = ReturnType<typeof createReviews>;
export type ReviewReads = ReturnType<Reviews['readsFor']>;
