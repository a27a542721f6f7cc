/** Requests and responses of churn alerts. */
import * as z from 'zod/mini';
import { churnRiskLevel, csv, cursor, instant, limit, money, rag } from '../contracts';

export const alertKind = z.enum(['new_risk', 'worse', 'recovered']);
export const alertLevel = z.enum(['critical', 'high', 'red', 'none']);
export const alertChannel = z.enum(['events', 'notion', 'draft_csm', 'draft_rep', 'google_chat', 'slack']);
export const chatChannel = z.enum(['google_chat', 'slack']);

const shownHealth = z.object({ score: z.number(), rag, churnRisk: churnRiskLevel, asOf: z.string() });

export const alertDelivery = z.object({
  id: z.string(),
  channel: alertChannel,
  /** Whom a draft is for; null on other channels. */
  recipient: z.nullable(z.string()),
  /** A draft is `done` when it lies in its mailbox. `uncertain`: nobody but a person can say whether it does. */
  state: z.enum(['waiting', 'sending', 'retrying', 'uncertain', 'done', 'skipped', 'failed']),
  attempts: z.int(),
  /** An attempt was not answered: it may have been told twice. */
  unanswered: z.boolean(),
  /** Why it was skipped, failed or waits; where a draft goes. */
  detail: z.nullable(z.string()),
  /** Where it opens. */
  href: z.nullable(z.string()),
  noticeId: z.nullable(z.string()),
  at: z.nullable(z.string()),
});

export const alertItem = z.object({
  id: z.string(),
  kind: alertKind,
  level: alertLevel,
  account: z.object({
    id: z.string(),
    name: z.string(),
    csmEmail: z.nullable(z.string()),
    repEmail: z.nullable(z.string()),
    /** As it is now; null where it is not scored any more. */
    score: z.nullable(z.number()),
    rag: z.nullable(rag),
    snoozedUntil: z.nullable(z.string()),
  }),
  createdAt: z.string(),
  /** When people are told; later than `createdAt` where it waits for the quiet hours to end. Null: not settled yet. */
  deliverAt: z.nullable(z.string()),
  /** Told alone, or among others. */
  told: z.enum(['alone', 'digest', 'pending']),
  before: z.nullable(shownHealth),
  after: shownHealth,
  headline: z.string(),
  summary: z.string(),
  /** Name of the model that worded the summary and the next step; null: the rules alone. */
  wordedBy: z.nullable(z.string()),
  reasons: z.array(
    z.object({
      label: z.string(),
      from: z.nullable(z.number()),
      to: z.number(),
      /** The most points that there are, where there is nothing to compare with. */
      most: z.nullable(z.number()),
      fromValue: z.nullable(z.string()),
      toValue: z.nullable(z.string()),
      fromObservedAt: z.nullable(z.string()),
      observedAt: z.nullable(z.string()),
    }),
  ),
  contract: z.string(),
  arr: z.nullable(money),
  renewalDate: z.nullable(z.string()),
  actions: z.array(z.string()),
  deliveries: z.array(alertDelivery),
});

export const alertQuery = z.strictObject({
  kind: csv(alertKind),
  level: csv(alertLevel),
  accountId: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
  limit,
  cursor,
});
export const alertList = z.object({ items: z.array(alertItem), nextCursor: z.nullable(z.string()) });

/** What an account's page says of its alerts. */
export const accountAlerts = z.object({
  snooze: z.nullable(z.object({ until: z.string(), reason: z.string(), by: z.string(), at: z.string() })),
  /** A change that nobody was told of yet: why, and when it is looked at again. */
  held: z.nullable(z.object({ reason: z.enum(['cool_down', 'snoozed']), until: z.string() })),
  latest: z.nullable(alertItem),
});

export const alertSnoozeRequest = z.strictObject({
  until: instant,
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)),
});

const wallTime = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 19:00'));

export const alertSettings = z.strictObject({
  levels: z.array(z.enum(['critical', 'high', 'red'])).check(z.maxLength(3)),
  coolDownDays: z.int().check(z.minimum(0), z.maximum(90)),
  singlesPerScan: z.int().check(z.minimum(0), z.maximum(50)),
  quietHours: z.nullable(
    z
      .strictObject({ from: wallTime, to: wallTime })
      .check(
        z.refine(({ from, to }) => from !== to, { error: 'must end at another time than it begins', path: ['to'] }),
      ),
  ),
  draftsForCsm: z.boolean(),
  draftsForRep: z.boolean(),
});

export const chatChannelItem = z.object({
  channel: chatChannel,
  connected: z.boolean(),
  /** Enough of the address to tell it apart; the rest is a secret. */
  hint: z.nullable(z.string()),
  /** What the chat said last, where it took no message. */
  error: z.nullable(z.string()),
  connectedAt: z.nullable(z.string()),
  checkedAt: z.nullable(z.string()),
});

export const alertSettingsView = z.object({
  settings: alertSettings,
  /** Of the quiet hours. */
  timeZone: z.string(),
  chat: z.array(chatChannelItem),
  /** Why it cannot be used; null where it can. */
  notionProblem: z.nullable(z.string()),
});

export const chatConnectRequest = z.strictObject({
  webhook: z.string().check(z.trim(), z.minLength(10), z.maxLength(2000)),
});

export const noticeResolution = z.strictObject({ draft: z.enum(['there', 'not_there']) });

export type AlertItem = z.output<typeof alertItem>;
export type AlertDeliveryItem = z.output<typeof alertDelivery>;
export type AlertList = z.output<typeof alertList>;
export type AlertQuery = z.output<typeof alertQuery>;
export type AccountAlerts = z.output<typeof accountAlerts>;
export type AlertSnoozeRequest = z.output<typeof alertSnoozeRequest>;
export type AlertSettingsBody = z.output<typeof alertSettings>;
export type AlertSettingsView = z.output<typeof alertSettingsView>;
export type ChatChannelItem = z.output<typeof chatChannelItem>;
export type ChatConnectRequest = z.output<typeof chatConnectRequest>;
