import type { Config } from './config';
import type { ScheduleChange as ChangeRequest, ScheduleSettings as ScheduleView } from './contracts/schedule';
import type { Database } from './db/client';
import { latestRun } from './db/run-reads';
import { parseCron } from './domain/cron';
import { nextFirings } from './domain/firings';
import {
  ALWAYS_ON,
  applyChange,
  isSet,
  isTimeZone,
  JOB_WORDS,
  NEVER_MISSED,
  planOf,
  problemsOf,
  SCHEDULED_JOBS,
  type ScheduleDefaults,
  type ScheduledJob,
  type SchedulePlan,
  type ScheduleSettings,
} from './domain/schedule';
import { AppError, publicMessage } from './errors';
import type { JobRunner } from './job-runner';
import type { EventBus, Log, RunLog } from './ports';
import { CsmScheduler, type ScheduledJobDefinition } from './scheduler';

const KEY = 'schedule';
const HOUR_MS = 3_600_000;
/** How many of the next times are told. */
const NEXT_TIMES = 5;

export interface ScheduleOptions {
  db: Database;
  config: Config;
  clock: () => Date;
  events: EventBus;
  jobs: JobRunner;
  runs: RunLog;
  installedAt: Date;
  elect: (key: string, ttlMs: number) => Promise<boolean>;
  /** Takes up dispatches that are not finished. */
  resume: () => Promise<void>;
  /** Reads what was edited in Notion, where it is connected; the run is recorded there. */
  pullNotion: ScheduledJobDefinition['fire'];
  log: Log;
}

/**
 * What runs when: the defaults of the configuration, what people set under Settings → Schedule, and the clock that goes by it.
 * A change is stored first; every instance reads it when it hears of it, and with the next minute in any case.
 */
export function openSchedule(options: ScheduleOptions) {
  const { db, config, clock, events, jobs, runs, installedAt, elect, log } = options;
  const defaults = defaultsOf(config);
  // A job that nothing here can do is not planned.
  const known = SCHEDULED_JOBS.filter((job) => NEVER_MISSED.has(job) || jobs.has(job));
  let plan = planOf(defaults, {});
  let failure: string | null = null;

  const scheduler = new CsmScheduler(known.map(definitionOf), { readPlan, plan, elect, clock, log });
  const stopListening = events.subscribe((event) => {
    if (event.type === 'schedule.changed' || event.type === 'desk.resumed') void scheduler.replan();
  });

  function definitionOf(job: ScheduledJob): ScheduledJobDefinition {
    if (job === 'resume_dispatches') {
      return { job, everywhere: true, fire: options.resume, hasRunFor: async () => true };
    }
    if (job === 'notion_pull') return { job, fire: options.pullNotion, hasRunFor: async () => true };
    return {
      job,
      async fire(scheduledFor, trigger) {
        await jobs.start(job, trigger, scheduledFor);
        await jobs.finished(job);
      },
      // Nothing was missed before there was a desk.
      hasRunFor: async (scheduledFor) => scheduledFor < installedAt || runs.hasRunFor(job, scheduledFor),
    };
  }

  async function readSettings(): Promise<ScheduleSettings> {
    const setting = await db.read.setting.findUnique({ where: { key: KEY } });
    return setting ? (JSON.parse(setting.value) as ScheduleSettings) : {};
  }

  async function readPlan(): Promise<SchedulePlan> {
    plan = planOf(defaults, await readSettings());
    return plan;
  }

  /** Why the schedule, or one job of it, is off; null where all is well. */
  function problem(): string | null {
    if (failure !== null) return failure;
    const wrong = known.flatMap((job) => {
      const found = plan.jobs[job].enabled ? scheduler.problem(job) : null;
      return found === null ? [] : [`${JOB_WORDS[job].name}: ${found}`];
    });
    return wrong.length === 0 ? null : `The schedule cannot be used. ${wrong.join('. ')}.`;
  }

  async function read(): Promise<ScheduleView> {
    const settings = await readSettings();
    const current = planOf(defaults, settings);
    return {
      timeZone: current.timeZone,
      defaultTimeZone: defaults.timeZone,
      timeZoneSet: settings.timeZone !== undefined,
      jobs: await Promise.all(
        known.map(async (job) => {
          const { cron, enabled, catchUp, graceMs } = current.jobs[job];
          const parsed = parseCron(cron);
          const firings = parsed.ok && enabled ? { cron: parsed.cron, timeZone: current.timeZone } : null;
          return {
            job,
            ...JOB_WORDS[job],
            ...{ cron, enabled, catchUp, graceHours: graceMs / HOUR_MS },
            defaults: { cron: defaults.jobs[job].cron, graceHours: defaults.jobs[job].graceMs / HOUR_MS },
            set: isSet(settings.jobs?.[job]),
            alwaysOn: ALWAYS_ON[job] ?? null,
            canBeMissed: !NEVER_MISSED.has(job),
            problem: parsed.ok ? null : parsed.problem,
            nextRuns: firings ? nextFirings(firings, clock(), NEXT_TIMES).map((time) => time.toISOString()) : [],
            lastRun: await latestRun(db, [job]),
          };
        }),
      ),
    };
  }

  return {
    /** The jobs that are planned here. */
    jobs: known as readonly ScheduledJob[],
    /** The plan as it was last read. */
    plan: (): SchedulePlan => plan,
    /** The plan as it is stored. */
    readPlan,
    nextRun: (job: ScheduledJob): Date | null => scheduler.nextRun(job),
    problem,
    read,

    /**
     * Stores a change, and has every instance go by it.
     * @returns what was set before and is set now, for the audit log.
     * @throws AppError `invalid_input` naming the field; nothing is changed then.
     */
    async change(change: ChangeRequest): Promise<{ before: object; after: object }> {
      const unknown = Object.keys(change.jobs ?? {}).filter((job) => !known.includes(job as ScheduledJob));
      const problems = [
        ...unknown.map((job) => ({ path: `jobs.${job}`, message: 'is no job of this desk' })),
        ...problemsOf(change),
      ];
      if (problems.length > 0) {
        throw new AppError('invalid_input', 'The schedule cannot be set like this.', { issues: problems });
      }
      const outcome = await db.exclusive(async (tx) => {
        const stored = await tx.setting.findUnique({ where: { key: KEY } });
        const settings = stored ? (JSON.parse(stored.value) as ScheduleSettings) : {};
        const now = clock();
        const changed = applyChange(defaults, settings, change, now);
        const data = { value: JSON.stringify(changed), updatedAt: now };
        await tx.setting.upsert({ where: { key: KEY }, create: { key: KEY, ...data }, update: data });
        return { before: shownOf(planOf(defaults, settings)), after: shownOf(planOf(defaults, changed)) };
      });
      events.publish({ type: 'schedule.changed' });
      await scheduler.replan();
      return outcome;
    },

    /** When an expression would fire, or what is wrong with it. @throws AppError `invalid_input` where the zone is none. */
    preview({ cron, timeZone }: { cron: string; timeZone: string }): { problem: string | null; nextRuns: string[] } {
      if (!isTimeZone(timeZone)) {
        throw new AppError('invalid_input', 'There is no such time zone.', {
          issues: [{ path: 'timeZone', message: 'must be an IANA time zone' }],
        });
      }
      const parsed = parseCron(cron);
      if (!parsed.ok) return { problem: parsed.problem, nextRuns: [] };
      const times = nextFirings({ cron: parsed.cron, timeZone }, clock(), NEXT_TIMES);
      return { problem: null, nextRuns: times.map((time) => time.toISOString()) };
    },

    /** Starts the clock. One that cannot start is said to be so; the rest of the desk goes on. */
    start(): void {
      void scheduler.start().catch((error: unknown) => {
        failure = `The scheduler did not start: ${publicMessage(error)}`;
        log.error({ err: error }, 'The scheduler is off');
      });
    },

    async stop(): Promise<void> {
      stopListening();
      await scheduler.stop();
    },
  };
}

export type Schedule = ReturnType<typeof openSchedule>;

function defaultsOf({ timeZone, schedule, catchUpGraceMs, quarterlyGraceMs }: Config): ScheduleDefaults {
  const grace = (job: ScheduledJob) => (job === 'quarterly_qbr' ? quarterlyGraceMs : catchUpGraceMs);
  return {
    timeZone,
    jobs: Object.fromEntries(
      SCHEDULED_JOBS.map((job) => [job, { cron: schedule[job], graceMs: grace(job) }]),
    ) as ScheduleDefaults['jobs'],
  };
}

/** A plan as the audit log keeps it: one entry a job. */
function shownOf({ timeZone, jobs }: SchedulePlan): Record<string, string> {
  const entries = SCHEDULED_JOBS.map((job): [string, string] => {
    const { cron, enabled, catchUp, graceMs } = jobs[job];
    const missed = catchUp ? `caught up within ${graceMs / HOUR_MS} h` : 'not caught up';
    return [JOB_WORDS[job].name, `${enabled ? cron : 'off'}, ${missed}`];
  });
  return { timeZone, ...Object.fromEntries(entries) };
}
