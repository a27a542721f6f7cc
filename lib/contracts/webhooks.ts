/**
 * Webhooks: the endpoints and deliveries of the HTTP API, and the payloads that receivers get. What a payload promises is
 * in docs/webhooks.md; fields may be added to it, none taken away while `version` stays the same.
 */
import * as z from 'zod/mini';
import { churnRiskLevel, confidence, money, opportunityType, rag } from '../contracts';

export const webhookEventType = z.enum([
  'health.scored',
  'health.rag_changed',
  'churn.alert',
  'expansion.detected',
  'dispatch.drafted',
  'dispatch.failed',
  'qbr.ready',
]);
export const deliveryState = z.enum(['waiting', 'sending', 'delivered', 'failed', 'paused']);
export const disabledReason = z.enum(['admin', 'gone', 'failing']);

const instant = z.iso.datetime({ offset: true }).check(
  z.refine((value) => {
    const ms = Date.parse(value);
    return ms >= 0 && ms < Date.UTC(2200, 0, 1);
  }, 'must lie between 1970 and 2199'),
);
const identifier = z.string().check(z.minLength(1), z.maxLength(200));

/** Everything in it is sent and shown, so no names and passwords before an `@`, which would be a secret. */
const url = z.string().check(
  z.trim(),
  z.maxLength(2_000),
  z.refine((value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, username, password, hash } = new URL(value);
    return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
  }, 'must be an address such as https://example.com/hooks, without user, password or #'),
);
const description = z.string().check(z.trim(), z.maxLength(200));
const eventTypes = z.array(webhookEventType).check(z.minLength(1, 'needs at least one event'), z.maxLength(50));

export const webhookRequest = z.strictObject({
  url,
  description: z.optional(description),
  eventTypes,
  /** Left out: it is. */
  enabled: z.optional(z.boolean()),
});
export const webhookPatch = z.strictObject({
  url: z.optional(url),
  description: z.optional(description),
  eventTypes: z.optional(eventTypes),
  enabled: z.optional(z.boolean()),
});

export const webhookItem = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  eventTypes: z.array(webhookEventType),
  enabled: z.boolean(),
  disabledAt: z.nullable(z.string()),
  disabledReason: z.nullable(disabledReason),
  /** The first failure since anything got through; null where the latest attempt did. */
  failingSince: z.nullable(z.string()),
  /** Nothing is sent before that: the receiver asked for it, or fails again and again. */
  resumesAt: z.nullable(z.string()),
  lastSuccessAt: z.nullable(z.string()),
  lastFailureAt: z.nullable(z.string()),
  lastError: z.nullable(z.string()),
  /** Counted up to 1,000: there are that many or more. */
  waiting: z.int(),
  failed: z.int(),
  /** Until when the secret of before signs too. */
  oldSecretUntil: z.nullable(z.string()),
  createdAt: z.string(),
});
export const webhookList = z.object({ items: z.array(webhookItem) });
/** The answer is the only place where the secret is ever shown. */
export const webhookWithSecret = z.object({ webhook: webhookItem, secret: z.string() });
/** `oldSecret`: whether it signs beside the new one for a day, or ends at once. */
export const webhookSecretRequest = z.strictObject({ oldSecret: z.enum(['keep_for_a_day', 'end_now']) });

export const webhookReplayRequest = z.discriminatedUnion('what', [
  /** One event, whether it got there or not. */
  z.strictObject({ what: z.literal('event'), eventId: identifier }),
  /** Whatever was given up. */
  z.strictObject({ what: z.literal('failed') }),
  /** Events from the log, from `from` up to `to`; those that got there only where `delivered` says so. */
  z.strictObject({ what: z.literal('range'), from: instant, to: instant, delivered: z.optional(z.boolean()) }),
]);
export const webhookReplayed = z.object({ deliveries: z.int() });

const optionalList = <T extends Record<string, string>>(values: z.ZodMiniEnum<T>) =>
  z.optional(
    z.pipe(
      z.pipe(
        z.string(),
        z.transform((value) => value.split(',').filter((part) => part !== '')),
      ),
      z.array(values),
    ),
  );

export const deliveryQuery = z.strictObject({
  webhookId: z.optional(identifier),
  state: optionalList(deliveryState),
  type: z.optional(z.union([webhookEventType, z.literal('webhook.test')])),
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100))),
  cursor: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
});
export const deliveryItem = z.object({
  id: z.string(),
  webhookId: z.string(),
  eventId: z.string(),
  type: z.string(),
  account: z.nullable(z.object({ id: z.string(), name: z.nullable(z.string()) })),
  state: deliveryState,
  /** How it came about: the event itself, somebody who replayed it, or a test. */
  trigger: z.enum(['event', 'replay', 'test']),
  attempts: z.int(),
  maxAttempts: z.int(),
  /** Of the last answer; null where none came. */
  responseStatus: z.nullable(z.int()),
  error: z.nullable(z.string()),
  occurredAt: z.string(),
  lastAttemptAt: z.nullable(z.string()),
  /** Null where there is none to come, or nobody knows when. */
  nextAttemptAt: z.nullable(z.string()),
  finishedAt: z.nullable(z.string()),
});
export const deliveryList = z.object({ items: z.array(deliveryItem), nextCursor: z.nullable(z.string()) });
export const deliveryDetail = z.extend(deliveryItem, {
  request: z.object({ url: z.string(), body: z.string() }),
  /** The latest attempts, the oldest first. */
  history: z.array(
    z.object({
      at: z.string(),
      /** How long it took, in milliseconds. */
      ms: z.int(),
      status: z.nullable(z.int()),
      error: z.nullable(z.string()),
      /** Beginning of the answer. */
      body: z.nullable(z.string()),
    }),
  ),
});

// ---------------------------------------------------------------------------------------------------- payloads

/** The name is null where the account is gone by now. */
const account = z.object({ id: z.string(), name: z.nullable(z.string()) });
const at = z.iso.datetime();
/** Of the page at the desk; null where HEADROOM_URL is not set. */
const link = z.nullable(z.url());

const opportunityFacts = {
  opportunityId: z.string(),
  account,
  opportunityType,
  confidence,
  /** A year; null where it is not known. */
  impact: z.nullable(money),
};

const expansionDetected = z.object({
  ...opportunityFacts,
  title: z.string(),
  /** `scan`: the rules found it; `api`: a program handed it over. */
  origin: z.enum(['scan', 'api']),
  /** `held`: a gate holds it for now. */
  state: z.enum(['open', 'held']),
  detectedAt: at,
  link,
});

const dispatchFacts = { dispatchId: z.string(), ...opportunityFacts, attempts: z.int(), requestedAt: at };

const dispatchDrafted = z.object({ ...dispatchFacts, state: z.literal('drafted'), draftedAt: at, link });
const dispatchFailed = z.object({
  ...dispatchFacts,
  state: z.literal('failed'),
  failedAt: at,
  error: z.object({ code: z.string(), message: z.string() }),
  link,
});

const healthScored = z.object({
  account,
  score: z.number(),
  /** Null for the first one. */
  previousScore: z.nullable(z.number()),
  rag,
  churnRisk: churnRiskLevel,
  snapshotId: z.int(),
  link,
});
const healthRagChanged = z.object({ account, from: rag, to: rag, score: z.number(), link });
const churnAlert = z.object({
  account,
  alertId: z.string(),
  kind: z.enum(['new_risk', 'worse', 'recovered']),
  level: z.enum(['critical', 'high', 'red', 'none']),
  score: z.number(),
  rag,
  churnRisk: churnRiskLevel,
  link,
});
const qbrReady = z.object({
  account,
  reviewId: z.string(),
  accountId: z.string(),
  period: z.string(),
  kind: z.enum(['quarter', 'renewal']),
  version: z.int(),
  trigger: z.enum(['quarterly', 'contract', 'request']),
  score: z.nullable(z.number()),
  rag: z.nullable(rag),
  link,
});
const webhookTest = z.object({ account: z.null(), webhookId: z.string(), message: z.string(), link: z.null() });

/** What is in `data`, by the type of the event. */
export const webhookPayloads: Record<z.infer<typeof webhookEventType> | 'webhook.test', z.ZodMiniObject> = {
  'health.scored': healthScored,
  'health.rag_changed': healthRagChanged,
  'churn.alert': churnAlert,
  'qbr.ready': qbrReady,
  'expansion.detected': expansionDetected,
  'dispatch.drafted': dispatchDrafted,
  'dispatch.failed': dispatchFailed,
  'webhook.test': webhookTest,
};

/** The body of every request to a receiver. */
export const webhookEnvelope = z.object({
  /** The same as the header `webhook-id`: of the event, whoever gets it and however often. */
  id: z.string().check(z.startsWith('evt_')),
  type: z.union([webhookEventType, z.literal('webhook.test')]),
  version: z.literal(1),
  /** When it happened. */
  timestamp: at,
  data: z.record(z.string(), z.unknown()),
});

export type WebhookEventType = z.infer<typeof webhookEventType>;
export type WebhookRequest = z.infer<typeof webhookRequest>;
export type WebhookPatch = z.infer<typeof webhookPatch>;
export type WebhookItem = z.infer<typeof webhookItem>;
export type WebhookWithSecret = z.infer<typeof webhookWithSecret>;
export type WebhookReplayRequest = z.infer<typeof webhookReplayRequest>;
export type DeliveryQuery = z.infer<typeof deliveryQuery>;
export type DeliveryItem = z.infer<typeof deliveryItem>;
export type DeliveryList = z.infer<typeof deliveryList>;
export type DeliveryDetail = z.infer<typeof deliveryDetail>;
