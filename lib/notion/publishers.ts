import { createHash } from 'node:crypto';
import type { Database } from '../db/client';
import type { NotionKind, NotionOutbox } from '../db/notion-outbox';
import type { AlertPublisher, Log, ReviewPublisher } from '../ports';
import type { NotionPush } from './push';
import type { AlertRecord, ReviewRecord } from './records';
import type { NotionConnections, NotionSettings } from './settings';

/** Where something was published. */
export interface NotionReference {
  pageId: string;
  url: string;
}

/**
 * Publishes what others make. On disk when it answers: the page follows at once or, where Notion is busy or out of reach,
 * later by itself. Null where it is not there yet, or where nobody chose a database for it (which the log says). The same id
 * again is the same page.
 */
export interface NotionPublishers {
  reviews: { publish(review: Omit<ReviewRecord, 'accountName'>): Promise<NotionReference | null> };
  alerts: { publish(alert: AlertRecord): Promise<NotionReference | null> };
  /** Why nothing can be published to it now, in a sentence; null where it can. */
  problem(target: 'review' | 'health'): Promise<string | null>;
  /** Where it was published; null where it is not there yet. */
  find(kind: 'review' | 'alert', id: string): Promise<NotionReference | null>;
}

interface PublishersOptions {
  db: Database;
  connections: NotionConnections;
  outbox: NotionOutbox;
  push: NotionPush;
  clock: () => Date;
  log: Log;
}

/** How long whoever publishes waits for the page, in milliseconds. */
const WAIT_MS = 5_000;

export function createPublishers({ db, connections, outbox, push, clock, log }: PublishersOptions): NotionPublishers {
  async function publish(
    kind: NotionKind,
    target: keyof NotionSettings['targets'],
    { id, accountId }: { id: string; accountId: string | null },
    content: object,
  ): Promise<NotionReference | null> {
    const connection = await connections.read();
    if (!connection?.connected || !connection.settings.targets[target]) {
      log.info({ kind, id }, 'Not published in Notion: no database is chosen for it');
      return null;
    }
    const text = JSON.stringify(content);
    const digest = createHash('sha256').update(text).digest('base64url');
    const before = await outbox.record(kind, id);
    if (before?.digest === digest) return { pageId: before.pageId, url: before.url };
    await outbox.add({ kind, targetId: id, accountId: accountId ?? '', digest, content: text }, clock());
    await Promise.race([push.run(), delay(WAIT_MS)]);
    const record = await outbox.record(kind, id);
    return record?.digest === digest ? { pageId: record.pageId, url: record.url } : null;
  }

  return {
    reviews: {
      async publish(review) {
        const account = await db.read.account.findUnique({ where: { id: review.accountId }, select: { name: true } });
        return publish('review', 'review', review, { ...review, accountName: account?.name ?? review.accountId });
      },
    },
    alerts: { publish: (alert) => publish('alert', 'health', alert, alert) },
    async problem(target) {
      const connection = await connections.read();
      if (!connection?.connected) return 'Notion is not connected.';
      if (connection.settings.targets[target]) return null;
      const what = target === 'review' ? 'reviews' : 'health records';
      return `No database for ${what} is chosen in Settings → Notion.`;
    },
    async find(kind, id) {
      const record = await outbox.record(kind, id);
      return record && { pageId: record.pageId, url: record.url };
    },
  };
}

/** Reviews as pages: made again, a review takes the place of what its page said. */
export function createReviewPublisher(publishers: NotionPublishers): ReviewPublisher {
  return {
    destination: 'Notion',
    problem: () => publishers.problem('review'),
    async publish({ accountId, period, title, document }) {
      const page = await publishers.reviews.publish({
        id: `${accountId}/${period}`,
        accountId,
        period,
        title,
        document,
      });
      return { url: page?.url ?? null };
    },
  };
}

/** Alerts as health records, with the health of the account as it is. */
export function createAlertPublisher(publishers: NotionPublishers, db: Database): AlertPublisher {
  return {
    problem: () => publishers.problem('health'),
    async publish({ id, accountId, document, createdAt }) {
      const health = accountId === null ? null : await db.read.accountHealth.findUnique({ where: { accountId } });
      const page = await publishers.alerts.publish({
        id,
        accountId,
        title: document.title,
        at: createdAt,
        score: health?.score ?? null,
        rag: health?.rag ?? null,
        churnRisk: health?.churnRisk ?? null,
        document,
      });
      return { href: page?.url ?? null };
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
