import type { DeskEvent } from '../ports/events';
import type { CurrentReview, NewReview, PendingReview, ReviewStore } from '../ports/reviews';
import type { BulkDatabase } from './client';
import { appendEvents } from './event-log';
import { Prisma } from './generated/sqlite/client';
import { readReviewFacts } from './review-facts';
import { among, dbTime, inputRows, insertRows, selectRows } from './sql';
import { readTotals } from './totals';

const ACTIVE = Prisma.raw(`a."status" IN ('active', 'onboarding')`);
const COLUMNS = [
  'id',
  'account_id',
  'period',
  'kind',
  'version',
  'is_current',
  'trigger',
  'requested_by',
  'reason',
  'facts_digest',
  'headline',
  'score',
  'rag',
  'created_at',
  'publication',
  'publication_note',
  'notice',
  'notice_note',
  'content',
] as const;

/** Why an older version is not published any more. */
const SUPERSEDED = 'A newer version took its place.';

export function createReviewStore(db: BulkDatabase): ReviewStore {
  return {
    async countActive() {
      const totals = await readTotals(db.rows, ['account']);
      return totals
        .filter(({ key }) => key === 'active' || key === 'onboarding')
        .reduce((sum, { count }) => sum + count, 0);
    },

    async nextActive(after, size) {
      const rows = await db.rows.$queryRaw<{ id: string }[]>`
        SELECT a."id" AS "id" FROM "accounts" a WHERE a."id" > ${after} AND ${ACTIVE} ORDER BY a."id" LIMIT ${size}`;
      return rows.map(({ id }) => id);
    },

    nextRenewing: (after, size, days) =>
      selectRows<{ accountId: string; renewalDate: string }>(
        db.rows,
        { accountId: 'a."id"', renewalDate: 'a."renewal_date"' },
        Prisma.sql`FROM "accounts" a WHERE a."id" > ${after} AND ${renewing(days)} ORDER BY a."id" LIMIT ${size}`,
      ),

    async countRenewing(days) {
      const rows = await db.rows.$queryRaw<{ count: number }[]>`
        SELECT COUNT(*) AS "count" FROM "accounts" a WHERE ${renewing(days)}`;
      return Number(rows[0]?.count ?? 0);
    },

    readFacts: (accountIds, window) => readReviewFacts(db, accountIds, window),

    async readCurrent(reviews) {
      const rows = await selectRows<CurrentReview & { accountId: string }>(
        db.rows,
        {
          accountId: 'r."account_id"',
          id: 'r."id"',
          version: 'r."version"',
          factsDigest: 'r."facts_digest"',
          trigger: 'r."trigger"',
        },
        Prisma.sql`FROM ${inputRows(
          db.rows,
          'reviews',
          ['account_id', 'period'],
          reviews.map(({ accountId, period }) => [accountId, period]),
        )} ${db.rows.dialect.leftFirst} "reviews" r ON r."account_id" = "input"."account_id" AND r."period" = "input"."period"
          WHERE r."is_current" = TRUE`,
      );
      return new Map(rows.map(({ accountId, ...current }) => [accountId, current]));
    },

    async save(reviews, now) {
      if (reviews.length === 0) return new Set();
      return db.bulk(async (tx) => {
        // Whoever stores the same version at the same time waits here, and finds it taken.
        await insertRows(
          tx,
          'reviews',
          COLUMNS,
          reviews.map((review) => rowOf(review, now)),
          Prisma.sql`ON CONFLICT ("account_id", "period", "version") DO NOTHING`,
        );
        const ids = reviews.map(({ id }) => id);
        const rows = await tx.$queryRaw<{ id: string }[]>`SELECT "id" FROM "reviews" WHERE "id" ${among(tx, ids)}`;
        const stored = new Set(rows.map(({ id }) => id));
        const kept = reviews.filter(({ id }) => stored.has(id));
        const previous = kept.flatMap(({ previousId }) => previousId ?? []);
        if (previous.length > 0) {
          await tx.$executeRaw`UPDATE "reviews" SET "is_current" = FALSE WHERE "id" ${among(tx, previous)}`;
          await tx.$executeRaw`
            UPDATE "reviews" SET "publication" = 'skipped', "publication_note" = ${SUPERSEDED}
            WHERE "id" ${among(tx, previous)} AND "publication" = 'pending'`;
        }
        await appendEvents(tx, kept.map(eventOf), now);
        return stored;
      });
    },

    async takePending(duty, { owner, now, until, after }) {
      const at = dbTime(now);
      const column = Prisma.raw(`"${duty}"`);
      const [taken] = await db.bulk(
        (tx) => tx.$queryRaw<PendingReview[]>`
          UPDATE "reviews" SET "lease_owner" = ${owner}, "lease_until" = ${dbTime(until)} WHERE "id" = (
            SELECT "id" FROM "reviews" WHERE ${column} = 'pending' AND "id" > ${after}
              AND ("lease_until" IS NULL OR "lease_until" <= ${at}) ORDER BY "id" LIMIT 1 ${tx.dialect.skipLocked})
          RETURNING "id" AS "id", "version" AS "version", "content" AS "content"`,
      );
      return taken ?? null;
    },

    async settleNotice(id, { state, note }) {
      await db.change(Prisma.sql`
        UPDATE "reviews" SET "notice" = ${state}, "notice_note" = ${note}, "lease_owner" = NULL, "lease_until" = NULL
        WHERE "id" = ${id} AND "notice" = 'pending'`);
    },

    async settlePublication(id, { state, url, note }) {
      await db.change(Prisma.sql`
        UPDATE "reviews" SET "publication" = ${state}, "published_url" = ${url}, "publication_note" = ${note},
          "lease_owner" = NULL, "lease_until" = NULL WHERE "id" = ${id}`);
    },

    async skipPublications(note, now) {
      const at = dbTime(now);
      return db.change(Prisma.sql`
        UPDATE "reviews" SET "publication" = 'skipped', "publication_note" = ${note}
        WHERE "publication" = 'pending' AND ("lease_until" IS NULL OR "lease_until" <= ${at})`);
    },

    async release(owner) {
      await db.change(Prisma.sql`
        UPDATE "reviews" SET "lease_owner" = NULL, "lease_until" = NULL WHERE "lease_owner" = ${owner}`);
    },

    async settleListed(ids, note) {
      await db.change(Prisma.sql`
        UPDATE "reviews" SET "notice" = 'left', "notice_note" = ${note} WHERE "id" ${among(db.rows, ids)} AND "notice" = 'listed'`);
    },

    listForReps(which, after, limit) {
      const chosen =
        'period' in which
          ? Prisma.sql`r."period" = ${which.period}`
          : Prisma.sql`r."trigger" = ${which.untold} AND r."notice" = 'listed'`;
      const position = after
        ? Prisma.sql`(a."rep_email" > ${after.repEmail} OR (a."rep_email" = ${after.repEmail} AND a."id" > ${after.accountId}))`
        : Prisma.sql`a."rep_email" IS NOT NULL`;
      return selectRows<Awaited<ReturnType<ReviewStore['listForReps']>>[number]>(
        db.rows,
        {
          id: 'r."id"',
          accountId: 'a."id"',
          accountName: 'a."name"',
          repEmail: 'a."rep_email"',
          headline: 'r."headline"',
          rag: 'r."rag"',
        },
        Prisma.sql`FROM "reviews" r JOIN "accounts" a ON a."id" = r."account_id"
          WHERE r."is_current" = TRUE AND ${chosen} AND ${position}
          ORDER BY a."rep_email", a."id" LIMIT ${limit}`,
      );
    },
  };
}

function renewing({ first, last }: { first: string; last: string }): Prisma.Sql {
  return Prisma.sql`${ACTIVE} AND a."renewal_date" >= ${first} AND a."renewal_date" <= ${last} AND NOT EXISTS (
    SELECT 1 FROM "reviews" r WHERE r."account_id" = a."id" AND r."period" = 'renewal-' || a."renewal_date")`;
}

function rowOf(review: NewReview, now: Date): unknown[] {
  const { health, headline } = review.review;
  return [
    review.id,
    review.accountId,
    review.period,
    review.kind,
    review.version,
    1,
    review.trigger,
    review.requestedBy,
    review.reason,
    review.factsDigest,
    headline,
    health.last?.score ?? null,
    health.last?.rag ?? null,
    dbTime(now),
    review.publication,
    review.publicationNote,
    review.notice,
    review.noticeNote,
    JSON.stringify(review.review),
  ];
}

function eventOf({ id, accountId, period, kind, version, trigger, review }: NewReview): DeskEvent {
  const { last } = review.health;
  return {
    type: 'qbr.ready',
    accountId,
    data: {
      reviewId: id,
      accountId,
      period,
      kind,
      version,
      trigger,
      score: last?.score ?? null,
      rag: last?.rag ?? null,
    },
  };
}
