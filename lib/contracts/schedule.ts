/** Settings → Schedule: what runs when, and changing it. */
import * as z from 'zod/mini';
import { runItem } from '../contracts';

export const scheduledJob = z.enum([
  'portfolio_scan',
  'track_feature_adoption',
  'contract_check',
  'contract_qbr',
  'quarterly_qbr',
  'retention',
  'resume_dispatches',
  'notion_pull',
]);

const cron = z.string().check(z.trim(), z.minLength(1), z.maxLength(120));
const timeZone = z.string().check(z.trim(), z.minLength(1), z.maxLength(64));
const graceHours = z.number().check(z.minimum(0), z.maximum(336));

export const scheduleSettings = z.object({
  timeZone: z.string(),
  defaultTimeZone: z.string(),
  timeZoneSet: z.boolean(),
  jobs: z.array(
    z.object({
      job: scheduledJob,
      name: z.string(),
      description: z.string(),
      cron: z.string(),
      enabled: z.boolean(),
      catchUp: z.boolean(),
      graceHours: z.number(),
      defaults: z.object({ cron: z.string(), graceHours: z.number() }),
      /** Whether anything differs from the configuration because a person set it. */
      set: z.boolean(),
      /** Why it cannot be switched off; null where it can. */
      alwaysOn: z.nullable(z.string()),
      canBeMissed: z.boolean(),
      problem: z.nullable(z.string()),
      /** The next five, by the plan as it is; none while it is off. */
      nextRuns: z.array(z.string()),
      lastRun: z.nullable(runItem),
    }),
  ),
});

const jobChange = z.strictObject({
  cron: z.optional(cron),
  enabled: z.optional(z.boolean()),
  catchUp: z.optional(z.boolean()),
  graceHours: z.optional(graceHours),
});

/** What is left out stays as it is; null takes back what was set. */
export const scheduleChange = z.strictObject({
  timeZone: z.optional(z.nullable(timeZone)),
  jobs: z.optional(z.partialRecord(scheduledJob, z.nullable(jobChange))),
});

export const schedulePreviewQuery = z.strictObject({ cron, timeZone });
/** `problem` says what is wrong with an expression that is none: whoever is typing one has not made a mistake yet. */
export const schedulePreview = z.object({ problem: z.nullable(z.string()), nextRuns: z.array(z.string()) });

export type ScheduleSettings = z.infer<typeof scheduleSettings>;
export type ScheduleChange = z.infer<typeof scheduleChange>;
export type SchedulePreview = z.infer<typeof schedulePreview>;
export type JobSettings = ScheduleSettings['jobs'][number];
