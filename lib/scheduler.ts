import cron, { type ScheduledTask } from 'node-cron';

export interface ScheduledJobDefinition {
  job: string;
  cron: string;
  /** Whether a firing missed while the server was down is made up for. */
  catchUp: boolean;
  /** Fires on every instance, not on one of them. */
  everywhere?: boolean;
  /** Called at each firing with the minute it stands for; false where another run already stands for it. */
  fire(scheduledFor: Date, trigger: 'schedule' | 'catch_up'): Promise<void>;
  hasRunFor(scheduledFor: Date): Promise<boolean>;
}

export interface CsmSchedulerOptions {
  timeZone: string;
  /** Which of several instances takes a firing; the one that is told so calls `fire`. */
  elect: (key: string, ttlMs: number) => Promise<boolean>;
  /** How late a missed firing is still caught up, in milliseconds. */
  graceMs: number;
  clock: () => Date;
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

const MINUTE_MS = 60_000;
/** How long a firing belongs to the instance that was told to run it: longer than clocks may differ. */
const ELECTION_MS = 15 * MINUTE_MS;

/** The clock of the customer-success agent: fires its jobs in the configured time zone, without overlap. */
export class CsmScheduler {
  readonly #tasks = new Map<string, ScheduledTask>();
  readonly #options: CsmSchedulerOptions;
  readonly #jobs: readonly ScheduledJobDefinition[];

  constructor(jobs: readonly ScheduledJobDefinition[], options: CsmSchedulerOptions) {
    this.#jobs = jobs;
    this.#options = options;
    const { log } = options;
    const logger = {
      info: () => {},
      debug: () => {},
      warn: (message: string) => log.warn({}, message),
      error: (message: string | Error, error?: Error) => log.error({ err: error ?? message }, 'The scheduler failed'),
    };
    for (const definition of jobs) {
      const task = cron.createTask(
        definition.cron,
        async (context) => definition.fire(wholeMinute(context.date), 'schedule'),
        {
          timezone: options.timeZone,
          name: definition.job,
          noOverlap: true,
          suppressMissedWarning: true,
          logger,
          ...(definition.everywhere
            ? {}
            : { distributed: true, distributedLease: ELECTION_MS, runCoordinator: { shouldRun: options.elect } }),
        },
      );
      this.#tasks.set(definition.job, task);
    }
  }

  /** Starts the clock, and makes up for what was missed. */
  async start(): Promise<void> {
    for (const task of this.#tasks.values()) await task.start();
    await this.catchUp();
  }

  /** Makes up for the latest firing of each job that nobody ran, within the grace time. */
  async catchUp(): Promise<void> {
    for (const definition of this.#jobs) {
      if (!definition.catchUp) continue;
      const missed = this.#lastFiring(definition.job);
      if (missed && !(await definition.hasRunFor(missed))) await definition.fire(missed, 'catch_up');
    }
  }

  nextRun(job: string): Date | null {
    return this.#tasks.get(job)?.getNextRun() ?? null;
  }

  async stop(): Promise<void> {
    for (const task of this.#tasks.values()) await task.destroy();
  }

  /** The latest firing at or before now within the grace time; null where there was none. */
  #lastFiring(job: string): Date | null {
    const task = this.#tasks.get(job);
    const now = this.#options.clock().getTime();
    const newest = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    for (let time = newest; time > now - this.#options.graceMs; time -= MINUTE_MS) {
      const minute = new Date(time);
      if (task?.match(minute)) return minute;
    }
    return null;
  }
}

function wholeMinute(date: Date): Date {
  return new Date(Math.floor(date.getTime() / MINUTE_MS) * MINUTE_MS);
}
