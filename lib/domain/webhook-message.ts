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
  occurredAt: Date;
  data: Record<string, unknown>;
}

/**
 * The body of the request that tells of an event: always the same text for the same event, so that what is replayed is what
 * was sent.
 * @param deskUrl where people reach the desk, without a slash at its end; null leaves links out.
 */
export function webhookBody(event: LoggedEvent, deskUrl: string | null): string {
  const { link = linkTo(event, deskUrl), ...data } = event.data;
  return JSON.stringify({
    id: event.id,
    type: event.type,
    version: WEBHOOK_VERSION,
    timestamp: event.occurredAt.toISOString(),
    data: { ...data, link },
  });
}

/** The page of the desk that shows what the event is about; null where there is none. */
function linkTo({ type, accountId, data }: LoggedEvent, deskUrl: string | null): string | null {
  if (deskUrl === null) return null;
  const id = (value: unknown) => encodeURIComponent(String(value));
  if (type.startsWith('dispatch.') && data.dispatchId !== undefined) {
    return `${deskUrl}/dispatches?id=${id(data.dispatchId)}`;
  }
  if (type.startsWith('expansion.') && data.opportunityId !== undefined) {
    return `${deskUrl}/opportunities?tab=all&id=${id(data.opportunityId)}`;
  }
  return accountId === null ? null : `${deskUrl}/accounts/${id(accountId)}`;
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
