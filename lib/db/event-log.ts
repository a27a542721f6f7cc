import type { DeskEvent, DeskEventType } from '../ports/events';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { among, dbTime, fromDbTime, insertRows, type SqlClient } from './sql';

/**
 * Of these a first scan has as many as there are accounts or opportunities. They are logged while there is an endpoint for
 * them, disabled or not; where nobody has ever asked for them, a scan does not pay for writing them down.
 */
const MANY: readonly DeskEventType[] = ['health.scored', 'expansion.detected'];

/** An endpoint, and what it is told of. */
interface Subscription {
  endpointId: string;
  enabled: boolean;
  types: ReadonlySet<string>;
}

/**
 * Appends events to the log, in the transaction of whatever made them true, and a delivery for each endpoint that is told
 * of them: what is committed gets there. Who delivers wakes with the next event of the process (see lib/ports.ts), which
 * everything that changes something publishes after its commit.
 */
export async function appendEvents(tx: SqlClient, events: readonly DeskEvent[], now: Date): Promise<void> {
  if (events.length === 0) return;
  const subscriptions = await readSubscriptions(tx);
  const at = dbTime(now);
  const logged = events
    .filter(({ type }) => isLogged(type, subscriptions))
    .map((event) => ({ ...event, id: `evt_${newId()}` }));
  await insertRows(
    tx,
    'desk_events',
    ['id', 'type', 'account_id', 'occurred_at', 'data'],
    logged.map(({ id, type, accountId, data }) => [id, type, accountId, at, JSON.stringify(data)]),
  );
  const listening = subscriptions.filter(({ enabled }) => enabled);
  await insertRows(
    tx,
    'webhook_deliveries',
    ['id', 'endpoint_id', 'event_id', 'event_type', 'state', 'trigger', 'due_at', 'created_at'],
    logged.flatMap(({ id, type }) =>
      listening
        .filter(({ types }) => types.has(type))
        .map(({ endpointId }) => [
          deliveryId(id, endpointId),
          ...[endpointId, id, type],
          ...['waiting', 'event', at, at],
        ]),
    ),
  );
}

/**
 * Whether events of a type are logged now: who would have to look up what to write into them, need not where they are not.
 */
export async function logsEvents(tx: SqlClient, type: DeskEventType): Promise<boolean> {
  return isLogged(type, await readSubscriptions(tx));
}

/**
 * Deletes events older than `before`, with their deliveries that are over. An event that is still on its way stays, unless
 * its endpoint is disabled or gone.
 * @returns how many events went.
 */
export async function deleteEvents(
  db: Database,
  before: Date,
  { batch, signal }: { batch: number; signal: AbortSignal },
): Promise<number> {
  let deleted = 0;
  let position: { at: string; id: string } | null = null;
  for (;;) {
    signal.throwIfAborted();
    // The last one of the batch before may have stayed: from there on.
    const after: Prisma.Sql = position
      ? Prisma.sql`("occurred_at", "id") > (${position.at}, ${position.id})`
      : Prisma.sql`TRUE`;
    const events: { id: string; at: string }[] = await db.rows.$queryRaw`
      SELECT "id", "occurred_at" AS "at" FROM "desk_events" WHERE "occurred_at" < ${dbTime(before)} AND ${after}
      ORDER BY "occurred_at", "id" LIMIT ${batch}`;
    const last = events.at(-1);
    if (!last) return deleted;
    position = { at: dbTime(fromDbTime(last.at)), id: last.id };
    const ids = events.map(({ id }) => id);
    deleted += await db.bulk(async (tx) => {
      await tx.$executeRaw`
        DELETE FROM "webhook_deliveries" WHERE "event_id" ${among(tx, ids)} AND ("state" NOT IN ('waiting', 'sending')
          OR NOT EXISTS (SELECT 1 FROM "webhook_endpoints" w WHERE w."id" = "webhook_deliveries"."endpoint_id"))`;
      return tx.$executeRaw`
        DELETE FROM "desk_events" WHERE "id" ${among(tx, ids)}
          AND NOT EXISTS (SELECT 1 FROM "webhook_deliveries" d WHERE d."event_id" = "desk_events"."id")`;
    });
  }
}

/** One event goes to one endpoint by one delivery, however often that is made. */
export function deliveryId(eventId: string, endpointId: string): string {
  return `${eventId}.${endpointId}`;
}

function isLogged(type: DeskEventType, subscriptions: readonly Subscription[]): boolean {
  return !MANY.includes(type) || subscriptions.some(({ types }) => types.has(type));
}

async function readSubscriptions(tx: SqlClient): Promise<Subscription[]> {
  const rows = await tx.$queryRaw<{ id: string; types: string; disabledAt: string | null }[]>(
    Prisma.sql`SELECT "id", "event_types" AS "types", "disabled_at" AS "disabledAt" FROM "webhook_endpoints"`,
  );
  return rows.map(({ id, types, disabledAt }) => ({
    endpointId: id,
    enabled: disabledAt === null,
    types: new Set(types.split(',')),
  }));
}
