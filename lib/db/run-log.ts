import type { RunLog } from '../ports';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { dbTime, insertRows } from './sql';

export function createRunLog(db: Database): RunLog {
  return {
    async create({ job, trigger, scheduledFor, owner, now }) {
      const id = newId();
      const inserted = await db.change(Prisma.sql`
        INSERT INTO "runs" ("id", "job", "trigger", "state", "scheduled_for", "owner", "created_at")
        VALUES (${id}, ${job}, ${trigger}, 'queued', ${scheduledFor === null ? null : dbTime(scheduledFor)}, ${owner}, ${dbTime(now)})
        ON CONFLICT DO NOTHING`);
      return inserted === 0 ? null : id;
    },

    async start(runId, now) {
      await db.change(Prisma.sql`
        UPDATE "runs" SET "state" = 'running', "started_at" = ${dbTime(now)}, "heartbeat_at" = ${dbTime(now)}
        WHERE "id" = ${runId} AND "state" = 'queued'`);
    },

    async progress(runId, { done, total, counts, errors }, now) {
      // A power failure may take it back, and with it the scores that it counts.
      await db.bulkRepeatable(async (tx) => {
        await tx.$executeRaw`
          UPDATE "runs" SET "done" = ${done}, "total" = ${total}, "counts" = ${JSON.stringify(counts)},
            "error_count" = "error_count" + ${errors.length}, "heartbeat_at" = ${dbTime(now)}
          WHERE "id" = ${runId} AND "state" = 'running'`;
        await insertRows(
          tx,
          'run_errors',
          ['run_id', 'account_id', 'code', 'message'],
          errors.map(({ accountId, code, message }) => [runId, accountId, code, message]),
        );
      });
    },

    async finish(runId, outcome, error, now) {
      await db.change(Prisma.sql`
        UPDATE "runs" SET "state" = ${outcome}, "error" = ${error}, "finished_at" = ${dbTime(now)}
        WHERE "id" = ${runId} AND "state" IN ('queued', 'running')`);
    },

    async unfinished() {
      return db.read.run.findMany({
        where: { state: { in: ['queued', 'running'] } },
        select: { id: true, job: true, owner: true, scheduledFor: true, heartbeatAt: true },
      });
    },

    async hasRunFor(job, scheduledFor) {
      const run = await db.read.run.findUnique({
        where: { job_scheduledFor: { job, scheduledFor } },
        select: { id: true },
      });
      return run !== null;
    },

    async newest(jobs) {
      const each = jobs.map(
        (job) => Prisma.sql`
          SELECT * FROM (
            SELECT "job", "state", "created_at", "id" FROM "runs" WHERE "job" = ${job}
            ORDER BY "created_at" DESC, "id" DESC LIMIT 1) AS "newest"`,
      );
      return db.rows.$queryRaw(Prisma.sql`${Prisma.join(each, ' UNION ALL ')} ORDER BY "created_at" DESC, "id" DESC`);
    },
  };
}
