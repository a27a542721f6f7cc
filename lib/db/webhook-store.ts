import type { LoggedEvent } from '../domain/webhook-message';
import type { DeliveryDecision } from '../domain/webhook-retry';
import { failsForLong, restMs } from '../domain/webhook-retry';
import type { Database } from './client';
import { deliveryId } from './event-log';
import type { WebhookEndpoint } from './generated/sqlite/client';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { among, dbTime, fromDbTime, type SqlClient, selectRows } from './sql';

export type DisabledReason = 'admin' | 'gone' | 'failing';

/** An endpoint as it is stored; `secrets` are encrypted. */
export interface StoredEndpoint extends Omit<WebhookEndpoint, 'eventTypes' | 'disabledReason' | 'consecutiveFailures'> {
  eventTypes: string[];
  disabledReason: DisabledReason | null;
}

/** An endpoint that may be sent to now. */
export interface OpenEndpoint {
  id: string;
  url: string;
  secrets: string;
  consecutiveFailures: number;
}

/** A delivery that this process has claimed, with the event that it carries. */
export interface ClaimedDelivery {
  id: string;
  endpointId: string;
  attempt: number;
  trigger: 'event' | 'replay' | 'test';
  history: AttemptRecord[];
  event: LoggedEvent;
}

/** One attempt as the log of deliveries shows it. */
export interface AttemptRecord {
  at: string;
  /** How long it took, in milliseconds. */
  ms: number;
  status: number | null;
  /** Why there was no answer, or why it is no success. */
  error: string | null;
  /** Beginning of what the receiver answered. */
  body: string | null;
}

/** Attempts that the log keeps of a delivery: all of one series, and some of the one before it was replayed. */
const HISTORY = 15;
/** Waking up for each success would be a write for each: an endpoint's last success is exact to this, in milliseconds. */
const SUCCESS_EVERY_MS = 1_000;
/** Writers wait for no more rows than that. */
const DELETED_AT_ONCE = 2_000;

/** Endpoints and deliveries, as whoever delivers sees them. Claims are leases: of several instances one has a delivery. */
export function createWebhookStore(db: Database) {
  return {
    async list(): Promise<StoredEndpoint[]> {
      const rows = await db.read.webhookEndpoint.findMany({ orderBy: { id: 'asc' } });
      return rows.map(toEndpoint);
    },

    async get(id: string): Promise<StoredEndpoint | null> {
      const row = await db.read.webhookEndpoint.findUnique({ where: { id } });
      return row && toEndpoint(row);
    },

    async create(
      given: Pick<StoredEndpoint, 'id' | 'url' | 'description' | 'eventTypes' | 'secrets' | 'createdBy'>,
      { most, disabled, now }: { most: number; disabled: boolean; now: Date },
    ): Promise<boolean> {
      return db.exclusive(async (tx) => {
        if ((await tx.webhookEndpoint.count()) >= most) return false;
        await tx.webhookEndpoint.create({
          data: {
            ...given,
            eventTypes: given.eventTypes.join(),
            ...(disabled ? { disabledAt: now, disabledReason: 'admin' } : {}),
            createdAt: now,
            updatedAt: now,
          },
        });
        return true;
      });
    },

    /** A changed endpoint begins anew: what was wrong with it may be what was changed. */
    async update(
      id: string,
      { url, description, eventTypes }: Partial<Pick<StoredEndpoint, 'url' | 'description' | 'eventTypes'>>,
      now: Date,
    ): Promise<void> {
      await db.write.webhookEndpoint.updateMany({
        where: { id },
        data: {
          ...(url === undefined ? {} : { url, resumesAt: null }),
          ...(description === undefined ? {} : { description }),
          ...(eventTypes === undefined ? {} : { eventTypes: eventTypes.join() }),
          updatedAt: now,
        },
      });
    },

    /** What waits goes on at once, with all its attempts before it. */
    async enable(id: string, now: Date): Promise<void> {
      const at = dbTime(now);
      await db.bulk(async (tx) => {
        const changed = await tx.$executeRaw`
          UPDATE "webhook_endpoints" SET "disabled_at" = NULL, "disabled_reason" = NULL, "consecutive_failures" = 0,
            "failing_since" = NULL, "resumes_at" = NULL, "updated_at" = ${at}
          WHERE "id" = ${id} AND "disabled_at" IS NOT NULL`;
        if (changed === 0) return;
        await tx.$executeRaw`
          UPDATE "webhook_deliveries" SET "state" = 'waiting', "attempts" = 0, "due_at" = ${at}
          WHERE "endpoint_id" = ${id} AND "state" IN ('paused', 'waiting')`;
      });
    },

    disable: (id: string, reason: DisabledReason, now: Date): Promise<void> =>
      db.bulk((tx) => disable(tx, id, reason, now)),

    /** Its deliveries go first, in pieces: there may be many. Cut short, it is disabled, and can be deleted again. */
    async remove(id: string, now: Date): Promise<void> {
      await db.bulk((tx) => disable(tx, id, 'admin', now));
      for (let deleted = DELETED_AT_ONCE; deleted >= DELETED_AT_ONCE; ) {
        deleted = await db.change(Prisma.sql`DELETE FROM "webhook_deliveries" WHERE "id" IN (
          SELECT "id" FROM "webhook_deliveries" WHERE "endpoint_id" = ${id} LIMIT ${DELETED_AT_ONCE})`);
      }
      await db.change(Prisma.sql`DELETE FROM "webhook_endpoints" WHERE "id" = ${id}`);
    },

    /** Secrets encrypted anew; only where they are still the ones that were read. */
    async replaceSecrets(id: string, before: string, after: string, now: Date): Promise<boolean> {
      const { count } = await db.write.webhookEndpoint.updateMany({
        where: { id, secrets: before },
        data: { secrets: after, updatedAt: now },
      });
      return count > 0;
    },

    // --------------------------------------------------------------------------------------------- delivering

    /** Ids of endpoints that may be sent to now, and when the next delivery of any is due; null where none waits. */
    async look(now: Date): Promise<{ enabled: number; due: string[]; nextAt: Date | null }> {
      const rows = await db.rows.$queryRaw<{ id: string; resumesAt: string | null; dueAt: string | null }[]>`
        SELECT e."id", e."resumes_at" AS "resumesAt", (SELECT MIN(d."due_at") FROM "webhook_deliveries" d
          WHERE d."endpoint_id" = e."id" AND d."state" = 'waiting') AS "dueAt"
        FROM "webhook_endpoints" e WHERE e."disabled_at" IS NULL`;
      const next = rows.flatMap(({ id, resumesAt, dueAt }) => {
        if (dueAt === null) return [];
        const times = [fromDbTime(dueAt).getTime(), resumesAt === null ? 0 : fromDbTime(resumesAt).getTime()];
        return [{ id, at: Math.max(...times) }];
      });
      const later = next.filter(({ at }) => at > now.getTime()).map(({ at }) => at);
      return {
        enabled: rows.length,
        due: next.filter(({ at }) => at <= now.getTime()).map(({ id }) => id),
        nextAt: later.length === 0 ? null : new Date(Math.min(...later)),
      };
    },

    /** Attempts whose process is gone, or took longer than its lease, are due again. */
    async expire(gone: readonly string[], now: Date): Promise<number> {
      const at = dbTime(now);
      return db.bulkRepeatable(
        (tx) => tx.$executeRaw`
          UPDATE "webhook_deliveries" SET "state" = 'waiting', "lease_owner" = NULL, "due_at" = ${at}
          WHERE "state" = 'sending' AND ("due_at" <= ${at} OR "lease_owner" ${among(tx, gone)})`,
      );
    },

    /** Who is sending now, and when the first of their leases runs out. */
    async senders(): Promise<{ owners: string[]; expiresAt: Date | null }> {
      const rows = await db.rows.$queryRaw<{ owner: string; until: string }[]>`
        SELECT "lease_owner" AS "owner", MIN("due_at") AS "until" FROM "webhook_deliveries"
        WHERE "state" = 'sending' AND "lease_owner" IS NOT NULL GROUP BY "lease_owner"`;
      const times = rows.map(({ until }) => fromDbTime(until).getTime());
      return {
        owners: rows.map(({ owner }) => owner),
        expiresAt: times.length === 0 ? null : new Date(Math.min(...times)),
      };
    },

    /** Null where the endpoint is not to be sent to now. */
    async open(id: string, now: Date): Promise<OpenEndpoint | null> {
      const [row] = await db.rows.$queryRaw<OpenEndpoint[]>`
        SELECT "id", "url", "secrets", "consecutive_failures" AS "consecutiveFailures" FROM "webhook_endpoints"
        WHERE "id" = ${id} AND "disabled_at" IS NULL AND ("resumes_at" IS NULL OR "resumes_at" <= ${dbTime(now)})`;
      return row ?? null;
    },

    /** Takes up to `limit` deliveries of the endpoint that are due; others cannot have them while the lease lasts. */
    async claim(
      endpointId: string,
      { limit, owner, now, until }: { limit: number; owner: string; now: Date; until: Date },
    ): Promise<ClaimedDelivery[]> {
      // Not durable by itself: a claim that a power failure takes back is one that nobody has.
      const ids = await db.bulkRepeatable(async (tx) => {
        const due = await tx.$queryRaw<{ id: string }[]>`
          SELECT "id" FROM "webhook_deliveries" WHERE "endpoint_id" = ${endpointId} AND "state" = 'waiting'
            AND "due_at" <= ${dbTime(now)} ORDER BY "due_at" LIMIT ${limit} ${tx.dialect.skipLocked}`;
        const found = due.map(({ id }) => id);
        if (found.length > 0) await take(tx, found, owner, until);
        return found;
      });
      return ids.length === 0 ? [] : readClaimed(db.rows, ids, owner);
    },

    /**
     * Writes down what came of an attempt, for the delivery and for its endpoint, unless the lease was lost meanwhile.
     * @returns what the endpoint was disabled for by it; null where it was not.
     */
    async settle(
      delivery: ClaimedDelivery,
      record: AttemptRecord,
      decision: DeliveryDecision,
      { owner, now, restUntil }: { owner: string; now: Date; restUntil: Date | null },
    ): Promise<DisabledReason | null> {
      const at = dbTime(now);
      const history = JSON.stringify([...delivery.history, record].slice(-HISTORY));
      const retry = decision.next === 'retry';
      const state = retry ? 'waiting' : decision.next === 'delivered' ? 'delivered' : 'failed';
      const dueAt = retry ? new Date(now.getTime() + decision.waitMs) : now;
      return db.bulk(async (tx) => {
        const written = await tx.$executeRaw`
          UPDATE "webhook_deliveries" SET "state" = ${state}, "due_at" = ${dbTime(dueAt)}, "lease_owner" = NULL,
            "response_status" = ${record.status}, "error" = ${record.error}, "history" = ${history},
            "last_attempt_at" = ${dbTime(new Date(record.at))}, "finished_at" = ${retry ? null : at}
          WHERE "id" = ${delivery.id} AND "state" = 'sending' AND "lease_owner" = ${owner}
            AND "attempts" = ${delivery.attempt}`;
        if (written === 0) return null;
        if (decision.next === 'delivered') {
          await noteSuccess(tx, delivery.endpointId, now);
          return null;
        }
        return noteFailure(tx, delivery, record, { decision, now, restUntil });
      });
    },

    /** Gives back what could not be sent before the stop: it is due at once, and that attempt was none. */
    async release(deliveryIds: readonly string[], owner: string, now: Date): Promise<void> {
      await db.change(Prisma.sql`
        UPDATE "webhook_deliveries" SET "state" = 'waiting', "attempts" = "attempts" - 1, "lease_owner" = NULL,
          "due_at" = ${dbTime(now)}
        WHERE "id" ${among(db.rows, deliveryIds)} AND "state" = 'sending' AND "lease_owner" = ${owner}`);
    },

    /** An event for one endpoint alone, which its delivery is claimed with. */
    async claimTest(
      endpointId: string,
      event: { type: string; data: Record<string, unknown> },
      { owner, now, until }: { owner: string; now: Date; until: Date },
    ): Promise<ClaimedDelivery> {
      const eventId = `evt_${newId()}`;
      const id = deliveryId(eventId, endpointId);
      const at = dbTime(now);
      await db.bulk(async (tx) => {
        await tx.$executeRaw`
          INSERT INTO "desk_events" ("id", "type", "account_id", "occurred_at", "data")
          VALUES (${eventId}, ${event.type}, NULL, ${at}, ${JSON.stringify(event.data)})`;
        await tx.$executeRaw`
          INSERT INTO "webhook_deliveries" ("id", "endpoint_id", "event_id", "event_type", "state", "trigger", "attempts",
            "due_at", "lease_owner", "created_at")
          VALUES (${id}, ${endpointId}, ${eventId}, ${event.type}, 'sending', 'test', 1, ${dbTime(until)}, ${owner}, ${at})`;
      });
      return {
        ...{ id, endpointId, attempt: 1, trigger: 'test', history: [] },
        event: { ...event, id: eventId, accountId: null, accountName: null, occurredAt: now },
      };
    },
  };
}

export type WebhookStore = ReturnType<typeof createWebhookStore>;

function toEndpoint({ consecutiveFailures: _, ...row }: WebhookEndpoint): StoredEndpoint {
  return {
    ...row,
    eventTypes: row.eventTypes.split(','),
    disabledReason: row.disabledReason as DisabledReason | null,
  };
}

async function take(tx: SqlClient, ids: string[], owner: string, until: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE "webhook_deliveries" SET "state" = 'sending', "attempts" = "attempts" + 1, "lease_owner" = ${owner},
      "due_at" = ${dbTime(until)} WHERE "id" ${among(tx, ids)} AND "state" = 'waiting'`;
}

interface ClaimedRow {
  id: string;
  endpointId: string;
  attempt: number;
  trigger: string;
  history: string;
  eventId: string;
  type: string;
  accountId: string | null;
  accountName: string | null;
  occurredAt: string;
  data: string;
}

async function readClaimed(client: SqlClient, ids: string[], owner: string): Promise<ClaimedDelivery[]> {
  const rows = await selectRows<ClaimedRow>(
    client,
    {
      id: 'd."id"',
      endpointId: 'd."endpoint_id"',
      attempt: 'd."attempts"',
      trigger: 'd."trigger"',
      history: 'd."history"',
      eventId: 'e."id"',
      type: 'e."type"',
      accountId: 'e."account_id"',
      accountName: 'a."name"',
      occurredAt: 'e."occurred_at"',
      data: 'e."data"',
    },
    Prisma.sql`FROM "webhook_deliveries" d JOIN "desk_events" e ON e."id" = d."event_id"
      LEFT JOIN "accounts" a ON a."id" = e."account_id"
      WHERE d."id" ${among(client, ids)} AND d."state" = 'sending' AND d."lease_owner" = ${owner} ORDER BY d."id"`,
  );
  return rows.map(({ id, endpointId, attempt, trigger, history, eventId, occurredAt, data, ...event }) => ({
    ...{ id, endpointId, attempt },
    trigger: trigger as ClaimedDelivery['trigger'],
    history: JSON.parse(history) as AttemptRecord[],
    event: {
      ...event,
      id: eventId,
      occurredAt: fromDbTime(occurredAt),
      data: JSON.parse(data) as Record<string, unknown>,
    },
  }));
}

async function noteSuccess(tx: SqlClient, endpointId: string, now: Date): Promise<void> {
  const recent = dbTime(new Date(now.getTime() - SUCCESS_EVERY_MS));
  await tx.$executeRaw`
    UPDATE "webhook_endpoints" SET "last_success_at" = ${dbTime(now)}, "consecutive_failures" = 0,
      "failing_since" = NULL, "resumes_at" = NULL
    WHERE "id" = ${endpointId} AND ("failing_since" IS NOT NULL OR "last_success_at" IS NULL
      OR "last_success_at" <= ${recent})`;
}

async function noteFailure(
  tx: SqlClient,
  { id, endpointId, trigger }: ClaimedDelivery,
  { error }: AttemptRecord,
  { decision, now, restUntil }: { decision: DeliveryDecision; now: Date; restUntil: Date | null },
): Promise<DisabledReason | null> {
  const at = dbTime(now);
  const [endpoint] = await tx.$queryRaw<{ failures: number; failingSince: string; disabledAt: string | null }[]>`
    UPDATE "webhook_endpoints" SET "consecutive_failures" = "consecutive_failures" + 1,
      "failing_since" = COALESCE("failing_since", ${at}), "last_failure_at" = ${at}, "last_error" = ${error}
    WHERE "id" = ${endpointId}
    RETURNING "consecutive_failures" AS "failures", "failing_since" AS "failingSince", "disabled_at" AS "disabledAt"`;
  if (!endpoint) return null;
  if (endpoint.disabledAt !== null) {
    await tx.$executeRaw`UPDATE "webhook_deliveries" SET "state" = 'paused' WHERE "id" = ${id} AND "state" = 'waiting'`;
    return null;
  }
  const reason =
    decision.next === 'gone'
      ? 'gone'
      : decision.next === 'failed' && trigger !== 'test' && failsForLong(fromDbTime(endpoint.failingSince), now)
        ? 'failing'
        : null;
  if (reason !== null) {
    await disable(tx, endpointId, reason, now);
    return reason;
  }
  const rest = Math.max(restUntil?.getTime() ?? 0, now.getTime() + restMs(endpoint.failures));
  if (rest > now.getTime()) {
    await tx.$executeRaw`
      UPDATE "webhook_endpoints" SET "resumes_at" = ${dbTime(new Date(rest))} WHERE "id" = ${endpointId}
        AND ("resumes_at" IS NULL OR "resumes_at" < ${dbTime(new Date(rest))})`;
  }
  return null;
}

async function disable(tx: SqlClient, id: string, reason: DisabledReason, now: Date): Promise<void> {
  const at = dbTime(now);
  const changed = await tx.$executeRaw`
    UPDATE "webhook_endpoints" SET "disabled_at" = ${at}, "disabled_reason" = ${reason}, "updated_at" = ${at}
    WHERE "id" = ${id} AND "disabled_at" IS NULL`;
  if (changed === 0) return;
  await tx.$executeRaw`
    UPDATE "webhook_deliveries" SET "state" = 'paused' WHERE "endpoint_id" = ${id} AND "state" = 'waiting'`;
}
