import { breathe } from '../breathe';
import type { AlertKind, AlertLevel, HeldReason } from '../domain/churn-alert';
import type { ChurnRiskLevel, ChurnTrigger } from '../domain/churn-risk';
import type { Rag, SignalObservation } from '../domain/signals';
import type {
  AlertStore,
  AnnouncedHealth,
  Announcement,
  ChangedHealth,
  DigestRecipients,
  PlannedDelivery,
  StoredAlert,
} from '../ports/alerts';
import type { Database } from './client';
import { appendEvents } from './event-log';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { OBSERVATION_COLUMNS, type ObservationRow, toObservation } from './observation';
import { among, dbTime, fromDbTime, inputRows, insertRows, type SqlClient, selectRows } from './sql';

const ACTIVE = Prisma.raw(`a."status" IN ('active', 'onboarding')`);
/** The row that every announcement takes first: one at a time, whichever instance makes it. */
const TURN = 'alerts_turn';
const TOLD = ['new_risk', 'worse'];
/** Rows of one transaction: on SQLite nothing else happens meanwhile. */
const ROUTED_AT_A_TIME = 250;
/** Whether the digest that an alert was chosen for came to be; of a pass that was cut short before, the choice is void. */
const IN_DIGEST = `EXISTS (SELECT 1 FROM "alerts" d WHERE d."id" = "alerts"."digest_id")`;
const UNROUTED = Prisma.raw(`"route" = 'decided' AND NOT ${IN_DIGEST}`);
const UNSETTLED = Prisma.raw(`"route" = 'decided' AND ${IN_DIGEST}`);

const JOINS = Prisma.raw(`FROM "accounts" a JOIN "account_health" h ON h."account_id" = a."id"
  LEFT JOIN "announced_health" n ON n."account_id" = a."id"
  LEFT JOIN "alert_snoozes" z ON z."account_id" = a."id"`);

/** What was said of the health and is no longer so, and what was held back until now. */
function differs(now: Date): Prisma.Sql {
  return Prisma.sql`(n."account_id" IS NULL OR n."score" <> h."score" OR n."rag" <> h."rag"
    OR n."churn_risk" <> h."churn_risk" OR n."should_alert" <> h."should_alert" OR n."held_until" <= ${dbTime(now)})`;
}

export function createAlertStore(db: Database): AlertStore {
  return {
    async hasChanges(range, now) {
      const rows = await db.rows.$queryRaw<unknown[]>(
        Prisma.sql`SELECT 1 AS "one" ${JOINS} WHERE a."id" > ${range.after} AND a."id" <= ${range.through}
          AND ${ACTIVE} AND ${differs(now)} LIMIT 1`,
      );
      return rows.length > 0;
    },

    // A power failure takes state, alerts and events back together, and the next pass finds the difference again. Nothing is
    // told before the routing, which is on disk and takes all of this along.
    announce: (range, now, decide) =>
      db.bulkRepeatable(async (tx) => {
        await takeTurn(tx, now);
        const rows = await selectRows<ChangedRow>(
          tx,
          CHANGED_COLUMNS,
          Prisma.sql`${JOINS} WHERE a."id" > ${range.after} AND a."id" <= ${range.through} AND ${ACTIVE}
            AND ${differs(now)} ORDER BY a."id"`,
        );
        if (rows.length === 0) return 0;
        const announcements = await decide(rows.map(toChanged), (ids) => readObservations(tx, ids));
        await writeAnnouncements(tx, announcements, now);
        return announcements.length;
      }),

    async unrouted() {
      return db.rows.$queryRaw<{ id: string; kind: AlertKind; arrCents: number | null; renewalDate: string | null }[]>`
        SELECT "id", "kind", "arr_cents" AS "arrCents", "renewal_date" AS "renewalDate" FROM "alerts"
        WHERE "route" = 'decided' ORDER BY "created_at", "id"`;
    },

    async contents(ids) {
      if (ids.length === 0) return [];
      return readAlerts(db.rows, Prisma.sql`WHERE l."id" ${among(db.rows, ids)}`);
    },

    routeSingle: (id, { deliverAt, deliveries, wording }) =>
      db.bulk(async (tx) => {
        const routed = await tx.$executeRaw`
          UPDATE "alerts" SET "route" = 'single', "digest_id" = NULL, "deliver_at" = ${dbTime(deliverAt)},
            "wording" = ${wording}
          WHERE "id" = ${id} AND ${UNROUTED}`;
        if (routed === 0) return false;
        await planDeliveries(tx, id, deliveries, deliverAt);
        return true;
      }),

    async routeDigest(ids, { id, content, deliverAt, deliveries, now }) {
      const risks: ChosenRow[] = [];
      // As they lie in the table, so that those of one transaction share its pages.
      const inOrder = [...ids].sort();
      for (let start = 0; start < inOrder.length; start += ROUTED_AT_A_TIME) {
        const some = inOrder.slice(start, start + ROUTED_AT_A_TIME);
        const chosen = await db.bulkRepeatable(
          (tx) => tx.$queryRaw<ChosenRow[]>`
            UPDATE "alerts" SET "digest_id" = ${id}, "deliver_at" = ${dbTime(deliverAt)}
            WHERE "id" ${among(tx, some)} AND ${UNROUTED}
            RETURNING "kind" AS "kind", "csm_email" AS "csm", "rep_email" AS "rep"`,
        );
        risks.push(...chosen.filter(({ kind }) => TOLD.includes(kind)));
        await breathe();
      }
      await db.bulk(async (tx) => {
        const chosen = await tx.$queryRaw<unknown[]>`SELECT 1 AS "one" FROM "alerts" WHERE "digest_id" = ${id} LIMIT 1`;
        if (chosen.length === 0) return;
        await insertRows(
          tx,
          'alerts',
          ['id', 'account_id', 'kind', 'level', 'route', 'content', 'currency', 'created_at', 'deliver_at'],
          [[id, null, 'digest', 'none', 'single', content, 'USD', dbTime(now), dbTime(deliverAt)]],
        );
        await planDeliveries(tx, id, deliveries(recipientsOf(risks)), deliverAt);
      });
      await settleDigests();
    },

    settleDigests,
  };

  async function settleDigests(): Promise<void> {
    for (;;) {
      const settled = await db.bulkRepeatable(
        (tx) => tx.$executeRaw`
          UPDATE "alerts" SET "route" = 'digest'
          WHERE "id" IN (SELECT "id" FROM "alerts" WHERE ${UNSETTLED} LIMIT ${ROUTED_AT_A_TIME})`,
      );
      if (settled === 0) return;
      await breathe();
    }
  }
}

interface ChosenRow {
  kind: string;
  csm: string | null;
  rep: string | null;
}

function recipientsOf(risks: readonly ChosenRow[]): DigestRecipients {
  const addresses = (of: 'csm' | 'rep') => [...new Set(risks.flatMap((risk) => risk[of] ?? []))].sort();
  const without = (of: 'csm' | 'rep') => risks.filter((risk) => risk[of] === null).length;
  return { csm: addresses('csm'), rep: addresses('rep'), withoutCsm: without('csm'), withoutRep: without('rep') };
}

async function takeTurn(tx: SqlClient, now: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${TURN}, '', ${dbTime(now)}) ON CONFLICT ("key") DO NOTHING`;
  await tx.$queryRaw(Prisma.sql`SELECT "key" FROM "settings" WHERE "key" = ${TURN} ${tx.dialect.forUpdate}`);
}

async function readObservations(tx: SqlClient, ids: readonly number[]): Promise<Map<number, SignalObservation>> {
  if (ids.length === 0) return new Map();
  const rows = await selectRows<ObservationRow>(
    tx,
    OBSERVATION_COLUMNS,
    Prisma.sql`FROM ${inputRows(
      tx,
      'signal_snapshots',
      ['id'],
      ids.map((id) => [id]),
    )} ${tx.dialect.leftFirst} "signal_snapshots" s ON s."id" = "input"."id"`,
  );
  return new Map(
    rows.flatMap((row) => {
      const observation = toObservation(row);
      return observation ? [[observation.snapshotId, observation]] : [];
    }),
  );
}

const ANNOUNCED_COLUMNS = [
  'account_id',
  'snapshot_id',
  'score',
  'rag',
  'churn_risk',
  'should_alert',
  'breakdown',
  'as_of',
  'severity',
  'open_risk',
  'last_alert_severity',
  'last_alert_at',
  'held_reason',
  'held_until',
  'held_since',
] as const;

async function writeAnnouncements(tx: SqlClient, announcements: readonly Announcement[], now: Date): Promise<void> {
  const at = dbTime(now);
  await insertRows(
    tx,
    'announced_health',
    ANNOUNCED_COLUMNS,
    announcements.map(({ changed: { accountId, current }, state, heldSince }) => [
      accountId,
      current.snapshotId,
      current.score,
      current.rag,
      current.churnRisk,
      current.shouldAlert ? 1 : 0,
      current.breakdown,
      at,
      state.severity,
      state.openRisk ? 1 : 0,
      state.lastAlert?.severity ?? 0,
      state.lastAlert ? dbTime(state.lastAlert.at) : null,
      state.held?.reason ?? null,
      state.held ? dbTime(state.held.until) : null,
      heldSince === null ? null : JSON.stringify(heldSince),
    ]),
    Prisma.sql`ON CONFLICT ("account_id") DO UPDATE SET ${Prisma.raw(
      ANNOUNCED_COLUMNS.slice(1)
        .map((column) => `"${column}" = excluded."${column}"`)
        .join(', '),
    )}`,
  );
  await insertRows(
    tx,
    'alerts',
    [
      ...['id', 'account_id', 'kind', 'level', 'route', 'content', 'arr_cents', 'currency'],
      ...['renewal_date', 'csm_email', 'rep_email', 'created_at'],
    ],
    announcements.flatMap(({ changed, alert }) => {
      if (!alert) return [];
      const { accountId, arr, renewalDate, csmEmail, repEmail } = changed;
      const about = [alert.id, accountId, alert.kind, alert.level, 'decided', alert.content];
      return [[...about, arr?.amountCents ?? null, arr?.currency ?? 'USD', renewalDate, csmEmail, repEmail, at]];
    }),
  );
  await appendEvents(
    tx,
    announcements.flatMap(({ events }) => events),
    now,
  );
}

function planDeliveries(
  tx: SqlClient,
  alertId: string,
  deliveries: readonly PlannedDelivery[],
  deliverAt: Date,
): Promise<void> {
  const at = dbTime(deliverAt);
  return insertRows(
    tx,
    'alert_deliveries',
    ['id', 'alert_id', 'channel', 'recipient', 'state', 'next_attempt_at', 'error_message', 'created_at', 'done_at'],
    deliveries.map(({ channel, recipient, state, reason }) => [
      ...[newId(), alertId, channel, recipient, state, state === 'waiting' ? at : null, reason, at],
      state === 'waiting' ? null : at,
    ]),
    Prisma.sql`ON CONFLICT DO NOTHING`,
  );
}

interface ChangedRow {
  accountId: string;
  accountName: string;
  arrCents: number | null;
  currency: string;
  renewalDate: string | null;
  csmEmail: string | null;
  repEmail: string | null;
  snapshotId: number;
  score: number;
  rag: string;
  churnRisk: string;
  churnTrigger: string;
  shouldAlert: number | boolean;
  breakdown: string;
  changedAt: string;
  snoozedUntil: string | null;
  nSnapshotId: number | null;
  nScore: number | null;
  nRag: string | null;
  nChurnRisk: string | null;
  nShouldAlert: number | boolean | null;
  nBreakdown: string | null;
  nAsOf: string | null;
  severity: number | null;
  openRisk: number | boolean | null;
  lastAlertSeverity: number | null;
  lastAlertAt: string | null;
  heldReason: string | null;
  heldUntil: string | null;
  heldSince: string | null;
}

const CHANGED_COLUMNS: Record<keyof ChangedRow, string> = {
  accountId: 'a."id"',
  accountName: 'a."name"',
  arrCents: 'a."arr_cents"',
  currency: 'a."currency"',
  renewalDate: 'a."renewal_date"',
  csmEmail: 'a."csm_email"',
  repEmail: 'a."rep_email"',
  snapshotId: 'h."snapshot_id"',
  score: 'h."score"',
  rag: 'h."rag"',
  churnRisk: 'h."churn_risk"',
  churnTrigger: 'h."churn_trigger"',
  shouldAlert: 'h."should_alert"',
  breakdown: 'h."breakdown"',
  changedAt: 'h."changed_at"',
  snoozedUntil: 'z."until"',
  nSnapshotId: 'n."snapshot_id"',
  nScore: 'n."score"',
  nRag: 'n."rag"',
  nChurnRisk: 'n."churn_risk"',
  nShouldAlert: 'n."should_alert"',
  nBreakdown: 'n."breakdown"',
  nAsOf: 'n."as_of"',
  severity: 'n."severity"',
  openRisk: 'n."open_risk"',
  lastAlertSeverity: 'n."last_alert_severity"',
  lastAlertAt: 'n."last_alert_at"',
  heldReason: 'n."held_reason"',
  heldUntil: 'n."held_until"',
  heldSince: 'n."held_since"',
};

function toChanged(row: ChangedRow): ChangedHealth {
  return {
    accountId: row.accountId,
    accountName: row.accountName,
    arr: row.arrCents === null ? null : { amountCents: Number(row.arrCents), currency: row.currency },
    renewalDate: row.renewalDate,
    csmEmail: row.csmEmail?.toLowerCase() ?? null,
    repEmail: row.repEmail?.toLowerCase() ?? null,
    snoozedUntil: row.snoozedUntil === null ? null : fromDbTime(row.snoozedUntil),
    current: {
      snapshotId: row.snapshotId,
      score: row.score,
      rag: row.rag as Rag,
      churnRisk: row.churnRisk as ChurnRiskLevel,
      churnTrigger: row.churnTrigger as ChurnTrigger,
      shouldAlert: Boolean(row.shouldAlert),
      breakdown: row.breakdown,
      asOf: fromDbTime(row.changedAt),
    },
    announced: toAnnounced(row),
  };
}

function toAnnounced(row: ChangedRow): ChangedHealth['announced'] {
  if (row.nSnapshotId === null || row.nBreakdown === null || row.nAsOf === null) return null;
  const held = row.heldReason === null || row.heldUntil === null ? null : toHeld(row.heldReason, row.heldUntil);
  return {
    snapshotId: row.nSnapshotId,
    score: row.nScore ?? 0,
    rag: row.nRag as Rag,
    churnRisk: row.nChurnRisk as ChurnRiskLevel,
    shouldAlert: Boolean(row.nShouldAlert),
    breakdown: row.nBreakdown,
    asOf: fromDbTime(row.nAsOf),
    state: {
      severity: row.severity ?? 0,
      openRisk: Boolean(row.openRisk),
      lastAlert:
        row.lastAlertAt === null ? null : { severity: row.lastAlertSeverity ?? 0, at: fromDbTime(row.lastAlertAt) },
      held,
    },
    heldSince: row.heldSince === null ? null : toHeldSince(row.heldSince),
  };
}

function toHeld(reason: string, until: string): { reason: HeldReason; until: Date } {
  return { reason: reason as HeldReason, until: fromDbTime(until) };
}

function toHeldSince(text: string): AnnouncedHealth {
  const health = JSON.parse(text) as AnnouncedHealth & { asOf: string };
  return { ...health, asOf: new Date(health.asOf) };
}

interface AlertRow {
  id: string;
  accountId: string | null;
  accountName: string | null;
  kind: string;
  level: string;
  createdAt: string;
  content: string;
  wording: string | null;
  arrCents: number | null;
  currency: string;
  renewalDate: string | null;
  csmEmail: string | null;
  repEmail: string | null;
}

const ALERT_COLUMNS: Record<keyof AlertRow, string> = {
  id: 'l."id"',
  accountId: 'l."account_id"',
  accountName: 'a."name"',
  kind: 'l."kind"',
  level: 'l."level"',
  createdAt: 'l."created_at"',
  content: 'l."content"',
  wording: 'l."wording"',
  arrCents: 'l."arr_cents"',
  currency: 'l."currency"',
  renewalDate: 'l."renewal_date"',
  csmEmail: 'l."csm_email"',
  repEmail: 'l."rep_email"',
};

/** @param tail conditions and order on `alerts l`. */
export async function readAlerts(client: SqlClient, tail: Prisma.Sql): Promise<StoredAlert[]> {
  const rows = await selectRows<AlertRow>(
    client,
    ALERT_COLUMNS,
    Prisma.sql`FROM "alerts" l LEFT JOIN "accounts" a ON a."id" = l."account_id" ${tail}`,
  );
  return rows.map(({ arrCents, currency, createdAt, ...row }) => ({
    ...row,
    createdAt: fromDbTime(createdAt),
    accountName: row.accountName ?? '',
    kind: row.kind as StoredAlert['kind'],
    level: row.level as AlertLevel | 'none',
    arr: arrCents === null ? null : { amountCents: Number(arrCents), currency },
  }));
}
