import { createHash } from 'node:crypto';
import type { AccountRecord } from '../domain/import-records';
import { Prisma } from './generated/sqlite/client';
import {
  type BatchOutcome,
  emptyOutcome,
  FROM_FILES,
  type ImportSource,
  type KnownAccount,
  loadAccounts,
  sortedJson,
} from './import-batch';
import { among, dbTime, inputRows, insertRows, type SqlClient, selectRows } from './sql';

/** What the last import that spoke of one account at one time said of it. */
interface KnownObservation {
  recordedAt: string;
  hashes: Set<string>;
}

/** See {@link ImportStore.applyAccounts}; `now`, the import's time, and `writtenAt`, this batch's, as the database stores them. */
export async function applyAccounts(
  tx: SqlClient,
  records: readonly AccountRecord[],
  now: string,
  writtenAt: string,
  source: ImportSource = FROM_FILES,
): Promise<BatchOutcome> {
  const outcome = emptyOutcome();
  const accounts = await loadAccounts(tx, [...new Set(records.map((record) => record.id))]);
  const observations = await loadObservations(tx, records, accounts, source);
  const facts = new Map<string, AccountRecord>();
  const snapshots: unknown[][] = [];
  const changed = new Set<string>();
  const added = new Set<string>();

  records.forEach((record, index) => {
    const account = accounts.get(record.id);
    if (account && account.source !== source.name) {
      const message = `The account «${record.id}» belongs to source «${account.source}» and is changed there. Remove the row, or give it another account_id.`;
      outcome.rejected.push({ index, issue: { column: 'account_id', value: record.id, message } });
      return;
    }
    const hash = contentHash(record);
    const given = record.observation.observedAt;
    // A row without a time says the same as before if it equals the newest observation, whenever that was.
    const comparedAt = comparisonTime(record, account, source);
    const known = comparedAt ? observations.get(observationKey(record.id, comparedAt)) : undefined;
    // One that a source keeps up to date is what its row says, however it came to be another one.
    const differs = source.live && account !== undefined && account.status !== null && account.status !== record.status;
    if (known?.hashes.has(hash) && !source.again?.has(record.id) && !differs) {
      outcome.unchanged += 1;
      return;
    }
    const saidAt = given ? dbTime(given) : now;
    const observedAt = source.live && account?.observedAt && account.observedAt > saidAt ? account.observedAt : saidAt;
    snapshots.push(snapshotValues(record, observedAt, now, hash));
    remember(observations, record.id, observedAt, now, hash);
    changed.add(record.id);
    if (account) {
      outcome.updated += 1;
    } else {
      outcome.created += 1;
      added.add(record.id);
    }
    if (!account?.observedAt || observedAt >= account.observedAt) {
      facts.set(record.id, record);
      accounts.set(record.id, { source: source.name, status: record.status, observedAt });
    }
  });

  outcome.changedAccountIds = [...changed];
  if (snapshots.length > 0) {
    await writeFacts(tx, [...facts.values()], writtenAt, source.name);
    await copyOwnersToOpportunities(
      tx,
      [...facts.keys()].filter((id) => !added.has(id)),
    );
    await insertRows(tx, 'signal_snapshots', SNAPSHOT_COLUMNS, snapshots);
    await pointToNewestSnapshots(tx, [...facts.keys()]);
  }
  return outcome;
}

async function loadObservations(
  tx: SqlClient,
  records: readonly AccountRecord[],
  accounts: ReadonlyMap<string, KnownAccount>,
  source: ImportSource,
): Promise<Map<string, KnownObservation>> {
  const pairs = new Map<string, [string, string]>();
  for (const record of records) {
    const { id } = record;
    const account = accounts.get(id);
    if (!account) continue;
    const observedAt = comparisonTime(record, account, source);
    if (observedAt) pairs.set(observationKey(id, observedAt), [id, observedAt]);
  }
  const observations = new Map<string, KnownObservation>();
  if (pairs.size === 0) return observations;
  const rows = await selectRows<{ accountId: string; observedAt: string; recordedAt: string; hash: string }>(
    tx,
    {
      accountId: 's."account_id"',
      observedAt: 's."observed_at"',
      recordedAt: 's."recorded_at"',
      hash: 's."content_hash"',
    },
    Prisma.sql`FROM ${inputRows(tx, 'signal_snapshots', ['account_id', 'observed_at'], [...pairs.values()])}
      ${tx.dialect.leftFirst} "signal_snapshots" s ON s."account_id" = "input"."account_id" AND s."observed_at" = "input"."observed_at"
      ORDER BY s."id"`,
  );
  for (const row of rows) remember(observations, row.accountId, row.observedAt, row.recordedAt, row.hash);
  return observations;
}

/** The time whose observation says whether a row is news: its own, or that of the newest. */
function comparisonTime(
  { observation }: AccountRecord,
  account: KnownAccount | undefined,
  source: ImportSource,
): string | null {
  const newest = account?.observedAt ?? null;
  return observation.observedAt && !source.live ? dbTime(observation.observedAt) : newest;
}

/**
 * Contradicting rows of one import for the same time are all remembered, so that this very file again changes nothing;
 * what an earlier import said is forgotten, so that a correction can be taken back.
 */
function remember(
  observations: Map<string, KnownObservation>,
  accountId: string,
  observedAt: string,
  recordedAt: string,
  hash: string,
): void {
  const key = observationKey(accountId, observedAt);
  const known = observations.get(key);
  if (known?.recordedAt === recordedAt) known.hashes.add(hash);
  else observations.set(key, { recordedAt, hashes: new Set([hash]) });
}

function observationKey(accountId: string, observedAt: string): string {
  return `${observedAt} ${accountId}`;
}

/** Digest of everything that a row says, but for the time it was observed. */
function contentHash(record: AccountRecord): string {
  const { observation: seen } = record;
  const values = [
    ...factValues(record).slice(1),
    seen.seatsActive,
    seen.lastInteractionAt?.getTime() ?? null,
    seen.loginFrequencyDays,
    seen.usageTrend,
    seen.featureAdoptionRate,
    seen.stakeholderEngagement,
    seen.npsScore,
    seen.invoicePaymentStatus,
    seen.openTicketCount,
    seen.avgTicketSentiment,
    seen.escalationCount90Days,
    seen.tamHealthRag,
    seen.collectionsRisk,
  ];
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url');
}

const FACT_COLUMNS = [
  'id',
  'name',
  'domain',
  'status',
  'segment',
  'arr_cents',
  'currency',
  'plan',
  'seats_purchased',
  'csm_email',
  'rep_email',
  'contract_start',
  'renewal_date',
  'modules',
  'integrations',
  'tech_stack',
];

/** In the order of {@link FACT_COLUMNS}. Lists are sorted: their order in the file says nothing. */
function factValues(record: AccountRecord): (string | number | null)[] {
  return [
    record.id,
    record.name,
    record.domain,
    record.status,
    record.segment,
    record.observation.arrCents,
    record.currency,
    record.plan,
    record.observation.seatsPurchased,
    record.csmEmail,
    record.repEmail,
    record.contractStart,
    record.observation.renewalDate,
    sortedJson(record.modules),
    sortedJson(record.integrations),
    sortedJson(record.techStack),
  ];
}

async function writeFacts(
  tx: SqlClient,
  records: readonly AccountRecord[],
  writtenAt: string,
  source: string,
): Promise<void> {
  const columns = [...FACT_COLUMNS, 'search_key', 'source', 'created_at', 'updated_at'];
  const kept = new Set(['id', 'source', 'created_at']);
  const assignments = columns
    .filter((column) => !kept.has(column))
    .map((column) => `"${column}" = excluded."${column}"`);
  const rows = records.map((record) => [...factValues(record), searchKey(record), source, writtenAt, writtenAt]);
  await insertRows(
    tx,
    'accounts',
    columns,
    rows,
    Prisma.sql`ON CONFLICT ("id") DO UPDATE SET ${Prisma.raw(assignments.join(', '))}`,
  );
}

async function copyOwnersToOpportunities(tx: SqlClient, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  await tx.$executeRaw`UPDATE "opportunities" SET "csm_email" = a."csm_email", "rep_email" = a."rep_email"
    FROM "accounts" a
    WHERE a."id" = "opportunities"."account_id" AND a."id" ${among(tx, accountIds)}
      AND ("opportunities"."csm_email" IS DISTINCT FROM a."csm_email" OR "opportunities"."rep_email" IS DISTINCT FROM a."rep_email")`;
}

function searchKey(record: AccountRecord): string {
  return [record.name, record.domain, record.id]
    .filter((part) => part !== null)
    .join(' ')
    .toLowerCase();
}

const SNAPSHOT_COLUMNS = [
  'account_id',
  'observed_at',
  'recorded_at',
  'content_hash',
  'arr_cents',
  'seats_purchased',
  'seats_active',
  'renewal_date',
  'last_interaction_at',
  'login_frequency_days',
  'usage_trend',
  'feature_adoption_rate',
  'stakeholder_engagement',
  'nps_score',
  'invoice_payment_status',
  'open_ticket_count',
  'avg_ticket_sentiment',
  'escalation_count_90_days',
  'tam_health_rag',
  'collections_risk',
];

/** In the order of {@link SNAPSHOT_COLUMNS}. */
function snapshotValues(record: AccountRecord, observedAt: string, recordedAt: string, hash: string): unknown[] {
  const { observation: seen } = record;
  return [
    record.id,
    observedAt,
    recordedAt,
    hash,
    seen.arrCents,
    seen.seatsPurchased,
    seen.seatsActive,
    seen.renewalDate,
    seen.lastInteractionAt ? dbTime(seen.lastInteractionAt) : null,
    seen.loginFrequencyDays,
    seen.usageTrend,
    seen.featureAdoptionRate,
    seen.stakeholderEngagement,
    seen.npsScore,
    seen.invoicePaymentStatus,
    seen.openTicketCount,
    seen.avgTicketSentiment,
    seen.escalationCount90Days,
    seen.tamHealthRag,
    seen.collectionsRisk,
  ];
}

async function pointToNewestSnapshots(tx: SqlClient, accountIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`UPDATE "accounts" SET "current_snapshot_id" = (
      SELECT s."id" FROM "signal_snapshots" s WHERE s."account_id" = "accounts"."id"
      ORDER BY s."observed_at" DESC, s."id" DESC LIMIT 1
    ) WHERE "id" ${among(tx, accountIds)}`;
}
