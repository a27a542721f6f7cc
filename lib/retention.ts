import type { Retention, RetentionRequest } from './contracts';
import type { Database } from './db/client';
import { deleteEvents } from './db/event-log';
import { Prisma } from './db/generated/sqlite/client';
import { deleteAgentHistory } from './db/model-log';
import { dbTime } from './db/sql';
import type { Log } from './ports';

const KEY = 'retention';
const DAY_MS = 86_400_000;
/** How long a link that was used or has expired can still be looked up, in days. */
const SPENT_DAYS = 30;
/** Rows deleted in one transaction: writers wait for no more than that. */
const BATCH = 2_000;

/** How late a firing is caught up at most (lib/contracts/schedule.ts), and a day. */
const LONGEST_GRACE_DAYS = 15;
/** Null: kept for ever, until an admin decides otherwise. */
const DEFAULT: Retention = {
  snapshotDays: null,
  runDays: 90,
  auditDays: null,
  eventDays: 30,
  reviewDays: null,
};

/** How long history is kept, and the work of letting go of the rest. */
export function createRetention({ db, clock, log }: { db: Database; clock: () => Date; log: Log }) {
  async function read(): Promise<Retention> {
    const setting = await db.read.setting.findUnique({ where: { key: KEY } });
    return setting ? { ...DEFAULT, ...(JSON.parse(setting.value) as Partial<Retention>) } : DEFAULT;
  }

  async function deleteInBatches(remove: (limit: number) => Promise<number>, signal: AbortSignal): Promise<number> {
    let deleted = 0;
    for (;;) {
      signal.throwIfAborted();
      const count = await remove(BATCH);
      deleted += count;
      if (count < BATCH) return deleted;
    }
  }

  /** What lets nobody in any more. */
  async function deleteSpent(): Promise<void> {
    const now = clock();
    const spent = { lt: new Date(now.getTime() - SPENT_DAYS * DAY_MS) };
    await db.write.$transaction([
      db.write.session.deleteMany({ where: { expiresAt: { lt: now } } }),
      db.write.authVerification.deleteMany({ where: { expiresAt: { lt: now } } }),
      db.write.oneTimeLink.deleteMany({ where: { expiresAt: spent } }),
      db.write.signInThrottle.deleteMany({ where: { lastFailure: spent } }),
    ]);
  }

  return {
    read,

    /** @returns what holds from now on; what is left out stays as it was. */
    async write(given: RetentionRequest): Promise<Retention> {
      const now = clock();
      const kept = await read();
      const { eventDays = kept.eventDays, reviewDays = kept.reviewDays, ...days } = given;
      const value = { ...days, eventDays, reviewDays };
      const data = { value: JSON.stringify(value), updatedAt: now };
      await db.write.setting.upsert({ where: { key: KEY }, create: { key: KEY, ...data }, update: data });
      return value;
    },

    /**
     * Deletes what is older than the setting says. The current snapshot and the newest score of an account stay, and so
     * do snapshots that no scan has looked at yet and the current version of every review. Sessions, links and waits that
     * are over go too.
     * @returns how many rows went, by kind.
     */
    async apply(signal: AbortSignal) {
      const { snapshotDays, runDays, auditDays, eventDays, reviewDays } = await read();
      const before = (days: number) => dbTime(new Date(clock().getTime() - days * DAY_MS));
      const deleted = {
        snapshots: 0,
        scores: 0,
        alerts: 0,
        notices: 0,
        runs: 0,
        notion: 0,
        audit: 0,
        events: 0,
        reviews: 0,
      };
      if (snapshotDays !== null) {
        const limit = before(snapshotDays);
        deleted.scores = await deleteInBatches(
          (rows) =>
            db.change(Prisma.sql`DELETE FROM "health_scores" WHERE "id" IN (
              SELECT s."id" FROM "health_scores" s WHERE s."as_of" < ${limit} AND EXISTS (
                SELECT 1 FROM "health_scores" n WHERE n."account_id" = s."account_id" AND n."as_of" > s."as_of")
              LIMIT ${rows})`),
          signal,
        );
        deleted.snapshots = await deleteInBatches(
          (rows) =>
            db.change(Prisma.sql`DELETE FROM "signal_snapshots" WHERE "id" IN (
              SELECT s."id" FROM "signal_snapshots" s JOIN "accounts" a ON a."id" = s."account_id"
              WHERE s."observed_at" < ${limit} AND a."current_snapshot_id" IS DISTINCT FROM s."id"
                AND s."id" <= COALESCE((SELECT CAST("value" AS INTEGER) FROM "settings"
                  WHERE "key" = 'history_scored_through_snapshot'), 0)
                AND NOT EXISTS (SELECT 1 FROM "health_scores" h WHERE h."snapshot_id" = s."id" AND h."account_id" = s."account_id")
              LIMIT ${rows})`),
          signal,
        );
      }
      if (snapshotDays !== null) {
        const limit = before(snapshotDays);
        // What is not told or drafted yet is not history.
        deleted.alerts = await deleteInBatches(
          (rows) =>
            db.change(Prisma.sql`DELETE FROM "alerts" WHERE "id" IN (SELECT l."id" FROM "alerts" l
              WHERE l."created_at" < ${limit} AND l."route" <> 'decided' AND NOT EXISTS (
                SELECT 1 FROM "alert_deliveries" d WHERE d."alert_id" = l."id"
                  AND d."state" NOT IN ('done', 'skipped', 'failed'))
              LIMIT ${rows})`),
          signal,
        );
        deleted.notices = await deleteInBatches(
          (rows) =>
            db.change(Prisma.sql`DELETE FROM "notices" WHERE "id" IN (SELECT "id" FROM "notices"
              WHERE "created_at" < ${limit} AND "state" IN ('drafted', 'failed') LIMIT ${rows})`),
          signal,
        );
      }
      if (runDays !== null) {
        const limit = before(runDays);
        // The run of a firing that may still be caught up says that it need not be.
        const remembered = before(LONGEST_GRACE_DAYS);
        deleted.runs = await deleteInBatches(
          (rows) =>
            db.change(Prisma.sql`DELETE FROM "runs" WHERE "id" IN (SELECT "id" FROM "runs"
              WHERE "created_at" < ${limit} AND "finished_at" IS NOT NULL
                AND ("scheduled_for" IS NULL OR "scheduled_for" < ${remembered}) LIMIT ${rows})`),
          signal,
        );
        // What still has something to tell is taken up again by the next pass.
        deleted.notion = await deleteInBatches(
          (rows) =>
            db.change(Prisma.sql`DELETE FROM "notion_outbox" WHERE "id" IN (SELECT "id" FROM "notion_outbox"
              WHERE "state" = 'failed' AND "updated_at" < ${limit} LIMIT ${rows})`),
          signal,
        );
        const instant = new Date(clock().getTime() - runDays * DAY_MS);
        await deleteInBatches((rows) => deleteAgentHistory(db, instant, clock(), rows), signal);
      }
      if (auditDays !== null) {
        const limit = before(auditDays);
        deleted.audit = await deleteInBatches(
          (rows) =>
            db.change(Prisma.sql`DELETE FROM "audit_events" WHERE "id" IN (
              SELECT "id" FROM "audit_events" WHERE "at" < ${limit} ORDER BY "id" LIMIT ${rows})`),
          signal,
        );
      }
      if (eventDays !== null) {
        const limit = new Date(clock().getTime() - eventDays * DAY_MS);
        deleted.events = await deleteEvents(db, limit, { batch: BATCH, signal });
      }
      if (reviewDays !== null) {
        const limit = before(reviewDays);
        deleted.reviews = await deleteInBatches(
          (rows) =>
            db.change(Prisma.sql`DELETE FROM "reviews" WHERE "id" IN (SELECT "id" FROM "reviews"
              WHERE "is_current" = FALSE AND "created_at" < ${limit} LIMIT ${rows})`),
          signal,
        );
      }
      await deleteSpent();
      log.info(deleted, 'History older than the retention setting was deleted');
      return deleted;
    },
  };
}

export type RetentionDuty = ReturnType<typeof createRetention>;
