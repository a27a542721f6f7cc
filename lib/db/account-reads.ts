import type { AccountDetail, AccountItem, AccountList, AccountQuery, AccountSummary } from '../contracts';
import type { Scope } from '../domain/access';
import { decodeBreakdown } from '../domain/breakdown';
import { daysElapsed, parseUtcDay, utcDay } from '../domain/format';
import { checkGates, type GatePolicy } from '../domain/gates';
import { describePart, PART_LABELS, partMaxPoints, SCORE_PARTS, whatMoved } from '../domain/health-score';
import type { ScoringModel } from '../domain/scoring-model';
import {
  deriveSignals,
  describeObservation,
  type HealthSignals,
  SIGNAL_LABELS,
  type SignalName,
  type SignalObservation,
} from '../domain/signals';
import { AppError } from '../errors';
import type { Database } from './client';
import { after, decodeCursor, encodeCursor, orderBy, type SortOrder, type SortValue } from './cursor';
import { accountDispatches } from './dispatch-reads';
import { readGateFacts } from './gate-facts';
import { Prisma } from './generated/sqlite/client';
import { OBSERVATION_COLUMNS, type ObservationRow, toObservation } from './observation';
import { accountOpportunities } from './opportunity-reads';
import { within } from './scope';
import { among, isoTime, likePattern, type SqlClient, selectRows } from './sql';
import { readTotals } from './totals';

const DEFAULT_LIMIT = 50;
const TREND_LENGTH = 26;

type SortName = NonNullable<AccountQuery['sort']>;

/** A sort by a column that may be null: rows with a value in index order, then the rest by id. */
interface AccountSort {
  value: string;
  field: keyof Row;
  type: 'string' | 'number' | 'cents';
  direction: 'ASC' | 'DESC';
  nullable: boolean;
}

const SORTS: Record<SortName, AccountSort> = {
  name: { value: 'a."name"', field: 'name', type: 'string', direction: 'ASC', nullable: false },
  '-name': { value: 'a."name"', field: 'name', type: 'string', direction: 'DESC', nullable: false },
  score: { value: 'h."score"', field: 'score', type: 'number', direction: 'ASC', nullable: true },
  '-score': { value: 'h."score"', field: 'score', type: 'number', direction: 'DESC', nullable: true },
  renewalDate: { value: 'a."renewal_date"', field: 'renewalDate', type: 'string', direction: 'ASC', nullable: true },
  '-renewalDate': {
    value: 'a."renewal_date"',
    field: 'renewalDate',
    type: 'string',
    direction: 'DESC',
    nullable: true,
  },
  arr: { value: 'a."arr_cents"', field: 'arrCents', type: 'cents', direction: 'ASC', nullable: true },
  '-arr': { value: 'a."arr_cents"', field: 'arrCents', type: 'cents', direction: 'DESC', nullable: true },
};

/** One page of accounts; those without a value for the sort come last, whatever the direction. */
export async function listAccounts(db: Database, query: AccountQuery, now: Date, scope: Scope): Promise<AccountList> {
  const sortName = query.sort ?? 'name';
  const sort = SORTS[sortName];
  const limit = query.limit ?? DEFAULT_LIMIT;
  const filters = filtersOf(query, scope);
  const { position, inRest } = positionOf(query.cursor, sortName, sort);
  const idColumn = sort.value.startsWith('h.') ? 'h."account_id"' : 'a."id"';
  const order: SortOrder = { columns: [sort.value, idColumn], direction: sort.direction };
  const rows: Row[] = [];
  if (!inRest) {
    const present = sort.nullable ? Prisma.raw(`${sort.value} IS NOT NULL`) : Prisma.sql`TRUE`;
    const where = Prisma.sql`${present} AND ${filters} AND ${after(order, position)}`;
    const tail = Prisma.sql`${orderBy(order)} LIMIT ${limit + 1}`;
    const from =
      sort.field === 'score' ? byScore(db.rows, query.rag, where, tail) : Prisma.sql`${ACCOUNTS_FIRST} WHERE ${where}`;
    rows.push(...(await readRows(db, from, tail)));
  }
  if (sort.nullable && rows.length <= limit) {
    const rest: SortOrder = { columns: ['a."id"'], direction: 'ASC' };
    rows.push(
      ...(await readRows(
        db,
        ACCOUNTS_FIRST,
        Prisma.sql`WHERE ${Prisma.raw(`${sort.value} IS NULL`)} AND ${filters} AND ${after(rest, inRest ? position : null)}
          ${orderBy(rest)} LIMIT ${limit + 1 - rows.length}`,
      )),
    );
  }
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = rows.length > limit && last ? cursorAt(last, sortName, sort) : null;
  return { items: await toItems(db, page, now), nextCursor };
}

function positionOf(cursor: string | undefined, sortName: SortName, sort: AccountSort) {
  const rest = `${sortName}:rest`;
  try {
    return { position: decodeCursor(cursor, sortName, [sort.type, 'string']), inRest: false };
  } catch (error) {
    if (!sort.nullable) throw error;
    return { position: decodeCursor(cursor, rest, ['string']), inRest: true };
  }
}

function cursorAt(row: Row, sortName: SortName, sort: AccountSort): string {
  const value = row[sort.field];
  return value === null
    ? encodeCursor(`${sortName}:rest`, [row.id])
    : encodeCursor(sortName, [value as SortValue, row.id]);
}

function filtersOf(query: AccountQuery, scope: Scope): Prisma.Sql {
  const conditions = [scope.repEmail === null ? Prisma.sql`TRUE` : Prisma.sql`a."rep_email" = ${scope.repEmail}`];
  if (query.rag?.length) conditions.push(Prisma.sql`h."rag" IN (${Prisma.join(query.rag)})`);
  if (query.churnRisk?.length) conditions.push(Prisma.sql`h."churn_risk" IN (${Prisma.join(query.churnRisk)})`);
  if (query.status?.length) conditions.push(Prisma.sql`a."status" IN (${Prisma.join(query.status)})`);
  if (query.owner) conditions.push(Prisma.sql`(a."rep_email" = ${query.owner} OR a."csm_email" = ${query.owner})`);
  if (query.q) conditions.push(Prisma.sql`a."search_key" LIKE ${likePattern(query.q)} ESCAPE '\\'`);
  return Prisma.join(conditions, ' AND ');
}

const ACCOUNTS_FIRST = Prisma.raw(`FROM "accounts" a LEFT JOIN "account_health" h ON h."account_id" = a."id"`);

/** Scores are kept in order within each colour: the first rows of each, then the first of those. */
function byScore(client: SqlClient, rags: AccountQuery['rag'], where: Prisma.Sql, tail: Prisma.Sql): Prisma.Sql {
  const colours = rags?.length ? [...new Set(rags)] : ['GREEN', 'AMBER', 'RED'];
  const picks = colours.map(
    (colour) => Prisma.sql`SELECT * FROM (SELECT h."account_id" AS "picked"
      FROM "account_health" h ${client.dialect.leftFirst} "accounts" a ON a."id" = h."account_id"
      WHERE h."rag" = ${colour} AND ${where} ${tail}) AS s`,
  );
  return Prisma.sql`FROM (${Prisma.join(picks, ' UNION ALL ')}) AS p
    JOIN "account_health" h ON h."account_id" = p."picked" JOIN "accounts" a ON a."id" = h."account_id"`;
}

interface Row {
  id: string;
  source: string;
  name: string;
  domain: string | null;
  status: string;
  segment: string | null;
  arrCents: number | null;
  currency: string;
  plan: string | null;
  csmEmail: string | null;
  repEmail: string | null;
  renewalDate: string | null;
  score: number | null;
  rag: string | null;
  churnRisk: string | null;
  shouldAlert: number | boolean | null;
  openOpportunities: number;
}

const COLUMNS: Record<keyof Row, string> = {
  id: 'a."id"',
  source: 'a."source"',
  name: 'a."name"',
  domain: 'a."domain"',
  status: 'a."status"',
  segment: 'a."segment"',
  arrCents: 'a."arr_cents"',
  currency: 'a."currency"',
  plan: 'a."plan"',
  csmEmail: 'a."csm_email"',
  repEmail: 'a."rep_email"',
  renewalDate: 'a."renewal_date"',
  score: 'h."score"',
  rag: 'h."rag"',
  churnRisk: 'h."churn_risk"',
  shouldAlert: 'h."should_alert"',
  openOpportunities: `(SELECT COUNT(*) FROM "opportunities" o WHERE o."account_id" = a."id" AND o."status" IN ('open', 'held'))`,
};

function readRows(db: Database, from: Prisma.Sql, where: Prisma.Sql): Promise<Row[]> {
  return selectRows<Row>(db.rows, COLUMNS, Prisma.sql`${from} ${where}`);
}

async function toItems(db: Database, rows: Row[], now: Date): Promise<AccountItem[]> {
  const trends = await readTrends(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => toItem(row, trends.get(row.id) ?? [], now));
}

function toItem(row: Row, trend: number[], now: Date): AccountItem {
  const renewal = row.renewalDate === null ? null : parseUtcDay(row.renewalDate);
  return {
    id: row.id,
    name: row.name,
    domain: row.domain,
    status: row.status as AccountItem['status'],
    segment: row.segment,
    arr: row.arrCents === null ? null : { amountCents: row.arrCents, currency: row.currency },
    plan: row.plan,
    csmEmail: row.csmEmail,
    repEmail: row.repEmail,
    renewalDate: row.renewalDate,
    daysToRenewal: renewal === null ? null : renewal - utcDay(now),
    score: row.score,
    rag: row.rag as AccountItem['rag'],
    churnRiskLevel: row.churnRisk as AccountItem['churnRiskLevel'],
    shouldAlert: Boolean(row.shouldAlert),
    trend,
    openOpportunities: row.openOpportunities,
  };
}

/** The newest scores of each account, oldest first. Reads no more than those, however long the history is. */
async function readTrends(db: Database, ids: string[]): Promise<Map<string, number[]>> {
  if (ids.length === 0) return new Map();
  const { gathered } = db.rows.dialect;
  const rows = await selectRows<{ accountId: string; scores: string | null }>(
    db.rows,
    {
      accountId: 'a."id"',
      scores: `(SELECT ${gathered('n."score"')} FROM (SELECT s."score" FROM "health_scores" s
        WHERE s."account_id" = a."id" ORDER BY s."as_of" DESC, s."id" DESC LIMIT ${TREND_LENGTH}) AS n)`,
    },
    Prisma.sql`FROM "accounts" a WHERE a."id" ${among(db.rows, ids)}`,
  );
  return new Map(rows.map(({ accountId, scores }) => [accountId, (JSON.parse(scores ?? '[]') as number[]).reverse()]));
}

/** Counts from the rows that triggers keep. */
export async function summarizeAccounts(db: Database, scope: Scope): Promise<AccountSummary> {
  if (scope.repEmail !== null) return summarizeOwn(db, scope.repEmail);
  const totals = await readTotals(db.rows, ['account', 'health']);
  const total = totals.filter((row) => row.scope === 'account').reduce((sum, row) => sum + row.count, 0);
  const rag = (key: string) => totals.find((row) => row.scope === 'health' && row.key === key)?.count ?? 0;
  const byRag = { GREEN: rag('GREEN'), AMBER: rag('AMBER'), RED: rag('RED') };
  return { total, byRag, unscored: Math.max(0, total - byRag.GREEN - byRag.AMBER - byRag.RED) };
}

async function summarizeOwn(db: Database, repEmail: string): Promise<AccountSummary> {
  const [total, groups] = await Promise.all([
    db.read.account.count({ where: { repEmail } }),
    db.read.accountHealth.groupBy({ by: ['rag'], where: { account: { repEmail } }, _count: { _all: true } }),
  ]);
  const rag = (key: string) => groups.find((group) => group.rag === key)?._count._all ?? 0;
  const byRag = { GREEN: rag('GREEN'), AMBER: rag('AMBER'), RED: rag('RED') };
  return { total, byRag, unscored: Math.max(0, total - byRag.GREEN - byRag.AMBER - byRag.RED) };
}

/** Everything a person sees of one account, each number with what it is made of. */
export async function getAccount(
  db: Database,
  id: string,
  { now, model, gates, scope }: { now: Date; model: ScoringModel; gates: GatePolicy; scope: Scope },
): Promise<AccountDetail> {
  const [[row], stored, [observed], plotted, newest, gateFacts, opportunities, dispatches] = await Promise.all([
    readRows(db, ACCOUNTS_FIRST, Prisma.sql`WHERE a."id" = ${id} AND ${within(scope, 'a."id"')}`),
    db.read.account.findUnique({ where: { id }, include: { health: true } }),
    readObservations(db, Prisma.sql`JOIN "accounts" a ON a."current_snapshot_id" = s."id" WHERE a."id" = ${id}`),
    readNewest<PlottedScore>(db, id, { asOf: 's."as_of"', score: 's."score"', rag: 's."rag"' }, PLOT_LENGTH),
    readNewest<StoredScore>(db, id, SCORE_COLUMNS, 2),
    readGateFacts(db, id),
    accountOpportunities(db, id),
    accountDispatches(db, id),
  ]);
  if (!row || !stored) throw new AppError('not_found', `There is no account "${id}".`);
  const history = plotted.reverse();
  const derived = observed ? deriveSignals(observed, now) : null;
  const signals = derived?.ok ? derived.signals : null;
  const trend = history.slice(-TREND_LENGTH).map((entry) => entry.score);
  return {
    ...toItem(row, trend, now),
    source: row.source,
    contractStart: stored.contractStart,
    seatsPurchased: stored.seatsPurchased,
    seatsActive: observed?.seatsActive ?? null,
    modules: JSON.parse(stored.modules) as string[],
    integrations: JSON.parse(stored.integrations) as string[],
    techStack: JSON.parse(stored.techStack) as string[],
    health: stored.health ? await toHealth(db, stored.health, newest, signals, model) : null,
    signalProblems: derived === null || derived.ok ? [] : derived.problems,
    signals: observed ? listSignals(observed, gates, now) : [],
    history: history.map(({ asOf, score, rag }) => ({
      asOf: isoTime(asOf),
      score,
      rag: rag as AccountItem['rag'] & string,
    })),
    gates: checkGates(gateFacts, gates, now),
    opportunities,
    dispatches,
  };
}

/** Scores that the plot shows at most. */
const PLOT_LENGTH = 400;

/** What the plot shows: read from the index alone. */
interface PlottedScore {
  asOf: string;
  score: number;
  rag: string;
}

/** A score with what it is made of. */
interface StoredScore {
  asOf: string;
  score: number;
  breakdown: string;
  snapshotId: number;
}

const SCORE_COLUMNS: Record<keyof StoredScore, string> = {
  asOf: 's."as_of"',
  score: 's."score"',
  breakdown: 's."breakdown"',
  snapshotId: 's."snapshot_id"',
};

/** The newest scores of an account, newest first. */
function readNewest<Score extends object>(
  db: Database,
  accountId: string,
  columns: Record<keyof Score & string, string>,
  limit: number,
): Promise<Score[]> {
  return selectRows<Score>(
    db.rows,
    columns,
    Prisma.sql`FROM "health_scores" s WHERE s."account_id" = ${accountId}
      ORDER BY s."as_of" DESC, s."id" DESC LIMIT ${limit}`,
  );
}

async function readObservations(db: Database, tail: Prisma.Sql) {
  const rows = await selectRows<ObservationRow>(
    db.rows,
    OBSERVATION_COLUMNS,
    Prisma.sql`FROM "signal_snapshots" s ${tail}`,
  );
  return rows.flatMap((row) => toObservation(row) ?? []);
}

type StoredHealth = {
  score: number;
  rag: string;
  churnRisk: string;
  churnTrigger: string;
  shouldAlert: boolean;
  breakdown: string;
  modelVersion: string;
  changedAt: Date;
};

async function toHealth(
  db: Database,
  health: StoredHealth,
  [newest, next]: StoredScore[],
  signals: HealthSignals | null,
  model: ScoringModel,
): Promise<NonNullable<AccountDetail['health']>> {
  const { breakdown, factors } = decodeBreakdown(health.breakdown);
  const previous = newest?.breakdown === health.breakdown ? next : newest;
  const before = previous ? await previousSnapshot(db, previous) : null;
  return {
    score: health.score,
    rag: health.rag as AccountItem['rag'] & string,
    churnRiskLevel: health.churnRisk as NonNullable<AccountDetail['health']>['churnRiskLevel'],
    churnTriggeredBy: health.churnTrigger as NonNullable<AccountDetail['health']>['churnTriggeredBy'],
    shouldAlert: health.shouldAlert,
    changedAt: health.changedAt.toISOString(),
    modelVersion: health.modelVersion,
    parts: SCORE_PARTS.map((part) => ({
      part,
      label: PART_LABELS[part],
      points: breakdown[part],
      maxPoints: partMaxPoints(part, model),
      value: signals === null ? 'not known' : describePart(part, signals),
    })),
    factors,
    moved: before === null ? [] : whatMoved(before, { breakdown, factors, signals }),
    previousScore: previous?.score ?? null,
    previousAsOf: previous ? isoTime(previous.asOf) : null,
  };
}

async function previousSnapshot(db: Database, previous: StoredScore) {
  const [observation] = await readObservations(db, Prisma.sql`WHERE s."id" = ${previous.snapshotId}`);
  const derived = observation ? deriveSignals(observation, new Date(previous.asOf)) : null;
  return { ...decodeBreakdown(previous.breakdown), signals: derived?.ok ? derived.signals : null };
}

/** The 14 signals with their value in words and their age; `null` where the source said nothing. */
function listSignals(
  observation: SignalObservation,
  { signalFreshnessDays }: GatePolicy,
  now: Date,
): AccountDetail['signals'] {
  const stale = daysElapsed(observation.observedAt, now) > signalFreshnessDays;
  const values = describeObservation(observation, now);
  return (Object.keys(SIGNAL_LABELS) as SignalName[]).map((signal) => ({
    signal,
    label: SIGNAL_LABELS[signal],
    value: values[signal],
    observedAt: observation.observedAt.toISOString(),
    stale,
  }));
}
