import { isAppError, publicMessage } from './errors';
import type { EventBus, Log, RunLog, RunProgress, RunTrigger } from './ports';

/** What a job may report and must heed. */
export interface JobContext {
  runId: string;
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
  /** Waits until no other instance runs a job. @returns what gives the turn back. */
  turn: (signal: AbortSignal) => Promise<() => Promise<void>>;
  /** Owners of runs that are gone. */
  gone: (owners: readonly string[]) => Promise<Set<string>>;
  clock: () => Date;
  log: Log;
}

/** How often progress is written down at most, in milliseconds. */
const REPORT_EVERY_MS = 250;

/**
 * Runs jobs in the background, one after the other among all instances, each recorded with its progress. A job that
 * somebody asks for while it runs is not started twice: the asker gets the run that is under way, here or elsewhere.
 */
export function createJobRunner({ runs, events, jobs, owner, turn, gone, clock, log }: JobRunnerOptions) {
  const active = new Map<string, { runId: string; finished: Promise<void> }>();
  const starting = new Map<string, Promise<string | null>>();
  const stopping = new AbortController();
  let working = false;
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
    let leaveTurn = async () => {};
    try {
      leaveTurn = await turn(stopping.signal);
      working = true;
      await runs.start(runId, clock());
      events.publish({ type: 'run.changed', runId });
      const work = jobs[job];
      if (!work) throw new Error(`No job is named ${job}.`);
      await work({ runId, now: clock(), signal: stopping.signal, onProgress: (progress) => report(progress, false) });
      if (pending) await report({ ...(pending as RunProgress), errors: [] }, true);
      await runs.finish(runId, 'succeeded', null, clock());
      log.info({ job, runId }, 'A run succeeded');
    } catch (error) {
      const stopped = stopping.signal.aborted;
      if (!stopped) log.error({ job, runId, err: error }, 'A run failed');
      await runs.finish(runId, stopped ? 'cancelled' : 'failed', publicMessage(error), clock());
    }
    working = false;
    await leaveTurn();
    events.publish({ type: 'run.changed', runId });
    events.publish({ type: 'accounts.changed' });
  }

  /** The run of the job that another living instance has under way. */
  async function runElsewhere(job: string): Promise<string | null> {
    const others = (await runs.unfinished()).filter(
      (run) => run.job === job && run.owner !== null && run.owner !== owner,
    );
    const dead = await gone(others.flatMap((run) => run.owner ?? []));
    return others.find((run) => !dead.has(run.owner ?? ''))?.id ?? null;
  }

  async function start(job: string, trigger: RunTrigger, scheduledFor: Date | null): Promise<string | null> {
    const running = active.get(job);
    if (running) return running.runId;
    // What an import brought may be behind the place where a scan elsewhere is: that one gets a scan of its own.
    const elsewhere = trigger === 'manual' ? await runElsewhere(job) : null;
    if (elsewhere !== null) return elsewhere;
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
    /** Whether there is work under that name. */
    has: (job: string): boolean => Object.hasOwn(jobs, job),
    /** Whether a job works here now, and not only waits for its turn. */
    isBusy: (): boolean => working,
    /** The run of the job that is under way here. */
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
