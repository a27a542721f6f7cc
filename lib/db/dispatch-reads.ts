import type { DispatchDetail, DispatchItem, DispatchList, DispatchQuery, TimelineEvent } from '../contracts';
import type { Scope } from '../domain/access';
import { AppError } from '../errors';
import type { DraftReference } from '../ports';
import type { TextOrigin } from '../ports/wording';
import { readActorNames } from './actor-names';
import type { Database } from './client';
import { after, decodeCursor, encodeCursor, orderBy, type SortOrder } from './cursor';
import { Prisma } from './generated/sqlite/client';
import { draftHref } from './opportunity-reads';
import { within } from './scope';
import { fromDbTime, isoTime, selectRows } from './sql';

const DEFAULT_LIMIT = 50;
/** Names the order in cursors. */
const SORT = 'dispatches:newest';
const ALL_STATES = ['queued', 'drafting', 'uncertain', 'retrying', 'drafted', 'failed'] as const;
const NEWEST: SortOrder = { columns: ['d."created_at"', 'd."id"'], direction: 'DESC' };

/** One page of the dispatch log, newest first. */
export async function listDispatches(db: Database, query: DispatchQuery, scope: Scope): Promise<DispatchList> {
  const position = decodeCursor(query.cursor, SORT, ['time', 'string']);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const states = query.state?.length ? [...new Set(query.state)] : null;
  const account = query.accountId ? Prisma.sql`d."account_id" = ${query.accountId}` : Prisma.sql`TRUE`;
  const pick = (condition: Prisma.Sql) => Prisma.sql`SELECT * FROM (SELECT d."id" AS "picked" FROM "dispatches" d
    WHERE ${condition} AND ${within(scope, 'd."account_id"')} AND ${account} AND ${after(NEWEST, position)} ${orderBy(NEWEST)} LIMIT ${limit + 1}) AS s`;
  const picks =
    states === null || states.length === ALL_STATES.length
      ? pick(Prisma.sql`TRUE`)
      : Prisma.join(
          states.map((state) => pick(Prisma.sql`d."state" = ${state}`)),
          ' UNION ALL ',
        );
  const rows = await selectRows<Row>(
    db.rows,
    COLUMNS,
    Prisma.sql`FROM (${picks}) AS p JOIN "dispatches" d ON d."id" = p."picked" ${JOINS} ${orderBy(NEWEST)} LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: await named(db, page),
    nextCursor: rows.length > limit && last ? encodeCursor(SORT, [last.createdAt, last.id]) : null,
  };
}

export async function accountDispatches(db: Database, accountId: string): Promise<DispatchItem[]> {
  const rows = await selectRows<Row>(
    db.rows,
    COLUMNS,
    Prisma.sql`FROM "dispatches" d ${JOINS} WHERE d."account_id" = ${accountId} ${orderBy(NEWEST)} LIMIT 50`,
  );
  return named(db, rows);
}

export async function getDispatch(db: Database, id: string, scope: Scope): Promise<DispatchDetail> {
  const [[row], events] = await Promise.all([
    selectRows<Row & { task: string }>(
      db.rows,
      { ...COLUMNS, task: 'd."task"' },
      Prisma.sql`FROM "dispatches" d ${JOINS} WHERE d."id" = ${id} AND ${within(scope, 'd."account_id"')}`,
    ),
    selectRows<{ id: number; at: string; kind: string; actor: string; detail: string | null }>(
      db.rows,
      { id: 'e."id"', at: 'e."at"', kind: 'e."kind"', actor: 'e."actor"', detail: 'e."detail"' },
      Prisma.sql`FROM "timeline_events" e WHERE e."dispatch_id" = ${id} ORDER BY e."id" LIMIT 500`,
    ),
  ]);
  if (!row) throw new AppError('not_found', `There is no dispatch "${id}".`);
  const actors = await readActorNames(db, [row.requestedBy, ...events.map((event) => event.actor)]);
  const timeline = events.map((event) => toTimelineEvent({ ...event, at: fromDbTime(event.at) }, actors));
  const { talkTrackOrigin } = readFrozenTalkTrack(row.task);
  return { ...toDispatchItem(row, actors), messageId: row.messageId, talkTrackOrigin, timeline };
}

/** The talk track of a frozen task, and what made it. */
export function readFrozenTalkTrack(task: string): { talkTrack: string; talkTrackOrigin: TextOrigin | null } {
  const frozen = JSON.parse(task) as { recommendedTalkTrack?: string; talkTrackOrigin?: TextOrigin | null };
  return { talkTrack: frozen.recommendedTalkTrack ?? '', talkTrackOrigin: frozen.talkTrackOrigin ?? null };
}

/** Where the draft of a dispatch is; null while there is none. */
export async function readDraftReference(db: Database, id: string): Promise<DraftReference | null> {
  const row = await db.read.dispatch.findUnique({
    where: { id },
    select: { provider: true, draftId: true, draftLocation: true },
  });
  if (!row) throw new AppError('not_found', `There is no dispatch "${id}".`);
  if (row.provider === null || row.draftId === null) return null;
  return { provider: row.provider, draftId: row.draftId, location: row.draftLocation ?? '' };
}

/** @param nameOf See {@link readActorNames}. */
export function toTimelineEvent(
  { id, at, kind, actor, detail }: { id: number; at: Date; kind: string; actor: string; detail: string | null },
  nameOf: (actor: string) => string,
): TimelineEvent {
  return { id, at: at.toISOString(), kind, actor: nameOf(actor), detail };
}

const JOINS = Prisma.raw(
  `JOIN "opportunities" o ON o."id" = d."opportunity_id" JOIN "accounts" a ON a."id" = d."account_id"`,
);

interface Row {
  id: string;
  opportunityId: string;
  accountId: string;
  name: string;
  type: string;
  title: string;
  impactCents: number | null;
  currency: string;
  state: string;
  recipient: string | null;
  destination: string | null;
  attempts: number;
  nextAttemptAt: string | null;
  provider: string | null;
  draftId: string | null;
  draftedAt: string | null;
  errorCode: string | null;
  errorMessage: string | null;
  overrideReason: string | null;
  requestedBy: string;
  createdAt: string;
  updatedAt: string;
  messageId: string;
}

const COLUMNS: Record<keyof Row, string> = {
  id: 'd."id"',
  opportunityId: 'd."opportunity_id"',
  accountId: 'd."account_id"',
  name: 'a."name"',
  type: 'o."type"',
  title: 'o."title"',
  impactCents: 'o."impact_cents"',
  currency: 'o."currency"',
  state: 'd."state"',
  recipient: 'd."recipient"',
  destination: 'd."destination"',
  attempts: 'd."attempts"',
  nextAttemptAt: 'd."next_attempt_at"',
  provider: 'd."provider"',
  draftId: 'd."draft_id"',
  draftedAt: 'd."drafted_at"',
  errorCode: 'd."error_code"',
  errorMessage: 'd."error_message"',
  overrideReason: 'd."override_reason"',
  requestedBy: 'd."requested_by"',
  createdAt: 'd."created_at"',
  updatedAt: 'd."updated_at"',
  messageId: 'd."message_id"',
};

async function named(db: Database, rows: Row[]): Promise<DispatchItem[]> {
  const actors = await readActorNames(
    db,
    rows.map((row) => row.requestedBy),
  );
  return rows.map((row) => toDispatchItem(row, actors));
}

function toDispatchItem(row: Row, nameOf: (actor: string) => string): DispatchItem {
  return {
    id: row.id,
    opportunityId: row.opportunityId,
    account: { id: row.accountId, name: row.name },
    type: row.type as DispatchItem['type'],
    title: row.title,
    impact: row.impactCents === null ? null : { amountCents: row.impactCents, currency: row.currency },
    state: row.state as DispatchItem['state'],
    recipient: row.recipient,
    destination: row.destination,
    attempts: row.attempts,
    nextAttemptAt: row.nextAttemptAt === null ? null : isoTime(row.nextAttemptAt),
    draft:
      row.provider === null || row.draftId === null
        ? null
        : { provider: row.provider, draftId: row.draftId, href: draftHref(row.id) },
    draftedAt: row.draftedAt === null ? null : isoTime(row.draftedAt),
    error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? '' },
    overrideReason: row.overrideReason,
    requestedBy: nameOf(row.requestedBy),
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}
