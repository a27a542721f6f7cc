import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Database, openDatabase } from '../lib/db/client';
import { dbTime, insertRows } from '../lib/db/sql';

const DAY_MS = 86_400_000;
const CHUNK = 2_000;

/** A repeatable source of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** In the order of the index: PostgreSQL would otherwise walk the whole primary key backwards for every account. */
const NEWEST_SNAPSHOT = `(SELECT s."id" FROM "signal_snapshots" s WHERE s."account_id" = "accounts"."id"
  ORDER BY s."observed_at" DESC, s."id" DESC LIMIT 1)`;

const CATALOGUE: unknown[][] = [
  ['seat', 'seats', 'Seat', 24_000, 'USD', '[]', '[]', '[]', null],
  ['forecasting', 'module', 'Forecasting', 3_600_000, 'USD', '["exports"]', '[]', '[]', 'Plans a quarter ahead.'],
  ['audit-log', 'module', 'Audit log', 1_800_000, 'USD', '["admin_actions"]', '[]', '[]', 'Shows who did what.'],
  ['slack', 'integration', 'Slack', 480_000, 'USD', '[]', '[]', '["Slack"]', 'Brings alerts to where people talk.'],
  ['jira', 'integration', 'Jira', 600_000, 'USD', '[]', '[]', '["Jira"]', 'Links tickets to accounts.'],
];

/** {@link writePortfolio} in a process of its own: its memory is not that of the desk that is measured. */
export async function fillPortfolio(url: string, count: number): Promise<void> {
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'bench/fill-portfolio.ts', url, String(count)]);
}

/**
 * Fills the database with `count` accounts, one snapshot each, and usage for one account in ten; about two
 * opportunities for three accounts. The same seed gives the same portfolio.
 */
export async function writePortfolio(url: string, count: number, now: Date, seed = 1): Promise<void> {
  const db = await openDatabase(url);
  try {
    const at = dbTime(now);
    await db.bulk((tx) =>
      insertRows(
        tx,
        'catalogue_items',
        [
          'id',
          'type',
          'name',
          'price_cents',
          'currency',
          'signal_features',
          'eligible_plans',
          'tech_names',
          'benefit',
          'updated_at',
        ],
        CATALOGUE.map((row) => [...row, dbTime(new Date(now.getTime() - DAY_MS))]),
      ),
    );
    const random = seeded(seed);
    for (let start = 0; start < count; start += CHUNK) {
      await fillChunk(db, start, Math.min(CHUNK, count - start), now, at, random);
    }
    await db.write.$executeRawUnsafe(`UPDATE "accounts" SET "current_snapshot_id" = ${NEWEST_SNAPSHOT}`);
    await db.write.$executeRaw`ANALYZE`;
  } finally {
    await db.close();
  }
}

async function fillChunk(
  db: Database,
  start: number,
  size: number,
  now: Date,
  at: string,
  random: () => number,
): Promise<void> {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const day = (offset: number) => new Date(now.getTime() + offset * DAY_MS).toISOString().slice(0, 10);
  const accounts: unknown[][] = [];
  const snapshots: unknown[][] = [];
  const usage: unknown[][] = [];
  for (let index = start; index < start + size; index += 1) {
    const id = `A-${String(index).padStart(8, '0')}`;
    const seats = 20 + Math.floor(random() * 500);
    const full = random() < 0.35;
    const active = Math.floor(seats * (full ? 0.8 + random() * 0.25 : 0.2 + random() * 0.55));
    const arr = seats * 24_000;
    const renewal = day(Math.floor(random() * 400) - 10);
    const tech = random() < 0.3 ? '["Slack"]' : '[]';
    const owner = Math.floor(random() * 50);
    const name = `Account ${index}`;
    accounts.push([
      id,
      'csv',
      name,
      `a${index}.example`,
      'active',
      'SMB',
      arr,
      'USD',
      'growth',
      seats,
      `csm${owner}@desk.example`,
      `rep${owner}@desk.example`,
      day(-500),
      renewal,
      '[]',
      '[]',
      tech,
      `${name} a${index}.example ${id}`.toLowerCase(),
      at,
      at,
    ]);
    snapshots.push([
      id,
      dbTime(new Date(now.getTime() - 3_600_000)),
      at,
      `hash-${index}`,
      arr,
      seats,
      active,
      renewal,
      dbTime(new Date(now.getTime() - Math.floor(random() * 100) * DAY_MS)),
      Math.floor(random() * 70),
      pick(['growing', 'growing', 'stable', 'stable', 'declining']),
      Math.round(random() * 100) / 100,
      pick(['high', 'medium', 'low']),
      Math.floor(random() * 11),
      pick(['current', 'current', 'current', 'overdue_30']),
      Math.floor(random() * 4),
      pick(['positive', 'neutral', 'neutral', 'negative']),
      random() < 0.05 ? 1 : 0,
      null,
      null,
    ]);
    if (random() < 0.1) {
      for (let week = 0; week < 4; week += 1) {
        usage.push([
          id,
          'exports',
          dbTime(new Date(now.getTime() - week * 7 * DAY_MS)),
          5 + Math.floor(random() * 40),
          3,
          0,
        ]);
      }
    }
  }
  await db.bulk(async (tx) => {
    await insertRows(tx, 'accounts', ACCOUNT_COLUMNS, accounts);
    await insertRows(tx, 'signal_snapshots', SNAPSHOT_COLUMNS, snapshots);
    await insertRows(tx, 'feature_usage', USAGE_COLUMNS, usage);
  });
}

const ACCOUNT_COLUMNS = [
  'id',
  'source',
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
  'search_key',
  'created_at',
  'updated_at',
];
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
const USAGE_COLUMNS = ['account_id', 'feature', 'observed_at', 'uses', 'active_users', 'limit_hits'];

/** A newer snapshot with other signals for the given share of accounts. */
export async function changeShare(db: Database, share: number, now: Date): Promise<number> {
  const chosen = `CAST(SUBSTR("id", 3) AS INTEGER) % ${Math.round(1 / share)} = 0`;
  const at = dbTime(now);
  const columns = SNAPSHOT_COLUMNS.join('", "');
  const values = SNAPSHOT_COLUMNS.map((column) => {
    if (column === 'observed_at' || column === 'recorded_at') return `'${at}'`;
    return column === 'nps_score' ? 'CASE WHEN "nps_score" > 5 THEN 2 ELSE 9 END' : `"${column}"`;
  }).join(', ');
  const changed = await db.write.$executeRawUnsafe(
    `INSERT INTO "signal_snapshots" ("${columns}") SELECT ${values} FROM "signal_snapshots"
     WHERE "id" IN (SELECT "current_snapshot_id" FROM "accounts" WHERE ${chosen})`,
  );
  await db.write.$executeRawUnsafe(
    `UPDATE "accounts" SET "updated_at" = '${at}', "current_snapshot_id" = ${NEWEST_SNAPSHOT} WHERE ${chosen}`,
  );
  return changed;
}

/**
 * A long past: `count` closed opportunities of earlier terms, each with its dispatch and three events, so that the log
 * holds what years of use would leave.
 */
export async function fillDispatchLog(db: Database, count: number, now: Date): Promise<void> {
  const step = 20_000;
  const accounts = await db.read.account.count();
  const place = (digits: number, value: string) => `SUBSTR(CAST(${10 ** digits} + ${value} AS TEXT), 2)`;
  for (let start = 0; start < count; start += step) {
    const at = dbTime(new Date(now.getTime() - (count - start) * 60_000));
    await db.write.$executeRawUnsafe(`
      WITH RECURSIVE n(i) AS (SELECT ${start} UNION ALL SELECT i + 1 FROM n WHERE i < ${Math.min(start + step, count) - 1})
      INSERT INTO "opportunities" ("id", "fingerprint", "account_id", "origin", "type", "subject", "status", "confidence",
        "confidence_rank", "title", "headline", "why", "impact_cents", "currency", "impact_rank", "evidence", "calculation",
        "talk_track", "gates", "content_key", "rag", "csm_email", "rep_email", "first_seen_at", "last_seen_at", "state_changed_at")
      SELECT '0190-' || ${place(9, 'i')}, a."id" || '/past-' || i, a."id", 'scan', 'seats', 'seats',
        CASE i % 10 WHEN 0 THEN 'won' WHEN 1 THEN 'lost' WHEN 2 THEN 'dismissed' ELSE 'drafted' END, 'high', 3, '12 seats',
        'Needs 12 more seats', '91 of 100 seats in use', i * 37 % 5000000, 'USD', i * 37 % 5000000, '[]', '[]', 'Talk', '[]', '',
        'GREEN', a."csm_email", a."rep_email", '${at}', '${at}', '${at}'
      FROM n JOIN "accounts" a ON a."id" = 'A-' || ${place(8, `i % ${accounts}`)}`);
    await db.write.$executeRawUnsafe(`
      INSERT INTO "dispatches" ("id", "opportunity_id", "account_id", "state", "task", "message_id", "attempts", "provider",
        "draft_id", "draft_location", "drafted_at", "requested_by", "created_at", "updated_at")
      SELECT 'd-' || "id", "id", "account_id", 'drafted', '{}', "id" || '@past.invalid', 1, 'eml', "id", "id", '${at}', 'bench', '${at}', '${at}'
      FROM "opportunities" WHERE "id" >= '${`0190-${String(start).padStart(9, '0')}`}' AND "id" < '0191'`);
  }
  await db.write.$executeRawUnsafe('ANALYZE');
}
