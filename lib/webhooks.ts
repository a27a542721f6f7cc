import type { Config } from './config';
import type { Database } from './db/client';
import { createWebhookReplay } from './db/webhook-replay';
import { createWebhookStore } from './db/webhook-store';
import { openSecretBox } from './integrations';
import { createAddressRule, createOutgoing } from './outgoing';
import type { EventBus, Log } from './ports';
import { ANSWER_KEPT, ATTEMPT_MS, createDeliverer } from './webhooks/deliverer';
import { createSigning } from './webhooks/signing';
import { createWebhookDesk, type WebhookDesk } from './webhooks/webhook-desk';

export interface WebhooksOptions {
  db: Database;
  config: Config;
  events: EventBus;
  /** Names this process in leases. */
  owner: string;
  isOwnerGone: (owner: string) => boolean;
  observe: (attempt: { outcome: string; seconds: number }) => void;
  clock: () => Date;
  random: () => number;
  log: Log;
  /** How long a receiver may take to answer, in milliseconds. */
  attemptMs?: number;
  /** How long a stop waits for its answer, in milliseconds. */
  graceMs?: number;
}

const GRACE_MS = 4_000;

/** The outgoing side of the events: who is told, and the work of telling them. */
export interface Webhooks extends WebhookDesk {
  /** From now on deliveries go out by themselves. */
  start(): void;
  /** Sends all that is due. */
  run(): Promise<void>;
  /** Nothing is being sent any more, and no delivery is held. */
  stop(): Promise<void>;
}

export async function openWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { db, config, events, clock } = options;
  const store = createWebhookStore(db);
  const signing = createSigning(await openSecretBox(config));
  const allowed = { allowedRanges: config.allowedPrivateRanges };
  const deskUrl = config.publicUrls[0] ?? null;
  const deliverer = createDeliverer({
    ...{ store, signing, events, deskUrl, clock },
    outgoing: createOutgoing({
      ...allowed,
      timeoutMs: options.attemptMs ?? ATTEMPT_MS,
      maxBytes: ANSWER_KEPT,
      overflow: 'cut',
      plain: 'allowed ranges',
    }),
    owner: options.owner,
    isOwnerGone: options.isOwnerGone,
    version: config.version,
    observe: options.observe,
    graceMs: options.graceMs ?? GRACE_MS,
    random: options.random,
    log: options.log,
  });
  const desk = createWebhookDesk({
    ...{ db, store, signing, deliverer, events, deskUrl, clock },
    replays: createWebhookReplay(db),
    addresses: { encrypted: createAddressRule(allowed), plain: createAddressRule(allowed, true) },
  });
  return { ...desk, start: deliverer.start, run: deliverer.run, stop: deliverer.stop };
}
