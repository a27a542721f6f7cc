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
  open(): Promise<{ api: NotionApi; connection: NotionConnectionState } | null>;
  /** For a token that is not kept yet. */
  tryToken(token: string): NotionApi;
  close(): void;
}

export function createNotionSession(options: NotionSessionOptions): NotionSession {
  const { connections, box, baseUrl, observe, requestsPerSecond } = options;
  const gate = createRequestGate(requestsPerSecond === undefined ? {} : { perSecond: requestsPerSecond });
  const closing = new AbortController();
  // Every request that waits for its turn listens to it.
  setMaxListeners(0, closing.signal);
  let opened: { version: number; api: NotionApi } | null = null;

  const openWith = (token: string) => openNotionApi({ token, baseUrl, gate, signal: closing.signal, observe });

  return {
    async open() {
      const connection = await connections.read();
      if (!connection?.connected || connection.credentials === null) {
        opened = null;
        return null;
      }
      if (opened?.version !== connection.version) {
        opened = { version: connection.version, api: openWith(readToken(box, connection.credentials)) };
      }
      return { api: opened.api, connection };
    },
    tryToken: openWith,
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
