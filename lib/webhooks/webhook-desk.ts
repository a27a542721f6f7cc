import type {
  DeliveryDetail,
  DeliveryList,
  DeliveryQuery,
  WebhookItem,
  WebhookPatch,
  WebhookReplayRequest,
  WebhookRequest,
  WebhookWithSecret,
} from '../contracts/webhooks';
import type { Database } from '../db/client';
import { newId } from '../db/ids';
import { countDeliveries, listDeliveries, readDelivery } from '../db/webhook-reads';
import type { WebhookReplay } from '../db/webhook-replay';
import type { StoredEndpoint, WebhookStore } from '../db/webhook-store';
import { TEST_EVENT_TYPE, webhookBody } from '../domain/webhook-message';
import { AppError, isAppError } from '../errors';
import type { AddressRule } from '../outgoing';
import type { EventBus } from '../ports';
import type { Deliverer } from './deliverer';
import type { Signing } from './signing';

export interface WebhookDeskOptions {
  db: Database;
  store: WebhookStore;
  replays: WebhookReplay;
  signing: Signing;
  deliverer: Pick<Deliverer, 'test'>;
  /** Which addresses may be called, over TLS and in the clear. */
  addresses: { encrypted: AddressRule; plain: AddressRule };
  events: EventBus;
  deskUrl: string | null;
  clock: () => Date;
}

/** Every one costs each event a row, and each look a query. */
const MOST_ENDPOINTS = 50;

/** The endpoints and deliveries as admins see and manage them. A secret is shown where it is made, and nowhere else. */
export function createWebhookDesk(options: WebhookDeskOptions) {
  const { db, store, replays, signing, deliverer, events, clock } = options;
  const changed = () => events.publish({ type: 'webhooks.changed' });

  async function find(id: string): Promise<StoredEndpoint> {
    const endpoint = await store.get(id);
    if (endpoint) return endpoint;
    throw new AppError('not_found', `There is no webhook "${id}".`);
  }

  async function toItems(endpoints: readonly StoredEndpoint[]): Promise<WebhookItem[]> {
    const now = clock();
    const counts = await countDeliveries(
      db,
      endpoints.map(({ id }) => id),
    );
    const time = (at: Date | null) => at?.toISOString() ?? null;
    return endpoints.map((endpoint) => ({
      id: endpoint.id,
      url: endpoint.url,
      description: endpoint.description,
      eventTypes: endpoint.eventTypes as WebhookItem['eventTypes'],
      enabled: endpoint.disabledAt === null,
      disabledAt: time(endpoint.disabledAt),
      disabledReason: endpoint.disabledReason,
      failingSince: time(endpoint.failingSince),
      resumesAt: endpoint.resumesAt !== null && endpoint.resumesAt > now ? time(endpoint.resumesAt) : null,
      lastSuccessAt: time(endpoint.lastSuccessAt),
      lastFailureAt: time(endpoint.lastFailureAt),
      lastError: endpoint.lastError,
      waiting: counts.get(endpoint.id)?.waiting ?? 0,
      failed: counts.get(endpoint.id)?.failed ?? 0,
      oldSecretUntil: signing.overlapEnd(endpoint, now),
      createdAt: endpoint.createdAt.toISOString(),
    }));
  }

  async function itemOf(id: string): Promise<WebhookItem> {
    const [item] = await toItems([await find(id)]);
    return item as WebhookItem;
  }

  /** An address that would be refused at every attempt is refused here; what a name leads to is known only then. */
  function checkAddress(url: string): void {
    const { protocol, hostname } = new URL(url);
    const { encrypted, plain } = options.addresses;
    try {
      (protocol === 'https:' ? encrypted : plain).checkHost(hostname.replace(/^\[|\]$/g, ''));
    } catch (error) {
      if (!isAppError(error)) throw error;
      throw new AppError('invalid_input', error.message, {
        issues: [{ path: 'url', message: error.message }],
        ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      });
    }
  }

  return {
    async list(): Promise<{ items: WebhookItem[] }> {
      return { items: await toItems(await store.list()) };
    },

    get: itemOf,

    /** @throws AppError `conflict` where there are as many as there may be. */
    async create(given: WebhookRequest, actor: string): Promise<WebhookWithSecret> {
      const { url, description = '', eventTypes, enabled = true } = given;
      checkAddress(url);
      const id = `whe_${newId()}`;
      const { secret, sealed } = signing.make(id);
      const endpoint = { id, url, description, eventTypes: unique(eventTypes), secrets: sealed, createdBy: actor };
      const made = await store.create(endpoint, { most: MOST_ENDPOINTS, disabled: !enabled, now: clock() });
      if (!made) {
        throw new AppError('conflict', `There are ${MOST_ENDPOINTS} webhooks, which is as many as there may be.`, {
          remedy: 'Delete one that nobody needs any more.',
        });
      }
      changed();
      return { webhook: await itemOf(id), secret };
    },

    async update(id: string, { enabled, ...given }: WebhookPatch): Promise<WebhookItem> {
      await find(id);
      const { url, description, eventTypes } = given;
      if (url !== undefined) checkAddress(url);
      const now = clock();
      await store.update(
        id,
        {
          ...(url === undefined ? {} : { url }),
          ...(description === undefined ? {} : { description }),
          ...(eventTypes === undefined ? {} : { eventTypes: unique(eventTypes) }),
        },
        now,
      );
      if (enabled === true) await store.enable(id, now);
      if (enabled === false) await store.disable(id, 'admin', now);
      changed();
      return itemOf(id);
    },

    /** Its deliveries go with it. */
    async remove(id: string): Promise<void> {
      await find(id);
      await store.remove(id, clock());
      changed();
    },

    /** @throws AppError `conflict` where somebody else made a new one at the same moment. */
    async rotateSecret(id: string, oldSecret: 'keep_for_a_day' | 'end_now'): Promise<WebhookWithSecret> {
      const endpoint = await find(id);
      const now = clock();
      const { secret, sealed } = signing.rotate(endpoint, { overlap: oldSecret === 'keep_for_a_day', now });
      if (!(await store.replaceSecrets(id, endpoint.secrets, sealed, now))) {
        throw new AppError('conflict', 'Somebody else made a new secret a moment ago.', {
          remedy: 'Reload and look at it.',
        });
      }
      changed();
      return { webhook: await itemOf(id), secret };
    },

    /** Sends a test event now, also where the endpoint is disabled. @returns how it went. */
    async test(id: string): Promise<DeliveryDetail> {
      const { url, secrets } = await find(id);
      const message = 'A test from Headroom. Nothing happened at the desk.';
      const deliveryId = await deliverer.test(
        { id, url, secrets, consecutiveFailures: 0 },
        { type: TEST_EVENT_TYPE, data: { webhookId: id, message } },
      );
      return getDelivery(deliveryId);
    },

    /** @returns how many deliveries begin anew. */
    async replay(id: string, request: WebhookReplayRequest): Promise<number> {
      const endpoint = await find(id);
      if (endpoint.disabledAt !== null) {
        throw new AppError('conflict', 'This webhook is disabled: nothing is sent to it.', {
          remedy: 'Enable it, then replay.',
        });
      }
      const replayed = await begin(endpoint, request);
      changed();
      return replayed;
    },

    listDeliveries: (query: DeliveryQuery): Promise<DeliveryList> => listDeliveries(db, query),

    getDelivery,
  };

  async function begin(endpoint: StoredEndpoint, request: WebhookReplayRequest): Promise<number> {
    const now = clock();
    if (request.what === 'failed') return replays.failed(endpoint.id, now);
    if (request.what === 'event') {
      const replayed = await replays.event(endpoint.id, request.eventId, now);
      if (replayed > 0) return replayed;
      throw new AppError('not_found', `There is no event "${request.eventId}" that could be sent again.`, {
        remedy: 'It is no longer in the log, or is being sent at this moment.',
      });
    }
    const [from, to] = [new Date(request.from), new Date(request.to)];
    if (from >= to) {
      throw new AppError('invalid_input', 'A range ends after it begins.', {
        issues: [{ path: 'to', message: 'must be later than from' }],
      });
    }
    const { eventTypes: types } = endpoint;
    return replays.range(endpoint.id, { from, to, types, delivered: request.delivered ?? false }, now);
  }

  async function getDelivery(id: string): Promise<DeliveryDetail> {
    const { item, url, event, history } = await readDelivery(db, id);
    return { ...item, request: { url, body: webhookBody(event, options.deskUrl) }, history };
  }
}

export type WebhookDesk = ReturnType<typeof createWebhookDesk>;

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
