import * as z from 'zod';
import { breathe } from '../breathe';
import { buildReview, factsDigest, REVIEW_SECTIONS, type Review, type ReviewSectionName } from '../domain/qbr';
import { wordingFacts } from '../domain/qbr-document';
import type { ReviewRules, ReviewText } from '../domain/qbr-facts';
import {
  endedQuarter,
  localDay,
  parsePeriod,
  periodBounds,
  RENEWAL_REVIEW_DAYS,
  type ReviewPeriod,
  renewalPeriod,
} from '../domain/review-period';
import { AppError, publicMessage } from '../errors';
import type { AdoptionReader } from '../ports/adoption';
import type { CurrentReview, NewReview, ReviewStore, ReviewTrigger } from '../ports/reviews';
import type { TextWriter } from '../ports/wording';
import { type AgentContext, checkStopped, type TaskProgress } from './agent';
import { parsePayload } from './expansion-task';

export interface ReviewWriterOptions {
  store: ReviewStore;
  rules: ReviewRules;
  /** Null: adoption is told from usage reports alone, without a benchmark. */
  adoption: AdoptionReader | null;
  /** Null: texts stay as the rules wrote them. */
  writer: TextWriter | null;
  /** Whether pages are published, and drafts tell of them; null, or why not. */
  publicationSkipped: string | null;
  noticeSkipped: string | null;
  newId(): string;
}

export interface ReviewResult {
  accountId: string;
  reviewId: string;
  period: string;
  version: number;
  /** False: the facts are those of the review that is there. */
  created: boolean;
  confidence: 'high';
}

export type ReviewCounts = Record<'reviews' | 'unchanged' | 'failed', number>;

export interface PortfolioReviewResult extends ReviewCounts {
  accountsReviewed: number;
  /** Null: each account's own renewal. */
  period: string | null;
  /** Whether each rep is to be told in one draft of all that the run made. */
  tell: 'each' | 'together';
  confidence: 'high';
}

/** What is asked of one account or a part of the portfolio. */
export interface ReviewRequest {
  accountId: string;
  period: ReviewPeriod;
}

interface Ordered {
  trigger: ReviewTrigger;
  reason: string | null;
  /** Whether a language model may reword the summaries. */
  reword: boolean;
  /** Whether the rep is told of each review, or of all those of the run. */
  tell: 'each' | 'together';
}

const task = z.strictObject({
  accountId: z.string().min(1).max(200).optional(),
  period: z.string().min(1).max(40).optional(),
  /** Why, in the words of who asks. */
  reason: z.string().trim().min(1).max(500).optional(),
});
export type ReviewTask = z.output<typeof task>;

/** @throws AppError `invalid_input` naming the field. */
export function parseReviewTask(payload: unknown): ReviewTask {
  return parsePayload(task, payload);
}

/** Accounts worked on in one step: so few that a page that waits meanwhile does not notice. */
const CHUNK = 40;
/** Reviews built between two turns of the event loop. */
const TURN = 8;
/** How often a review that somebody else stored first is compared again. */
const ATTEMPTS = 5;
/** A run over more accounts than this rewords nothing, which would take hours, and tells each rep in one draft. */
export const FEW_REVIEWS = 50;
const DAY_MS = 86_400_000;

/** Writes quarterly business reviews: of one account, of all active ones, or of those whose contract ends. */
export function createReviewWriter(options: ReviewWriterOptions) {
  const { store, rules } = options;

  /**
   * The review of one account and period: made, or found where the facts are the same.
   * @param periodId `2026-Q3`, `renewal-2027-02-15`; left out, the quarter that ended last.
   * @throws AppError `not_found`; `invalid_input` naming the field.
   */
  async function reviewAccount(
    {
      accountId,
      period: periodId,
      reason,
    }: { accountId: string; period?: string | undefined; reason?: string | undefined },
    context: AgentContext,
  ): Promise<ReviewResult> {
    const period = periodId === undefined ? endedQuarter(context.now, rules.timeZone) : readPeriod(periodId);
    refuseFuture(period, rules.timeZone, context.now);
    const ordered: Ordered = { trigger: 'request', reason: reason ?? null, reword: true, tell: 'each' };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const outcome = await write([{ accountId, period }], ordered, context);
      const [failed] = outcome.errors;
      if (failed) throw failed.cause;
      const [done] = outcome.done;
      if (done) return { ...done, confidence: 'high' };
      // Somebody else stored a version at the same moment: theirs may say the same.
    }
    throw new AppError('conflict', 'Others make reviews of this account at the same moment.', {
      retryable: true,
      remedy: 'Try again in a moment.',
    });
  }

  /** Reviews of all active accounts over a quarter; an account that cannot be reviewed is reported and stops nothing. */
  async function reviewQuarter(
    { period: periodId, reason }: { period?: string | undefined; reason?: string | undefined },
    context: AgentContext,
  ): Promise<PortfolioReviewResult> {
    const period = periodId === undefined ? endedQuarter(context.now, rules.timeZone) : readPeriod(periodId);
    if (period.kind !== 'quarter') {
      throw new AppError('invalid_input', 'All accounts are reviewed over a quarter, not over a renewal.', {
        issues: [{ path: 'period', message: 'must be a quarter such as 2026-Q3, or name an accountId' }],
      });
    }
    refuseFuture(period, rules.timeZone, context.now);
    const counts = await walk(
      await store.countActive(),
      async (after) => (await store.nextActive(after, CHUNK)).map((accountId) => ({ accountId, period })),
      { trigger: 'quarterly', reason: reason ?? null, reword: false, tell: 'together' },
      context,
    );
    return { ...counts, period: period.id, tell: 'together', confidence: 'high' };
  }

  /** Reviews for contracts that end within 90 days, of those that have none for that renewal yet. */
  async function reviewContracts(context: AgentContext): Promise<PortfolioReviewResult> {
    const first = localDay(context.now, rules.timeZone);
    const last = new Date(Date.parse(first) + RENEWAL_REVIEW_DAYS * DAY_MS).toISOString().slice(0, 10);
    const days = { first, last };
    const total = await store.countRenewing(days);
    const few = total <= FEW_REVIEWS;
    const counts = await walk(
      total,
      async (after) =>
        (await store.nextRenewing(after, CHUNK, days)).flatMap(({ accountId, renewalDate }) => {
          const period = renewalPeriod(renewalDate);
          return period ? [{ accountId, period }] : [];
        }),
      { trigger: 'contract', reason: null, reword: few, tell: few ? 'each' : 'together' },
      context,
    );
    return { ...counts, period: null, tell: few ? 'each' : 'together', confidence: 'high' };
  }

  async function walk(
    total: number,
    next: (after: string) => Promise<ReviewRequest[]>,
    ordered: Ordered,
    context: AgentContext,
  ): Promise<ReviewCounts & { accountsReviewed: number }> {
    const counts: ReviewCounts = { reviews: 0, unchanged: 0, failed: 0 };
    const progress: TaskProgress = { done: 0, total, counts, errors: [] };
    for (let after = ''; ; ) {
      checkStopped(context.signal);
      const requests = await next(after);
      const last = requests.at(-1);
      if (!last) break;
      after = last.accountId;
      const { done, errors, raced } = await write(requests, ordered, context);
      counts.reviews += done.filter(({ created }) => created).length;
      counts.unchanged += done.filter(({ created }) => !created).length + raced;
      counts.failed += errors.length;
      progress.done = Math.min(total, progress.done + requests.length);
      await context.onProgress?.({
        ...progress,
        errors: errors.map(({ accountId, cause }) => ({
          accountId,
          code: 'review_failed',
          message: publicMessage(cause),
        })),
      });
      await breathe();
    }
    await context.onProgress?.({ ...progress, done: total, errors: [] });
    return { accountsReviewed: progress.done, ...counts };
  }

  interface Written {
    done: Omit<ReviewResult, 'confidence'>[];
    errors: { accountId: string; cause: unknown }[];
    /** Those that somebody else stored at the same moment. */
    raced: number;
  }

  /** Reads the facts of all, builds what is new, and stores it at once. */
  async function write(requests: readonly ReviewRequest[], ordered: Ordered, context: AgentContext): Promise<Written> {
    const { now } = context;
    const accountIds = requests.map(({ accountId }) => accountId);
    const bounds = requests.map(({ period }) => periodBounds(period, rules.timeZone));
    const from = new Date(Math.min(...bounds.map((bound) => bound.from.getTime())));
    const until = new Date(Math.min(now.getTime(), Math.max(...bounds.map((bound) => bound.to.getTime()))));
    const facts = await store.readFacts(accountIds, { from, until });
    await breathe();
    const adoption = await readAdoption(accountIds, { from, to: until, now }, context);
    const current = await store.readCurrent(
      requests.map(({ accountId, period }) => ({ accountId, period: period.id })),
    );
    const written: Written = { done: [], errors: [], raced: 0 };
    const made: NewReview[] = [];
    for (const [index, { accountId, period }] of requests.entries()) {
      if (index % TURN === TURN - 1) await breathe();
      const known = facts.get(accountId);
      try {
        if (!known) throw new AppError('not_found', `There is no account "${accountId}".`);
        const account = { ...known, adoption: adoption.get(accountId) ?? null };
        const digest = factsDigest(account, period, rules, now);
        const before = current.get(accountId) ?? null;
        const same = before?.factsDigest === digest;
        if (before && same && !(ordered.reword && options.writer && before.trigger === 'quarterly')) {
          written.done.push({
            accountId,
            reviewId: before.id,
            period: period.id,
            version: before.version,
            created: false,
          });
          continue;
        }
        const review = buildReview(account, period, rules, now);
        const worded = ordered.reword ? await reword(review, context) : review;
        if (before && same && !isReworded(worded)) {
          written.done.push({
            accountId,
            reviewId: before.id,
            period: period.id,
            version: before.version,
            created: false,
          });
          continue;
        }
        made.push(newReview(worded, period, before, digest, ordered, context.actor));
      } catch (cause) {
        written.errors.push({ accountId, cause });
        if (requests.length > 1)
          context.log.error({ accountId, period: period.id, err: cause }, 'An account could not be reviewed');
      }
    }
    const stored = await store.save(made, now);
    for (const { id, accountId, period, version } of made) {
      if (stored.has(id)) written.done.push({ accountId, reviewId: id, period, version, created: true });
      else written.raced += 1;
    }
    return written;
  }

  /** A review without adoption is better than none. */
  async function readAdoption(
    accountIds: readonly string[],
    window: { from: Date; to: Date; now: Date },
    { log }: AgentContext,
  ): Promise<Awaited<ReturnType<AdoptionReader>>> {
    if (!options.adoption) return new Map();
    try {
      return await options.adoption(accountIds, window);
    } catch (error) {
      log.warn({ err: error }, 'Feature adoption could not be read; reviews are made without its benchmark');
      return new Map();
    }
  }

  function newReview(
    review: Review,
    period: ReviewPeriod,
    before: CurrentReview | null,
    factsDigest: string,
    ordered: Ordered,
    requestedBy: string,
  ): NewReview {
    const { publicationSkipped, noticeSkipped } = options;
    const addressee = review.account.rep ?? review.account.csm;
    const notice =
      ordered.tell === 'together'
        ? ({ notice: 'listed', noticeNote: null } as const)
        : noticeSkipped !== null
          ? ({ notice: 'skipped', noticeNote: noticeSkipped } as const)
          : addressee === null
            ? ({ notice: 'skipped', noticeNote: 'Neither a rep nor a CSM of this account is known.' } as const)
            : ({ notice: 'pending', noticeNote: null } as const);
    return {
      id: options.newId(),
      accountId: review.account.id,
      period: period.id,
      kind: period.kind,
      version: (before?.version ?? 0) + 1,
      previousId: before?.id ?? null,
      trigger: ordered.trigger,
      requestedBy,
      reason: ordered.reason,
      factsDigest,
      review,
      publication: publicationSkipped === null ? 'pending' : 'skipped',
      publicationNote: publicationSkipped,
      ...notice,
    };
  }

  /** Each section's summary in other words, where a language model is connected and says nothing but the facts. */
  async function reword(review: Review, { now, signal }: AgentContext): Promise<Review> {
    if (!options.writer) return review;
    const texts = Object.fromEntries(REVIEW_SECTIONS.map((name) => [name, review[name].summary.text])) as Record<
      ReviewSectionName,
      string
    >;
    const worded = await options.writer.reword({
      purpose: 'qbr',
      accountId: review.account.id,
      facts: wordingFacts(review),
      texts,
      now,
      signal,
    });
    const summary = (name: ReviewSectionName): { summary: ReviewText } => ({ summary: worded[name] });
    return {
      ...review,
      health: { ...review.health, ...summary('health') },
      impact: { ...review.impact, ...summary('impact') },
      adoption: { ...review.adoption, ...summary('adoption') },
      next: { ...review.next, ...summary('next') },
    };
  }

  return { reviewAccount, reviewQuarter, reviewContracts };
}

export type ReviewWriter = ReturnType<typeof createReviewWriter>;

function isReworded(review: Review): boolean {
  return REVIEW_SECTIONS.some((name) => review[name].summary.origin.by === 'model');
}

/** @throws AppError `invalid_input` for anything but a quarter or a renewal. */
export function readPeriod(id: string): ReviewPeriod {
  const period = parsePeriod(id);
  if (period) return period;
  throw new AppError('invalid_input', `${JSON.stringify(id.slice(0, 40))} is not a period.`, {
    issues: [{ path: 'period', message: 'must be like 2026-Q3 or renewal-2027-02-15' }],
  });
}

function refuseFuture(period: ReviewPeriod, timeZone: string, now: Date): void {
  if (periodBounds(period, timeZone).from <= now) return;
  throw new AppError('invalid_input', 'This period has not begun yet.', {
    issues: [{ path: 'period', message: 'must have begun' }],
  });
}
