import type { ReviewDispatch, ReviewFacts, ReviewOpportunity, ScoreEntry } from '../domain/qbr-facts';
import type { SignalObservation } from '../domain/signals';
import type { BulkDatabase } from './client';
import { GATE_FACTS_COLUMNS, type GateFactsRow, toGateFacts } from './gate-facts';
import { Prisma } from './generated/sqlite/client';
import { OBSERVATION_COLUMNS, type ObservationRow, toObservation } from './observation';
import { among, dbTime, fromDbTime, selectRows } from './sql';

/** Feature use is told of the last days of a period. */
const FEATURE_DAYS = 28;
const DAY_MS = 86_400_000;

type Window = { from: Date; until: Date };
type ByAccount<T> = T & { accountId: string };

/** Facts of many accounts: seven statements, however many there are. */
export async function readReviewFacts(
  db: BulkDatabase,
  accountIds: readonly string[],
  window: Window,
): Promise<Map<string, ReviewFacts>> {
  const accounts = among(db.rows, accountIds);
  const found = await readAccounts(db, accounts);
  const history = group(await readHistory(db, accounts, window));
  const observations = group(await readObservations(db, accounts, window));
  const usage = group(await readUsage(db, accounts, window));
  const features = group(await readFeatures(db, accounts, window));
  const opportunities = group(await readOpportunities(db, accounts, window));
  const dispatches = group(await readDispatches(db, accounts, window));
  return new Map(
    found.map(({ account, gates }) => {
      const { id } = account;
      return [
        id,
        {
          account,
          gates,
          history: history.get(id) ?? [],
          observations: newestOfEachTime(observations.get(id) ?? []),
          usage: usage.get(id) ?? [],
          features: features.get(id) ?? [],
          opportunities: opportunities.get(id) ?? [],
          dispatches: dispatches.get(id) ?? [],
          adoption: null,
        },
      ];
    }),
  );
}

function group<T>(rows: readonly ByAccount<T>[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const { accountId, ...row } of rows) {
    const list = groups.get(accountId) ?? [];
    list.push(row as T);
    groups.set(accountId, list);
  }
  return groups;
}

async function readAccounts(db: BulkDatabase, accounts: Prisma.Sql) {
  type Row = ReviewFacts['account'] & GateFactsRow;
  const rows = await selectRows<Row>(
    db.rows,
    {
      id: 'a."id"',
      name: 'a."name"',
      segment: 'a."segment"',
      plan: 'a."plan"',
      arrCents: 'a."arr_cents"',
      currency: 'a."currency"',
      seatsPurchased: 'a."seats_purchased"',
      csmEmail: 'a."csm_email"',
      repEmail: 'a."rep_email"',
      renewalDate: 'a."renewal_date"',
      ...GATE_FACTS_COLUMNS,
    },
    Prisma.sql`FROM "accounts" a LEFT JOIN "account_health" h ON h."account_id" = a."id"
      LEFT JOIN "signal_snapshots" s ON s."id" = a."current_snapshot_id" WHERE a."id" ${accounts}`,
  );
  return rows.map((row) => {
    const {
      rag: _r,
      churnRisk: _c,
      escalationCount90Days: _e,
      invoicePaymentStatus: _i,
      observedAt: _o,
      ...account
    } = row;
    return { account, gates: toGateFacts(row) };
  });
}

/** The scores within, and for each account the one that stood before. */
async function readHistory(db: BulkDatabase, accounts: Prisma.Sql, { from, until }: Window) {
  type Row = ByAccount<Omit<ScoreEntry, 'asOf'> & { asOf: string }>;
  const rows = await selectRows<Row>(
    db.rows,
    {
      accountId: 's."account_id"',
      asOf: 's."as_of"',
      snapshotId: 's."snapshot_id"',
      score: 's."score"',
      rag: 's."rag"',
      churnRisk: 's."churn_risk"',
      breakdown: 's."breakdown"',
      modelVersion: 's."model_version"',
    },
    Prisma.sql`FROM (
      SELECT * FROM "health_scores" w WHERE w."account_id" ${accounts} AND w."as_of" >= ${dbTime(from)} AND w."as_of" < ${dbTime(until)}
      UNION ALL
      SELECT * FROM "health_scores" b WHERE b."id" IN (SELECT ${standingScore('id', from)} FROM "accounts" a WHERE a."id" ${accounts})
    ) AS s ORDER BY s."account_id", s."as_of", s."id"`,
  );
  return rows.map((row) => ({ ...row, asOf: fromDbTime(row.asOf) }));
}

/** Of the score of account `a` that stood at an instant. */
function standingScore(column: 'id' | 'snapshot_id', at: Date): Prisma.Sql {
  return Prisma.sql`(SELECT p.${Prisma.raw(`"${column}"`)} FROM "health_scores" p WHERE p."account_id" = a."id"
    AND p."as_of" < ${dbTime(at)} ORDER BY p."as_of" DESC, p."id" DESC LIMIT 1)`;
}

/** The snapshots within, the one before, and the one that the standing score was made of. */
async function readObservations(db: BulkDatabase, accounts: Prisma.Sql, { from, until }: Window) {
  const rows = await selectRows<ByAccount<ObservationRow>>(
    db.rows,
    { accountId: 's."account_id"', ...OBSERVATION_COLUMNS },
    Prisma.sql`FROM "signal_snapshots" s WHERE s."id" IN (
      SELECT w."id" FROM "signal_snapshots" w WHERE w."account_id" ${accounts} AND w."observed_at" >= ${dbTime(from)} AND w."observed_at" < ${dbTime(until)}
      UNION ALL
      SELECT (SELECT p."id" FROM "signal_snapshots" p WHERE p."account_id" = a."id" AND p."observed_at" < ${dbTime(from)}
        ORDER BY p."observed_at" DESC, p."id" DESC LIMIT 1) FROM "accounts" a WHERE a."id" ${accounts}
      UNION ALL
      SELECT ${standingScore('snapshot_id', from)} FROM "accounts" a WHERE a."id" ${accounts}
    ) ORDER BY s."account_id", s."observed_at", s."id"`,
  );
  return rows.flatMap(({ accountId, ...row }): ByAccount<SignalObservation & { snapshotId: number }>[] => {
    const observation = toObservation(row);
    return observation ? [{ accountId, ...observation }] : [];
  });
}

/** A correction is a later row for the same time. */
function newestOfEachTime<T extends { observedAt: Date }>(observations: T[]): T[] {
  return observations.filter(
    (observation, index) => observations[index + 1]?.observedAt.getTime() !== observation.observedAt.getTime(),
  );
}

async function readUsage(db: BulkDatabase, accounts: Prisma.Sql, { from, until }: Window) {
  const rows = await selectRows<ByAccount<{ observedAt: string; uses: number }>>(
    db.rows,
    { accountId: 'u."account_id"', observedAt: 'u."observed_at"', uses: 'SUM(u."uses")' },
    Prisma.sql`FROM "feature_usage" u WHERE u."account_id" ${accounts} AND u."observed_at" >= ${dbTime(from)}
      AND u."observed_at" < ${dbTime(until)} GROUP BY u."account_id", u."observed_at" ORDER BY u."account_id", u."observed_at"`,
  );
  return rows.map((row) => ({ ...row, observedAt: fromDbTime(row.observedAt) }));
}

async function readFeatures(db: BulkDatabase, accounts: Prisma.Sql, { until }: Window) {
  const since = dbTime(new Date(until.getTime() - FEATURE_DAYS * DAY_MS));
  type Row = ByAccount<{ feature: string; uses: number; activeUsers: number | null; lastUsedAt: string | null }>;
  const rows = await selectRows<Row>(
    db.rows,
    {
      accountId: 'u."account_id"',
      feature: 'u."feature"',
      uses: 'SUM(u."uses")',
      activeUsers: 'MAX(u."active_users")',
      lastUsedAt: 'MAX(CASE WHEN u."uses" > 0 THEN u."observed_at" END)',
    },
    Prisma.sql`FROM "feature_usage" u WHERE u."account_id" ${accounts} AND u."observed_at" >= ${since}
      AND u."observed_at" < ${dbTime(until)} GROUP BY u."account_id", u."feature" ORDER BY u."account_id", u."feature"`,
  );
  return rows.map((row) => ({ ...row, lastUsedAt: row.lastUsedAt === null ? null : fromDbTime(row.lastUsedAt) }));
}

async function readOpportunities(db: BulkDatabase, accounts: Prisma.Sql, { from, until }: Window) {
  type Row = ByAccount<
    Omit<ReviewOpportunity, 'impact' | 'changedAt'> & {
      impactCents: number | null;
      currency: string;
      changedAt: string;
    }
  >;
  const rows = await selectRows<Row>(
    db.rows,
    {
      accountId: 'o."account_id"',
      id: 'o."id"',
      type: 'o."type"',
      title: 'o."title"',
      why: 'o."why"',
      status: 'o."status"',
      confidence: 'o."confidence"',
      impactCents: 'o."impact_cents"',
      currency: 'o."currency"',
      changedAt: 'o."state_changed_at"',
    },
    Prisma.sql`FROM "opportunities" o WHERE o."account_id" ${accounts} AND (
      o."status" IN ('open', 'held', 'queued', 'drafted', 'accepted', 'snoozed') OR (o."status" IN ('won', 'lost')
        AND o."state_changed_at" >= ${dbTime(from)} AND o."state_changed_at" < ${dbTime(until)}))
      ORDER BY o."account_id", o."state_changed_at", o."id"`,
  );
  return rows.map(({ impactCents, currency, changedAt, ...row }) => ({
    ...row,
    impact: impactCents === null ? null : { amountCents: impactCents, currency },
    changedAt: fromDbTime(changedAt),
  }));
}

async function readDispatches(db: BulkDatabase, accounts: Prisma.Sql, { from, until }: Window) {
  type Row = ByAccount<
    Omit<ReviewDispatch, 'impact' | 'at'> & { impactCents: number | null; currency: string; at: string }
  >;
  const rows = await selectRows<Row>(
    db.rows,
    {
      accountId: 'd."account_id"',
      opportunityId: 'd."opportunity_id"',
      title: 'o."title"',
      impactCents: 'o."impact_cents"',
      currency: 'o."currency"',
      state: 'd."state"',
      at: 'd."created_at"',
    },
    Prisma.sql`FROM "dispatches" d JOIN "opportunities" o ON o."id" = d."opportunity_id" WHERE d."account_id" ${accounts}
      AND d."created_at" >= ${dbTime(from)} AND d."created_at" < ${dbTime(until)} ORDER BY d."account_id", d."created_at", d."id"`,
  );
  return rows.map(({ impactCents, currency, at, ...row }) => ({
    ...row,
    impact: impactCents === null ? null : { amountCents: impactCents, currency },
    at: fromDbTime(at),
  }));
}
