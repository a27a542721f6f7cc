import { createHash } from 'node:crypto';
import { type DispatchState, INTERRUPTED, type Notice, type NoticeLog, type NoticeRecord } from '../ports/drafting';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { among, dbTime, fromDbTime, selectRows } from './sql';

/** What waits for a mailbox that must be connected again is not due before that. */
const MAILBOX_OPEN = Prisma.raw(`NOT EXISTS (SELECT 1 FROM "mailboxes" m WHERE m."id" = "notices"."mailbox_id"
  AND m."state" IN ('reconnect', 'disconnected'))`);

/** The log of notices: the same transitions as those of the dispatch log, over rows that belong to no opportunity. */
export function createNoticeLog(db: Database): NoticeLog {
  return {
    async leave(notice, { now, mailbox }) {
      const at = dbTime(now);
      const { key, kind, accountId, to, subject, text, html } = notice;
      await db.change(Prisma.sql`
        INSERT INTO "notices" ("id", "key", "kind", "account_id", "to_address", "to_name", "subject", "text", "html", "message_id",
          "state", "mailbox_id", "destination", "attempts", "next_attempt_at", "created_at", "updated_at")
        VALUES (${newId()}, ${key}, ${kind}, ${accountId}, ${to.address}, ${to.name}, ${subject}, ${text}, ${html},
          ${messageIdOf(key)}, 'queued', ${mailbox.mailboxId}, ${mailbox.destination}, 0, ${at}, ${at}, ${at})
        ON CONFLICT DO NOTHING`);
      const [row] = await db.rows.$queryRaw<{ id: string }[]>`SELECT "id" FROM "notices" WHERE "key" = ${key}`;
      if (!row) throw new Error(`The notice ${key} could not be written.`);
      return row.id;
    },

    get: (id) => readNotice(db, id),

    async due(now, limit, except) {
      const at = dbTime(now);
      const elsewhere = Prisma.sql`NOT (COALESCE("mailbox_id", 'eml') ${among(db.rows, except)})`;
      return db.rows.$queryRaw<{ id: string; mailboxId: string | null }[]>`
        SELECT "id", "mailbox_id" AS "mailboxId" FROM "notices"
        WHERE "state" IN ('queued', 'retrying', 'uncertain') AND "next_attempt_at" <= ${at}
          AND ("lease_until" IS NULL OR "lease_until" <= ${at}) AND ${MAILBOX_OPEN} AND ${elsewhere}
        UNION ALL
        SELECT "id", "mailbox_id" AS "mailboxId" FROM "notices"
        WHERE "state" = 'drafting' AND "lease_until" <= ${at} AND ${elsewhere}
        LIMIT ${limit}`;
    },

    async nextDueAt() {
      const rows = await db.rows.$queryRaw<{ at: string | null }[]>`
        SELECT MIN("at") AS "at" FROM (
          SELECT MIN("next_attempt_at") AS "at" FROM "notices" WHERE "state" IN ('queued', 'retrying', 'uncertain')
            AND ${MAILBOX_OPEN}
          UNION ALL SELECT MIN("lease_until") FROM "notices" WHERE "state" = 'drafting') AS "waiting"`;
      const at = rows[0]?.at;
      return at ? fromDbTime(at) : null;
    },

    async leaseOwners() {
      const rows = await db.rows.$queryRaw<{ owner: string }[]>`
        SELECT DISTINCT "lease_owner" AS "owner" FROM "notices"
        WHERE "state" IN ('drafting', 'uncertain') AND "lease_owner" IS NOT NULL`;
      return rows.map((row) => row.owner);
    },

    async releaseOwners(owners, now) {
      if (owners.length === 0) return 0;
      return db.change(Prisma.sql`
        UPDATE "notices" SET "lease_until" = ${dbTime(now)} WHERE "state" IN ('drafting', 'uncertain')
          AND "lease_owner" ${among(db.rows, owners)} AND "lease_until" > ${dbTime(now)}`);
    },

    async claimAttempt(id, { now, lease }) {
      const at = dbTime(now);
      const claimed = await db.change(Prisma.sql`
        UPDATE "notices" SET "state" = 'drafting', "attempts" = "attempts" + 1, "next_attempt_at" = NULL,
          "lease_owner" = ${lease.owner}, "lease_until" = ${dbTime(lease.until)}, "updated_at" = ${at}
        WHERE "id" = (SELECT "id" FROM "notices" WHERE "id" = ${id} AND "state" IN ('queued', 'retrying')
          AND "next_attempt_at" <= ${at} ${db.rows.dialect.skipLocked})`);
      return claimed > 0 ? readNotice(db, id) : null;
    },

    async expire(id, { now, settledAt }) {
      const at = dbTime(now);
      return changed(
        db,
        Prisma.sql`UPDATE "notices" SET "state" = 'uncertain', "next_attempt_at" = ${dbTime(settledAt)}, "lease_owner" = NULL,
            "lease_until" = NULL, "error_code" = ${INTERRUPTED},
            "error_message" = 'The server stopped in the middle of this attempt.', "updated_at" = ${at}
          WHERE "id" = ${id} AND "state" = 'drafting' AND "lease_until" <= ${at}`,
      );
    },

    async claimLookup(id, { now, lease }) {
      const at = dbTime(now);
      const claimed = await db.change(Prisma.sql`
        UPDATE "notices" SET "lease_owner" = ${lease.owner}, "lease_until" = ${dbTime(lease.until)}, "updated_at" = ${at}
        WHERE "id" = (SELECT "id" FROM "notices" WHERE "id" = ${id} AND "state" = 'uncertain'
          AND "next_attempt_at" <= ${at} AND ("lease_until" IS NULL OR "lease_until" <= ${at}) ${db.rows.dialect.skipLocked})`);
      return claimed === 0 ? null : readNotice(db, id);
    },

    complete: (id, { draft, now }) =>
      changed(
        db,
        Prisma.sql`UPDATE "notices" SET "state" = 'drafted', "provider" = ${draft.provider}, "draft_id" = ${draft.draftId},
            "draft_location" = ${draft.location}, "drafted_at" = ${dbTime(now)}, "next_attempt_at" = NULL, "lease_owner" = NULL,
            "lease_until" = NULL, "error_code" = NULL, "error_message" = NULL, "updated_at" = ${dbTime(now)}
          WHERE "id" = ${id} AND "state" <> 'drafted'`,
      ),

    uncertain: (id, { owner, now, settledAt, error }) =>
      changed(
        db,
        Prisma.sql`UPDATE "notices" SET "state" = 'uncertain', "next_attempt_at" = ${settledAt === null ? null : dbTime(settledAt)},
            "lease_owner" = NULL, "lease_until" = NULL, "error_code" = ${error.code}, "error_message" = ${error.message},
            "updated_at" = ${dbTime(now)}
          WHERE "id" = ${id} AND "lease_owner" = ${owner} AND "state" IN ('drafting', 'uncertain')`,
      ),

    retryLater: (id, { owner, now, nextAttemptAt, error, counted }) =>
      changed(
        db,
        Prisma.sql`UPDATE "notices" SET "state" = 'retrying', "next_attempt_at" = ${dbTime(nextAttemptAt)},
            "attempts" = "attempts" - ${counted ? 0 : 1}, "lease_owner" = NULL, "lease_until" = NULL,
            "error_code" = ${error?.code ?? null}, "error_message" = ${error?.message ?? null}, "updated_at" = ${dbTime(now)}
          WHERE "id" = ${id} AND "lease_owner" = ${owner} AND "state" IN ('drafting', 'uncertain')`,
      ),

    fail: (id, { owner, now, error }) =>
      changed(
        db,
        Prisma.sql`UPDATE "notices" SET "state" = 'failed', "next_attempt_at" = NULL, "lease_owner" = NULL, "lease_until" = NULL,
            "error_code" = ${error.code}, "error_message" = ${error.message}, "updated_at" = ${dbTime(now)}
          WHERE "id" = ${id} AND "lease_owner" = ${owner} AND "state" IN ('drafting', 'uncertain')`,
      ),

    retry: (id, { now, mailbox }) =>
      changed(
        db,
        Prisma.sql`UPDATE "notices" SET "state" = 'retrying', "attempts" = 0, "next_attempt_at" = ${dbTime(now)},
            "lease_owner" = NULL, "lease_until" = NULL, "mailbox_id" = ${mailbox.mailboxId},
            "destination" = ${mailbox.destination}, "updated_at" = ${dbTime(now)}
          WHERE "id" = ${id}
            AND ("state" = 'failed' OR "state" = 'retrying' OR ("state" = 'uncertain' AND "next_attempt_at" IS NULL))`,
      ),

    adopt: (id, { now, draft }) =>
      changed(
        db,
        Prisma.sql`UPDATE "notices" SET "state" = 'drafted', "provider" = ${draft.provider}, "draft_id" = ${draft.draftId},
            "draft_location" = ${draft.location}, "drafted_at" = ${dbTime(now)}, "error_code" = NULL, "error_message" = NULL,
            "updated_at" = ${dbTime(now)}
          WHERE "id" = ${id} AND "state" = 'uncertain' AND "next_attempt_at" IS NULL`,
      ),
  };
}

async function changed(db: Database, update: Prisma.Sql): Promise<boolean> {
  return (await db.bulk((tx) => tx.$executeRaw(update))) > 0;
}

/** The draft's identity follows from the key alone: whoever makes it, whenever, makes the same one. */
function messageIdOf(key: string): string {
  return `${createHash('sha256').update(`headroom:notice:${key}`).digest('hex').slice(0, 40)}@drafts.headroom.invalid`;
}

interface NoticeRow {
  id: string;
  key: string;
  kind: string;
  accountId: string | null;
  toAddress: string;
  toName: string | null;
  subject: string;
  text: string;
  html: string;
  state: string;
  messageId: string;
  mailboxId: string | null;
  attempts: number;
  nextAttemptAt: string | null;
  errorCode: string | null;
  createdAt: string;
}

async function readNotice(db: Database, id: string): Promise<NoticeRecord | null> {
  const [row] = await selectRows<NoticeRow>(
    db.rows,
    {
      id: '"id"',
      key: '"key"',
      kind: '"kind"',
      accountId: '"account_id"',
      toAddress: '"to_address"',
      toName: '"to_name"',
      subject: '"subject"',
      text: '"text"',
      html: '"html"',
      state: '"state"',
      messageId: '"message_id"',
      mailboxId: '"mailbox_id"',
      attempts: '"attempts"',
      nextAttemptAt: '"next_attempt_at"',
      errorCode: '"error_code"',
      createdAt: '"created_at"',
    },
    Prisma.sql`FROM "notices" WHERE "id" = ${id}`,
  );
  if (!row) return null;
  const { key, kind, accountId, toAddress, toName, subject, text, html, ...record } = row;
  return {
    ...record,
    state: record.state as DispatchState,
    nextAttemptAt: record.nextAttemptAt === null ? null : fromDbTime(record.nextAttemptAt),
    createdAt: fromDbTime(record.createdAt),
    notice: {
      ...{ key, accountId, subject, text, html },
      kind: kind as Notice['kind'],
      to: { address: toAddress, name: toName },
    },
  };
}
