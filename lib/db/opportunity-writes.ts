import type { OpportunityItem } from '../contracts';
import { CONFIDENCE_RANK, type Evidence } from '../domain/expansion';
import type { GateCheck } from '../domain/gates';
import { AppError } from '../errors';
import type { ExpansionTask } from '../ports';
import type { Database } from './client';
import { newId } from './ids';
import { appendDetected } from './opportunity-events';
import { dbTime } from './sql';

export interface OpportunityState {
  id: string;
  accountId: string;
  status: OpportunityItem['status'];
  hasDraft: boolean;
}

export async function readOpportunityState(db: Database, id: string): Promise<OpportunityState> {
  const row = await db.read.opportunity.findUnique({
    where: { id },
    select: { id: true, accountId: true, status: true, dispatch: { select: { state: true } } },
  });
  if (!row) throw new AppError('not_found', `There is no opportunity "${id}".`);
  return {
    id: row.id,
    accountId: row.accountId,
    status: row.status as OpportunityItem['status'],
    hasDraft: row.dispatch?.state === 'drafted',
  };
}

/** What a person's action writes; applies only where the status is still the one it was decided on. */
export async function writeOpportunityAction(
  db: Database,
  change: {
    id: string;
    expectedStatus: string;
    status: string;
    heldBy: readonly GateCheck[];
    snoozedUntil: Date | null;
    dismissReason: string | null;
    dismissNote: string | null;
    event: { kind: string; actor: string; detail: string | null };
    now: Date;
  },
): Promise<boolean> {
  return db.bulk(async (tx) => {
    const changed = await tx.$executeRaw`
      UPDATE "opportunities" SET "status" = ${change.status}, "state_changed_at" = ${dbTime(change.now)},
        "gates" = ${JSON.stringify(change.heldBy)},
        "snoozed_until" = ${change.snoozedUntil === null ? null : dbTime(change.snoozedUntil)},
        "dismiss_reason" = ${change.dismissReason}, "dismiss_note" = ${change.dismissNote}
      WHERE "id" = ${change.id} AND "status" = ${change.expectedStatus}`;
    if (changed === 0) return false;
    await tx.$executeRaw`
      INSERT INTO "timeline_events" ("opportunity_id", "at", "kind", "actor", "detail")
      VALUES (${change.id}, ${dbTime(change.now)}, ${change.event.kind}, ${change.event.actor}, ${change.event.detail})`;
    return true;
  });
}

/**
 * The row of an opportunity that somebody hands over the API instead of a scan finding it; the same one again is the
 * same row. A scan never withdraws it.
 * @returns the row's id.
 * @throws AppError `not_found` for an account that is not there.
 */
export async function upsertApiOpportunity(
  db: Database,
  task: Omit<ExpansionTask, 'type'>,
  options: { fingerprint: string; subject: string; now: Date },
): Promise<string> {
  const account = await db.read.account.findUnique({
    where: { id: task.accountId },
    select: { name: true, currency: true, csmEmail: true, repEmail: true, health: { select: { rag: true } } },
  });
  if (!account) throw new AppError('not_found', `There is no account "${task.accountId}".`);
  const { fingerprint, subject, now } = options;
  const evidence = task.evidence.map(
    (statement): Evidence => ({
      signal: 'api',
      statement,
      value: '',
      source: 'Handed over the API',
      observedAt: now.toISOString(),
      note: null,
    }),
  );
  const at = dbTime(now);
  const rank = CONFIDENCE_RANK[task.confidence];
  const impact = task.estimatedArrImpact;
  const title = { seats: 'Seats', module: 'Module', integration: 'Integration' }[task.opportunityType];
  const id = newId();
  await db.bulk(async (tx) => {
    await tx.$executeRaw`
    INSERT INTO "opportunities" ("id", "fingerprint", "account_id", "origin", "type", "subject", "status", "confidence",
      "confidence_rank", "title", "headline", "why", "impact_cents", "currency", "impact_rank", "evidence", "calculation",
      "talk_track", "gates", "content_key", "rag", "csm_email", "rep_email", "first_seen_at", "last_seen_at",
      "state_changed_at")
    VALUES (${id}, ${fingerprint}, ${task.accountId}, 'api', ${task.opportunityType}, ${subject}, 'open',
      ${task.confidence}, ${rank}, ${title}, ${`${account.name}: ${title.toLowerCase()} opportunity`},
      ${task.evidence.join('; ')}, ${impact?.amountCents ?? null}, ${impact?.currency ?? ''},
      ${impact?.amountCents ?? -1}, ${JSON.stringify(evidence)}, '[]', ${task.recommendedTalkTrack}, '[]', '',
      ${account.health?.rag ?? null}, ${account.csmEmail}, ${account.repEmail}, ${at}, ${at}, ${at})
    ON CONFLICT ("fingerprint") DO UPDATE SET "last_seen_at" = excluded."last_seen_at"`;
    await appendDetected(tx, [id], now);
  });
  const row = await db.write.opportunity.findUniqueOrThrow({ where: { fingerprint }, select: { id: true } });
  return row.id;
}
