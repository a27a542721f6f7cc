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

/** One run of a job here, from when it is recorded to when its end is. */
interface ActiveRun {
  runId: string;
  /** `over` once its work is done: what comes after that is not in it, though its end may not be recorded yet. */
  phase: 'waiting' | 'working' | 'over';
  finished: Promise<void>;
}

/**
 * Runs jobs in the background, one after the other among all instances, each recorded with its progress. A job that
 * somebody asks for while it runs is not started twice: the asker gets the run that is under way, here or elsewhere.
 */
export function createJobRunner({ runs, events, jobs, owner, turn, gone, clock, log }: JobRunnerOptions) {
  /** The runs of each job here, oldest first: at most one works, at most one waits. */
  const active = new Map<string, ActiveRun[]>();
  const stopping = new AbortController();
  let working = false;
  let lane: Promise<void> = Promise.resolve();
  let decided: Promise<unknown> = Promise.resolve();

  async function execute(job: string, run: ActiveRun): Promise<void> {
    const { runId } = run;
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
      run.phase = 'working';
      await runs.start(runId, clock());
      events.publish({ type: 'run.changed', runId });
      const work = jobs[job];
      if (!work) throw new Error(`No job is named ${job}.`);
      await work({ runId, now: clock(), signal: stopping.signal, onProgress: (progress) => report(progress, false) });
      run.phase = 'over';
      if (pending) await report({ ...(pending as RunProgress), errors: [] }, true);
      await runs.finish(runId, 'succeeded', null, clock());
      log.info({ job, runId }, 'A run succeeded');
    } catch (error) {
      run.phase = 'over';
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

  const runsOf = (job: string): readonly ActiveRun[] => active.get(job) ?? [];

  function leave(job: string, run: ActiveRun): void {
    const left = runsOf(job).filter((other) => other !== run);
    if (left.length > 0) active.set(job, left);
    else active.delete(job);
  }

  async function begin(job: string, trigger: RunTrigger, scheduledFor: Date | null): Promise<string | null> {
    const runId = await runs.create({ job, trigger, scheduledFor, owner, now: clock() });
    if (runId === null) return null;
    const run: ActiveRun = { runId, phase: 'waiting', finished: Promise.resolve() };
    // One after the other: two scans side by side would each do the other's work again.
    run.finished = lane
      .then(() => execute(job, run))
      .catch((error: unknown) => {
        const code = isAppError(error) ? error.code : 'internal';
        log.error({ job, runId, code, err: error }, 'The outcome of a run could not be recorded');
      })
      .finally(() => leave(job, run));
    lane = run.finished;
    active.set(job, [...runsOf(job), run]);
    return runId;
  }

  /** Decisions are made one after the other: none is made on what the one before is about to change. */
  function decide(decision: () => Promise<string | null>): Promise<string | null> {
    const made = decided.then(() => (stopping.signal.aborted ? null : decision()));
    decided = made.catch(() => {});
    return made;
  }

  return {
    /** @returns the run's id, that of the run under way, or null where this firing was run already or we are stopping. */
    start(job: string, trigger: RunTrigger, scheduledFor: Date | null = null): Promise<string | null> {
      return decide(async () => {
        const underWay = runsOf(job).find(({ phase }) => phase !== 'over');
        if (underWay) return underWay.runId;
        // What an import brought may be behind the place where a scan elsewhere is: that one gets a scan of its own.
        const elsewhere = trigger === 'manual' ? await runElsewhere(job) : null;
        return elsewhere ?? begin(job, trigger, scheduledFor);
      });
    },
    /**
     * Asks for a run whose work begins after this call, and so takes in all that is stored by now.
     * @returns its id: that of one that waits already, or of a new one; null while we are stopping.
     */
    startAnew(job: string, trigger: RunTrigger): Promise<string | null> {
      return decide(async () => {
        const waits = runsOf(job).find(({ phase }) => phase === 'waiting');
        return waits?.runId ?? begin(job, trigger, null);
      });
    },
    /** Whether there is work under that name. */
    has: (job: string): boolean => Object.hasOwn(jobs, job),
    /** Whether a job works here now, and not only waits for its turn. */
    isBusy: (): boolean => working,
    /** The run of the job that is under way here. */
    runOf: (job: string): string | null => runsOf(job).find(({ phase }) => phase !== 'over')?.runId ?? null,
    /** Resolves when the runs of the job that are under way here have ended. */
    finished: async (job: string): Promise<void> => {
      await Promise.all(runsOf(job).map((run) => run.finished));
    },
    async stop(): Promise<void> {
      stopping.abort();
      await decided;
      await lane;
    },
  };
}

export type JobRunner = ReturnType<typeof createJobRunner>;
