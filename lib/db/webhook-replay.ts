import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { dbTime, fromDbTime } from './sql';

/** Events that one statement replays: writers wait for no more than that. */
const BATCH = 2_000;

/** Where in a range the next batch begins. */
type Position = { at: string; id: string } | null;

/**
 * Makes deliveries of one endpoint again, from the log. There is one delivery of an event and an endpoint: one that is there
 * begins anew with all its attempts, one that is on its way is left alone.
 */
export function createWebhookReplay(db: Database) {
  return {
    /** @returns 0 where the event is not in the log any more. */
    event: (endpointId: string, eventId: string, now: Date): Promise<number> =>
      insertFrom(endpointId, Prisma.sql`ev."id" = ${eventId}`, ANEW, now),

    /** Whatever was given up. */
    async failed(endpointId: string, now: Date): Promise<number> {
      let replayed = 0;
      for (;;) {
        const count = await db.change(Prisma.sql`
          UPDATE "webhook_deliveries" SET "state" = 'waiting', "trigger" = 'replay', "attempts" = 0,
            "due_at" = ${dbTime(now)}, "finished_at" = NULL
          WHERE "id" IN (SELECT "id" FROM "webhook_deliveries" WHERE "endpoint_id" = ${endpointId}
            AND "state" = 'failed' AND "trigger" <> 'test' LIMIT ${BATCH})`);
        replayed += count;
        if (count < BATCH) return replayed;
      }
    },

    /** Events of some types from `from` up to `to`. Those that got there only where `delivered`. */
    async range(
      endpointId: string,
      { from, to, types, delivered }: { from: Date; to: Date; types: readonly string[]; delivered: boolean },
      now: Date,
    ): Promise<number> {
      let replayed = 0;
      let position: Position = null;
      for (;;) {
        const end = await endOfBatch({ from, to, types, position });
        if (end === null) return replayed;
        const after: Prisma.Sql = position ? afterPosition(position) : Prisma.sql`TRUE`;
        replayed += await insertFrom(
          endpointId,
          Prisma.sql`ev."occurred_at" >= ${dbTime(from)} AND ev."occurred_at" < ${dbTime(to)}
            AND ev."type" IN (${Prisma.join([...types])}) AND ${after}
            AND (ev."occurred_at", ev."id") <= (${end.at}, ${end.id})`,
          delivered ? ANEW : MISSED,
          now,
        );
        position = end;
      }
    },
  };

  async function endOfBatch({
    from,
    to,
    types,
    position,
  }: {
    from: Date;
    to: Date;
    types: readonly string[];
    position: Position;
  }): Promise<{ at: string; id: string } | null> {
    const after = position ? afterPosition(position) : Prisma.sql`TRUE`;
    const rows = await db.rows.$queryRaw<{ at: string; id: string }[]>`
      SELECT ev."occurred_at" AS "at", ev."id" FROM "desk_events" ev
      WHERE ev."occurred_at" >= ${dbTime(from)} AND ev."occurred_at" < ${dbTime(to)}
        AND ev."type" IN (${Prisma.join([...types])}) AND ${after}
      ORDER BY ev."occurred_at", ev."id" LIMIT ${BATCH}`;
    const last = rows.at(-1);
    return last ? { at: dbTime(fromDbTime(last.at)), id: last.id } : null;
  }

  function insertFrom(endpointId: string, events: Prisma.Sql, states: Prisma.Sql, now: Date): Promise<number> {
    const at = dbTime(now);
    return db.change(Prisma.sql`
      INSERT INTO "webhook_deliveries" ("id", "endpoint_id", "event_id", "event_type", "state", "trigger", "due_at",
        "created_at")
      SELECT ev."id" || '.' || w."id", w."id", ev."id", ev."type", 'waiting', 'replay', ${at}, ${at}
      FROM "desk_events" ev JOIN "webhook_endpoints" w ON w."id" = ${endpointId} WHERE ${events}
      ON CONFLICT ("id") DO UPDATE SET "state" = 'waiting', "trigger" = 'replay', "attempts" = 0,
        "due_at" = excluded."due_at", "finished_at" = NULL
      WHERE "webhook_deliveries"."state" IN ${states}`);
  }
}

export type WebhookReplay = ReturnType<typeof createWebhookReplay>;

/** States of a delivery that may begin anew: all but one that is being sent. */
const ANEW = Prisma.raw(`('delivered', 'failed', 'waiting', 'paused')`);
const MISSED = Prisma.raw(`('failed')`);

function afterPosition({ at, id }: { at: string; id: string }): Prisma.Sql {
  return Prisma.sql`(ev."occurred_at", ev."id") > (${at}, ${id})`;
}
