import type { HealthStore, HistoricalSnapshot, ScanAccount, ScoredAccount } from '../ports';
import type { BulkDatabase } from './client';
import { Prisma } from './generated/sqlite/client';
import { OBSERVATION_COLUMNS, type ObservationRow, toObservation } from './observation';
import { healthIn } from './range';
import { among, dbTime, inputRows, insertRows, selectRows } from './sql';
import { readTotals } from './totals';

const ACTIVE = Prisma.raw(`a."status" IN ('active', 'onboarding')`);
/** Snapshots looked at in one step of the history: most are current, and nothing is to be done about them. */
const HISTORY_WINDOW = 10_000;
const WATERMARK = 'history_scored_through_snapshot';
const SCORE_COLUMNS = [
  'account_id',
  'as_of',
  'snapshot_id',
  'score',
  'rag',
  'churn_risk',
  'breakdown',
  'model_version',
] as const;

export function createHealthStore(db: BulkDatabase): HealthStore {
  return {
    async countActiveAccounts(renewingBefore) {
      if (renewingBefore === null) {
        const totals = await readTotals(db.rows, ['account']);
        return totals
          .filter(({ key }) => key === 'active' || key === 'onboarding')
          .reduce((sum, { count }) => sum + count, 0);
      }
      const rows = await db.rows.$queryRaw<{ count: number }[]>`
        SELECT COUNT(*) AS "count" FROM "accounts" a WHERE ${ACTIVE} AND a."renewal_date" <= ${renewingBefore}`;
      return rows[0]?.count ?? 0;
    },

    async nextRange(after, size) {
      const rows = await db.rows.$queryRaw<{ through: string | null; size: bigint | number }[]>`
        SELECT MAX("id") AS "through", COUNT(*) AS "size"
        FROM (SELECT "id" FROM "accounts" WHERE "id" > ${after} ORDER BY "id" LIMIT ${size}) AS "next"`;
      const row = rows[0];
      return row?.through ? { after, through: row.through, size: Number(row.size) } : null;
    },

    async rangeOf(accountId) {
      const rows = await db.rows.$queryRaw<{ id: string; before: string | null }[]>`
        SELECT "id", (SELECT MAX(b."id") FROM "accounts" b WHERE b."id" < a."id") AS "before"
        FROM "accounts" a WHERE a."id" = ${accountId}`;
      const row = rows[0];
      return row ? { after: row.before ?? '', through: row.id, size: 1 } : null;
    },

    async readDue(range, { modelVersion, now, force, renewingBefore }) {
      const due = force
        ? Prisma.sql`TRUE`
        : Prisma.sql`(h."account_id" IS NULL OR h."snapshot_id" IS DISTINCT FROM a."current_snapshot_id"
            OR h."model_version" <> ${modelVersion} OR h."reassess_at" <= ${dbTime(now)})`;
      const window = renewingBefore === null ? Prisma.sql`TRUE` : Prisma.sql`a."renewal_date" <= ${renewingBefore}`;
      type Row = ObservationRow & { accountId: string; previousBreakdown: string | null };
      const rows = await selectRows<Row>(
        db.rows,
        { accountId: 'a."id"', previousBreakdown: 'h."breakdown"', ...OBSERVATION_COLUMNS },
        Prisma.sql`FROM "accounts" a
          ${healthIn(range)}
          LEFT JOIN "signal_snapshots" s ON s."id" = a."current_snapshot_id"
          WHERE a."id" > ${range.after} AND a."id" <= ${range.through} AND ${ACTIVE} AND ${window} AND ${due}
          ORDER BY a."id"`,
      );
      return rows.map(
        (row): ScanAccount => ({
          accountId: row.accountId,
          previousBreakdown: row.previousBreakdown,
          observation: toObservation(row),
        }),
      );
    },

    async save(accounts, modelVersion, now) {
      if (accounts.length === 0) return;
      const at = dbTime(now);
      const health = accounts.map(({ accountId, snapshotId, assessment, breakdown, reassessAt }) => [
        accountId,
        snapshotId,
        assessment.score,
        assessment.rag,
        assessment.churnRiskLevel,
        assessment.churnTriggeredBy,
        assessment.shouldAlert ? 1 : 0,
        breakdown,
        modelVersion,
        at,
        reassessAt === null ? null : dbTime(reassessAt),
      ]);
      const changed = accounts.filter((account) => account.changed);
      await db.bulkRepeatable(async (tx) => {
        await insertRows(
          tx,
          'health_scores',
          SCORE_COLUMNS,
          changed.map((account) => [account.accountId, at, ...scoreValues(account, modelVersion)]),
        );
        await insertRows(
          tx,
          'account_health',
          [
            'account_id',
            'snapshot_id',
            'score',
            'rag',
            'churn_risk',
            'churn_trigger',
            'should_alert',
            'breakdown',
            'model_version',
            'changed_at',
            'reassess_at',
          ],
          health,
          Prisma.sql`ON CONFLICT ("account_id") DO UPDATE SET
              "snapshot_id" = excluded."snapshot_id", "score" = excluded."score", "rag" = excluded."rag",
              "churn_risk" = excluded."churn_risk", "churn_trigger" = excluded."churn_trigger",
              "should_alert" = excluded."should_alert", "breakdown" = excluded."breakdown",
              "model_version" = excluded."model_version", "reassess_at" = excluded."reassess_at",
              "changed_at" = CASE WHEN excluded."breakdown" = "account_health"."breakdown"
                THEN "account_health"."changed_at" ELSE excluded."changed_at" END`,
        );
        const rags = changed
          .filter((account) => !account.first)
          .map((account): [string, string] => [account.accountId, account.assessment.rag]);
        if (rags.length > 0) {
          await tx.$executeRaw`
              UPDATE "opportunities" SET "rag" = "input"."rag" FROM ${inputRows(tx, 'opportunities', ['account_id', 'rag'], rags)}
              WHERE "opportunities"."account_id" = "input"."account_id" AND "opportunities"."rag" IS DISTINCT FROM "input"."rag"
                AND "opportunities"."account_id" ${among(
                  tx,
                  rags.map(([accountId]) => accountId),
                )}`;
        }
      });
    },

    async unscore(accountIds, now) {
      if (accountIds.length === 0) return;
      await db.bulkRepeatable(async (tx) => {
        const scored = Prisma.sql`(SELECT "account_id" FROM "account_health" WHERE "account_id" ${among(tx, accountIds)})`;
        // What tells the next expansion check that the gates may see the account differently.
        await tx.$executeRaw`UPDATE "accounts" SET "updated_at" = ${dbTime(now)} WHERE "id" IN ${scored}`;
        await tx.$executeRaw`UPDATE "opportunities" SET "rag" = NULL WHERE "account_id" IN ${scored}`;
        await tx.$executeRaw`DELETE FROM "account_health" WHERE "account_id" ${among(tx, accountIds)}`;
      });
    },

    async readUnscoredHistory(limit) {
      const watermark = await db.rows.$queryRaw<{ value: string }[]>`
        SELECT "value" FROM "settings" WHERE "key" = ${WATERMARK}`;
      const after = Number(watermark[0]?.value ?? 0);
      const newest = await db.rows.$queryRaw<{ id: number | null }[]>`SELECT MAX("id") AS "id" FROM "signal_snapshots"`;
      const end = Math.min(after + HISTORY_WINDOW, Number(newest[0]?.id ?? 0));
      if (end <= after) return null;
      // What is current is scored as of now by the scan itself.
      const rows = await selectRows<ObservationRow & { accountId: string }>(
        db.rows,
        { accountId: 's."account_id"', ...OBSERVATION_COLUMNS },
        Prisma.sql`FROM "signal_snapshots" s JOIN "accounts" a ON a."id" = s."account_id"
          WHERE s."id" > ${after} AND s."id" <= ${end} AND a."current_snapshot_id" IS DISTINCT FROM s."id"
          ORDER BY s."id" LIMIT ${limit}`,
      );
      const snapshots = rows.flatMap((row): HistoricalSnapshot[] => {
        const observation = toObservation(row);
        return observation ? [{ accountId: row.accountId, observation }] : [];
      });
      const last = rows.length === limit ? rows.at(-1)?.snapshotId : null;
      return { snapshots, through: last ?? end };
    },

    async saveHistory(scores, modelVersion, through) {
      await db.bulkRepeatable(async (tx) => {
        await insertRows(
          tx,
          'health_scores',
          SCORE_COLUMNS,
          scores.map((score) => [score.accountId, dbTime(score.asOf), ...scoreValues(score, modelVersion)]),
        );
        await tx.$executeRaw`
            INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${WATERMARK}, ${String(through)}, ${dbTime(new Date())})
            ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value", "updated_at" = excluded."updated_at"`;
      });
    },
  };
}

/** The rest of a row of the history, in the order of {@link SCORE_COLUMNS}. */
function scoreValues(
  { snapshotId, assessment, breakdown }: Pick<ScoredAccount, 'snapshotId' | 'assessment' | 'breakdown'>,
  modelVersion: string,
): unknown[] {
  const { score, rag, churnRiskLevel } = assessment;
  return [snapshotId, score, rag, churnRiskLevel, breakdown, modelVersion];
}
