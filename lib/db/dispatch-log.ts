import { createHash } from 'node:crypto';
import type { Evidence, OpportunityStatus, OpportunityType } from '../domain/expansion';
import { AppError } from '../errors';
import type { ExpansionTask } from '../ports';
import {
  type DispatchFacts,
  type DispatchLog,
  type DispatchRecord,
  type DispatchState,
  INTERRUPTED,
} from '../ports/drafting';
import type { TextOrigin } from '../ports/wording';
import type { Database } from './client';
import { appendDispatchEvent } from './dispatch-events';
import { GATE_FACTS_COLUMNS, type GateFactsRow, toGateFacts } from './gate-facts';
import { Prisma } from './generated/sqlite/client';
import { newId } from './ids';
import { among, dbTime, fromDbTime, type SqlClient, selectRows } from './sql';

/** What is frozen at the claim: every attempt makes the same draft, whatever changes meanwhile. */
type FrozenTask = ExpansionTask & { accountName: string; talkTrackOrigin?: TextOrigin | null };

/** What waits for a mailbox that must be connected again is not due before that. */
const MAILBOX_OPEN = Prisma.raw(`NOT EXISTS (SELECT 1 FROM "mailboxes" m WHERE m."id" = "dispatches"."mailbox_id"
  AND m."state" IN ('reconnect', 'disconnected'))`);

/** Statuses that a claim may move to `queued`. */
const CLAIMABLE = Prisma.raw(`('open', 'held', 'snoozed')`);

export function createDispatchLog(db: Database): DispatchLog {
  /** One transition: the conditional update and, where it applied, its event, in one transaction. */
  async function transition(
    dispatchId: string,
    update: (tx: SqlClient) => Promise<number>,
    event: { at: Date; kind: string; actor: string; detail: string | null },
    alsoOpportunity?: OpportunityStatus,
  ): Promise<boolean> {
    return db.bulk(async (tx) => {
      if ((await update(tx)) === 0) return false;
      await appendEvent(tx, dispatchId, event);
      await appendDispatchEvent(tx, dispatchId, event);
      if (alsoOpportunity) {
        await tx.$executeRaw`
          UPDATE "opportunities" SET "status" = ${alsoOpportunity}, "state_changed_at" = ${dbTime(event.at)}
          WHERE "id" = (SELECT "opportunity_id" FROM "dispatches" WHERE "id" = ${dispatchId}) AND "status" = 'queued'`;
      }
      return true;
    });
  }

  return {
    async readFacts(opportunityId) {
      const [row] = await selectRows<FactsRow>(
        db.rows,
        FACTS_COLUMNS,
        Prisma.sql`FROM "opportunities" o JOIN "accounts" a ON a."id" = o."account_id"
          LEFT JOIN "account_health" h ON h."account_id" = a."id"
          LEFT JOIN "signal_snapshots" s ON s."id" = a."current_snapshot_id"
          LEFT JOIN "dispatches" d ON d."opportunity_id" = o."id"
          WHERE o."id" = ${opportunityId}`,
      );
      return row ? toFacts(row) : null;
    },

    async claim(facts, { now, lease, requestedBy, overrideReason, recipient, talkTrackOrigin = null, mailbox }) {
      const id = newId();
      const at = dbTime(now);
      const frozen: FrozenTask = { ...facts.task, accountName: facts.accountName, talkTrackOrigin };
      const messageId = messageIdOf(facts.opportunityId);
      const claimed = await db.bulk(async (tx) => {
        const inserted = await tx.$executeRaw`
          INSERT INTO "dispatches" ("id", "opportunity_id", "account_id", "state", "task", "message_id", "recipient",
            "mailbox_id", "destination", "attempts", "lease_owner", "lease_until", "override_reason", "requested_by", "created_at", "updated_at")
          VALUES (${id}, ${facts.opportunityId}, ${facts.accountId}, 'drafting', ${JSON.stringify(frozen)},
            ${messageId}, ${recipient}, ${mailbox.mailboxId}, ${mailbox.destination}, 1,
            ${lease.owner}, ${dbTime(lease.until)}, ${overrideReason}, ${requestedBy}, ${at}, ${at})
          ON CONFLICT DO NOTHING`;
        if (inserted === 0) return false;
        const moved = await tx.$executeRaw`
          UPDATE "opportunities" SET "status" = 'queued', "state_changed_at" = ${at}, "snoozed_until" = NULL
          WHERE "id" = ${facts.opportunityId} AND "status" IN ${CLAIMABLE}`;
        if (moved === 0) {
          throw new AppError('conflict', 'The opportunity changed meanwhile and cannot be dispatched as it is now.', {
            remedy: 'Reload it and look at its status.',
          });
        }
        const events = [
          ...(overrideReason === null ? [] : [['overridden', overrideReason] as const]),
          ['queued', null] as const,
          ['drafting', 'Attempt 1'] as const,
        ];
        await tx.$executeRaw`
          INSERT INTO "timeline_events" ("opportunity_id", "dispatch_id", "at", "kind", "actor", "detail")
          VALUES ${Prisma.join(
            events.map(
              ([kind, detail]) =>
                Prisma.sql`(${facts.opportunityId}, ${id}, ${at}, ${kind}, ${requestedBy}, ${detail})`,
            ),
          )}`;
        return true;
      });
      if (claimed) {
        const { opportunityId, accountId, accountName, task } = facts;
        const dispatch: DispatchRecord = {
          ...{ id, opportunityId, accountId, accountName, recipient, messageId, task, talkTrackOrigin },
          ...{ mailboxId: mailbox.mailboxId, state: 'drafting', attempts: 1, nextAttemptAt: null },
          ...{ errorCode: null, createdAt: now },
        };
        return { dispatch, claimed };
      }
      const dispatch = await readDispatch(db, Prisma.sql`d."opportunity_id" = ${facts.opportunityId}`);
      if (!dispatch) throw new AppError('conflict', 'The opportunity changed meanwhile.', { retryable: true });
      return { dispatch, claimed };
    },

    get: (dispatchId) => readDispatch(db, Prisma.sql`d."id" = ${dispatchId}`),

    async due(now, limit, except) {
      const at = dbTime(now);
      const elsewhere = Prisma.sql`NOT (COALESCE("mailbox_id", 'eml') ${among(db.rows, except)})`;
      return db.rows.$queryRaw<{ id: string; mailboxId: string | null }[]>`
        SELECT "id", "mailbox_id" AS "mailboxId" FROM "dispatches"
        WHERE "state" IN ('queued', 'retrying', 'uncertain') AND "next_attempt_at" <= ${at}
          AND ("lease_until" IS NULL OR "lease_until" <= ${at}) AND ${MAILBOX_OPEN} AND ${elsewhere}
        UNION ALL
        SELECT "id", "mailbox_id" AS "mailboxId" FROM "dispatches"
        WHERE "state" = 'drafting' AND "lease_until" <= ${at} AND ${elsewhere}
        LIMIT ${limit}`;
    },

    async nextDueAt() {
      const rows = await db.rows.$queryRaw<{ at: string | null }[]>`
        SELECT MIN("at") AS "at" FROM (
          SELECT MIN("next_attempt_at") AS "at" FROM "dispatches" WHERE "state" IN ('queued', 'retrying', 'uncertain')
            AND ${MAILBOX_OPEN}
          UNION ALL SELECT MIN("lease_until") FROM "dispatches" WHERE "state" = 'drafting') AS "waiting"`;
      const at = rows[0]?.at;
      return at ? fromDbTime(at) : null;
    },

    async leaseOwners() {
      const rows = await db.rows.$queryRaw<{ owner: string }[]>`
        SELECT DISTINCT "lease_owner" AS "owner" FROM "dispatches"
        WHERE "state" IN ('drafting', 'uncertain') AND "lease_owner" IS NOT NULL`;
      return rows.map((row) => row.owner);
    },

    async releaseOwners(owners, now) {
      if (owners.length === 0) return 0;
      return db.change(Prisma.sql`
        UPDATE "dispatches" SET "lease_until" = ${dbTime(now)} WHERE "state" IN ('drafting', 'uncertain')
          AND "lease_owner" ${among(db.rows, owners)} AND "lease_until" > ${dbTime(now)}`);
    },

    async claimAttempt(dispatchId, { now, lease }) {
      const at = dbTime(now);
      const claimed = await db.bulk(async (tx) => {
        const changed = await tx.$executeRaw`
          UPDATE "dispatches" SET "state" = 'drafting', "attempts" = "attempts" + 1, "next_attempt_at" = NULL,
            "lease_owner" = ${lease.owner}, "lease_until" = ${dbTime(lease.until)}, "updated_at" = ${at}
          WHERE "id" = (SELECT "id" FROM "dispatches" WHERE "id" = ${dispatchId} AND "state" IN ('queued', 'retrying')
            AND "next_attempt_at" <= ${at} ${tx.dialect.skipLocked})`;
        if (changed === 0) return false;
        await tx.$executeRaw`
          INSERT INTO "timeline_events" ("opportunity_id", "dispatch_id", "at", "kind", "actor", "detail")
          SELECT "opportunity_id", "id", ${at}, 'drafting', 'dispatcher', 'Attempt ' || "attempts"
          FROM "dispatches" WHERE "id" = ${dispatchId}`;
        return true;
      });
      return claimed ? readDispatch(db, Prisma.sql`d."id" = ${dispatchId}`) : null;
    },

    expire(dispatchId, { now, settledAt }) {
      const at = dbTime(now);
      return transition(
        dispatchId,
        (tx) => tx.$executeRaw`
          UPDATE "dispatches" SET "state" = 'uncertain', "next_attempt_at" = ${dbTime(settledAt)}, "lease_owner" = NULL,
            "lease_until" = NULL, "error_code" = ${INTERRUPTED},
            "error_message" = 'The server stopped in the middle of this attempt.', "updated_at" = ${at}
          WHERE "id" = ${dispatchId} AND "state" = 'drafting' AND "lease_until" <= ${at}`,
        { at: now, kind: 'uncertain', actor: 'dispatcher', detail: 'The server stopped in the middle of the attempt.' },
      );
    },

    async claimLookup(dispatchId, { now, lease }) {
      const at = dbTime(now);
      const changed = await db.change(Prisma.sql`
        UPDATE "dispatches" SET "lease_owner" = ${lease.owner}, "lease_until" = ${dbTime(lease.until)}, "updated_at" = ${at}
        WHERE "id" = (SELECT "id" FROM "dispatches" WHERE "id" = ${dispatchId} AND "state" = 'uncertain'
          AND "next_attempt_at" <= ${at} AND ("lease_until" IS NULL OR "lease_until" <= ${at}) ${db.rows.dialect.skipLocked})`);
      return changed === 0 ? null : readDispatch(db, Prisma.sql`d."id" = ${dispatchId}`);
    },

    complete(dispatchId, { owner, draft, now, found }) {
      const at = dbTime(now);
      return transition(
        dispatchId,
        (tx) => tx.$executeRaw`
          UPDATE "dispatches" SET "state" = 'drafted', "provider" = ${draft.provider}, "draft_id" = ${draft.draftId},
            "draft_location" = ${draft.location}, "drafted_at" = ${at}, "next_attempt_at" = NULL, "lease_owner" = NULL,
            "lease_until" = NULL, "error_code" = NULL, "error_message" = NULL, "updated_at" = ${at}
          WHERE "id" = ${dispatchId} AND "state" <> 'drafted'`,
        {
          at: now,
          kind: 'drafted',
          actor: owner === '' ? 'dispatcher' : 'sales agent',
          detail: found ? 'Found in the mailbox: an earlier attempt had succeeded.' : null,
        },
        'drafted',
      );
    },

    uncertain(dispatchId, { owner, now, settledAt, error }) {
      const at = dbTime(now);
      return transition(
        dispatchId,
        (tx) => tx.$executeRaw`
          UPDATE "dispatches" SET "state" = 'uncertain', "next_attempt_at" = ${settledAt === null ? null : dbTime(settledAt)},
            "lease_owner" = NULL, "lease_until" = NULL, "error_code" = ${error.code}, "error_message" = ${error.message},
            "updated_at" = ${at}
          WHERE "id" = ${dispatchId} AND "lease_owner" = ${owner} AND "state" IN ('drafting', 'uncertain')`,
        { at: now, kind: 'uncertain', actor: 'sales agent', detail: error.message },
      );
    },

    retryLater(dispatchId, { owner, now, nextAttemptAt, error, counted }) {
      const at = dbTime(now);
      return transition(
        dispatchId,
        (tx) => tx.$executeRaw`
          UPDATE "dispatches" SET "state" = 'retrying', "next_attempt_at" = ${dbTime(nextAttemptAt)},
            "attempts" = "attempts" - ${counted ? 0 : 1}, "lease_owner" = NULL, "lease_until" = NULL,
            "error_code" = ${error?.code ?? null}, "error_message" = ${error?.message ?? null},
            "updated_at" = ${at}
          WHERE "id" = ${dispatchId} AND "lease_owner" = ${owner} AND "state" IN ('drafting', 'uncertain')`,
        { at: now, kind: 'retrying', actor: 'sales agent', detail: error?.message ?? null },
      );
    },

    fail(dispatchId, { owner, now, error }) {
      return transition(
        dispatchId,
        (tx) => tx.$executeRaw`
          UPDATE "dispatches" SET "state" = 'failed', "next_attempt_at" = NULL, "lease_owner" = NULL, "lease_until" = NULL,
            "error_code" = ${error.code}, "error_message" = ${error.message}, "updated_at" = ${dbTime(now)}
          WHERE "id" = ${dispatchId} AND "lease_owner" = ${owner} AND "state" IN ('drafting', 'uncertain')`,
        { at: now, kind: 'failed', actor: 'sales agent', detail: error.message },
      );
    },

    retry(dispatchId, { now, actor, mailbox, detail = 'Retry asked for.' }) {
      const at = dbTime(now);
      return transition(
        dispatchId,
        (tx) => tx.$executeRaw`
          UPDATE "dispatches" SET "state" = 'retrying', "attempts" = 0, "next_attempt_at" = ${at}, "lease_owner" = NULL,
            "lease_until" = NULL, "recipient" = (SELECT "rep_email" FROM "accounts" WHERE "id" = "account_id"),
            "mailbox_id" = ${mailbox.mailboxId}, "destination" = ${mailbox.destination}, "updated_at" = ${at}
          WHERE "id" = ${dispatchId}
            AND ("state" = 'failed' OR "state" = 'retrying' OR ("state" = 'uncertain' AND "next_attempt_at" IS NULL))`,
        { at: now, kind: 'retrying', actor, detail },
      );
    },

    adopt(dispatchId, { now, actor, draft }) {
      const at = dbTime(now);
      return transition(
        dispatchId,
        (tx) => tx.$executeRaw`
          UPDATE "dispatches" SET "state" = 'drafted', "provider" = ${draft.provider}, "draft_id" = ${draft.draftId},
            "draft_location" = ${draft.location}, "drafted_at" = ${at}, "error_code" = NULL, "error_message" = NULL,
            "updated_at" = ${at}
          WHERE "id" = ${dispatchId} AND "state" = 'uncertain' AND "next_attempt_at" IS NULL`,
        { at: now, kind: 'drafted', actor, detail: 'Seen in the mailbox by a person.' },
        'drafted',
      );
    },

    async hold(opportunityId, heldBy, now) {
      const at = dbTime(now);
      const stored = JSON.stringify(heldBy);
      const reasons = heldBy.map((gate) => gate.message);
      await db.bulk(async (tx) => {
        const held = await tx.$executeRaw`
          UPDATE "opportunities" SET "status" = 'held', "gates" = ${stored}, "state_changed_at" = ${at}
          WHERE "id" = ${opportunityId} AND "status" = 'open'`;
        if (held === 0) {
          await tx.$executeRaw`
            UPDATE "opportunities" SET "gates" = ${stored} WHERE "id" = ${opportunityId} AND "status" = 'held'`;
          return;
        }
        await tx.$executeRaw`
          INSERT INTO "timeline_events" ("opportunity_id", "at", "kind", "actor", "detail")
          VALUES (${opportunityId}, ${at}, 'held', 'customer-success agent', ${reasons.join('; ')})`;
      });
    },
  };
}

/** The draft's identity follows from the opportunity alone: whoever makes it, whenever, makes the same one. */
function messageIdOf(opportunityId: string): string {
  return `${createHash('sha256').update(`headroom:${opportunityId}`).digest('hex').slice(0, 40)}@drafts.headroom.invalid`;
}

async function appendEvent(
  tx: SqlClient,
  dispatchId: string,
  { at, kind, actor, detail }: { at: Date; kind: string; actor: string; detail: string | null },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "timeline_events" ("opportunity_id", "dispatch_id", "at", "kind", "actor", "detail")
    SELECT "opportunity_id", "id", ${dbTime(at)}, ${kind}, ${actor}, ${detail} FROM "dispatches" WHERE "id" = ${dispatchId}`;
}

interface FactsRow extends GateFactsRow {
  opportunityId: string;
  accountId: string;
  accountName: string;
  origin: string;
  status: string;
  type: string;
  evidence: string;
  calculation: string;
  impactCents: number | null;
  currency: string;
  talkTrack: string;
  confidence: string;
  repEmail: string | null;
  dispatchId: string | null;
}

const FACTS_COLUMNS: Record<keyof FactsRow, string> = {
  opportunityId: 'o."id"',
  accountId: 'o."account_id"',
  accountName: 'a."name"',
  origin: 'o."origin"',
  status: 'o."status"',
  type: 'o."type"',
  evidence: 'o."evidence"',
  calculation: 'o."calculation"',
  impactCents: 'o."impact_cents"',
  currency: 'o."currency"',
  talkTrack: 'o."talk_track"',
  confidence: 'o."confidence"',
  repEmail: 'a."rep_email"',
  ...GATE_FACTS_COLUMNS,
  dispatchId: 'd."id"',
};

function toFacts(row: FactsRow): DispatchFacts {
  const evidence = JSON.parse(row.evidence) as Evidence[];
  return {
    opportunityId: row.opportunityId,
    accountId: row.accountId,
    accountName: row.accountName,
    origin: row.origin === 'api' ? 'api' : 'scan',
    status: row.status as OpportunityStatus,
    repEmail: row.repEmail,
    task: {
      type: 'handle_expansion_opportunity',
      accountId: row.accountId,
      opportunityType: row.type as OpportunityType,
      // The steps of the amount belong to the evidence: a number in a draft stands nowhere without its reason.
      evidence: [...evidence.map(evidenceLine), ...(JSON.parse(row.calculation) as string[])],
      estimatedArrImpact: row.impactCents === null ? null : { amountCents: row.impactCents, currency: row.currency },
      recommendedTalkTrack: row.talkTrack,
      confidence: row.confidence as ExpansionTask['confidence'],
    },
    gateFacts: toGateFacts(row),
    dispatchId: row.dispatchId,
  };
}

function evidenceLine({ statement, note }: Evidence): string {
  return note === null ? statement : `${statement} (${note})`;
}

interface DispatchRow {
  id: string;
  opportunityId: string;
  accountId: string;
  state: string;
  task: string;
  messageId: string;
  recipient: string | null;
  mailboxId: string | null;
  attempts: number;
  nextAttemptAt: string | null;
  errorCode: string | null;
  createdAt: string;
}

async function readDispatch(db: Database, where: Prisma.Sql): Promise<DispatchRecord | null> {
  const [row] = await selectRows<DispatchRow>(
    db.rows,
    {
      id: 'd."id"',
      opportunityId: 'd."opportunity_id"',
      accountId: 'd."account_id"',
      state: 'd."state"',
      task: 'd."task"',
      messageId: 'd."message_id"',
      recipient: 'd."recipient"',
      mailboxId: 'd."mailbox_id"',
      attempts: 'd."attempts"',
      nextAttemptAt: 'd."next_attempt_at"',
      errorCode: 'd."error_code"',
      createdAt: 'd."created_at"',
    },
    Prisma.sql`FROM "dispatches" d WHERE ${where}`,
  );
  if (!row) return null;
  const { accountName, talkTrackOrigin = null, ...task } = JSON.parse(row.task) as FrozenTask;
  return {
    ...row,
    state: row.state as DispatchState,
    task,
    talkTrackOrigin,
    accountName,
    nextAttemptAt: row.nextAttemptAt === null ? null : fromDbTime(row.nextAttemptAt),
    createdAt: fromDbTime(row.createdAt),
  };
}
