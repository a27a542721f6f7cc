import { isAppError, publicMessage } from './errors';
import type { EventBus, Log, RunLog, RunProgress, RunTrigger } from './ports';

/** What a job may report and must heed. */
export interface JobContext {
  now: Date;
  signal: AbortSignal;
  onProgress(progress: RunProgress): Promise<void>;
}

export type Job = (context: JobContext) => Promise<void>;

export interface JobRunnerOptions {
  runs: RunLog;
  events: EventBus;
  jobs: Readonly<Record<string, Job>>;
  owner: string;
  clock: () => Date;
  log: Log;
}

/** How often progress is written down at most, in milliseconds. */
const REPORT_EVERY_MS = 250;

/**
 * Runs jobs in the background, one after the other, each recorded with its progress. A job that is asked for while
 * it runs is not started twice: the asker gets the run that is under way.
 */
export function createJobRunner({ runs, events, jobs, owner, clock, log }: JobRunnerOptions) {
  const active = new Map<string, { runId: string; finished: Promise<void> }>();
  const starting = new Map<string, Promise<string | null>>();
  const stopping = new AbortController();
  let lane: Promise<void> = Promise.resolve();

  async function execute(job: string, runId: string): Promise<void> {
    let reported = Number.NEGATIVE_INFINITY;
    let pending: RunProgress | null = null;
    const report = async (progress: RunProgress, force: boolean) => {
      const errors = [...(pending?.errors ?? []), ...progress.errors];
      pending = { ...progress, counts: { ...progress.counts }, errors };
      const now = performance.now();
      if (!force && now - reported < REPORT_EVERY_MS && errors.length < 500) return;
      reported = now;
      const write = pending;
      pending = null;
      await runs.progress(runId, write, clock());
      events.publish({ type: 'run.changed', runId });
    };
    try {
      await runs.start(runId, clock());
      events.publish({ type: 'run.changed', runId });
      const work = jobs[job];
      if (!work) throw new Error(`No job is named ${job}.`);
      await work({ now: clock(), signal: stopping.signal, onProgress: (progress) => report(progress, false) });
      if (pending) await report({ ...(pending as RunProgress), errors: [] }, true);
      await runs.finish(runId, 'succeeded', null, clock());
      log.info({ job, runId }, 'A run succeeded');
    } catch (error) {
      const stopped = stopping.signal.aborted;
      if (!stopped) log.error({ job, runId, err: error }, 'A run failed');
      await runs.finish(runId, stopped ? 'cancelled' : 'failed', publicMessage(error), clock());
    }
    events.publish({ type: 'run.changed', runId });
    events.publish({ type: 'accounts.changed' });
  }

  async function start(job: string, trigger: RunTrigger, scheduledFor: Date | null): Promise<string | null> {
    const running = active.get(job);
    if (running) return running.runId;
    const runId = await runs.create({ job, trigger, scheduledFor, owner, now: clock() });
    if (runId === null) return null;
    // One after the other: two scans side by side would each do the other's work again.
    const turn = lane;
    const finished = turn
      .then(() => execute(job, runId))
      .catch((error: unknown) => {
        const code = isAppError(error) ? error.code : 'internal';
        log.error({ job, runId, code, err: error }, 'The outcome of a run could not be recorded');
      })
      .finally(() => active.delete(job));
    lane = finished;
    active.set(job, { runId, finished });
    return runId;
  }

  return {
    /** @returns the run's id, that of the run under way, or null where this firing was run already or we are stopping. */
    start(job: string, trigger: RunTrigger, scheduledFor: Date | null = null): Promise<string | null> {
      if (stopping.signal.aborted) return Promise.resolve(null);
      const already = starting.get(job);
      if (already) return already;
      const promise = start(job, trigger, scheduledFor).finally(() => starting.delete(job));
      starting.set(job, promise);
      return promise;
    },
    /** The run of the job that is under way. */
    runOf: (job: string): string | null => active.get(job)?.runId ?? null,
    /** Resolves when the run of the job that is under way has ended. */
    finished: async (job: string): Promise<void> => active.get(job)?.finished,
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.allSettled(starting.values());
      await Promise.allSettled([...active.values()].map((run) => run.finished));
    },
  };
}

export type JobRunner = ReturnType<typeof createJobRunner>;
