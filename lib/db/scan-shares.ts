import type { ScanShares } from '../ports';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { insertRows } from './sql';

/**
 * Who takes a range and what came of it need not be on disk by itself: a server that loses its last moments has the range
 * taken once more, which changes nothing. What is counted is on disk when it is handed over.
 */
export function createScanShares(db: Database): ScanShares {
  return {
    async open(runId, rules, calls) {
      await db.bulk((tx) =>
        insertRows(
          tx,
          'scan_shares',
          ['id', 'run_id', 'rules', 'call'],
          calls.map((call) => [newId(), runId, rules, call]),
        ),
      );
    },

    take({ rules, runId, owner, ttlMs }) {
      const run = runId === null ? Prisma.sql`TRUE` : Prisma.sql`s."run_id" = ${runId}`;
      return db.bulkRepeatable(async (tx) => {
        const now = tx.dialect.timeFromNow(0);
        const rows = await tx.$queryRaw<{ id: string; call: string }[]>`
          UPDATE "scan_shares" SET "lease_owner" = ${owner}, "lease_until" = ${tx.dialect.timeFromNow(ttlMs)}
          WHERE "id" = (
            SELECT s."id" FROM "scan_shares" s WHERE s."rules" = ${rules} AND ${run} AND s."outcome" IS NULL
              AND (s."lease_until" IS NULL OR s."lease_until" <= ${now})
              AND EXISTS (SELECT 1 FROM "runs" r WHERE r."id" = s."run_id" AND r."state" = 'running')
            ORDER BY s."id" LIMIT 1 ${tx.dialect.skipLocked})
          RETURNING "id", "call"`;
        return rows[0] ?? null;
      });
    },

    async done(id, owner, outcome) {
      await db.bulkRepeatable(
        (tx) => tx.$executeRaw`
          UPDATE "scan_shares" SET "outcome" = ${outcome}, "lease_until" = NULL
          WHERE "id" = ${id} AND "lease_owner" = ${owner} AND "outcome" IS NULL`,
      );
    },

    async giveBack(id, owner) {
      await db.bulkRepeatable(
        (tx) => tx.$executeRaw`
          UPDATE "scan_shares" SET "lease_owner" = NULL, "lease_until" = NULL
          WHERE "id" = ${id} AND "lease_owner" = ${owner} AND "outcome" IS NULL`,
      );
    },

    collect(runId) {
      return db.bulk(async (tx) => {
        const done = await tx.$queryRaw<{ owner: string; outcome: string }[]>`
          DELETE FROM "scan_shares" WHERE "run_id" = ${runId} AND "outcome" IS NOT NULL
          RETURNING "lease_owner" AS "owner", "outcome"`;
        const [left] = await tx.$queryRaw<{ count: number }[]>`
          SELECT COUNT(*) AS "count" FROM "scan_shares" WHERE "run_id" = ${runId}`;
        return { done, left: left?.count ?? 0 };
      });
    },

    async close(runId) {
      await db.change(Prisma.sql`DELETE FROM "scan_shares" WHERE "run_id" = ${runId}`);
    },
  };
}
