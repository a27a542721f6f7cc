import { createLoader, createSerializer, type inferParserType, parseAsString, parseAsStringLiteral } from 'nuqs/server';
import type { DeliveryItem, DeliveryQuery } from '@/lib/contracts/webhooks';
import { EVENT_TYPES } from './event-words';

const TABS = ['all', 'waiting', 'delivered', 'failed'] as const;
export type Tab = (typeof TABS)[number];

/** Which deliveries a tab shows; null: all of them. */
const TAB_STATES: Record<Tab, readonly DeliveryItem['state'][] | null> = {
  all: null,
  waiting: ['waiting', 'sending', 'paused'],
  delivered: ['delivered'],
  failed: ['failed'],
};

/** What the URL says. */
export const webhooksState = {
  view: parseAsStringLiteral(['endpoints', 'deliveries']).withDefault('endpoints'),
  /** Of the deliveries: to one endpoint, in some states, of one type. */
  webhook: parseAsString.withDefault(''),
  state: parseAsStringLiteral(TABS).withDefault('all'),
  type: parseAsStringLiteral([...EVENT_TYPES, 'webhook.test']),
  /** The delivery in the side panel. */
  id: parseAsString,
};

export type WebhooksState = inferParserType<typeof webhooksState>;

export const loadWebhooksState = createLoader(webhooksState);
export const writeSearch = createSerializer(webhooksState);

export const PAGE_SIZE = 50;

/** Both sides build their query key from it, so its shape must not vary. */
export function toDeliveryQuery({ webhook, state, type }: WebhooksState): DeliveryQuery {
  const states = TAB_STATES[state];
  return {
    ...(webhook === '' ? {} : { webhookId: webhook }),
    ...(states === null ? {} : { state: [...states] }),
    ...(type === null ? {} : { type }),
    limit: PAGE_SIZE,
  };
}
