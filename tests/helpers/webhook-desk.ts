import { createInProcessEventBus } from '../../lib/adapters/events/in-process';
import { loadConfig } from '../../lib/config';
import type { Database } from '../../lib/db/client';
import { appendEvents } from '../../lib/db/event-log';
import type { EventBus, Log } from '../../lib/ports';
import type { DeskEvent, DeskEventType } from '../../lib/ports/events';
import { openWebhooks, type Webhooks } from '../../lib/webhooks';
import type { TestClock } from './clock';

export interface WebhookDeskOptions {
  db: Database;
  directory: string;
  clock: TestClock;
  owner?: string;
  /** Other processes that are gone. */
  gone?: readonly string[];
  attemptMs?: number;
  env?: Record<string, string>;
}

export interface TestWebhooks extends Webhooks {
  events: EventBus;
  /** Everything that was logged, as text. */
  logged(): string;
  outcomes: string[];
}

/** The webhooks of one instance, without the rest of the desk: nothing is sent but by `run`. */
export async function openTestWebhooks(options: WebhookDeskOptions): Promise<TestWebhooks> {
  const { db, directory, clock, owner = 'one', gone = [], env = {} } = options;
  const lines: unknown[] = [];
  const write = (fields: object, message: string) =>
    void lines.push([fields, message, String((fields as { err?: unknown }).err)]);
  const log: Log = { info: write, warn: write, error: write };
  const events = createInProcessEventBus(log);
  const outcomes: string[] = [];
  const webhooks = await openWebhooks({
    ...{ db, events, owner, clock, log },
    config: loadConfig({
      NODE_ENV: 'test',
      HEADROOM_DATA_DIR: directory,
      HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1',
      HEADROOM_URL: 'https://desk.example',
      ...env,
    }),
    isOwnerGone: (other) => gone.includes(other),
    observe: ({ outcome }) => void outcomes.push(outcome),
    random: () => 0,
    graceMs: 200,
    ...(options.attemptMs === undefined ? {} : { attemptMs: options.attemptMs }),
  });
  return { ...webhooks, events, outcomes, logged: () => JSON.stringify(lines) };
}

const ALERT = { alertId: 'al-1', kind: 'new_risk', level: 'high', score: 40, rag: 'RED', churnRisk: 'high' };
const REVIEW = { reviewId: 're-1', accountId: 'a', period: '2026-Q3', kind: 'quarter', version: 1, trigger: 'request' };
/** What is in an event unless a test says otherwise. */
const USUAL: Partial<Record<DeskEventType, Record<string, unknown>>> = {
  'churn.alert': ALERT,
  'qbr.ready': { ...REVIEW, score: null, rag: null },
};

/** Appends events as whatever makes them true does: alerts, unless a type is given. */
export async function tellOf(db: Database, clock: TestClock, ...events: Partial<DeskEvent>[]): Promise<void> {
  await db.bulk((tx) =>
    appendEvents(
      tx,
      events.map(({ type = 'churn.alert', accountId = 'a', data }) => {
        return { type, accountId, data: { ...USUAL[type], ...data } };
      }),
      clock(),
    ),
  );
}
