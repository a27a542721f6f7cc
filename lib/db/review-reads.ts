import type { ReviewDetail, ReviewItem, ReviewList, ReviewQuery, ReviewSummary } from '../contracts/reviews';
import type { Scope } from '../domain/access';
import { parsePeriod, periodLabel } from '../domain/review-period';
import { AppError } from '../errors';
import { readActorNames } from './actor-names';
import type { Database } from './client';
import { after, decodeCursor, encodeCursor, orderBy, type SortOrder } from './cursor';
import { Prisma } from './generated/sqlite/client';
import { within } from './scope';
import { isoTime, likePattern, selectRows } from './sql';

const DEFAULT_LIMIT = 50;
/** Names the order in cursors. */
const SORT = 'reviews:newest';
const NEWEST: SortOrder = { columns: ['r."created_at"', 'r."id"'], direction: 'DESC' };
/** Versions of one review that are listed. */
const MOST_VERSIONS = 100;
/** Those behind them come up as these are settled. */
const MOST_UNSETTLED = 5;

/** One page of current reviews, newest first. */
export async function listReviews(db: Database, query: ReviewQuery, scope: Scope): Promise<ReviewList> {
  const position = decodeCursor(query.cursor, SORT, ['time', 'string']);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const rows = await selectRows<Row>(
    db.rows,
    COLUMNS,
    Prisma.sql`FROM "reviews" r JOIN "accounts" a ON a."id" = r."account_id"
      WHERE r."is_current" = TRUE AND ${filtersOf(query)} AND ${within(scope, 'r."account_id"')} AND ${after(NEWEST, position)}
      ${orderBy(NEWEST)} LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: await toItems(db, page),
    nextCursor: rows.length > limit && last ? encodeCursor(SORT, [last.createdAt, last.id]) : null,
  };
}

function filtersOf(query: ReviewQuery): Prisma.Sql {
  const conditions = [Prisma.sql`TRUE`];
  if (query.period) conditions.push(Prisma.sql`r."period" = ${query.period}`);
  if (query.kind) conditions.push(Prisma.sql`r."kind" = ${query.kind}`);
  if (query.rag?.length) conditions.push(Prisma.sql`r."rag" IN (${Prisma.join(query.rag)})`);
  if (query.publication?.length) conditions.push(Prisma.sql`r."publication" IN (${Prisma.join(query.publication)})`);
  if (query.accountId) conditions.push(Prisma.sql`r."account_id" = ${query.accountId}`);
  if (query.q) conditions.push(Prisma.sql`a."search_key" LIKE ${likePattern(query.q)} ESCAPE '\\'`);
  return Prisma.join(conditions, ' AND ');
}

/**
 * One review with its versions.
 * @param parse of what is stored; throws where it is no review.
 * @throws AppError `not_found`.
 */
export async function getReview(
  db: Database,
  id: string,
  scope: Scope,
  parse: (content: string) => ReviewDetail['content'],
): Promise<ReviewDetail> {
  const [row] = await selectRows<Row & { content: string }>(
    db.rows,
    { ...COLUMNS, content: 'r."content"' },
    Prisma.sql`FROM "reviews" r JOIN "accounts" a ON a."id" = r."account_id"
      WHERE r."id" = ${id} AND ${within(scope, 'r."account_id"')}`,
  );
  if (!row) throw new AppError('not_found', `There is no review "${id}".`);
  const versions = await db.read.review.findMany({
    where: { accountId: row.accountId, period: row.period },
    select: { id: true, version: true, isCurrent: true, createdAt: true, requestedBy: true, reason: true },
    orderBy: { version: 'desc' },
    take: MOST_VERSIONS,
  });
  const notice = await db.read.notice.findUnique({
    where: { key: `qbr:${row.accountId}:${row.period}` },
    select: { id: true, state: true, errorMessage: true, nextAttemptAt: true },
  });
  const nameOf = await readActorNames(db, [row.requestedBy, ...versions.map(({ requestedBy }) => requestedBy)]);
  return {
    ...toItem(row, nameOf),
    content: parse(row.content),
    draft: notice && {
      noticeId: notice.id,
      // Nobody need say what the mailbox is still to be asked.
      state:
        notice.state === 'uncertain' && notice.nextAttemptAt !== null
          ? 'retrying'
          : (notice.state as NonNullable<ReviewDetail['draft']>['state']),
      error: notice.errorMessage,
      href: notice.state === 'drafted' ? `/api/v1/notices/${encodeURIComponent(notice.id)}/draft` : null,
    },
    versions: versions.map((version) => ({
      id: version.id,
      version: version.version,
      current: version.isCurrent,
      createdAt: version.createdAt.toISOString(),
      requestedBy: nameOf(version.requestedBy),
      reason: version.reason,
    })),
  };
}

interface Row {
  id: string;
  accountId: string;
  accountName: string;
  csmEmail: string | null;
  repEmail: string | null;
  period: string;
  kind: string;
  version: number;
  isCurrent: number | boolean;
  headline: string;
  score: number | null;
  rag: string | null;
  trigger: string;
  requestedBy: string;
  reason: string | null;
  createdAt: string;
  publication: string;
  publishedUrl: string | null;
  publicationNote: string | null;
  notice: string;
  noticeNote: string | null;
}

const COLUMNS: Record<keyof Row, string> = {
  id: 'r."id"',
  accountId: 'r."account_id"',
  accountName: 'a."name"',
  csmEmail: 'a."csm_email"',
  repEmail: 'a."rep_email"',
  period: 'r."period"',
  kind: 'r."kind"',
  version: 'r."version"',
  isCurrent: 'r."is_current"',
  headline: 'r."headline"',
  score: 'r."score"',
  rag: 'r."rag"',
  trigger: 'r."trigger"',
  requestedBy: 'r."requested_by"',
  reason: 'r."reason"',
  createdAt: 'r."created_at"',
  publication: 'r."publication"',
  publishedUrl: 'r."published_url"',
  publicationNote: 'r."publication_note"',
  notice: 'r."notice"',
  noticeNote: 'r."notice_note"',
};

async function toItems(db: Database, rows: readonly Row[]): Promise<ReviewItem[]> {
  const nameOf = await readActorNames(
    db,
    rows.map(({ requestedBy }) => requestedBy),
  );
  return rows.map((row) => toItem(row, nameOf));
}

function toItem(row: Row, nameOf: (actor: string) => string): ReviewItem {
  const period = parsePeriod(row.period);
  return {
    id: row.id,
    account: { id: row.accountId, name: row.accountName, csmEmail: row.csmEmail, repEmail: row.repEmail },
    period: {
      id: row.period,
      kind: row.kind as ReviewItem['period']['kind'],
      label: period ? periodLabel(period) : row.period,
    },
    version: row.version,
    current: Boolean(row.isCurrent),
    headline: row.headline,
    score: row.score,
    rag: row.rag as ReviewItem['rag'],
    trigger: row.trigger as ReviewItem['trigger'],
    requestedBy: nameOf(row.requestedBy),
    reason: row.reason,
    createdAt: isoTime(row.createdAt),
    publication: {
      state: row.publication as ReviewItem['publication']['state'],
      url: row.publishedUrl,
      note: row.publicationNote,
    },
    notice: { state: row.notice as ReviewItem['notice']['state'], note: row.noticeNote },
  };
}

/** Drafts that tell of reviews and that failed, or of which nobody knows whether they are there; the newest first. */
export async function unsettledDrafts(db: Database, { repEmail }: Scope): Promise<ReviewSummary['unsettled']> {
  const rows = await db.read.notice.findMany({
    where: {
      kind: 'qbr_ready',
      OR: [{ state: 'failed' }, { state: 'uncertain', nextAttemptAt: null }],
      ...(repEmail === null ? {} : { toAddress: repEmail }),
    },
    select: { id: true, toAddress: true, subject: true, state: true, errorMessage: true },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: MOST_UNSETTLED,
  });
  return rows.map(({ id, toAddress, subject, state, errorMessage }) => ({
    ...{ noticeId: id, to: toAddress, subject, error: errorMessage },
    state: state === 'failed' ? 'failed' : 'uncertain',
  }));
}
