import type { WebhookEventType } from '@/lib/contracts/webhooks';

/** What each event tells, for whoever chooses among them. */
export const EVENT_WORDS: Record<WebhookEventType, string> = {
  'expansion.detected': 'A new opportunity was found',
  'dispatch.drafted': 'Its draft lies in a mailbox',
  'dispatch.failed': 'A draft could not be made',
  'churn.alert': 'An account is at risk of leaving',
  'health.rag_changed': 'An account changed colour',
  'health.scored': 'A score changed: one event an account, many in a scan',
  'qbr.ready': 'A business review is ready',
};

export const EVENT_TYPES = Object.keys(EVENT_WORDS) as WebhookEventType[];
