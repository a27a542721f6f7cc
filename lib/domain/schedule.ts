import { parseCron } from './cron';

/** What the desk does by itself, in the order in which it is shown. */
export const SCHEDULED_JOBS = [
  'portfolio_scan',
  'track_feature_adoption',
  'contract_check',
  'contract_qbr',
  'quarterly_qbr',
  'retention',
  'resume_dispatches',
  'notion_pull',
] as const;
export type ScheduledJob = (typeof SCHEDULED_JOBS)[number];

export const JOB_WORDS: Readonly<Record<ScheduledJob, { name: string; description: string }>> = {
  portfolio_scan: {
    name: 'Daily health scan',
    description: 'Scores every account that changed, then looks for room to grow.',
  },
  track_feature_adoption: {
    name: 'Feature adoption',
    description: 'Adds up which features the accounts of each segment use, so that every account has its peers.',
  },
  contract_check: {
    name: 'Contract check',
    description: 'Scores the accounts again whose contract ends within 60 days.',
  },
  contract_qbr: {
    name: 'Review before renewal',
    description: 'Writes the quarterly business review of accounts whose contract ends in 90 days.',
  },
  quarterly_qbr: {
    name: 'Quarterly business reviews',
    description: 'Writes the review of the quarter that has just ended, for every active account.',
  },
  retention: {
    name: 'Retention',
    description: 'Deletes history that is older than the setting allows.',
  },
  resume_dispatches: {
    name: 'Resume dispatches',
    description: 'Takes the next step of dispatches that are not finished, and of alerts, notices and reviews.',
  },
  notion_pull: {
    name: 'Notion pull',
    description: 'Where Notion is connected: reads the accounts that were edited there, all of them once a day.',
  },
};

/** Why a job cannot be switched off. */
export const ALWAYS_ON: Readonly<Partial<Record<ScheduledJob, string>>> = {
  resume_dispatches:
    'A dispatch that was interrupted would wait for ever: this is what keeps «nothing lost» true. To hand nothing over by itself, set the dispatch policy to manual.',
};

/** Jobs that take up whatever is due: there is nothing to make up for. */
export const NEVER_MISSED: ReadonlySet<ScheduledJob> = new Set(['resume_dispatches', 'notion_pull']);

/** When one job runs. */
export interface JobTimes {
  cron: string;
  enabled: boolean;
  /** Whether a firing that was missed is made up for, and how late it still is, in milliseconds. */
  catchUp: boolean;
  graceMs: number;
  /** Firings up to then were another plan's: none of them was missed. */
  since: Date | null;
}

export interface SchedulePlan {
  /** IANA name. */
  timeZone: string;
  jobs: Readonly<Record<ScheduledJob, JobTimes>>;
}

/** What configuration says. */
export interface ScheduleDefaults {
  timeZone: string;
  jobs: Readonly<Record<ScheduledJob, { cron: string; graceMs: number }>>;
}

export interface JobSetting {
  cron?: string | undefined;
  enabled?: boolean | undefined;
  catchUp?: boolean | undefined;
  graceHours?: number | undefined;
}

/** What people have set, as it is stored. `since`, in milliseconds: see {@link JobTimes}. */
export interface ScheduleSettings {
  timeZone?: string | undefined;
  jobs?: Partial<Record<ScheduledJob, JobSetting & { since?: number | undefined }>> | undefined;
}

/** Null takes back what was set. */
export interface ScheduleChange {
  timeZone?: string | null | undefined;
  jobs?: Partial<Record<ScheduledJob, JobSetting | null>> | undefined;
}

const HOUR_MS = 3_600_000;

/** What is set wins over what is configured. */
export function planOf(defaults: ScheduleDefaults, settings: ScheduleSettings): SchedulePlan {
  const jobs = Object.fromEntries(
    SCHEDULED_JOBS.map((job): [ScheduledJob, JobTimes] => {
      const set = settings.jobs?.[job] ?? {};
      const { cron, graceMs } = defaults.jobs[job];
      return [
        job,
        {
          cron: set.cron ?? cron,
          enabled: ALWAYS_ON[job] !== undefined || (set.enabled ?? true),
          catchUp: !NEVER_MISSED.has(job) && (set.catchUp ?? true),
          graceMs: set.graceHours === undefined ? graceMs : set.graceHours * HOUR_MS,
          since: set.since === undefined ? null : new Date(set.since),
        },
      ];
    }),
  ) as Record<ScheduledJob, JobTimes>;
  return { timeZone: settings.timeZone ?? defaults.timeZone, jobs };
}

/** Whether anything of a job was set by people. */
export function isSet(setting: JobSetting | undefined): boolean {
  const { cron, enabled, catchUp, graceHours } = setting ?? {};
  return [cron, enabled, catchUp, graceHours].some((value) => value !== undefined);
}

export interface ScheduleProblem {
  path: string;
  message: string;
}

export function problemsOf(change: ScheduleChange): ScheduleProblem[] {
  const problems: ScheduleProblem[] = [];
  if (typeof change.timeZone === 'string' && !isTimeZone(change.timeZone)) {
    problems.push({ path: 'timeZone', message: 'must be an IANA time zone such as «Europe/Berlin»' });
  }
  for (const [job, setting] of Object.entries(change.jobs ?? {}) as [ScheduledJob, JobSetting | null][]) {
    if (setting === null) continue;
    const parsed = setting.cron === undefined ? null : parseCron(setting.cron);
    if (parsed?.ok === false) problems.push({ path: `jobs.${job}.cron`, message: parsed.problem });
    const reason = ALWAYS_ON[job];
    if (setting.enabled === false && reason !== undefined) {
      problems.push({ path: `jobs.${job}.enabled`, message: `cannot be switched off. ${reason}` });
    }
    if (setting.catchUp === true && NEVER_MISSED.has(job)) {
      problems.push({ path: `jobs.${job}.catchUp`, message: 'is not needed: each run takes up whatever is due' });
    }
  }
  return problems;
}

/**
 * The settings with a change in them. A job that fires at other times than before, or is switched on or made to catch up,
 * begins anew: what lies before `now` it has not missed.
 */
export function applyChange(
  defaults: ScheduleDefaults,
  settings: ScheduleSettings,
  change: ScheduleChange,
  now: Date,
): ScheduleSettings {
  const before = planOf(defaults, settings);
  const zone = change.timeZone === undefined ? settings.timeZone : (change.timeZone ?? undefined);
  const jobs: NonNullable<ScheduleSettings['jobs']> = { ...settings.jobs };
  for (const [job, setting] of Object.entries(change.jobs ?? {}) as [ScheduledJob, JobSetting | null][]) {
    const { since } = jobs[job] ?? {};
    jobs[job] = setting === null ? { since } : { ...jobs[job], ...setting };
  }
  const changed: ScheduleSettings = { ...(zone === undefined ? {} : { timeZone: zone }), jobs };
  const after = planOf(defaults, changed);
  for (const job of SCHEDULED_JOBS) {
    const [was, is] = [before.jobs[job], after.jobs[job]];
    const anew =
      before.timeZone !== after.timeZone ||
      was.cron !== is.cron ||
      (is.enabled && !was.enabled) ||
      (is.catchUp && !was.catchUp);
    if (anew) jobs[job] = { ...jobs[job], since: now.getTime() };
  }
  return changed;
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // Offsets such as +02:00 are understood too, and know of no summer.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
