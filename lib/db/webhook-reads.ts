import type { DeliveryItem, DeliveryList, DeliveryQuery } from '../contracts/webhooks';
import type { LoggedEvent } from '../domain/webhook-message';
import { MAX_ATTEMPTS } from '../domain/webhook-retry';
import { AppError } from '../errors';
import type { Database } from './client';
import { after, decodeCursor, encodeCursor, orderBy, type SortOrder } from './cursor';
import { Prisma } from './generated/sqlite/client';
import { fromDbTime, isoTime, selectRows } from './sql';
import type { AttemptRecord } from './webhook-store';

const DEFAULT_LIMIT = 50;
/** Names the order in cursors. */
const SORT = 'deliveries:newest';
/** The id of an event begins with its time. */
const NEWEST: SortOrder = { columns: ['d."id"'], direction: 'DESC' };
const ALL_STATES: readonly DeliveryItem['state'][] = ['waiting', 'sending', 'delivered', 'failed', 'paused'];
/** Deliveries of an endpoint are counted up to this many. */
const COUNTED = 1_000;
/** All that wait are counted up to this many. */
const COUNTED_IN_ALL = 100_000;

/** One page of deliveries, the newest event first. Those of an endpoint that is gone are not there. */
export async function listDeliveries(db: Database, query: DeliveryQuery): Promise<DeliveryList> {
  const position = decodeCursor(query.cursor, SORT, ['string']);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const { webhookId, type } = query;
  const endpoint = webhookId ? Prisma.sql`d."endpoint_id" = ${webhookId}` : Prisma.sql`TRUE`;
  const kind = type ? Prisma.sql`d."event_type" = ${type}` : Prisma.sql`TRUE`;
  const pick = (state: Prisma.Sql) => Prisma.sql`SELECT * FROM (SELECT d."id" AS "picked" FROM "webhook_deliveries" d
    WHERE ${state} AND ${endpoint} AND ${kind} AND ${after(NEWEST, position)} ${orderBy(NEWEST)} LIMIT ${limit + 1}) AS s`;
  // An index has the deliveries of a state, or of an endpoint and a state, in their order: the first rows of each, merged.
  const states = query.state?.length ? [...new Set(query.state)] : webhookId ? ALL_STATES : null;
  const picks = states
    ? Prisma.join(
        states.map((state) => pick(Prisma.sql`d."state" = ${state}`)),
        ' UNION ALL ',
      )
    : pick(Prisma.sql`TRUE`);
  const rows = await selectRows<Row>(
    db.rows,
    COLUMNS,
    Prisma.sql`FROM (${picks}) AS p JOIN "webhook_deliveries" d ON d."id" = p."picked" ${JOINS} ${orderBy(NEWEST)}
      LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toItem),
    nextCursor: rows.length > limit && last ? encodeCursor(SORT, [last.id]) : null,
  };
}

/** A delivery with its event and the log of its attempts. */
export interface DeliveryRecord {
  item: DeliveryItem;
  url: string;
  event: LoggedEvent;
  history: AttemptRecord[];
}

/** @throws AppError `not_found`. */
export async function readDelivery(db: Database, id: string): Promise<DeliveryRecord> {
  const [row] = await selectRows<Row>(
    db.rows,
    COLUMNS,
    Prisma.sql`FROM "webhook_deliveries" d ${JOINS} WHERE d."id" = ${id}`,
  );
  if (!row) throw new AppError('not_found', `There is no delivery "${id}".`);
  const { eventId, type, accountId, accountName, occurredAt } = row;
  return {
    item: toItem(row),
    url: row.url,
    event: { id: eventId, type, accountId, accountName, occurredAt: fromDbTime(occurredAt), data: dataOf(row) },
    history: JSON.parse(row.history) as AttemptRecord[],
  };
}

/** How many deliveries of each endpoint wait or were given up, up to {@link COUNTED}. */
export async function countDeliveries(
  db: Database,
  endpointIds: readonly string[],
): Promise<Map<string, { waiting: number; failed: number }>> {
  const count = async (endpointId: string, states: readonly string[]) => {
    const [row] = await db.rows.$queryRaw<{ count: number }[]>`
      SELECT COUNT(*) AS "count" FROM (SELECT 1 FROM "webhook_deliveries" WHERE "endpoint_id" = ${endpointId}
        AND "state" IN (${Prisma.join([...states])}) LIMIT ${COUNTED}) AS counted`;
    return row?.count ?? 0;
  };
  const counted = await Promise.all(
    endpointIds.map(async (id) => {
      const [waiting, failed] = await Promise.all([count(id, ['waiting', 'sending', 'paused']), count(id, ['failed'])]);
      return [id, { waiting, failed }] as const;
    }),
  );
  return new Map(counted);
}

/** For the metrics: deliveries to enabled endpoints that wait, up to a limit, and when the event of the oldest happened. */
export async function readWaitingDeliveries(db: Database): Promise<{ count: number; oldest: Date | null }> {
  const [[counted], [oldest]] = await Promise.all([
    db.rows.$queryRaw<{ count: number }[]>`
      SELECT COUNT(*) AS "count" FROM (SELECT 1 FROM "webhook_deliveries" WHERE "state" IN ('waiting', 'sending')
        LIMIT ${COUNTED_IN_ALL}) AS counted`,
    db.rows.$queryRaw<{ at: string }[]>`
      SELECT "created_at" AS "at" FROM "webhook_deliveries" WHERE "state" = 'waiting' ORDER BY "id" LIMIT 1`,
  ]);
  return { count: counted?.count ?? 0, oldest: oldest ? fromDbTime(oldest.at) : null };
}

interface Row {
  id: string;
  endpointId: string;
  url: string;
  eventId: string;
  type: string;
  accountId: string | null;
  accountName: string | null;
  data: string;
  occurredAt: string;
  state: string;
  trigger: string;
  attempts: number;
  dueAt: string;
  responseStatus: number | null;
  error: string | null;
  history: string;
  lastAttemptAt: string | null;
  finishedAt: string | null;
}

const COLUMNS: Record<keyof Row, string> = {
  id: 'd."id"',
  endpointId: 'd."endpoint_id"',
  url: 'w."url"',
  eventId: 'd."event_id"',
  type: 'd."event_type"',
  accountId: 'e."account_id"',
  accountName: 'a."name"',
  data: 'e."data"',
  occurredAt: 'e."occurred_at"',
  state: 'd."state"',
  trigger: 'd."trigger"',
  attempts: 'd."attempts"',
  dueAt: 'd."due_at"',
  responseStatus: 'd."response_status"',
  error: 'd."error"',
  history: 'd."history"',
  lastAttemptAt: 'd."last_attempt_at"',
  finishedAt: 'd."finished_at"',
};

const JOINS = Prisma.sql`JOIN "webhook_endpoints" w ON w."id" = d."endpoint_id"
  JOIN "desk_events" e ON e."id" = d."event_id" LEFT JOIN "accounts" a ON a."id" = e."account_id"`;

function toItem(row: Row): DeliveryItem {
  const time = (text: string | null) => (text === null ? null : isoTime(text));
  const { name } = (dataOf(row).account ?? { name: row.accountName }) as { name?: unknown };
  return {
    id: row.id,
    webhookId: row.endpointId,
    eventId: row.eventId,
    type: row.type,
    account: row.accountId === null ? null : { id: row.accountId, name: typeof name === 'string' ? name : null },
    state: row.state as DeliveryItem['state'],
    trigger: row.trigger as DeliveryItem['trigger'],
    attempts: row.attempts,
    maxAttempts: row.trigger === 'test' ? 1 : MAX_ATTEMPTS,
    responseStatus: row.responseStatus,
    error: row.error,
    occurredAt: isoTime(row.occurredAt),
    lastAttemptAt: time(row.lastAttemptAt),
    nextAttemptAt: row.state === 'waiting' ? isoTime(row.dueAt) : null,
    finishedAt: time(row.finishedAt),
  };
}

function dataOf({ data }: Row): Record<string, unknown> {
  return JSON.parse(data) as Record<string, unknown>;
}
