/** Quarterly business reviews: what is stored of one, and what the API answers. */
import * as z from 'zod/mini';
import {
  churnRiskLevel,
  confidence,
  gateCheck,
  money,
  opportunityStatus,
  opportunityType,
  rag,
  runItem,
} from '../contracts';

const day = z.iso.date();
const origin = z.discriminatedUnion('by', [
  z.object({ by: z.literal('rules') }),
  z.object({ by: z.literal('model'), model: z.string(), promptVersion: z.string() }),
]);
const summary = z.object({ text: z.string(), origin });
const share = z.number().check(z.minimum(0), z.maximum(1));

const healthPoint = z.object({ on: day, score: z.number(), rag });

const figureValue = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('money'), amount: money }),
  z.object({ kind: z.literal('number'), value: z.number() }),
  z.object({ kind: z.literal('percent'), value: z.number() }),
  z.object({ kind: z.literal('text'), value: z.string() }),
  z.object({ kind: z.literal('unknown') }),
]);

/** The review as it is stored, and as it was when it was made; see lib/domain/qbr.ts. */
export const reviewContent = z.object({
  format: z.literal('headroom.review/1'),
  account: z.object({
    id: z.string(),
    name: z.string(),
    segment: z.nullable(z.string()),
    plan: z.nullable(z.string()),
    csm: z.nullable(z.string()),
    rep: z.nullable(z.string()),
  }),
  period: z.object({
    id: z.string(),
    kind: z.enum(['quarter', 'renewal']),
    label: z.string(),
    from: day,
    to: day,
    complete: z.boolean(),
  }),
  madeAt: z.string(),
  timeZone: z.string(),
  headline: z.string(),
  health: z.object({
    summary,
    first: z.nullable(healthPoint),
    last: z.nullable(healthPoint),
    lowest: z.nullable(healthPoint),
    highest: z.nullable(healthPoint),
    churnRisk: z.nullable(churnRiskLevel),
    history: z.array(healthPoint),
    moved: z.array(
      z.object({
        part: z.string(),
        label: z.string(),
        from: z.number(),
        to: z.number(),
        fromValue: z.nullable(z.string()),
        toValue: z.nullable(z.string()),
        since: z.nullable(day),
      }),
    ),
    parts: z.array(
      z.object({
        part: z.string(),
        label: z.string(),
        points: z.number(),
        maxPoints: z.number(),
        value: z.nullable(z.string()),
      }),
    ),
  }),
  impact: z.object({
    summary,
    arr: z.nullable(money),
    seats: z.nullable(z.object({ active: z.number(), purchased: z.number() })),
    figures: z.array(z.object({ label: z.string(), value: figureValue, note: z.nullable(z.string()) })),
    trends: z.array(
      z.object({
        label: z.string(),
        from: figureValue,
        fromOn: z.nullable(day),
        to: figureValue,
        toOn: z.nullable(day),
        direction: z.nullable(z.enum(['better', 'worse', 'same'])),
      }),
    ),
    seatHistory: z.array(z.object({ on: day, active: z.number(), purchased: z.number() })),
    unknown: z.array(z.string()),
  }),
  adoption: z.object({
    summary,
    source: z.enum(['assessment', 'usage', 'none']),
    from: z.nullable(z.string()),
    to: z.nullable(z.string()),
    featuresUsed: z.int(),
    featuresKnown: z.int(),
    adoptionRate: z.nullable(share),
    benchmark: z.nullable(z.object({ segment: z.nullable(z.string()), accounts: z.int(), adoptionRate: share })),
    features: z.array(
      z.object({
        feature: z.string(),
        uses: z.number(),
        activeUsers: z.nullable(z.number()),
        used: z.boolean(),
        peerShare: z.nullable(share),
        lastUsedOn: z.nullable(day),
      }),
    ),
    moreFeatures: z.int(),
    recommendations: z.array(z.object({ feature: z.string(), text: z.string() })),
  }),
  next: z.object({
    summary,
    opportunities: z.array(
      z.object({
        id: z.string(),
        type: opportunityType,
        title: z.string(),
        why: z.string(),
        status: opportunityStatus,
        confidence,
        impact: z.nullable(money),
      }),
    ),
    moreOpportunities: z.int(),
    openImpact: z.array(money),
    dispatched: z.array(z.object({ title: z.string(), impact: z.nullable(money), state: z.string(), on: day })),
    moreDispatched: z.int(),
    settled: z.array(
      z.object({ title: z.string(), impact: z.nullable(money), outcome: z.enum(['won', 'lost']), on: day }),
    ),
    gates: z.array(gateCheck),
    renewalDate: z.nullable(z.string()),
    daysToRenewal: z.nullable(z.int()),
    steps: z.array(z.object({ text: z.string(), because: z.string() })),
  }),
});

export const reviewKind = z.enum(['quarter', 'renewal']);
/** How far its page at the publisher is: `skipped` where there is no publisher, or a newer version took its place. */
export const publicationState = z.enum(['pending', 'published', 'failed', 'skipped']);
/** The draft that tells the rep; `listed`: together with the other reviews of its run. */
export const noticeState = z.enum(['pending', 'left', 'listed', 'skipped']);

export const reviewItem = z.object({
  id: z.string(),
  account: z.object({
    id: z.string(),
    name: z.string(),
    csmEmail: z.nullable(z.string()),
    repEmail: z.nullable(z.string()),
  }),
  period: z.object({ id: z.string(), kind: reviewKind, label: z.string() }),
  version: z.int(),
  current: z.boolean(),
  headline: z.string(),
  score: z.nullable(z.number()),
  rag: z.nullable(rag),
  trigger: z.enum(['quarterly', 'contract', 'request']),
  requestedBy: z.string(),
  reason: z.nullable(z.string()),
  createdAt: z.string(),
  publication: z.object({ state: publicationState, url: z.nullable(z.string()), note: z.nullable(z.string()) }),
  notice: z.object({ state: noticeState, note: z.nullable(z.string()) }),
});

export const reviewDetail = z.extend(reviewItem, {
  content: reviewContent,
  /** The draft that tells of it alone, however far it is; null where there is none. */
  draft: z.nullable(
    z.object({
      noticeId: z.string(),
      state: z.enum(['queued', 'drafting', 'uncertain', 'retrying', 'drafted', 'failed']),
      error: z.nullable(z.string()),
      /** Where it opens, once it is there. */
      href: z.nullable(z.string()),
    }),
  ),
  /** All versions of this account and period, the newest first. */
  versions: z.array(
    z.object({
      id: z.string(),
      version: z.int(),
      current: z.boolean(),
      createdAt: z.string(),
      requestedBy: z.string(),
      reason: z.nullable(z.string()),
    }),
  ),
});

const short = z.string().check(z.trim(), z.maxLength(200));
const period = z
  .string()
  .check(z.regex(/^(\d{4}-Q[1-4]|renewal-\d{4}-\d{2}-\d{2})$/, 'must be like 2026-Q3 or renewal-2027-02-15'));

function list<T extends Record<string, string>>(values: z.ZodMiniEnum<T>) {
  return z.optional(
    z.pipe(
      z.pipe(
        z.string(),
        z.transform((value) => value.split(',').filter((part) => part !== '')),
      ),
      z.array(values),
    ),
  );
}

/** Of each account and period the current version. */
export const reviewQuery = z.strictObject({
  period: z.optional(period),
  kind: z.optional(reviewKind),
  rag: list(rag),
  publication: list(publicationState),
  accountId: z.optional(short),
  q: z.optional(short),
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100))),
  cursor: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
});

export const reviewList = z.object({ items: z.array(reviewItem), nextCursor: z.nullable(z.string()) });

/** `customer`: without what is for our eyes alone. */
export const reviewEdition = z.strictObject({ edition: z.optional(z.enum(['full', 'customer'])) });

export const reviewSummary = z.object({
  /** Recent quarters, the running one first. */
  quarters: z.array(z.object({ id: z.string(), label: z.string(), complete: z.boolean() })),
  /** The quarter that ended last: what is made unless another one is named. */
  quarter: z.string(),
  timeZone: z.string(),
  /** The run over a quarter that is under way. */
  activeRun: z.nullable(runItem),
  /** Where reviews are published; null where nowhere. */
  publisher: z.nullable(z.string()),
  /** Drafts that were to tell of reviews, and that only a person can settle: the newest five. */
  unsettled: z.array(
    z.object({
      noticeId: z.string(),
      to: z.string(),
      subject: z.string(),
      state: z.enum(['failed', 'uncertain']),
      error: z.nullable(z.string()),
    }),
  ),
});

/** What the task `generate_qbr` answers for one account. */
export const reviewMade = z.object({
  taskType: z.string(),
  reviewId: z.string(),
  period: z.string(),
  version: z.int(),
  created: z.boolean(),
});

export type ReviewContent = z.infer<typeof reviewContent>;
export type ReviewItem = z.infer<typeof reviewItem>;
export type ReviewDetail = z.infer<typeof reviewDetail>;
export type ReviewQuery = z.infer<typeof reviewQuery>;
export type ReviewList = z.infer<typeof reviewList>;
export type ReviewSummary = z.infer<typeof reviewSummary>;
export type ReviewFigure = z.infer<typeof figureValue>;
