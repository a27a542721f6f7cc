import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { FILE_SOURCE, NOTION_SOURCE } from './import-batch';
import { among, dbTime, inputRows, insertRows, selectRows } from './sql';

/** What became of a page: an account; refused for what it says; its account belongs to another source; no longer there. */
export type NotionPageState = 'linked' | 'refused' | 'conflict' | 'gone';

export interface NotionPageRow {
  pageId: string;
  accountId: string | null;
  wantedId: string | null;
  url: string;
  title: string;
  editedAt: Date;
  state: NotionPageState;
  problem: string | null;
}

export interface KnownNotionPage {
  pageId: string;
  accountId: string | null;
  title: string;
  url: string;
  state: NotionPageState;
}

const KNOWN = { pageId: '"page_id"', accountId: '"account_id"', title: '"title"', url: '"url"', state: '"state"' };

/** The pages of the accounts database: which account each is, or why it is none. */
export function createNotionPages(db: Database) {
  return {
    /** Pages by id, and pages that are one of these accounts. */
    async known(pageIds: readonly string[], accountIds: readonly string[]): Promise<KnownNotionPage[]> {
      return selectRows<KnownNotionPage>(
        db.rows,
        KNOWN,
        Prisma.sql`FROM "notion_pages" WHERE "page_id" ${among(db.rows, pageIds)}
          UNION SELECT "page_id", "account_id", "title", "url", "state" FROM "notion_pages"
          WHERE "account_id" ${among(db.rows, accountIds)}`,
      );
    },

    /** Writes down what a pull found; `seenIn` names it. */
    async save(pages: readonly NotionPageRow[], seenIn: string, now: Date): Promise<void> {
      const columns = [
        'page_id',
        'account_id',
        'wanted_id',
        'url',
        'title',
        'edited_at',
        'state',
        'problem',
        'seen_in',
        'updated_at',
      ];
      const set = columns.slice(1).map((column) => `"${column}" = excluded."${column}"`);
      const linked = pages.flatMap(({ accountId, state }) =>
        accountId !== null && state === 'linked' ? [accountId] : [],
      );
      await db.bulk(async (tx) => {
        // A page that is gone makes room for another one of the same account.
        await tx.$executeRaw`
          UPDATE "notion_pages" SET "account_id" = NULL WHERE "state" = 'gone' AND "account_id" ${among(tx, linked)}`;
        await insertRows(
          tx,
          'notion_pages',
          columns,
          pages.map((page) => [
            page.pageId,
            page.accountId,
            page.wantedId,
            page.url,
            page.title,
            dbTime(page.editedAt),
            page.state,
            page.problem,
            seenIn,
            dbTime(now),
          ]),
          Prisma.sql`ON CONFLICT ("page_id") DO UPDATE SET ${Prisma.raw(set.join(', '))}`,
        );
      });
    },

    /** Pages that a pull of everything did not see, in the order of their ids. */
    async unseen(seenIn: string, after: string, limit: number): Promise<KnownNotionPage[]> {
      return selectRows<KnownNotionPage>(
        db.rows,
        KNOWN,
        Prisma.sql`FROM "notion_pages" WHERE "page_id" > ${after} AND "state" <> 'gone'
          AND "seen_in" IS DISTINCT FROM ${seenIn} ORDER BY "page_id" LIMIT ${limit}`,
      );
    },

    /** Pages that are in the trash, or no longer there: their accounts become inactive. @returns those accounts. */
    async retire(pageIds: readonly string[], now: Date): Promise<string[]> {
      if (pageIds.length === 0) return [];
      const at = dbTime(now);
      return db.bulk(async (tx) => {
        await tx.$executeRaw`
          UPDATE "notion_pages" SET "state" = 'gone', "problem" = NULL, "updated_at" = ${at}
          WHERE "page_id" ${among(tx, pageIds)} AND "state" <> 'gone'`;
        const rows = await tx.$queryRaw<{ id: string }[]>`
          UPDATE "accounts" SET "status" = 'inactive', "updated_at" = ${at}
          WHERE "source" = ${NOTION_SOURCE} AND "status" IN ('active', 'onboarding') AND "id" IN (
            SELECT "account_id" FROM "notion_pages" WHERE "page_id" ${among(tx, pageIds)})
          RETURNING "id"`;
        // Nothing can be written to them any more.
        await tx.$executeRaw`
          DELETE FROM "notion_outbox" WHERE "kind" = 'health' AND "target_id" IN (
            SELECT "account_id" FROM "notion_pages" WHERE "page_id" ${among(tx, pageIds)})`;
        return rows.map(({ id }) => id);
      });
    },

    /** Accounts of Notion that no page names, as after another database was chosen: nobody would tell of them any more. */
    async retireWithoutPage(now: Date): Promise<number> {
      return db.change(Prisma.sql`
        UPDATE "accounts" SET "status" = 'inactive', "updated_at" = ${dbTime(now)}
        WHERE "source" = ${NOTION_SOURCE} AND "status" IN ('active', 'onboarding')
          AND NOT EXISTS (SELECT 1 FROM "notion_pages" p WHERE p."account_id" = "accounts"."id" AND p."state" <> 'gone')`);
    },

    /** What was not read as an account, or not in full, by title. */
    async problems(limit: number): Promise<(NotionPageRow & { seenIn: string | null })[]> {
      const rows = await db.read.notionPage.findMany({
        where: { OR: [{ state: { in: ['refused', 'conflict'] } }, { state: 'linked', problem: { not: null } }] },
        orderBy: [{ state: 'asc' }, { title: 'asc' }, { pageId: 'asc' }],
        take: limit,
      });
      return rows.map((row) => ({ ...row, state: row.state as NotionPageState }));
    },

    async count(): Promise<number> {
      return db.read.notionPage.count({ where: { state: { not: 'gone' } } });
    },

    async counts(): Promise<Record<NotionPageState, number>> {
      const counts: Record<NotionPageState, number> = { linked: 0, refused: 0, conflict: 0, gone: 0 };
      const rows = await db.read.notionPage.groupBy({ by: ['state'], _count: { _all: true } });
      for (const row of rows) counts[row.state as NotionPageState] = row._count._all;
      return counts;
    },

    /**
     * A person decided: accounts of files whose id a page names belong to Notion from now on. The next pull of everything
     * brings what the pages say. @returns how many there were.
     */
    async takeOver(now: Date): Promise<number> {
      return db.bulk(async (tx) => {
        const taken = await tx.$executeRaw`
          UPDATE "accounts" SET "source" = ${NOTION_SOURCE}, "updated_at" = ${dbTime(now)}
          WHERE "source" = ${FILE_SOURCE}
            AND "id" IN (SELECT "wanted_id" FROM "notion_pages" WHERE "state" = 'conflict')`;
        return taken;
      });
    },

    /** The other way: accounts of Notion belong to files. Their pages are forgotten. @returns how many there were. */
    async release(now: Date): Promise<number> {
      return db.bulk(async (tx) => {
        const released = await tx.$executeRaw`
          UPDATE "accounts" SET "source" = ${FILE_SOURCE}, "updated_at" = ${dbTime(now)} WHERE "source" = ${NOTION_SOURCE}`;
        await tx.$executeRaw`DELETE FROM "notion_pages"`;
        await tx.$executeRaw`DELETE FROM "notion_outbox" WHERE "kind" IN ('health', 'expansion')`;
        await tx.$executeRaw`DELETE FROM "notion_records" WHERE "kind" = 'health'`;
        return released;
      });
    },

    /** Another accounts database was chosen: what is known of the pages of the one before is of no use. */
    async forget(): Promise<void> {
      await db.bulk(async (tx) => {
        await tx.$executeRaw`DELETE FROM "notion_pages"`;
        await tx.$executeRaw`DELETE FROM "notion_outbox" WHERE "kind" = 'health'`;
        await tx.$executeRaw`DELETE FROM "notion_records" WHERE "kind" = 'health'`;
      });
    },

    /** Accounts whose page says something else than the desk wrote there: it is written again. */
    async overwriteHealth(pages: readonly { accountId: string; digest: string }[]): Promise<void> {
      if (pages.length === 0) return;
      const rows = pages.map(({ accountId, digest }) => [accountId, digest]);
      await db.change(Prisma.sql`
        UPDATE "notion_records" SET "digest" = '' FROM ${inputRows(db.rows, 'notion_records', ['target_id', 'digest'], rows)}
        WHERE "notion_records"."kind" = 'health' AND "notion_records"."target_id" = "input"."target_id"
          AND "notion_records"."digest" IS DISTINCT FROM "input"."digest"`);
    },
  };
}

export type NotionPages = ReturnType<typeof createNotionPages>;
