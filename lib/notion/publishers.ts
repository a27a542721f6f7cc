import { createHash } from 'node:crypto';
import type { Database } from '../db/client';
import type { NotionKind, NotionOutbox } from '../db/notion-outbox';
import type { StructuredDocument } from '../domain/document';
import { AppError } from '../errors';
import type { NotionPush } from './push';
import type { AlertRecord, ReviewRecord } from './records';
import type { NotionConnections } from './settings';

/** A QBR to be shown as a page. */
export interface PublishedReview {
  accountId: string;
  reviewId: string;
  title: string;
  document: StructuredDocument;
}

/** An alert, or a digest of several (`accountId` null), to be kept as a record. */
export interface PublishedAlert {
  id: string;
  accountId: string | null;
  kind: string;
  level: string;
  document: StructuredDocument;
  createdAt: Date;
}

/**
 * Publishes what others make: pages of the backlog like all that is written. On disk before anything is asked of Notion; what
 * cannot be told now follows by itself.
 */
export interface NotionPublishers {
  reviews: {
    readonly destination: string;
    /** Why nothing can be published, in a sentence; null where it can. */
    problem(): Promise<string | null>;
    /**
     * One page an account and title: published again, it takes the place of what was there.
     * @throws AppError `conflict` where no database is chosen for it; `notion_unavailable` (retryable) where it waits in the
     * backlog: asked again, it answers with the address as soon as there is one.
     */
    publish(review: PublishedReview, options: { signal: AbortSignal }): Promise<{ url: string | null }>;
  };
  alerts: {
    problem(): Promise<string | null>;
    /** One record an id. `href` is null where it waits in the backlog. @throws AppError `conflict` as above. */
    publish(alert: PublishedAlert, options: { signal: AbortSignal }): Promise<{ href: string | null }>;
  };
}

interface PublishersOptions {
  db: Database;
  connections: NotionConnections;
  outbox: NotionOutbox;
  push: NotionPush;
  clock: () => Date;
}

/** How long whoever publishes waits for the page, in milliseconds. */
const WAIT_MS = 10_000;
const RETRY_SECONDS = 60;

export function createPublishers({ db, connections, outbox, push, clock }: PublishersOptions): NotionPublishers {
  async function problemWith(target: 'review' | 'health'): Promise<string | null> {
    const connection = await connections.read();
    if (!connection?.connected) return 'Notion is not connected.';
    if (!connection.settings.accounts) return 'No accounts database is chosen in Settings → Notion.';
    if (connection.settings.targets[target]) return null;
    return `No database for ${target === 'review' ? 'QBRs' : 'health records'} is chosen in Settings → Notion.`;
  }

  /** @returns where it is; null where it waits. */
  async function publish(
    kind: NotionKind,
    { targetId, accountId }: { targetId: string; accountId: string },
    content: object,
    signal: AbortSignal,
    /** Of the content, what is no change. */
    aside: object = {},
  ): Promise<string | null> {
    const problem = await problemWith(kind === 'review' ? 'review' : 'health');
    if (problem !== null) {
      throw new AppError('conflict', problem, { remedy: 'An admin sets it up in Settings → Notion.' });
    }
    const digest = createHash('sha256').update(JSON.stringify(content)).digest('base64url');
    const told = async () => {
      const record = await outbox.record(kind, targetId);
      return record?.digest === digest ? record.url : null;
    };
    const before = await told();
    if (before !== null) return before;
    await outbox.addUnlessThere(
      { kind, targetId, accountId, digest, content: JSON.stringify({ ...content, ...aside }) },
      clock(),
    );
    await Promise.race([push.run(), delay(WAIT_MS, signal)]);
    const refusal = await outbox.refusal(kind, targetId, digest);
    if (refusal !== null) {
      throw new AppError('notion_rejected', refusal, { remedy: 'Settings → Notion says what to do, and tries again.' });
    }
    return told();
  }

  return {
    reviews: {
      destination: 'Notion',
      problem: () => problemWith('review'),
      async publish({ accountId, title, document }, { signal }) {
        const id = createHash('sha256')
          .update(JSON.stringify([accountId, title]))
          .digest('base64url');
        const content: ReviewRecord = { id, accountId, title, document };
        const url = await publish('review', { targetId: id, accountId }, content, signal);
        if (url !== null) return { url: url || null };
        throw new AppError('notion_unavailable', 'The page waits for its turn in the backlog of Notion.', {
          retryable: true,
          retryAfterSeconds: RETRY_SECONDS,
        });
      },
    },
    alerts: {
      problem: () => problemWith('health'),
      async publish({ id, accountId, kind, level, document, createdAt }, { signal }) {
        const health = accountId === null ? null : await db.read.accountHealth.findUnique({ where: { accountId } });
        const content: Omit<AlertRecord, 'at'> = {
          ...{ id, accountId: accountId ?? '', kind, level, document, title: document.title },
          score: health?.score ?? null,
          rag: health?.rag ?? null,
          churnRisk: health?.churnRisk ?? null,
        };
        const at = createdAt.toISOString();
        const href = await publish('alert', { targetId: id, accountId: accountId ?? '' }, content, signal, { at });
        return { href: href || null };
      },
    },
  };
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
