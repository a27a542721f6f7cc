import { createInProcessEventBus } from '../../lib/adapters/events/in-process';
import { loadConfig } from '../../lib/config';
import type { Database } from '../../lib/db/client';
import { appendEvents } from '../../lib/db/event-log';
import type { DeskEvent, EventBus, Log } from '../../lib/ports';
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

/** Appends events as whatever makes them true does. */
export async function tellOf(db: Database, clock: TestClock, ...events: Partial<DeskEvent>[]): Promise<void> {
  await db.bulk((tx) =>
    appendEvents(
      tx,
      events.map((event) => ({ type: 'churn.alert', accountId: 'a', data: {}, ...event })),
      clock(),
    ),
  );
}
