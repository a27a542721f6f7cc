import type { RunDetail, RunItem, RunList, RunQuery } from '../contracts';
import { AppError } from '../errors';
import type { Database } from './client';
import { decodeCursor, encodeCursor } from './cursor';
import type { Run } from './generated/sqlite/client';

const DEFAULT_LIMIT = 50;
/** Names the order in cursors. */
const SORT = 'runs:newest';

/** One page of runs, newest first. */
export async function listRuns(db: Database, query: RunQuery): Promise<RunList> {
  const position = decodeCursor(query.cursor, SORT, ['time', 'string']);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const [createdAt, id] = position ?? [];
  const rows = await db.read.run.findMany({
    where: {
      ...(query.job ? { job: query.job } : {}),
      ...(query.state?.length ? { state: { in: query.state } } : {}),
      ...(typeof createdAt === 'string' && typeof id === 'string'
        ? { OR: [{ createdAt: { lt: new Date(createdAt) } }, { createdAt: new Date(createdAt), id: { lt: id } }] }
        : {}),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toRunItem),
    nextCursor: rows.length > limit && last ? encodeCursor(SORT, [last.createdAt.toISOString(), last.id]) : null,
  };
}

export async function getRun(db: Database, id: string): Promise<RunDetail> {
  const run = await db.read.run.findUnique({
    where: { id },
    include: { errors: { orderBy: { id: 'asc' }, take: 100, select: { accountId: true, code: true, message: true } } },
  });
  if (!run) throw new AppError('not_found', `There is no run "${id}".`);
  return { ...toRunItem(run), errors: run.errors };
}

/** The newest run of a job, in one of the states where some are named. */
export async function latestRun(db: Database, jobs: string[], states?: RunItem['state'][]): Promise<RunItem | null> {
  const run = await db.read.run.findFirst({
    where: { job: { in: jobs }, ...(states ? { state: { in: states } } : {}) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  return run ? toRunItem(run) : null;
}

/** The run of these jobs that works, or where none does the one that waits for its turn. */
export async function runUnderWay(db: Database, jobs: string[]): Promise<RunItem | null> {
  const run = await db.read.run.findFirst({
    where: { job: { in: jobs }, state: { in: ['queued', 'running'] } },
    orderBy: [{ startedAt: { sort: 'desc', nulls: 'last' } }, { createdAt: 'asc' }, { id: 'asc' }],
  });
  return run ? toRunItem(run) : null;
}

function toRunItem(run: Run): RunItem {
  return {
    id: run.id,
    job: run.job,
    trigger: run.trigger as RunItem['trigger'],
    state: run.state as RunItem['state'],
    accountId: run.accountId,
    done: run.done,
    total: run.total,
    counts: JSON.parse(run.counts) as Record<string, number>,
    errorCount: run.errorCount,
    error: run.error,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}
