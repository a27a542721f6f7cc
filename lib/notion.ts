import type { Config } from './config';
import type { Database } from './db/client';
import type { ImportStore } from './db/import-store';
import { createNotionConnectionStore } from './db/notion-connection';
import { createNotionOutbox } from './db/notion-outbox';
import { createNotionPages } from './db/notion-pages';
import { AppError } from './errors';
import type { Instances } from './instances';
import { openSecretBox } from './integrations';
import { createJobRunner, type Job } from './job-runner';
import type { NotionRequest } from './metrics';
import { createNotionDesk, type NotionDesk, PULL } from './notion/desk';
import { noteProblem } from './notion/problems';
import { createPublishers, type NotionPublishers } from './notion/publishers';
import { pullAccounts } from './notion/pull';
import { createNotionPush } from './notion/push';
import { createNotionSession } from './notion/session';
import { NO_SETTINGS } from './notion/settings';
import { createTalk } from './notion/talk';
import type { EventBus, Log, RunLog } from './ports';

export interface NotionOptions {
  config: Config;
  db: Database;
  imports: ImportStore;
  instances: Instances;
  runs: RunLog;
  events: EventBus;
  owner: string;
  clock: () => Date;
  log: Log;
  /** Asks for a scan of what a pull has changed. */
  requestScan: () => Promise<unknown>;
  /** Jobs as they are watched. */
  observe: (jobs: Record<typeof PULL, Job>) => Record<string, Job>;
  observeRequest: (request: NotionRequest) => void;
}

/** Notion at the desk: accounts in, findings out. */
export interface Notion {
  readonly desk: NotionDesk;
  /** For QBRs and alerts, which others make. */
  readonly publishers: NotionPublishers;
  /** The schedule's firing; nothing where no database is chosen. */
  pull(scheduledFor: Date, trigger: 'schedule' | 'catch_up'): Promise<void>;
  /** Tells what is due; for tests and whoever cannot wait for the timer. */
  tell(): Promise<void>;
  facts(): Promise<NotionFacts>;
  start(): void;
  stop(): Promise<void>;
}

/** What the metrics say of it. */
export interface NotionFacts {
  connected: boolean;
  waiting: number;
  failed: number;
  oldestAt: Date | null;
  pulledAt: Date | null;
}

/** Events after which there may be something to tell. */
const NEWS = ['accounts.changed', 'opportunity.changed', 'dispatch.changed', 'desk.resumed'];

/**
 * Composes it. Pulls run in a lane of their own, so that no scan waits for Notion, and one instance talks at a time: the
 * limit is the token's.
 */
export async function connectNotion(options: NotionOptions): Promise<Notion> {
  const { config, db, imports, instances, runs, events, owner, clock, log } = options;
  const connections = createNotionConnectionStore(db, NO_SETTINGS);
  const pages = createNotionPages(db);
  const outbox = createNotionOutbox(db);
  const box = await openSecretBox(config);
  const talk = createTalk(instances);
  const session = createNotionSession({
    connections,
    box,
    baseUrl: config.notion.apiUrl,
    requestsPerSecond: config.notion.requestsPerSecond,
    observe: options.observeRequest,
  });
  const deskUrl = config.publicUrls[0] ?? null;
  const push = createNotionPush({ session, connections, outbox, talk, owner, clock, deskUrl, log });

  const pull: Job = async ({ runId, now, signal, onProgress }) => {
    for (let pulled = false; !pulled; ) {
      signal.throwIfAborted();
      const connection = await connections.read();
      if (!connection?.connected) throw new AppError('conflict', 'Notion is not connected.');
      try {
        const opened = await session.open();
        if (!opened) throw new AppError('conflict', 'Notion is not connected.');
        const { version } = opened.connection;
        const outcome = await pullAccounts({
          ...{ ...opened, pages, imports, runId, now, signal, onProgress },
          isCurrent: async () => (await connections.read())?.version === version,
          onReturned: (accountIds) => outbox.retryHealth(accountIds, clock()),
        });
        // Settings that were changed meanwhile are begun with at once.
        pulled = outcome !== null && (await connections.pulled(version, { ...outcome, now: clock() }));
        if (outcome?.changed) await options.requestScan();
      } catch (error) {
        if (!signal.aborted) await noteProblem('pull', error, { connection, connections, now: clock(), log });
        throw error;
      }
    }
    push.noticed();
  };
  const jobs = createJobRunner({
    runs,
    events,
    jobs: options.observe({ [PULL]: pull }),
    owner,
    turn: talk.enter,
    gone: instances.gone,
    clock,
    log,
  });
  const desk = createNotionDesk({ session, connections, pages, outbox, push, jobs, box, clock });
  const unsubscribe = events.subscribe((event) => {
    if (NEWS.includes(event.type)) push.noticed();
  });

  return {
    desk,
    publishers: createPublishers({ db, connections, outbox, push, clock }),
    async pull(scheduledFor, trigger) {
      const connection = await connections.read();
      if (!connection?.connected || !connection.settings.accounts) return;
      await jobs.start(PULL, trigger, scheduledFor);
      await jobs.finished(PULL);
    },
    tell: () => push.run(),
    async facts() {
      const [connection, backlog] = await Promise.all([connections.read(), outbox.summary()]);
      return { ...backlog, connected: connection?.connected ?? false, pulledAt: connection?.pulledAt ?? null };
    },
    start: () => push.start(),
    async stop() {
      unsubscribe();
      session.close();
      await Promise.all([jobs.stop(), push.stop()]);
    },
  };
}
