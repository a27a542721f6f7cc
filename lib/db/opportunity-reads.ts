import type { OpportunityItem, OpportunityList, OpportunityQuery, OpportunitySummary } from '../contracts';
import type { Scope } from '../domain/access';
import { CONFIDENCE_RANK } from '../domain/expansion';
import { type GateCheck, holding } from '../domain/gates';
import { AppError } from '../errors';
import { readActorNames } from './actor-names';
import type { Database } from './client';
import { after, decodeCursor, encodeCursor, orderBy, type SortOrder, type SortType } from './cursor';
import { Prisma } from './generated/sqlite/client';
import { within } from './scope';
import { CHECKED_AT } from './settings';
import { isoTime, likePattern, selectRows } from './sql';
import { readTotals } from './totals';

const DEFAULT_LIMIT = 50;
const ALL_STATUSES = [
  'open',
  'held',
  'queued',
  'drafted',
  'accepted',
  'won',
  'lost',
  'snoozed',
  'dismissed',
  'withdrawn',
] as const;

type SortName = NonNullable<OpportunityQuery['sort']>;

const SORTS: Record<SortName, SortOrder & { fields: (keyof Row)[]; types: SortType[] }> = {
  '-impact': impactSort('DESC'),
  impact: impactSort('ASC'),
  '-confidence': {
    columns: ['o."confidence_rank"', 'o."impact_rank"', 'o."id"'],
    direction: 'DESC',
    fields: ['confidenceRank', 'impactRank', 'id'],
    types: ['integer', 'cents', 'string'],
  },
  '-firstSeenAt': firstSeenSort('DESC'),
  firstSeenAt: firstSeenSort('ASC'),
};

function impactSort(direction: 'ASC' | 'DESC') {
  const columns = ['o."impact_rank"', 'o."id"'];
  return {
    columns,
    direction,
    fields: ['impactRank', 'id'] as (keyof Row)[],
    types: ['cents', 'string'] as SortType[],
  };
}

function firstSeenSort(direction: 'ASC' | 'DESC') {
  const columns = ['o."first_seen_at"', 'o."id"'];
  return {
    columns,
    direction,
    fields: ['firstSeenAt', 'id'] as (keyof Row)[],
    types: ['time', 'string'] as SortType[],
  };
}

/** One page of opportunities, each read from the index of its status and sort: the size of the table does not matter. */
export async function listOpportunities(db: Database, query: OpportunityQuery, scope: Scope): Promise<OpportunityList> {
  const sortName = query.sort ?? '-impact';
  const sort = SORTS[sortName];
  const position = decodeCursor(query.cursor, sortName, sort.types);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const statuses = query.status?.length ? [...new Set(query.status)] : ALL_STATUSES;
  const filters = filtersOf(query, scope);
  // Impact is kept in order within each confidence, so that one index serves both sorts.
  const ranks = sortName === 'impact' || sortName === '-impact' ? ranksOf(query.confidence) : [null];
  const picks = statuses.flatMap((status) =>
    ranks.map((rank) => {
      const group = rank === null ? Prisma.sql`TRUE` : Prisma.sql`o."confidence_rank" = ${rank}`;
      return Prisma.sql`SELECT * FROM (SELECT o."id" AS "picked" FROM "opportunities" o
        WHERE o."status" = ${status} AND ${group} AND ${filters} AND ${after(sort, position)} ${orderBy(sort)}
        LIMIT ${limit + 1}) AS s`;
    }),
  );
  const rows = await readItems(
    db,
    Prisma.sql`FROM (${Prisma.join(picks, ' UNION ALL ')}) AS p JOIN "opportunities" o ON o."id" = p."picked"
      ${JOINS} ${orderBy(sort)} LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor =
    rows.length > limit && last
      ? encodeCursor(
          sortName,
          sort.fields.map((field) => last[field] as string | number),
        )
      : null;
  return { items: page.map(toOpportunityItem), nextCursor };
}

function ranksOf(confidence: OpportunityQuery['confidence']): number[] {
  return confidence?.length
    ? [...new Set(confidence)].map((name) => CONFIDENCE_RANK[name])
    : Object.values(CONFIDENCE_RANK);
}

function filtersOf(query: OpportunityQuery, scope: Scope): Prisma.Sql {
  const conditions = [within(scope, 'o."account_id"')];
  if (query.type?.length) conditions.push(Prisma.sql`o."type" IN (${Prisma.join(query.type)})`);
  if (query.confidence?.length) conditions.push(Prisma.sql`o."confidence" IN (${Prisma.join(query.confidence)})`);
  if (query.rag?.length) conditions.push(Prisma.sql`o."rag" IN (${Prisma.join(query.rag)})`);
  if (query.accountId) conditions.push(Prisma.sql`o."account_id" = ${query.accountId}`);
  if (query.owner) conditions.push(Prisma.sql`(o."rep_email" = ${query.owner} OR o."csm_email" = ${query.owner})`);
  if (query.q) {
    conditions.push(Prisma.sql`EXISTS (SELECT 1 FROM "accounts" f WHERE f."id" = o."account_id"
      AND f."search_key" LIKE ${likePattern(query.q)} ESCAPE '\\')`);
  }
  return Prisma.join(conditions, ' AND ');
}

const JOINS = Prisma.raw(`JOIN "accounts" a ON a."id" = o."account_id"
  LEFT JOIN "account_health" h ON h."account_id" = o."account_id"
  LEFT JOIN "dispatches" d ON d."opportunity_id" = o."id"`);

interface Row {
  id: string;
  accountId: string;
  name: string;
  domain: string | null;
  score: number | null;
  rag: string | null;
  csmEmail: string | null;
  repEmail: string | null;
  renewalDate: string | null;
  type: string;
  subject: string;
  title: string;
  why: string;
  impactCents: number | null;
  impactRank: number;
  currency: string;
  confidence: string;
  confidenceRank: number;
  status: string;
  firstSeenAt: string;
  lastSeenAt: string;
  /** The last check of the whole portfolio, where that speaks of this row. */
  checkedAt: string | null;
  snoozedUntil: string | null;
  gates: string;
  dispatchId: string | null;
  dispatchState: string | null;
  provider: string | null;
  dispatchError: string | null;
}

const COLUMNS: Record<keyof Row, string> = {
  id: 'o."id"',
  accountId: 'o."account_id"',
  name: 'a."name"',
  domain: 'a."domain"',
  score: 'h."score"',
  rag: 'h."rag"',
  csmEmail: 'a."csm_email"',
  repEmail: 'a."rep_email"',
  renewalDate: 'a."renewal_date"',
  type: 'o."type"',
  subject: 'o."subject"',
  title: 'o."title"',
  why: 'o."why"',
  impactCents: 'o."impact_cents"',
  impactRank: 'o."impact_rank"',
  currency: 'o."currency"',
  confidence: 'o."confidence"',
  confidenceRank: 'o."confidence_rank"',
  status: 'o."status"',
  firstSeenAt: 'o."first_seen_at"',
  lastSeenAt: 'o."last_seen_at"',
  checkedAt: `CASE WHEN o."origin" = 'scan' AND o."status" IN ('open', 'held', 'snoozed')
    THEN (SELECT "value" FROM "settings" WHERE "key" = '${CHECKED_AT}') END`,
  snoozedUntil: 'o."snoozed_until"',
  gates: `CASE WHEN o."status" = 'held' THEN o."gates" ELSE '[]' END`,
  dispatchId: 'd."id"',
  dispatchState: 'd."state"',
  provider: 'd."provider"',
  dispatchError: 'd."error_message"',
};

function readItems(db: Database, tail: Prisma.Sql): Promise<Row[]> {
  return selectRows<Row>(db.rows, COLUMNS, tail);
}

function toOpportunityItem(row: Row): OpportunityItem {
  return {
    id: row.id,
    account: {
      id: row.accountId,
      name: row.name,
      domain: row.domain,
      score: row.score,
      rag: row.rag as OpportunityItem['account']['rag'],
      csmEmail: row.csmEmail,
      repEmail: row.repEmail,
      renewalDate: row.renewalDate,
    },
    type: row.type as OpportunityItem['type'],
    subject: row.subject,
    title: row.title,
    why: row.why,
    impact: row.impactCents === null ? null : { amountCents: row.impactCents, currency: row.currency },
    confidence: row.confidence as OpportunityItem['confidence'],
    status: row.status as OpportunityItem['status'],
    firstSeenAt: isoTime(row.firstSeenAt),
    lastSeenAt: isoTime(lastSeen(row)),
    snoozedUntil: row.snoozedUntil === null ? null : isoTime(row.snoozedUntil),
    // Rows written by earlier versions have the gates that let it through as well.
    heldBy: holding(JSON.parse(row.gates) as GateCheck[]),
    dispatch:
      row.dispatchId === null
        ? null
        : {
            id: row.dispatchId,
            state: row.dispatchState as NonNullable<OpportunityItem['dispatch']>['state'],
            draft: row.provider === null ? null : { provider: row.provider, href: draftHref(row.dispatchId) },
            errorMessage: row.dispatchError,
          },
  };
}

/**
 * A scan writes what changed. What it found unchanged and left open, it has seen all the same: the later of the row's own
 * time and that of the last check of the whole portfolio.
 */
function lastSeen({ lastSeenAt, checkedAt }: Row): string {
  return checkedAt !== null && checkedAt > lastSeenAt ? checkedAt : lastSeenAt;
}

/** Where a draft opens, whatever its provider. */
export function draftHref(dispatchId: string): string {
  return `/api/v1/dispatches/${dispatchId}/draft`;
}

/** Opportunities of one account, those that matter now first. */
export async function accountOpportunities(db: Database, accountId: string): Promise<OpportunityItem[]> {
  const rows = await readItems(
    db,
    Prisma.sql`FROM "opportunities" o ${JOINS} WHERE o."account_id" = ${accountId}
      ORDER BY CASE WHEN o."status" IN ('open', 'held', 'queued', 'drafted', 'accepted') THEN 0 ELSE 1 END,
        o."impact_rank" DESC, o."id" DESC LIMIT 100`,
  );
  return rows.map(toOpportunityItem);
}

/** The stored part of an opportunity's details; gates as checked now are the caller's. */
export async function readOpportunity(db: Database, id: string, scope: Scope) {
  const [[row], stored] = await Promise.all([
    readItems(
      db,
      Prisma.sql`FROM "opportunities" o ${JOINS} WHERE o."id" = ${id} AND ${within(scope, 'o."account_id"')}`,
    ),
    db.read.opportunity.findUnique({
      where: { id },
      select: {
        headline: true,
        evidence: true,
        calculation: true,
        talkTrack: true,
        dismissReason: true,
        dismissNote: true,
        firstSeenAt: true,
        origin: true,
        dispatch: { select: { task: true } },
        events: { orderBy: { id: 'asc' }, take: 500 },
      },
    }),
  ]);
  if (!row || !stored) throw new AppError('not_found', `There is no opportunity "${id}".`);
  const actors = await readActorNames(
    db,
    stored.events.map((event) => event.actor),
  );
  return { item: toOpportunityItem(row), stored, actors };
}

/** Totals by status and type, from the rows that triggers keep. */
export async function summarizeOpportunities(db: Database, now: Date, scope: Scope): Promise<OpportunitySummary> {
  const own = scope.repEmail === null ? {} : { account: { repEmail: scope.repEmail } };
  const [totals, won, owners] = await Promise.all([
    scope.repEmail === null ? readTotals(db.rows, ['opportunity']) : sumOwn(db, scope),
    db.read.opportunity.groupBy({
      by: ['currency'],
      where: { status: 'won', stateChangedAt: { gte: quarterStart(now) }, ...own },
      _count: { _all: true },
      _sum: { impactCents: true },
    }),
    scope.repEmail === null ? readOwners(db) : [scope.repEmail],
  ]);
  const groups = new Map<string, OpportunitySummary['groups'][number]>();
  for (const total of totals) {
    const key = `${total.key} ${total.type}`;
    const group = groups.get(key) ?? {
      status: total.key as OpportunitySummary['groups'][number]['status'],
      type: total.type as OpportunitySummary['groups'][number]['type'],
      count: 0,
      impact: [],
    };
    group.count += total.count;
    addMoney(group.impact, Number(total.cents), total.currency);
    groups.set(key, group);
  }
  const wonThisQuarter: OpportunitySummary['wonThisQuarter'] = { count: 0, impact: [] };
  for (const row of won) {
    wonThisQuarter.count += row._count._all;
    addMoney(wonThisQuarter.impact, Number(row._sum.impactCents ?? 0), row.currency);
  }
  for (const { impact } of [...groups.values(), wonThisQuarter]) impact.sort((a, b) => b.amountCents - a.amountCents);
  return { groups: [...groups.values()], wonThisQuarter, owners };
}

/** The same sums for one rep, whose opportunities are few enough to be counted. */
function sumOwn(db: Database, scope: Scope): Promise<Sum[]> {
  return selectRows<Sum>(
    db.rows,
    {
      key: 'o."status"',
      type: 'o."type"',
      currency: 'o."currency"',
      count: 'COUNT(*)',
      cents: 'COALESCE(SUM(o."impact_cents"), 0)',
    },
    Prisma.sql`FROM "opportunities" o WHERE ${within(scope, 'o."account_id"')}
      GROUP BY o."status", o."type", o."currency"`,
  );
}

interface Sum {
  key: string;
  type: string;
  currency: string;
  count: number;
  cents: number;
}

function addMoney(impact: OpportunitySummary['wonThisQuarter']['impact'], amountCents: number, currency: string): void {
  if (currency !== '' && amountCents > 0) impact.push({ amountCents, currency });
}

function quarterStart(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), Math.floor(now.getUTCMonth() / 3) * 3, 1));
}

/** Every rep and CSM that owns an account; jumps from address to address in the index instead of reading every row. */
async function readOwners(db: Database): Promise<string[]> {
  const distinct = (column: string) =>
    Prisma.raw(`
    WITH RECURSIVE "owners"("email") AS (
      SELECT MIN("${column}") FROM "accounts"
      UNION ALL
      SELECT (SELECT MIN("${column}") FROM "accounts" WHERE "${column}" > "owners"."email") FROM "owners"
      WHERE "owners"."email" IS NOT NULL)
    SELECT "email" FROM "owners" WHERE "email" IS NOT NULL LIMIT 500`);
  const [reps, csms] = await Promise.all([
    db.rows.$queryRaw<{ email: string }[]>(Prisma.sql`${distinct('rep_email')}`),
    db.rows.$queryRaw<{ email: string }[]>(Prisma.sql`${distinct('csm_email')}`),
  ]);
  return [...new Set([...reps, ...csms].map((row) => row.email))].sort();
}
