import type { OpportunityStatus } from '../domain/expansion';
import type { DeskEvent } from '../ports/events';
import { appendEvents, logsEvents } from './event-log';
import { Prisma } from './generated/sqlite/client';
import { among, fromDbTime, type SqlClient, selectRows } from './sql';

/** Opportunities as events tell of them. */
export interface OpportunityFacts {
  opportunityId: string;
  accountId: string;
  accountName: string;
  opportunityType: string;
  confidence: string;
  impactCents: number | null;
  currency: string;
}

/** Of `o`, an opportunity, and `a`, its account. */
export const OPPORTUNITY_FACTS: Record<keyof OpportunityFacts, string> = {
  opportunityId: 'o."id"',
  accountId: 'a."id"',
  accountName: 'a."name"',
  opportunityType: 'o."type"',
  confidence: 'o."confidence"',
  impactCents: 'o."impact_cents"',
  currency: 'o."currency"',
};

/** What every event about an opportunity says of it. */
export function describeOpportunity(row: OpportunityFacts): Record<string, unknown> {
  const { opportunityId, opportunityType, confidence, impactCents, currency } = row;
  return {
    opportunityId,
    account: { id: row.accountId, name: row.accountName },
    opportunityType,
    confidence,
    impact: impactCents === null ? null : { amountCents: impactCents, currency },
  };
}

/**
 * Appends `expansion.detected` for each of the opportunities that is there: of those that were to be inserted, the ones
 * that nobody else had found at the same moment.
 */
export async function appendDetected(tx: SqlClient, ids: readonly string[], now: Date): Promise<void> {
  // Most desks tell nobody, and a first scan finds many: nothing is read for them.
  if (ids.length === 0 || !(await logsEvents(tx, 'expansion.detected'))) return;
  type Row = OpportunityFacts & { title: string; origin: string; state: string; firstSeenAt: string };
  const rows = await selectRows<Row>(
    tx,
    {
      ...OPPORTUNITY_FACTS,
      title: 'o."title"',
      origin: 'o."origin"',
      state: 'o."status"',
      firstSeenAt: 'o."first_seen_at"',
    },
    Prisma.sql`FROM "opportunities" o JOIN "accounts" a ON a."id" = o."account_id" WHERE o."id" ${among(tx, ids)}`,
  );
  const events = rows.map((row): DeskEvent => {
    const { accountId, title, origin, firstSeenAt } = row;
    const state = row.state as OpportunityStatus;
    const data = {
      ...describeOpportunity(row),
      title,
      origin,
      state,
      detectedAt: fromDbTime(firstSeenAt).toISOString(),
    };
    return { type: 'expansion.detected', accountId, data };
  });
  await appendEvents(tx, events, now);
}
