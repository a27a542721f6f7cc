import type { DispatchState } from '../ports/drafting';
import type { Database } from './client';
import { readTotals } from './totals';
import { readWaitingDeliveries } from './webhook-reads';

/** What the metrics say of the database: everything from kept totals or the end of an index, no scan. */
export interface MetricFacts {
  /** Rows by scope (`dispatch`, `opportunity`, `account`, `health`) and state. */
  totals: { scope: string; key: string; count: number }[];
  /** When the oldest dispatch was made that is neither drafted nor failed. */
  oldestWaiting: Date | null;
  /** Dispatches whose draft may or may not be there, and whose mailbox cannot say. */
  needPerson: number;
  /** End of the newest run that succeeded, by job. */
  lastSuccess: { job: string; at: Date }[];
  /** Deliveries of webhooks that are not over, up to a limit, and when the oldest was made. */
  webhooks: { count: number; oldest: Date | null };
}

const WAITING: readonly DispatchState[] = ['queued', 'drafting', 'uncertain', 'retrying'];

export async function readMetricFacts(db: Database, jobs: readonly string[]): Promise<MetricFacts> {
  const [totals, oldest, needPerson, lastSuccess, webhooks] = await Promise.all([
    readTotals(db.rows, ['dispatch', 'opportunity', 'account', 'health']),
    Promise.all(
      WAITING.map((state) =>
        db.read.dispatch.findFirst({
          where: { state },
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
          select: { createdAt: true },
        }),
      ),
    ),
    db.read.dispatch.count({ where: { state: 'uncertain', nextAttemptAt: null, leaseOwner: null } }),
    Promise.all(
      jobs.map((job) =>
        db.read.run.findFirst({
          where: { job, state: 'succeeded' },
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          select: { job: true, finishedAt: true },
        }),
      ),
    ),
    readWaitingDeliveries(db),
  ]);
  const waiting = oldest.flatMap((row) => (row ? [row.createdAt.getTime()] : []));
  return {
    totals: addUp(totals),
    oldestWaiting: waiting.length > 0 ? new Date(Math.min(...waiting)) : null,
    needPerson,
    webhooks,
    lastSuccess: lastSuccess.flatMap((run) => (run?.finishedAt ? [{ job: run.job, at: run.finishedAt }] : [])),
  };
}

/** Opportunities are kept by type and currency as well, which the metrics leave out. */
function addUp(rows: readonly { scope: string; key: string; count: number }[]): MetricFacts['totals'] {
  const sums = new Map<string, MetricFacts['totals'][number]>();
  for (const { scope, key, count } of rows) {
    const name = `${scope} ${key}`;
    sums.set(name, { scope, key, count: (sums.get(name)?.count ?? 0) + count });
  }
  return [...sums.values()];
}
