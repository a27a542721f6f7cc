import { appendEvents } from './event-log';
import { Prisma } from './generated/sqlite/client';
import { describeOpportunity, OPPORTUNITY_FACTS, type OpportunityFacts } from './opportunity-events';
import { fromDbTime, type SqlClient, selectRows } from './sql';

/** What others are told of, by the change in the timeline of a dispatch. */
const TOLD: Partial<Record<string, 'dispatch.drafted' | 'dispatch.failed'>> = {
  drafted: 'dispatch.drafted',
  failed: 'dispatch.failed',
};

/** Appends the event for a change of a dispatch that others are told of, in the transaction that makes it. */
export async function appendDispatchEvent(
  tx: SqlClient,
  dispatchId: string,
  { kind, at }: { kind: string; at: Date },
): Promise<void> {
  const type = TOLD[kind];
  if (!type) return;
  type Row = OpportunityFacts & {
    attempts: number;
    createdAt: string;
    errorCode: string | null;
    errorMessage: string | null;
  };
  const [row] = await selectRows<Row>(
    tx,
    {
      ...OPPORTUNITY_FACTS,
      attempts: 'd."attempts"',
      createdAt: 'd."created_at"',
      errorCode: 'd."error_code"',
      errorMessage: 'd."error_message"',
    },
    Prisma.sql`FROM "dispatches" d JOIN "opportunities" o ON o."id" = d."opportunity_id"
      JOIN "accounts" a ON a."id" = d."account_id" WHERE d."id" = ${dispatchId}`,
  );
  if (!row) return;
  const common = {
    dispatchId,
    ...describeOpportunity(row),
    attempts: row.attempts,
    requestedAt: fromDbTime(row.createdAt).toISOString(),
  };
  const data =
    type === 'dispatch.drafted'
      ? { ...common, state: 'drafted', draftedAt: at.toISOString() }
      : {
          ...common,
          state: 'failed',
          failedAt: at.toISOString(),
          error: { code: row.errorCode ?? 'internal', message: row.errorMessage ?? '' },
        };
  await appendEvents(tx, [{ type, accountId: row.accountId, data }], at);
}
