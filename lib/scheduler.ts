import cron, { type ScheduledTask } from 'node-cron';
import { type ParsedCron, parseCron } from './domain/cron';
import { type Firings, firesAt, lastFiring, nextFirings, sameOnTheWall } from './domain/firings';
import type { JobTimes } from './domain/schedule';
import { latest } from './latest';

export interface ScheduledJobDefinition {
  job: string;
  /** Fires on every instance, not on one of them. */
  everywhere?: boolean;
  /** Called at each firing with the minute it stands for; false where another run already stands for it. */
  fire(scheduledFor: Date, trigger: 'schedule' | 'catch_up'): Promise<void>;
  hasRunFor(scheduledFor: Date): Promise<boolean>;
}

/** When each job runs. A job that is not in it does not. */
export interface Plan {
  timeZone: string;
  jobs: Readonly<Partial<Record<string, JobTimes>>>;
}

export interface CsmSchedulerOptions {
  /** The plan as it is; asked again at every minute, and with {@link CsmScheduler.replan}. */
  readPlan: () => Promise<Plan>;
  /** What holds until it was read for the first time, and while it cannot be. */
  plan: Plan;
  /** Which of several instances takes a firing; the one that is told so calls `fire`. */
  elect: (key: string, ttlMs: number) => Promise<boolean>;
  clock: () => Date;
  log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

const MINUTE_MS = 60_000;
/** How long a firing belongs to the instance that was told to run it: longer than clocks may differ. */
const ELECTION_MS = 15 * MINUTE_MS;

/**
 * The clock of the customer-success agent: fires its jobs in the time zone of the plan, without overlap. The plan may change
 * at any time: every minute decides by what holds then. What did not fire in time is made up for, whatever kept it: the server
 * was down, the machine asleep, the process busy, the clock put forward or back, the database out of reach.
 */
export class CsmScheduler {
  readonly #jobs: readonly ScheduledJobDefinition[];
  readonly #options: CsmSchedulerOptions;
  readonly #beat: ScheduledTask;
  /** Until when each job's firings are known to have a run, in milliseconds. */
  readonly #checked = new Map<string, number>();
  readonly #checking = new Set<string>();
  readonly #firing = new Set<string>();
  readonly #parsed = new Map<string, ParsedCron>();
  #plan: Plan;
  #everyMinute: NodeJS.Timeout | null = null;

  constructor(jobs: readonly ScheduledJobDefinition[], options: CsmSchedulerOptions) {
    this.#jobs = jobs;
    this.#options = options;
    this.#plan = options.plan;
    const { log } = options;
    // In UTC no minute comes twice, and none is left out.
    this.#beat = cron.createTask('* * * * *', (context) => this.#minute(wholeMinute(context.date)), {
      timezone: 'UTC',
      name: 'schedule',
      suppressMissedWarning: true,
      missedExecutionTolerance: MINUTE_MS - 1,
      logger: {
        info: () => {},
        debug: () => {},
        warn: (message: string) => log.warn({}, message),
        error: (message: string | Error, error?: Error) => log.error({ err: error ?? message }, 'The scheduler failed'),
      },
    });
  }

  /** Starts the clock, and makes up for what was missed. */
  async start(): Promise<void> {
    await this.replan();
    await this.#beat.start();
    // A firing has a minute to come about by itself.
    this.#everyMinute = setInterval(() => void this.replan().then(() => this.#catchUp(MINUTE_MS)), MINUTE_MS);
    this.#everyMinute.unref();
    await this.#catchUp(0);
  }

  /** Reads the plan. What changed holds from now on, for this instance; others are told, or read it with the next minute. */
  readonly replan = latest(() => this.#replan());

  async #replan(): Promise<void> {
    try {
      const before = this.#plan;
      this.#plan = await this.#options.readPlan();
      for (const { job } of this.#jobs) {
        const [was, is] = [before.jobs[job], this.#plan.jobs[job]];
        const same = was?.cron === is?.cron && was?.since?.getTime() === is?.since?.getTime();
        if (!same || was?.graceMs !== is?.graceMs || before.timeZone !== this.#plan.timeZone) this.#checked.delete(job);
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'The schedule could not be read; it stays as it was known');
    }
  }

  /** The next ones, by the plan as it is known here; none where the job is switched off or its times cannot be used. */
  nextRuns(job: string, count: number): Date[] {
    const planned = this.#planned(job);
    return planned ? nextFirings(planned.firings, this.#options.clock(), count) : [];
  }

  nextRun(job: string): Date | null {
    return this.nextRuns(job, 1)[0] ?? null;
  }

  /** What is wrong with the times of a job; null where nothing is. */
  problem(job: string): string | null {
    const times = this.#plan.jobs[job];
    const parsed = times ? this.#parse(times.cron) : null;
    return parsed?.ok === false ? `«${times?.cron}» ${parsed.problem}` : null;
  }

  async stop(): Promise<void> {
    if (this.#everyMinute) clearInterval(this.#everyMinute);
    await this.#beat.destroy();
  }

  async #minute(minute: Date): Promise<void> {
    await this.replan();
    for (const definition of this.#jobs) {
      const planned = this.#planned(definition.job);
      if (!planned || !firesAt(planned.firings, minute)) continue;
      const { since } = planned.times;
      if (since === null || minute > since) void this.#fire(definition, minute);
    }
  }

  async #fire(definition: ScheduledJobDefinition, minute: Date): Promise<void> {
    const { job } = definition;
    const { elect, log } = this.#options;
    if (this.#firing.has(job)) {
      log.warn({ job }, 'A job of the schedule still runs; this firing is left out');
      return;
    }
    this.#firing.add(job);
    try {
      const elected = definition.everywhere || (await elect(`${job}:${minute.toISOString()}`, ELECTION_MS));
      if (elected) await definition.fire(minute, 'schedule');
    } catch (error) {
      log.error({ job, err: error }, 'A job of the schedule failed');
    } finally {
      this.#firing.delete(job);
    }
  }

  #planned(job: string): { times: JobTimes; firings: Firings } | null {
    const times = this.#plan.jobs[job];
    if (!times?.enabled) return null;
    const parsed = this.#parse(times.cron);
    return parsed.ok ? { times, firings: { cron: parsed.cron, timeZone: this.#plan.timeZone } } : null;
  }

  /** Once for each expression: every minute asks. */
  #parse(expression: string): ParsedCron {
    const parsed = this.#parsed.get(expression) ?? parseCron(expression);
    if (this.#parsed.size > 100) this.#parsed.clear();
    this.#parsed.set(expression, parsed);
    return parsed;
  }

  /** @param ageMs how old a firing has to be to count as missed. */
  async #catchUp(ageMs: number): Promise<void> {
    const newest = wholeMinute(new Date(this.#options.clock().getTime() - ageMs)).getTime();
    await Promise.all(this.#jobs.map((definition) => this.#catchUpJob(definition, newest)));
  }

  async #catchUpJob(definition: ScheduledJobDefinition, newest: number): Promise<void> {
    const { job } = definition;
    const planned = this.#planned(job);
    if (!planned?.times.catchUp || this.#checking.has(job)) return;
    const { times, firings } = planned;
    this.#checking.add(job);
    try {
      const oldest = Math.max(newest - times.graceMs, times.since?.getTime() ?? Number.NEGATIVE_INFINITY);
      // The clock was put back where it has been checked further than it shows now.
      const from = Math.max(oldest, Math.min(this.#checked.get(job) ?? oldest, newest - MINUTE_MS));
      const missed = from < newest ? lastFiring(firings, new Date(newest), new Date(from)) : null;
      if (missed && !(await this.#hasRun(definition, firings, missed))) await definition.fire(missed, 'catch_up');
      this.#checked.set(job, newest);
    } catch (error) {
      // The next minute tries again.
      this.#options.log.error({ job, err: error }, 'Whether a firing was missed could not be found out');
    } finally {
      this.#checking.delete(job);
    }
  }

  /** A time on the wall that came twice may have been run for either. */
  async #hasRun(definition: ScheduledJobDefinition, { cron, timeZone }: Firings, firing: Date): Promise<boolean> {
    const twins = cron.everyHour ? [] : sameOnTheWall(firing, timeZone);
    for (const instant of [firing, ...twins]) {
      if (await definition.hasRunFor(instant)) return true;
    }
    return false;
  }
}

function wholeMinute(date: Date): Date {
  return new Date(Math.floor(date.getTime() / MINUTE_MS) * MINUTE_MS);
}
