import { expect } from 'vitest';
import type { Database } from '../../lib/db/client';

/** What a provider has in its books: every draft that was ever created, doubles included. */
export interface DraftBooks {
  readonly ledger: readonly { draftId: string; messageId: string; dispatchId: string }[];
}

/** What may follow what in the timeline of a dispatch. A late answer may complete it from anywhere. */
const NEXT: Record<string, readonly string[]> = {
  queued: ['drafting'],
  drafting: ['drafted', 'failed', 'retrying', 'uncertain'],
  uncertain: ['drafted', 'failed', 'retrying', 'uncertain'],
  retrying: ['drafting', 'retrying', 'drafted'],
  failed: ['retrying', 'drafted'],
  drafted: [],
};

/** One opportunity, one draft: whatever happened, no mailbox holds two drafts of anything. */
export async function expectOneDraftEach(db: Database, { ledger }: DraftBooks): Promise<void> {
  const dispatches = await db.read.dispatch.findMany();
  expect(new Set(dispatches.map((dispatch) => dispatch.opportunityId)).size).toBe(dispatches.length);
  const byMessage = new Map<string, DraftBooks['ledger'][number][]>();
  for (const draft of ledger) byMessage.set(draft.messageId, [...(byMessage.get(draft.messageId) ?? []), draft]);
  for (const dispatch of dispatches) {
    const [entry, ...doubles] = byMessage.get(dispatch.messageId) ?? [];
    const drafts = entry ? 1 + doubles.length : 0;
    expect.soft(drafts, `drafts of ${dispatch.id} (${dispatch.state})`).toBeLessThanOrEqual(1);
    if (dispatch.state !== 'drafted') continue;
    expect({ drafts, provider: dispatch.provider, draftId: dispatch.draftId }).toEqual({
      drafts: 1,
      provider: 'fake',
      draftId: entry?.draftId,
    });
    expect(entry?.dispatchId).toBe(dispatch.id);
  }
  const known = new Set(dispatches.map((dispatch) => dispatch.messageId));
  expect(ledger.filter((draft) => !known.has(draft.messageId))).toEqual([]);
}

/** Every change of state is an event, in order, and the last one tells the state. */
export async function expectOrderedTimelines(db: Database): Promise<void> {
  // Apart from each other: thousands of dispatches are more parameters than a statement takes.
  const all = await db.read.timelineEvent.findMany({ orderBy: { id: 'asc' } });
  const eventsOf = new Map<string | null, typeof all>();
  for (const event of all) {
    const known = eventsOf.get(event.dispatchId);
    if (known) known.push(event);
    else eventsOf.set(event.dispatchId, [event]);
  }
  for (const { id, state, attempts } of await db.read.dispatch.findMany()) {
    const events = eventsOf.get(id) ?? [];
    const kinds = events.map((event) => event.kind).filter((kind) => kind !== 'overridden');
    expect(kinds[0], id).toBe('queued');
    expect(kinds.at(-1), id).toBe(state);
    for (const [index, kind] of kinds.slice(1).entries()) {
      expect(NEXT[kinds[index] ?? ''], `${id}: ${kinds.join(' → ')}`).toContain(kind);
    }
    const times = events.map((event) => event.at.getTime());
    expect(times, id).toEqual([...times].sort((a, b) => a - b));
    expect(attempts, id).toBeLessThanOrEqual(kinds.filter((kind) => kind === 'drafting').length);
  }
}

/** The totals that triggers keep equal a recount. */
export async function expectTotalsToAdd(db: Database): Promise<void> {
  type Total = {
    scope: string;
    key: string;
    type: string;
    currency: string;
    count: bigint | number;
    cents: bigint | number;
  };
  const kept = await db.read.$queryRaw<Total[]>`
    SELECT "scope", "key", "type", "currency", SUM("count") AS "count", SUM("cents") AS "cents"
    FROM (SELECT "scope", "key", "type", "currency", "count", "cents" FROM "totals"
      UNION ALL SELECT "scope", "key", "type", "currency", "count", "cents" FROM "total_deltas") AS t
    GROUP BY "scope", "key", "type", "currency" HAVING SUM("count") <> 0 OR SUM("cents") <> 0`;
  const recounted = await db.read.$queryRaw<Total[]>`
    SELECT 'opportunity' AS "scope", "status" AS "key", "type", "currency", COUNT(*) AS "count",
      COALESCE(SUM("impact_cents"), 0) AS "cents" FROM "opportunities" GROUP BY 2, 3, 4
    UNION ALL SELECT 'dispatch', "state", '', '', COUNT(*), 0 FROM "dispatches" GROUP BY 2
    UNION ALL SELECT 'account', "status", '', '', COUNT(*), 0 FROM "accounts" GROUP BY 2
    UNION ALL SELECT 'health', "rag", '', '', COUNT(*), 0 FROM "account_health" GROUP BY 2`;
  const comparable = (rows: Total[]) =>
    rows
      .map((row) => `${row.scope} ${row.key} ${row.type} ${row.currency} ${Number(row.count)} ${Number(row.cents)}`)
      .sort();
  expect(comparable(kept)).toEqual(comparable(recounted));
}
