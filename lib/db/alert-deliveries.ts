import type { AlertKind } from '../domain/churn-alert';
import type { AlertChannel, AlertDeliveries } from '../ports/alerts';
import { readAlerts } from './alert-store';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { among, dbTime, fromDbTime } from './sql';

const DUE_STATES = Prisma.raw(`('waiting', 'retrying')`);

/** The deliveries of alerts, as a queue. */
export function createAlertDeliveries(db: Database): AlertDeliveries {
  const changed = async (update: Prisma.Sql) => (await db.bulk((tx) => tx.$executeRaw(update))) > 0;

  return {
    async due(channel, now, limit) {
      const at = dbTime(now);
      const rows = await db.rows.$queryRaw<{ id: string }[]>`
        SELECT "id" FROM "alert_deliveries"
        WHERE "state" IN ${DUE_STATES} AND "next_attempt_at" <= ${at} AND "channel" = ${channel}
        UNION ALL
        SELECT "id" FROM "alert_deliveries"
        WHERE "state" = 'sending' AND "lease_until" <= ${at} AND "channel" = ${channel}
        LIMIT ${limit}`;
      return rows.map(({ id }) => id);
    },

    async nextDueAt() {
      const [row] = await db.rows.$queryRaw<{ at: string | null }[]>`
        SELECT MIN("at") AS "at" FROM (
          SELECT MIN("next_attempt_at") AS "at" FROM "alert_deliveries" WHERE "state" IN ${DUE_STATES}
          UNION ALL SELECT MIN("lease_until") FROM "alert_deliveries" WHERE "state" = 'sending') AS "waiting"`;
      return row?.at ? fromDbTime(row.at) : null;
    },

    async claim(id, { now, lease }) {
      const at = dbTime(now);
      // One that was left in the middle may have been told.
      const claimed = await changed(Prisma.sql`
        UPDATE "alert_deliveries" SET "unanswered" = ("unanswered" OR "state" = 'sending'), "state" = 'sending',
          "attempts" = "attempts" + 1, "next_attempt_at" = NULL, "lease_owner" = ${lease.owner},
          "lease_until" = ${dbTime(lease.until)}
        WHERE "id" = (SELECT "id" FROM "alert_deliveries" WHERE "id" = ${id}
          AND (("state" IN ${DUE_STATES} AND "next_attempt_at" <= ${at}) OR ("state" = 'sending' AND "lease_until" <= ${at}))
          ${db.rows.dialect.skipLocked})`);
      if (!claimed) return null;
      const row = await db.read.alertDelivery.findUnique({ where: { id } });
      const [alert] = row ? await readAlerts(db.rows, Prisma.sql`WHERE l."id" = ${row.alertId}`) : [];
      if (!row || !alert) return null;
      const { recipient, attempts, unanswered } = row;
      return { id, channel: row.channel as AlertChannel, recipient, attempts, unanswered, alert };
    },

    done: (id, { owner, now, reference, noticeId }) =>
      changed(Prisma.sql`
        UPDATE "alert_deliveries" SET "state" = 'done', "done_at" = ${dbTime(now)}, "reference" = ${reference},
          "notice_id" = ${noticeId}, "lease_owner" = NULL, "lease_until" = NULL, "error_code" = NULL, "error_message" = NULL
        WHERE "id" = ${id} AND "state" = 'sending' AND "lease_owner" = ${owner}`),

    skip: (id, { owner, now, reason }) =>
      changed(Prisma.sql`
        UPDATE "alert_deliveries" SET "state" = 'skipped', "done_at" = ${dbTime(now)}, "error_message" = ${reason},
          "lease_owner" = NULL, "lease_until" = NULL
        WHERE "id" = ${id} AND "state" = 'sending' AND "lease_owner" = ${owner}`),

    retryLater: (id, { owner, nextAttemptAt, unanswered, error }) =>
      changed(Prisma.sql`
        UPDATE "alert_deliveries" SET "state" = 'retrying', "next_attempt_at" = ${dbTime(nextAttemptAt)},
          "unanswered" = ${unanswered ? Prisma.raw('TRUE') : Prisma.raw('"unanswered"')}, "lease_owner" = NULL,
          "lease_until" = NULL, "error_code" = ${error.code}, "error_message" = ${error.message}
        WHERE "id" = ${id} AND "state" = 'sending' AND "lease_owner" = ${owner}`),

    fail: (id, { owner, now, error }) =>
      changed(Prisma.sql`
        UPDATE "alert_deliveries" SET "state" = 'failed', "done_at" = ${dbTime(now)}, "error_code" = ${error.code},
          "error_message" = ${error.message}, "lease_owner" = NULL, "lease_until" = NULL
        WHERE "id" = ${id} AND "state" = 'sending' AND "lease_owner" = ${owner}`),

    async leaseOwners() {
      const rows = await db.rows.$queryRaw<{ owner: string }[]>`
        SELECT DISTINCT "lease_owner" AS "owner" FROM "alert_deliveries"
        WHERE "state" = 'sending' AND "lease_owner" IS NOT NULL`;
      return rows.map(({ owner }) => owner);
    },

    async releaseOwners(owners, now) {
      if (owners.length === 0) return 0;
      return db.change(Prisma.sql`
        UPDATE "alert_deliveries" SET "lease_until" = ${dbTime(now)} WHERE "state" = 'sending'
          AND "lease_owner" ${among(db.rows, owners)} AND "lease_until" > ${dbTime(now)}`);
    },

    async members(digestId, { of, recipient, limit }) {
      const theirs =
        of === 'all'
          ? Prisma.sql`TRUE`
          : Prisma.sql`l."kind" <> 'recovered' AND ${Prisma.raw(of === 'csm' ? 'l."csm_email"' : 'l."rep_email"')} = ${recipient}`;
      const where = Prisma.sql`WHERE l."digest_id" = ${digestId} AND ${theirs}`;
      const [alerts, counted] = await Promise.all([
        readAlerts(
          db.rows,
          Prisma.sql`${where} ORDER BY CASE WHEN l."kind" = 'recovered' THEN 1 ELSE 0 END, COALESCE(l."arr_cents", -1) DESC,
            COALESCE(l."renewal_date", '9999'), l."id" LIMIT ${limit}`,
        ),
        db.rows.$queryRaw<{ kind: AlertKind; count: number }[]>(
          Prisma.sql`SELECT l."kind" AS "kind", COUNT(*) AS "count" FROM "alerts" l ${where} GROUP BY l."kind"`,
        ),
      ]);
      const counts = { new_risk: 0, worse: 0, recovered: 0 };
      for (const { kind, count } of counted) counts[kind] = Number(count);
      return { alerts, counts };
    },
  };
}
