import type { CustomerSuccessAgent } from './agents/customer-success';
import type { Job } from './job-runner';
import type { Log } from './ports';
import type { RetentionDuty } from './retention';

/** Jobs whose work a portfolio scan does too. */
export const SCANS = ['portfolio_scan', 'health_scan', 'check_expansion', 'contract_check'];

/** Those of them that score accounts. */
const SCORING = ['portfolio_scan', 'health_scan', 'contract_check'];

/** Tells of what a scan has changed; follows each of them as a run of its own. */
export const ALERTS = 'churn_alerts';

/** The same jobs; after each that scores accounts, however far it came, something else is asked for. */
export function followed(jobs: Record<string, Job>, after: () => Promise<unknown>): Record<string, Job> {
  const followedBy =
    (job: Job): Job =>
    async (context) => {
      try {
        await job(context);
      } finally {
        if (!context.signal.aborted) await after();
      }
    };
  return Object.fromEntries(
    Object.entries(jobs).map(([name, job]) => [name, SCORING.includes(name) ? followedBy(job) : job]),
  );
}

/** Whole-portfolio tasks as background jobs. A task that fails open ends its run as failed. */
export function jobsOf(agent: CustomerSuccessAgent, clock: () => Date, log: Log): Record<string, Job> {
  const task =
    (type: 'health_scan' | 'check_expansion' | 'check_contracts' | 'track_feature_adoption'): Job =>
    async (context) => {
      const result = await agent.execute({ type }, { ...context, actor: 'scheduler', log });
      if ('partial' in result) throw new Error(result.error);
    };
  const scan = task('health_scan');
  const expansion = task('check_expansion');
  return {
    health_scan: scan,
    check_expansion: expansion,
    contract_check: task('check_contracts'),
    track_feature_adoption: task('track_feature_adoption'),
    // Two passes over the accounts, shown as one: the first half of the bar is the scan.
    portfolio_scan: async (context) => {
      let passed = 0;
      let counts: Record<string, number> = {};
      const pass = async (job: Job) => {
        let total = 0;
        let last: Record<string, number> = {};
        await job({
          ...context,
          // Each pass has its own start: what the first one changed is older than the second, and not new to the next.
          now: clock(),
          onProgress: (progress) => {
            total = progress.total;
            last = progress.counts;
            const overall = {
              done: passed + progress.done,
              total: Math.max(2 * progress.total, passed + progress.total),
            };
            return context.onProgress({ ...progress, ...overall, counts: { ...counts, ...last } });
          },
        });
        passed += total;
        counts = { ...counts, ...last };
      };
      await pass(scan);
      await pass(expansion);
    },
  };
}

export function retentionJob(retention: RetentionDuty): Job {
  return async ({ signal, onProgress }) => {
    const counts = await retention.apply(signal);
    await onProgress({ done: 1, total: 1, counts, errors: [] });
  };
}
