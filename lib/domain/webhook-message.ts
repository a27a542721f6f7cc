import { createHmac } from 'node:crypto';

/** Of the envelope and of the payloads in it: it grows where a receiver would have to change. */
export const WEBHOOK_VERSION = 1;
/** The event that an admin sends to see whether an endpoint listens. */
export const TEST_EVENT_TYPE = 'webhook.test';

const SECRET_PREFIX = 'whsec_';

/** An event as the log has it. */
export interface LoggedEvent {
  id: string;
  type: string;
  accountId: string | null;
  /** Of today; null where the account is gone. */
  accountName: string | null;
  occurredAt: Date;
  data: Record<string, unknown>;
}

/**
 * The body of the request that tells of an event. What every event about an account has, and need not be in the log with
 * each, is added here: which account, and where it can be seen.
 * @param deskUrl where people reach the desk, without a slash at its end; null leaves links out.
 */
export function webhookBody(event: LoggedEvent, deskUrl: string | null): string {
  const { accountId, accountName } = event;
  const {
    account = accountId && { id: accountId, name: accountName },
    link = linkTo(event, deskUrl),
    ...data
  } = event.data;
  return JSON.stringify({
    id: event.id,
    type: event.type,
    version: WEBHOOK_VERSION,
    timestamp: event.occurredAt.toISOString(),
    data: { account, ...data, link },
  });
}

/** What an event is about, by the field that has its id, and the page that shows it. The first that fits. */
const PLACES: readonly { of: string; field: string; path: (id: string) => string }[] = [
  { of: 'dispatch.', field: 'dispatchId', path: (id) => `/dispatches?id=${id}` },
  { of: 'expansion.', field: 'opportunityId', path: (id) => `/opportunities?tab=all&id=${id}` },
  { of: 'churn.', field: 'alertId', path: (id) => `/alerts?id=${id}` },
  { of: 'qbr.', field: 'reviewId', path: (id) => `/reviews/${id}` },
];

/** The page of the desk that shows what the event is about; null where there is none. */
function linkTo({ type, accountId, data }: LoggedEvent, deskUrl: string | null): string | null {
  if (deskUrl === null) return null;
  const place = PLACES.find(({ of, field }) => type.startsWith(of) && typeof data[field] === 'string');
  if (place) return deskUrl + place.path(encodeURIComponent(String(data[place.field])));
  return accountId === null ? null : `${deskUrl}/accounts/${encodeURIComponent(accountId)}`;
}

/**
 * The headers that prove where a message comes from: Standard Webhooks, symmetric signatures.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secrets all that sign now, the newest first: a receiver accepts the message if it knows one of them.
 */
export function webhookHeaders(
  message: { id: string; body: string },
  secrets: readonly string[],
  now: Date,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const sign = (secret: string) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`;
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map(sign).join(' '),
  };
}

/** @param bytes 24 to 64 random ones. */
export function writeWebhookSecret(bytes: Uint8Array): string {
  return `${SECRET_PREFIX}${Buffer.from(bytes).toString('base64')}`;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
}
