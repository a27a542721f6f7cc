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

/** How far apart two instants with the same time on the wall can be, where clocks are put back. */
const CLOCK_CHANGES_MS = [30 * MINUTE_MS, 60 * MINUTE_MS];

/**
 * The clock of the customer-success agent: fires its jobs in the configured time zone, without overlap. What did not fire
 * in time is made up for, whatever kept it: the server was down, the machine asleep, the process busy, the clock put
 * forward or back, the database out of reach. A time on the wall that comes twice, as clocks are put back, is one firing.
 */
export class CsmScheduler {
  readonly #tasks = new Map<string, ScheduledTask>();
  /** Until when each job's firings are known to have a run, in milliseconds. */
  readonly #checked = new Map<string, number>();
  readonly #checking = new Set<string>();
  readonly #wall: Intl.DateTimeFormat;
  #everyMinute: NodeJS.Timeout | null = null;
  readonly #options: CsmSchedulerOptions;
  readonly #jobs: readonly ScheduledJobDefinition[];

  constructor(jobs: readonly ScheduledJobDefinition[], options: CsmSchedulerOptions) {
    this.#jobs = jobs;
    this.#wall = new Intl.DateTimeFormat('en', {
      timeZone: options.timeZone,
      dateStyle: 'short',
      timeStyle: 'short',
      hourCycle: 'h23',
    });
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
    // A firing has a minute to come about by itself.
    this.#everyMinute = setInterval(() => void this.#catchUp(MINUTE_MS), MINUTE_MS);
    this.#everyMinute.unref();
    await this.#catchUp(0);
  }

  nextRun(job: string): Date | null {
    return this.#tasks.get(job)?.getNextRun() ?? null;
  }

  async stop(): Promise<void> {
    if (this.#everyMinute) clearInterval(this.#everyMinute);
    for (const task of this.#tasks.values()) await task.destroy();
  }

  /** @param ageMs how old a firing has to be to count as missed. */
  async #catchUp(ageMs: number): Promise<void> {
    const newest = wholeMinute(new Date(this.#options.clock().getTime() - ageMs)).getTime();
    await Promise.all(this.#jobs.map((definition) => this.#catchUpJob(definition, newest)));
  }

  async #catchUpJob(definition: ScheduledJobDefinition, newest: number): Promise<void> {
    const { job, catchUp, fire } = definition;
    if (!catchUp || this.#checking.has(job)) return;
    this.#checking.add(job);
    try {
      const oldest = newest - this.#options.graceMs;
      // The clock was put back where it has been checked further than it shows now.
      const from = Math.max(oldest, Math.min(this.#checked.get(job) ?? oldest, newest - MINUTE_MS));
      const missed = this.#lastFiring(job, newest, from);
      if (missed && !(await this.#hasRun(definition, missed))) await fire(missed, 'catch_up');
      this.#checked.set(job, newest);
    } catch (error) {
      // The next minute tries again.
      this.#options.log.error({ job, err: error }, 'Whether a firing was missed could not be found out');
    } finally {
      this.#checking.delete(job);
    }
  }

  async #hasRun(definition: ScheduledJobDefinition, firing: Date): Promise<boolean> {
    for (const instant of [firing, ...this.#sameOnTheWall(firing)]) {
      if (await definition.hasRunFor(instant)) return true;
    }
    return false;
  }

  /** The latest firing up to `newest` and after `from`; null where there is none. */
  #lastFiring(job: string, newest: number, from: number): Date | null {
    const task = this.#tasks.get(job);
    for (let time = newest; time > from; time -= MINUTE_MS) {
      const minute = new Date(time);
      if (!task?.match(minute)) continue;
      // The first of two: whichever of them the clock fires at, it is not missed before the second is over.
      if (this.#sameOnTheWall(minute).some((instant) => instant.getTime() > newest)) continue;
      return minute;
    }
    return null;
  }

  #sameOnTheWall(instant: Date): Date[] {
    const wall = this.#wall.format(instant);
    return CLOCK_CHANGES_MS.flatMap((ms) => [
      new Date(instant.getTime() - ms),
      new Date(instant.getTime() + ms),
    ]).filter((other) => this.#wall.format(other) === wall);
  }
}

function wholeMinute(date: Date): Date {
  return new Date(Math.floor(date.getTime() / MINUTE_MS) * MINUTE_MS);
}
