import type { AgentTaskItem, AgentTaskList, AgentTaskQuery } from '../contracts/agent-activity';
import { readActorNames } from './actor-names';
import type { Database } from './client';
import { decodeCursor, encodeCursor } from './cursor';
import type { Dispatch, ModelCall, ModelUsage, TaskRun } from './generated/sqlite/client';

const DEFAULT_LIMIT = 25;
/** Names the order in cursors. */
const SORT = 'agent-tasks:newest';

/** One page of the tasks of an agent, newest first. */
export async function listAgentTasks(db: Database, agent: string, query: AgentTaskQuery): Promise<AgentTaskList> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const [at, id] = decodeCursor(query.cursor, SORT, ['time', 'string']) ?? [];
  const where = {
    agent,
    ...(query.type === undefined ? {} : { type: query.type }),
    ...(typeof at === 'string' && typeof id === 'string'
      ? { OR: [{ startedAt: { lt: new Date(at) } }, { startedAt: new Date(at), id: { lt: id } }] }
      : {}),
  };
  const rows = await db.read.taskRun.findMany({
    where,
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  });
  const [names, nameOf] = await namesFor(
    db,
    rows,
    rows.map(({ actor }) => actor),
  );
  return page(
    rows.map((row) => toTaskItem(row, names, nameOf)),
    limit,
  );
}

/** The same of the sales agent, whose tasks are the dispatches. */
export async function listSalesTasks(db: Database, type: string, query: AgentTaskQuery): Promise<AgentTaskList> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const [at, id] = decodeCursor(query.cursor, SORT, ['time', 'string']) ?? [];
  if (query.type !== undefined && query.type !== type) return { items: [], nextCursor: null };
  const rows = await db.read.dispatch.findMany({
    ...(typeof at === 'string' && typeof id === 'string'
      ? { where: { OR: [{ createdAt: { lt: new Date(at) } }, { createdAt: new Date(at), id: { lt: id } }] } }
      : {}),
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  });
  const [names, nameOf] = await namesFor(
    db,
    rows,
    rows.map(({ requestedBy }) => requestedBy),
  );
  return page(
    rows.map((row) => toSalesTask(row, type, names, nameOf)),
    limit,
  );
}

function page(items: AgentTaskItem[], limit: number): AgentTaskList {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown,
    nextCursor: items.length > limit && last ? encodeCursor(SORT, [last.startedAt, last.id]) : null,
  };
}

/** Sums of the model's calls since a calendar date. */
export function readModelUsage(db: Database, since: string): Promise<ModelUsage[]> {
  return db.read.modelUsage.findMany({ where: { day: { gte: since } } });
}

/** What of a day's budget is spent or set aside. */
export async function readModelBudget(db: Database, day: string): Promise<{ tokens: number; costMicros: number }> {
  const row = await db.read.modelBudget.findUnique({ where: { day } });
  return { tokens: Number(row?.tokens ?? 0), costMicros: Number(row?.costMicros ?? 0) };
}

export type UnusedCall = ModelCall & { account: { id: string; name: string | null } | null };

/** The newest calls whose text was not used. */
export async function readUnusedCalls(db: Database, limit: number): Promise<UnusedCall[]> {
  // The end of the index of each outcome, rather than a scan over those that went well.
  const found = await Promise.all(
    ['refused', 'failed', 'over_budget'].map((outcome) =>
      db.read.modelCall.findMany({ where: { outcome }, orderBy: [{ at: 'desc' }, { id: 'desc' }], take: limit }),
    ),
  );
  const calls = found
    .flat()
    .sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
  const names = await accountNames(db, calls);
  return calls.map((call) => ({ ...call, account: accountOf(call.accountId, names) }));
}

function namesFor(db: Database, rows: readonly { accountId: string | null }[], actors: readonly string[]) {
  return Promise.all([accountNames(db, rows), readActorNames(db, actors)]);
}

/** Accounts may be gone; their tasks and calls are not. */
async function accountNames(
  db: Database,
  rows: readonly { accountId: string | null }[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(rows.flatMap(({ accountId }) => accountId ?? []))];
  if (ids.length === 0) return new Map();
  const accounts = await db.read.account.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  return new Map(accounts.map(({ id, name }) => [id, name]));
}

function accountOf(id: string | null, names: ReadonlyMap<string, string>): AgentTaskItem['account'] {
  return id === null ? null : { id, name: names.get(id) ?? null };
}

function toTaskItem(
  row: TaskRun,
  names: ReadonlyMap<string, string>,
  nameOf: (actor: string) => string,
): AgentTaskItem {
  return {
    id: row.id,
    agent: row.agent,
    type: row.type,
    account: accountOf(row.accountId, names),
    actor: nameOf(row.actor),
    state: row.state as AgentTaskItem['state'],
    error: row.error,
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    runId: row.runId,
    dispatchId: null,
  };
}

const SALES_STATES: Record<string, AgentTaskItem['state']> = { drafted: 'succeeded', failed: 'failed' };

function toSalesTask(
  row: Dispatch,
  type: string,
  names: ReadonlyMap<string, string>,
  nameOf: (actor: string) => string,
): AgentTaskItem {
  const state = SALES_STATES[row.state] ?? 'running';
  const finishedAt = state === 'running' ? null : (row.draftedAt ?? row.updatedAt);
  return {
    id: row.id,
    agent: 'sales',
    type,
    account: accountOf(row.accountId, names),
    actor: nameOf(row.requestedBy),
    state,
    error: row.state === 'drafted' ? null : row.errorMessage,
    startedAt: row.createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    runId: null,
    dispatchId: row.id,
  };
}
