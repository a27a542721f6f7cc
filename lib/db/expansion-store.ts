import {
  type AccountFacts,
  type CatalogueEntry,
  CONFIDENCE_RANK,
  type OpportunityType,
  type SeatReport,
  type UsageFacts,
} from '../domain/expansion';
import type { GatePolicy } from '../domain/gates';
import type { ChurnRiskLevel } from '../domain/health-score';
import type { InvoicePaymentStatus, Rag, UsageTrend } from '../domain/signals';
import type { ExpansionAccount, ExpansionChanges, ExpansionStore, OpportunityWrite, StoredOpportunity } from '../ports';
import type { BulkDatabase } from './client';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { appendDetected } from './opportunity-events';
import { healthIn } from './range';
import { CHECKED_AT } from './settings';
import { among, dbTime, fromDbTime, inputRows, insertRows, type SqlClient, selectRows } from './sql';

const DAY_MS = 86_400_000;
/** How far back seat reports and feature use are read: what the rules can look at, and some more. */
const SEAT_HISTORY_DAYS = 180;
const USAGE_DAYS = 84;
/** Below this utilisation no seats rule applies, so no history is read. */
const SEAT_HISTORY_FROM = 0.75;
/** Usage ages out of the rules' window day by day: such accounts are due with every daily check. */
const USAGE_DUE_AFTER_MS = 20 * 3_600_000;
const CHECKED_RULES = 'expansion_checked_rules';

export function createExpansionStore(db: BulkDatabase): ExpansionStore {
  return {
    async readCatalogue() {
      const items = await selectRows<CatalogueRow>(
        db.rows,
        {
          id: '"id"',
          type: '"type"',
          name: '"name"',
          priceCents: '"price_cents"',
          currency: '"currency"',
          signalFeatures: '"signal_features"',
          eligiblePlans: '"eligible_plans"',
          techNames: '"tech_names"',
          benefit: '"benefit"',
        },
        Prisma.sql`FROM "catalogue_items" ORDER BY "id"`,
      );
      return items.map(
        (item): CatalogueEntry => ({
          ...item,
          type: item.type as OpportunityType,
          signalFeatures: JSON.parse(item.signalFeatures) as string[],
          eligiblePlans: JSON.parse(item.eligiblePlans) as string[],
          techNames: JSON.parse(item.techNames) as string[],
        }),
      );
    },

    async readDue(range, { now, since, features, gates }) {
      const due = since === null ? Prisma.sql`TRUE` : dueSince(since, now, gates);
      const rows = await selectRows<AccountRow>(
        db.rows,
        ACCOUNT_COLUMNS,
        Prisma.sql`FROM "accounts" a
          ${healthIn(range)}
          LEFT JOIN "signal_snapshots" s ON s."id" = a."current_snapshot_id"
          WHERE a."id" > ${range.after} AND a."id" <= ${range.through} AND ${due} ORDER BY a."id"`,
      );
      if (rows.length === 0) return [];
      const ids = rows.map((row) => row.id);
      const full = rows.filter(
        (row) => row.seatsPurchased && (row.seatsActive ?? 0) / row.seatsPurchased >= SEAT_HISTORY_FROM,
      );
      const [seats, usage, existing] = await Promise.all([
        readSeatHistory(
          db.rows,
          full.map((row) => row.id),
          now,
        ),
        readUsage(db.rows, ids, features, now),
        readExisting(db.rows, ids),
      ]);
      return rows.map((row) =>
        toExpansionAccount(row, seats.get(row.id) ?? [], usage.get(row.id) ?? [], existing.get(row.id) ?? []),
      );
    },

    async checkedAt(rules) {
      const settings = await db.rows.$queryRaw<{ key: string; value: string }[]>`
        SELECT "key", "value" FROM "settings" WHERE "key" IN (${CHECKED_AT}, ${CHECKED_RULES})`;
      const value = (key: string) => settings.find((setting) => setting.key === key)?.value;
      const at = value(CHECKED_AT);
      return at && value(CHECKED_RULES) === rules ? fromDbTime(at) : null;
    },

    async setCheckedAt(rules, startedAt) {
      const settings = [
        [CHECKED_AT, dbTime(startedAt), dbTime(startedAt)],
        [CHECKED_RULES, rules, dbTime(startedAt)],
      ];
      await db.bulk((tx) =>
        insertRows(
          tx,
          'settings',
          ['key', 'value', 'updated_at'],
          settings,
          Prisma.sql`ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value", "updated_at" = excluded."updated_at"`,
        ),
      );
    },

    save: (changes, now) => save(db, changes, now),

    async openIds(limit) {
      const rows = await db.rows.$queryRaw<{ id: string }[]>`
        SELECT "id" FROM "opportunities" WHERE "status" = 'open'
        ORDER BY "confidence_rank" DESC, "impact_rank" DESC, "id" DESC LIMIT ${limit}`;
      return rows.map((row) => row.id);
    },
  };
}

/**
 * What may have changed since: facts or usage (`updated_at`), the score (`changed_at`), the catalogue, or the days that
 * passed: signals gone stale, an account no longer new, usage out of its window, a snooze that ended.
 */
function dueSince(since: Date, now: Date, gates: GatePolicy): Prisma.Sql {
  const at = dbTime(since);
  const daysBefore = (date: Date, days: number) => new Date(date.getTime() - days * DAY_MS);
  const fresh = gates.signalFreshnessDays;
  const day = (date: Date) => daysBefore(date, gates.newAccountDays).toISOString().slice(0, 10);
  const usage =
    now.getTime() - since.getTime() < USAGE_DUE_AFTER_MS
      ? Prisma.sql`FALSE`
      : Prisma.sql`EXISTS (SELECT 1 FROM "feature_usage" u WHERE u."account_id" = a."id"
          AND u."observed_at" >= ${dbTime(daysBefore(since, USAGE_DAYS))})`;
  return Prisma.sql`(a."updated_at" >= ${at} OR h."changed_at" >= ${at}
    OR (SELECT MAX("updated_at") FROM "catalogue_items") >= ${at}
    OR (s."observed_at" >= ${dbTime(daysBefore(since, fresh + 2))} AND s."observed_at" <= ${dbTime(daysBefore(now, fresh))})
    OR (a."contract_start" >= ${day(daysBefore(since, 1))} AND a."contract_start" <= ${day(now)})
    OR EXISTS (SELECT 1 FROM "opportunities" o WHERE o."account_id" = a."id" AND o."status" = 'snoozed'
      AND o."snoozed_until" <= ${dbTime(now)})
    OR ${usage})`;
}

type CatalogueRow = Omit<CatalogueEntry, 'type' | 'signalFeatures' | 'eligiblePlans' | 'techNames'> &
  Record<'type' | 'signalFeatures' | 'eligiblePlans' | 'techNames', string>;

interface AccountRow {
  id: string;
  name: string;
  status: string;
  arrCents: number | null;
  currency: string;
  plan: string | null;
  seatsPurchased: number | null;
  seatsActive: number | null;
  renewalDate: string | null;
  contractStart: string | null;
  modules: string;
  integrations: string;
  techStack: string;
  csmEmail: string | null;
  repEmail: string | null;
  observedAt: string | null;
  usageTrend: string | null;
  escalationCount90Days: number | null;
  invoicePaymentStatus: string | null;
  rag: string | null;
  churnRisk: string | null;
}

const ACCOUNT_COLUMNS: Record<keyof AccountRow, string> = {
  id: 'a."id"',
  name: 'a."name"',
  status: 'a."status"',
  arrCents: 'a."arr_cents"',
  currency: 'a."currency"',
  plan: 'a."plan"',
  seatsPurchased: 'a."seats_purchased"',
  seatsActive: 's."seats_active"',
  renewalDate: 'a."renewal_date"',
  contractStart: 'a."contract_start"',
  modules: 'a."modules"',
  integrations: 'a."integrations"',
  techStack: 'a."tech_stack"',
  csmEmail: 'a."csm_email"',
  repEmail: 'a."rep_email"',
  observedAt: 's."observed_at"',
  usageTrend: 's."usage_trend"',
  escalationCount90Days: 's."escalation_count_90_days"',
  invoicePaymentStatus: 's."invoice_payment_status"',
  rag: 'h."rag"',
  churnRisk: 'h."churn_risk"',
};

function toExpansionAccount(
  row: AccountRow,
  seatHistory: SeatReport[],
  usage: UsageFacts[],
  existing: StoredOpportunity[],
): ExpansionAccount {
  const facts: AccountFacts = {
    id: row.id,
    name: row.name,
    arrCents: row.arrCents,
    currency: row.currency,
    plan: row.plan,
    seatsPurchased: row.seatsPurchased,
    seatsActive: row.seatsActive,
    renewalDate: row.renewalDate,
    modules: JSON.parse(row.modules) as string[],
    integrations: JSON.parse(row.integrations) as string[],
    techStack: JSON.parse(row.techStack) as string[],
    usageTrend: row.usageTrend as UsageTrend | null,
    observedAt: row.observedAt === null ? new Date(0) : fromDbTime(row.observedAt),
    seatHistory,
    usage,
  };
  return {
    facts,
    active: row.observedAt !== null && (row.status === 'active' || row.status === 'onboarding'),
    rag: row.rag as Rag | null,
    churnRiskLevel: row.churnRisk as ChurnRiskLevel | null,
    escalationCount90Days: row.escalationCount90Days,
    invoicePaymentStatus: row.invoicePaymentStatus as InvoicePaymentStatus | null,
    contractStart: row.contractStart,
    csmEmail: row.csmEmail,
    repEmail: row.repEmail,
    existing,
  };
}

async function readSeatHistory(client: SqlClient, ids: string[], now: Date): Promise<Map<string, SeatReport[]>> {
  if (ids.length === 0) return new Map();
  const since = dbTime(new Date(now.getTime() - SEAT_HISTORY_DAYS * DAY_MS));
  type Row = { accountId: string; observedAt: string; seatsActive: number; seatsPurchased: number };
  const rows = await selectRows<Row>(
    client,
    {
      accountId: 's."account_id"',
      observedAt: 's."observed_at"',
      seatsActive: 's."seats_active"',
      seatsPurchased: 's."seats_purchased"',
    },
    Prisma.sql`FROM "signal_snapshots" s WHERE s."account_id" ${among(client, ids)} AND s."observed_at" >= ${since}
      AND s."seats_active" IS NOT NULL AND s."seats_purchased" > 0 ORDER BY s."account_id", s."observed_at", s."id"`,
  );
  const reports = new Map<string, SeatReport[]>();
  for (const { accountId, observedAt, seatsActive, seatsPurchased } of rows) {
    const list = grouped(reports, accountId);
    const report = { observedAt: fromDbTime(observedAt), seatsActive, seatsPurchased };
    // A later row for the same time corrects the earlier one.
    if (list.at(-1)?.observedAt.getTime() === report.observedAt.getTime()) list.pop();
    list.push(report);
  }
  return reports;
}

async function readUsage(
  client: SqlClient,
  ids: string[],
  features: string[],
  now: Date,
): Promise<Map<string, UsageFacts[]>> {
  const usage = new Map<string, UsageFacts[]>();
  if (features.length === 0) return usage;
  const since = dbTime(new Date(now.getTime() - USAGE_DAYS * DAY_MS));
  type Row = Omit<UsageFacts, 'observedAt'> & { accountId: string; observedAt: string };
  const rows = await selectRows<Row>(
    client,
    {
      accountId: 'u."account_id"',
      feature: 'u."feature"',
      observedAt: 'u."observed_at"',
      uses: 'u."uses"',
      activeUsers: 'u."active_users"',
      limitHits: 'u."limit_hits"',
    },
    Prisma.sql`FROM "feature_usage" u WHERE u."account_id" ${among(client, ids)} AND u."observed_at" >= ${since}
      AND u."feature" ${among(client, features)}`,
  );
  for (const { accountId, observedAt, ...row } of rows) {
    grouped(usage, accountId).push({ ...row, observedAt: fromDbTime(observedAt) });
  }
  return usage;
}

async function readExisting(client: SqlClient, ids: string[]): Promise<Map<string, StoredOpportunity[]>> {
  const rows = await selectRows<StoredOpportunity>(
    client,
    {
      id: 'o."id"',
      fingerprint: 'o."fingerprint"',
      accountId: 'o."account_id"',
      status: 'o."status"',
      snoozedUntil: 'o."snoozed_until"',
      contentKey: 'o."content_key"',
    },
    Prisma.sql`FROM "opportunities" o WHERE o."account_id" ${among(client, ids)} AND o."origin" = 'scan'`,
  );
  const existing = new Map<string, StoredOpportunity[]>();
  for (const row of rows) grouped(existing, row.accountId).push(row);
  return existing;
}

function grouped<T>(map: Map<string, T[]>, key: string): T[] {
  const list = map.get(key) ?? [];
  if (list.length === 0) map.set(key, list);
  return list;
}

const CONTENT = [
  'fingerprint',
  'status',
  'confidence',
  'confidence_rank',
  'title',
  'headline',
  'why',
  'impact_cents',
  'currency',
  'impact_rank',
  'evidence',
  'calculation',
  'talk_track',
  'gates',
  'content_key',
  'rag',
  'csm_email',
  'rep_email',
] as const;

function contentValues({ candidate, ...write }: OpportunityWrite): unknown[] {
  return [
    write.fingerprint,
    write.status,
    candidate.confidence,
    CONFIDENCE_RANK[candidate.confidence],
    candidate.title,
    candidate.headline,
    candidate.why,
    candidate.impact?.amountCents ?? null,
    candidate.impact?.currency ?? '',
    candidate.impact?.amountCents ?? -1,
    write.evidence,
    write.calculation,
    candidate.talkTrack,
    write.gates,
    write.contentKey,
    write.rag,
    write.csmEmail,
    write.repEmail,
  ];
}

async function save(
  db: BulkDatabase,
  changes: ExpansionChanges,
  now: Date,
): Promise<{ created: number; updated: number; withdrawn: number }> {
  const at = dbTime(now);
  const created = changes.writes.filter((write) => write.expectedStatus === null);
  const updated = changes.writes.filter((write) => write.expectedStatus !== null);
  if (changes.writes.length + changes.seenIds.length + changes.withdrawn.length === 0)
    return { created: 0, updated: 0, withdrawn: 0 };
  const ids = created.map(() => newId());
  return db.bulkRepeatable(async (tx) => {
    await insertRows(
      tx,
      'opportunities',
      [
        ...CONTENT,
        'id',
        'account_id',
        'origin',
        'type',
        'subject',
        'first_seen_at',
        'last_seen_at',
        'state_changed_at',
      ],
      created.map((write, index) => [
        ...contentValues(write),
        ids[index],
        write.accountId,
        'scan',
        write.candidate.type,
        write.candidate.subject,
        at,
        at,
        at,
      ]),
      Prisma.sql`ON CONFLICT ("fingerprint") DO NOTHING`,
    );
    await appendDetected(tx, ids, now);
    await applyUpdates(tx, updated, at);
    if (changes.seenIds.length > 0) {
      await tx.$executeRaw`UPDATE "opportunities" SET "last_seen_at" = ${at} WHERE "id" ${among(tx, changes.seenIds)}`;
    }
    const withdrawn = await withdraw(tx, changes.withdrawn, at);
    return { created: created.length, updated: updated.length, withdrawn };
  });
}

/** Applies only where the row still has the status that the decision was made on: a person may have been faster. */
async function applyUpdates(tx: SqlClient, updated: OpportunityWrite[], at: string): Promise<void> {
  if (updated.length === 0) return;
  const columns = [...CONTENT, 'expected_status'];
  const assignments = CONTENT.filter((column) => column !== 'fingerprint' && column !== 'status')
    .map((column) => `"${column}" = "input"."${column}"`)
    .join(', ');
  const rows = updated.map((write) => [...contentValues(write), write.expectedStatus]);
  const moved = updated.filter((write) => write.status !== write.expectedStatus);
  await appendScanEvents(tx, moved, at);
  await tx.$executeRaw`
    UPDATE "opportunities" SET ${Prisma.raw(assignments)}, "last_seen_at" = ${at},
      "snoozed_until" = CASE WHEN "input"."status" = 'snoozed' THEN "opportunities"."snoozed_until" END,
      "state_changed_at" = CASE WHEN "opportunities"."status" = "input"."status"
        THEN "opportunities"."state_changed_at" ELSE ${at} END,
      "status" = "input"."status"
    FROM ${inputRows(tx, 'opportunities', columns, rows)}
    WHERE "opportunities"."fingerprint" = "input"."fingerprint" AND "opportunities"."status" = "input"."expected_status"`;
}

async function appendScanEvents(tx: SqlClient, moved: OpportunityWrite[], at: string): Promise<void> {
  if (moved.length === 0) return;
  const rows = moved.map((write) => [
    write.fingerprint,
    write.expectedStatus,
    write.status === 'open' ? 'reopened' : write.status,
    write.heldBy || null,
  ]);
  await tx.$executeRaw`
    INSERT INTO "timeline_events" ("opportunity_id", "at", "kind", "actor", "detail")
    SELECT o."id", ${at}, "input"."kind", 'scan', "input"."detail"
    FROM ${inputRows(tx, 'timeline_events', ['fingerprint', 'expected_status', 'kind', 'detail'], rows)}
    JOIN "opportunities" o ON o."fingerprint" = "input"."fingerprint" AND o."status" = "input"."expected_status"`;
}

async function withdraw(tx: SqlClient, withdrawn: ExpansionChanges['withdrawn'], at: string): Promise<number> {
  if (withdrawn.length === 0) return 0;
  const rows = withdrawn.map(({ id, expectedStatus }) => [id, expectedStatus]);
  const input = inputRows(tx, 'opportunities', ['id', 'expected_status'], rows);
  await tx.$executeRaw`
    INSERT INTO "timeline_events" ("opportunity_id", "at", "kind", "actor", "detail")
    SELECT o."id", ${at}, 'withdrawn', 'scan', 'The signals no longer show it.'
    FROM ${input} JOIN "opportunities" o ON o."id" = "input"."id" AND o."status" = "input"."expected_status"`;
  return tx.$executeRaw`
    UPDATE "opportunities" SET "status" = 'withdrawn', "state_changed_at" = ${at}, "snoozed_until" = NULL
    FROM ${input} WHERE "opportunities"."id" = "input"."id" AND "opportunities"."status" = "input"."expected_status"`;
}
