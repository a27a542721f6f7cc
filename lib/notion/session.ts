import { setMaxListeners } from 'node:events';
import { type NotionApi, openNotionApi, type RequestObserver } from '../adapters/notion/notion-api';
import { createRequestGate } from '../adapters/notion/request-gate';
import { AppError, isAppError } from '../errors';
import type { SecretBox } from '../secrets';
import { type NotionConnectionState, type NotionConnections, TOKEN_PLACE } from './settings';

export interface NotionSessionOptions {
  connections: NotionConnections;
  box: SecretBox;
  baseUrl: string;
  /** More than Notion's limit is for tests alone. */
  requestsPerSecond?: number;
  observe: RequestObserver;
}

/** The way into the workspace that is connected. All of this process goes through one gate, whoever's token it is. */
export interface NotionSession {
  /**
   * Null where none is connected.
   * @throws AppError `notion_reconnect` where its token cannot be decrypted.
   */
  open(): Promise<OpenNotion | null>;
  /** The same for somebody who waits for the answer: what does not get its turn soon fails. */
  openAtOnce(): Promise<OpenNotion | null>;
  /** For a token that is not kept yet, and whoever waits for it to be. */
  tryToken(token: string): NotionApi;
  close(): void;
}

export interface OpenNotion {
  api: NotionApi;
  connection: NotionConnectionState;
}

/** How long a person waits for the turn of a request, in milliseconds. */
const PATIENCE_MS = 20_000;

export function createNotionSession(options: NotionSessionOptions): NotionSession {
  const { connections, box, baseUrl, observe, requestsPerSecond } = options;
  const gate = createRequestGate(requestsPerSecond === undefined ? {} : { perSecond: requestsPerSecond });
  const closing = new AbortController();
  // Every request that waits for its turn listens to it.
  setMaxListeners(0, closing.signal);
  let opened: { version: number; patient: NotionApi; hasty: NotionApi } | null = null;

  const openWith = (token: string) => openNotionApi({ token, baseUrl, gate, signal: closing.signal, observe });
  const tryToken = (token: string) =>
    openNotionApi({ token, baseUrl, gate, patienceMs: PATIENCE_MS, signal: closing.signal, observe });

  async function open(which: 'patient' | 'hasty'): Promise<OpenNotion | null> {
    const connection = await connections.read();
    if (!connection?.connected || connection.credentials === null) {
      opened = null;
      return null;
    }
    if (opened?.version !== connection.version) {
      const token = readToken(box, connection.credentials);
      opened = { version: connection.version, patient: openWith(token), hasty: tryToken(token) };
    }
    return { api: opened[which], connection };
  }

  return {
    open: () => open('patient'),
    openAtOnce: () => open('hasty'),
    tryToken,
    close: () => closing.abort(new AppError('unavailable', 'The server is stopping.', { retryable: true })),
  };
}

function readToken(box: SecretBox, credentials: string): string {
  try {
    return box.open(credentials, TOKEN_PLACE);
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new AppError('notion_reconnect', 'The stored token cannot be read: it was encrypted with another secret.', {
      cause: error,
      remedy: 'An admin pastes the integration’s token again in Settings → Notion, or sets HEADROOM_SECRET_PREVIOUS.',
    });
  }
}
