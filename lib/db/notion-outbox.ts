import { breathe } from '../breathe';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { NOTION_SOURCE } from './import-batch';
import { among, dbTime, insertRows, type SqlClient, selectRows } from './sql';

/** An account's scores on its own page, an opportunity, a QBR, an alert. */
export type NotionKind = 'health' | 'expansion' | 'review' | 'alert';

/** Something that Notion is to be told, taken by this process for a while. */
export interface NotionWork {
  id: string;
  kind: NotionKind;
  targetId: string;
  accountId: string;
  digest: string;
  /** JSON; null where what is told is looked up. */
  content: string | null;
  attempts: number;
}

export interface HealthFacts {
  accountId: string;
  pageId: string;
  url: string;
  /** To a tenth. */
  tenths: number;
  rag: string;
  changedAt: string;
  digest: string;
}

export interface ExpansionFacts {
  opportunityId: string;
  accountId: string;
  accountName: string;
  accountPageId: string | null;
  title: string;
  type: string;
  status: string;
  confidence: string;
  impactCents: number | bigint | null;
  currency: string;
  /** JSON: see domain/expansion.ts. */
  evidence: string;
  talkTrack: string;
  dispatchId: string | null;
  firstSeenAt: string;
  digest: string;
}

export interface NotionRecordReference {
  pageId: string;
  url: string;
  digest: string;
}

export interface OutboxSummary {
  waiting: number;
  failed: number;
  /** When the oldest that waits was noticed. */
  oldestAt: Date | null;
}

/** Accounts looked at in one step of the comparison: short enough for a page to wait behind it. */
const STEP = 1_000;

/** What the page of an account says: the score to a tenth, which is what people see, and its colour. */
const TENTHS = `CAST(ROUND(h."score" * 10) AS INTEGER)`;
const HEALTH_DIGEST = `h."rag" || ' ' || CAST(${TENTHS} AS TEXT)`;
const EXPANSION_DIGEST = `o."status" || ' ' || o."content_key" || ' ' || COALESCE(d."id", '')`;
/** An opportunity that was gone before Notion heard of it is not told. */
const WORTH_TELLING = Prisma.raw(`(r."digest" IS NOT NULL OR o."status" NOT IN ('withdrawn', 'dismissed'))`);

export function createNotionOutbox(db: Database) {
  /** One row a target: what is noticed later takes the place of what was. */
  async function put(
    tx: SqlClient,
    rows: readonly { kind: NotionKind; targetId: string; accountId: string; digest: string; content: string | null }[],
    now: Date,
  ): Promise<void> {
    const at = dbTime(now);
    await insertRows(
      tx,
      'notion_outbox',
      [
        'id',
        'kind',
        'target_id',
        'account_id',
        'digest',
        'content',
        'state',
        'attempts',
        'next_attempt_at',
        'created_at',
        'updated_at',
      ],
      rows.map((row) => [
        newId(),
        row.kind,
        row.targetId,
        row.accountId,
        row.digest,
        row.content,
        'waiting',
        0,
        at,
        at,
        at,
      ]),
      Prisma.sql`ON CONFLICT ("kind", "target_id") DO UPDATE SET "digest" = excluded."digest", "content" = excluded."content",
        "account_id" = excluded."account_id", "state" = 'waiting', "attempts" = 0,
        "next_attempt_at" = excluded."next_attempt_at", "error_code" = NULL, "error_message" = NULL,
        "updated_at" = excluded."updated_at"`,
    );
  }

  return {
    /**
     * Compares what Notion was told with what there is to tell, a thousand accounts at a time, and notes the differences.
     * @returns how many there were.
     */
    async fill({ health, expansion, now }: { health: boolean; expansion: boolean; now: Date }): Promise<number> {
      let after = '';
      let found = 0;
      for (;;) {
        const [range] = await selectRows<{ through: string | null }>(
          db.rows,
          { through: 'MAX("account_id")' },
          Prisma.sql`FROM (SELECT "account_id" FROM "notion_pages" WHERE "account_id" > ${after}
            ORDER BY "account_id" LIMIT ${STEP}) AS "next"`,
        );
        if (!range?.through) return found;
        const within = Prisma.sql`p."account_id" > ${after} AND p."account_id" <= ${range.through} AND p."state" = 'linked'
          AND a."source" = ${NOTION_SOURCE}`;
        const rows = [
          ...(health ? await changedHealth(db.rows, within) : []),
          ...(expansion ? await changedExpansion(db.rows, within) : []),
        ];
        if (rows.length > 0) await db.bulk((tx) => put(tx, rows, now));
        found += rows.length;
        after = range.through;
        await breathe();
      }
    },

    /** A document of its own, e.g. a QBR. One that waits already, and is the same, goes on waiting as it did. */
    async addUnlessThere(item: Omit<NotionWork, 'id' | 'attempts'>, now: Date): Promise<void> {
      await db.bulk(async (tx) => {
        const there = await tx.$queryRaw<unknown[]>`
          SELECT "id" FROM "notion_outbox"
          WHERE "kind" = ${item.kind} AND "target_id" = ${item.targetId} AND "digest" = ${item.digest}`;
        if (there.length === 0) await put(tx, [item], now);
      });
    },

    /** Takes what is due, of these kinds, the oldest first. Leases are measured by the database's clock. */
    async claim(options: {
      kinds: readonly NotionKind[];
      owner: string;
      ttlMs: number;
      limit: number;
      now: Date;
    }): Promise<NotionWork[]> {
      const { kinds, owner, ttlMs, limit, now } = options;
      return db.bulk(async (tx) => {
        const rows = await tx.$queryRaw<NotionWork[]>`
          UPDATE "notion_outbox" SET "lease_owner" = ${owner}, "lease_until" = ${tx.dialect.timeFromNow(ttlMs)}
          WHERE "id" IN (
            SELECT "id" FROM "notion_outbox" WHERE "state" = 'waiting' AND "next_attempt_at" <= ${dbTime(now)}
              AND "kind" ${among(tx, kinds)}
              AND ("lease_until" IS NULL OR "lease_until" <= ${tx.dialect.timeFromNow(0)})
            ORDER BY "next_attempt_at", "id" LIMIT ${limit} ${tx.dialect.skipLocked})
          RETURNING "id", "kind", "target_id" AS "targetId", "account_id" AS "accountId", "digest", "content", "attempts"`;
        return rows;
      });
    },

    /**
     * Notion was told: what it says now is written down. What has changed since the work was taken stays to be told.
     */
    async done(work: NotionWork, owner: string, record: NotionRecordReference, now: Date): Promise<void> {
      await db.bulk(async (tx) => {
        await writeRecord(tx, work, record, now);
        await tx.$executeRaw`
          DELETE FROM "notion_outbox" WHERE "id" = ${work.id} AND "lease_owner" = ${owner} AND "digest" = ${work.digest}`;
        await release(tx, work.id, owner);
      });
    },

    /** There is nothing to tell any more. */
    async drop(work: NotionWork, owner: string): Promise<void> {
      await db.bulk(async (tx) => {
        await tx.$executeRaw`
          DELETE FROM "notion_outbox" WHERE "id" = ${work.id} AND "lease_owner" = ${owner} AND "digest" = ${work.digest}`;
        await release(tx, work.id, owner);
      });
    },

    /** Where a page is whose content is being written. */
    async begun(work: NotionWork, record: NotionRecordReference, now: Date): Promise<void> {
      await db.bulk((tx) => writeRecord(tx, work, record, now));
    },

    /** Untouched: somebody tells it later. */
    async giveBack(work: NotionWork, owner: string): Promise<void> {
      await db.bulk((tx) => release(tx, work.id, owner));
    },

    async retryLater(
      work: NotionWork,
      owner: string,
      { at, code, message, now }: { at: Date; code: string; message: string; now: Date },
    ): Promise<void> {
      await db.change(Prisma.sql`
        UPDATE "notion_outbox" SET "attempts" = "attempts" + 1, "next_attempt_at" = ${dbTime(at)}, "lease_owner" = NULL,
          "lease_until" = NULL, "error_code" = ${code}, "error_message" = ${message}, "updated_at" = ${dbTime(now)}
        WHERE "id" = ${work.id} AND "lease_owner" = ${owner}`);
    },

    /** Notion refuses it for good: it waits for a person, or for a change. */
    async fail(
      work: NotionWork,
      owner: string,
      { code, message, now }: { code: string; message: string; now: Date },
    ): Promise<void> {
      await db.bulk(async (tx) => {
        await tx.$executeRaw`
          UPDATE "notion_outbox" SET "state" = 'failed', "error_code" = ${code}, "error_message" = ${message},
            "updated_at" = ${dbTime(now)}
          WHERE "id" = ${work.id} AND "lease_owner" = ${owner} AND "digest" = ${work.digest}`;
        await release(tx, work.id, owner);
      });
    },

    /** Another database was chosen for these: what the one before was told does not count. */
    async forget(kind: NotionKind): Promise<void> {
      await db.bulk(async (tx) => {
        await tx.$executeRaw`DELETE FROM "notion_records" WHERE "kind" = ${kind}`;
        // What waits for a place that is none any more would wait for ever.
        await tx.$executeRaw`DELETE FROM "notion_outbox" WHERE "kind" = ${kind}`;
      });
    },

    /** Pages of accounts that are back: what could not be written to them can be now. */
    async retryHealth(accountIds: readonly string[], now: Date): Promise<void> {
      await db.change(Prisma.sql`
        UPDATE "notion_outbox" SET "state" = 'waiting', "attempts" = 0, "next_attempt_at" = ${dbTime(now)},
          "updated_at" = ${dbTime(now)}
        WHERE "kind" = 'health' AND "state" = 'failed' AND "target_id" ${among(db.rows, accountIds)}`);
    },

    /** Why Notion refused this very content for good; null where it did not. */
    async refusal(kind: NotionKind, targetId: string, digest: string): Promise<string | null> {
      const item = await db.read.notionOutboxItem.findUnique({
        where: { kind_targetId: { kind, targetId } },
        select: { state: true, digest: true, errorMessage: true },
      });
      return item?.state === 'failed' && item.digest === digest ? (item.errorMessage ?? 'Notion refused it.') : null;
    },

    /** A person asked for another try of everything that failed. */
    async retryFailed(now: Date): Promise<number> {
      return db.change(Prisma.sql`
        UPDATE "notion_outbox" SET "state" = 'waiting', "attempts" = 0, "next_attempt_at" = ${dbTime(now)},
          "updated_at" = ${dbTime(now)} WHERE "state" = 'failed'`);
    },

    /** What Notion refused, the longest ago first. */
    async failures(limit: number) {
      return db.read.notionOutboxItem.findMany({
        where: { state: 'failed' },
        orderBy: [{ nextAttemptAt: 'asc' }, { id: 'asc' }],
        take: limit,
        select: { kind: true, targetId: true, accountId: true, errorMessage: true, updatedAt: true },
      });
    },

    async summary(): Promise<OutboxSummary> {
      const [waiting, failed, oldest] = await Promise.all([
        db.read.notionOutboxItem.count({ where: { state: 'waiting' } }),
        db.read.notionOutboxItem.count({ where: { state: 'failed' } }),
        db.read.notionOutboxItem.findFirst({
          where: { state: 'waiting' },
          orderBy: [{ nextAttemptAt: 'asc' }, { id: 'asc' }],
          select: { createdAt: true },
        }),
      ]);
      return { waiting, failed, oldestAt: oldest?.createdAt ?? null };
    },

    /** Whether something waits that so many attempts left nobody the wiser. */
    async hasTrouble(attempts: number): Promise<boolean> {
      const item = await db.read.notionOutboxItem.findFirst({
        where: { state: 'waiting', errorCode: 'outcome_unknown', attempts: { gte: attempts } },
        select: { id: true },
      });
      return item !== null;
    },

    /** The earliest time at which something of these kinds is due; null where nothing waits. */
    async nextDueAt(kinds: readonly NotionKind[]): Promise<Date | null> {
      const next = await db.read.notionOutboxItem.findFirst({
        where: { state: 'waiting', kind: { in: [...kinds] } },
        orderBy: [{ nextAttemptAt: 'asc' }, { id: 'asc' }],
        select: { nextAttemptAt: true },
      });
      return next?.nextAttemptAt ?? null;
    },

    async record(kind: NotionKind, targetId: string): Promise<NotionRecordReference | null> {
      return db.read.notionRecord.findUnique({
        where: { kind_targetId: { kind, targetId } },
        select: { pageId: true, url: true, digest: true },
      });
    },

    async healthFacts(accountIds: readonly string[]): Promise<Map<string, HealthFacts>> {
      const rows = await selectRows<HealthFacts>(
        db.rows,
        {
          accountId: 'h."account_id"',
          pageId: 'p."page_id"',
          url: 'p."url"',
          tenths: TENTHS,
          rag: 'h."rag"',
          changedAt: 'h."changed_at"',
          digest: HEALTH_DIGEST,
        },
        Prisma.sql`FROM "account_health" h JOIN "notion_pages" p ON p."account_id" = h."account_id"
          JOIN "accounts" a ON a."id" = h."account_id"
          WHERE h."account_id" ${among(db.rows, accountIds)} AND p."state" = 'linked' AND a."source" = ${NOTION_SOURCE}`,
      );
      return new Map(rows.map((row) => [row.accountId, row]));
    },

    async expansionFacts(opportunityIds: readonly string[]): Promise<Map<string, ExpansionFacts>> {
      const rows = await selectRows<ExpansionFacts>(
        db.rows,
        {
          opportunityId: 'o."id"',
          accountId: 'o."account_id"',
          accountName: 'a."name"',
          accountPageId: 'p."page_id"',
          title: 'o."title"',
          type: 'o."type"',
          status: 'o."status"',
          confidence: 'o."confidence"',
          impactCents: 'o."impact_cents"',
          currency: 'o."currency"',
          evidence: 'o."evidence"',
          talkTrack: 'o."talk_track"',
          dispatchId: 'd."id"',
          firstSeenAt: 'o."first_seen_at"',
          digest: EXPANSION_DIGEST,
        },
        Prisma.sql`FROM "opportunities" o JOIN "accounts" a ON a."id" = o."account_id"
          LEFT JOIN "notion_pages" p ON p."account_id" = o."account_id" AND p."state" = 'linked'
          LEFT JOIN "dispatches" d ON d."opportunity_id" = o."id"
          WHERE o."id" ${among(db.rows, opportunityIds)}`,
      );
      return new Map(rows.map((row) => [row.opportunityId, row]));
    },

    /** The page of an account, for a relation to it. */
    async accountPage(accountId: string): Promise<string | null> {
      const page = await db.read.notionPage.findUnique({
        where: { accountId },
        select: { pageId: true, state: true },
      });
      return page?.state === 'linked' ? page.pageId : null;
    },
  };
}

export type NotionOutbox = ReturnType<typeof createNotionOutbox>;

type Noticed = { kind: NotionKind; targetId: string; accountId: string; digest: string; content: null };

async function changedHealth(rows: SqlClient, within: Prisma.Sql): Promise<Noticed[]> {
  const digest = Prisma.raw(HEALTH_DIGEST);
  const found = await selectRows<{ accountId: string; digest: string }>(
    rows,
    { accountId: 'h."account_id"', digest: HEALTH_DIGEST },
    Prisma.sql`FROM "notion_pages" p JOIN "accounts" a ON a."id" = p."account_id"
      JOIN "account_health" h ON h."account_id" = p."account_id"
      LEFT JOIN "notion_records" r ON r."kind" = 'health' AND r."target_id" = h."account_id"
      LEFT JOIN "notion_outbox" b ON b."kind" = 'health' AND b."target_id" = h."account_id"
      WHERE ${within} AND r."digest" IS DISTINCT FROM (${digest}) AND b."digest" IS DISTINCT FROM (${digest})`,
  );
  return found.map((row) => ({ ...row, kind: 'health', targetId: row.accountId, content: null }));
}

async function changedExpansion(rows: SqlClient, within: Prisma.Sql): Promise<Noticed[]> {
  const digest = Prisma.raw(EXPANSION_DIGEST);
  const found = await selectRows<{ targetId: string; accountId: string; digest: string }>(
    rows,
    { targetId: 'o."id"', accountId: 'o."account_id"', digest: EXPANSION_DIGEST },
    Prisma.sql`FROM "notion_pages" p JOIN "accounts" a ON a."id" = p."account_id"
      JOIN "opportunities" o ON o."account_id" = p."account_id"
      LEFT JOIN "dispatches" d ON d."opportunity_id" = o."id"
      LEFT JOIN "notion_records" r ON r."kind" = 'expansion' AND r."target_id" = o."id"
      LEFT JOIN "notion_outbox" b ON b."kind" = 'expansion' AND b."target_id" = o."id"
      WHERE ${within} AND ${WORTH_TELLING}
        AND r."digest" IS DISTINCT FROM (${digest}) AND b."digest" IS DISTINCT FROM (${digest})`,
  );
  return found.map((row) => ({ ...row, kind: 'expansion', content: null }));
}

async function writeRecord(
  tx: SqlClient,
  { kind, targetId }: NotionWork,
  { pageId, url, digest }: NotionRecordReference,
  now: Date,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "notion_records" ("kind", "target_id", "page_id", "url", "digest", "pushed_at")
    VALUES (${kind}, ${targetId}, ${pageId}, ${url}, ${digest}, ${dbTime(now)})
    ON CONFLICT ("kind", "target_id") DO UPDATE SET "page_id" = excluded."page_id", "url" = excluded."url",
      "digest" = excluded."digest", "pushed_at" = excluded."pushed_at"`;
}

async function release(tx: SqlClient, id: string, owner: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE "notion_outbox" SET "lease_owner" = NULL, "lease_until" = NULL WHERE "id" = ${id} AND "lease_owner" = ${owner}`;
}
