import type { Client, ListBlockChildrenResponse, QueryDataSourceParameters } from '@notionhq/client';
import { AppError, isAppError } from '../../errors';
import type { BlockRequest } from './document-blocks';
import { type LoadedClient, loadClient, type NotionClientOptions } from './notion-client';
import { toNotionError } from './notion-errors';
import {
  type NotionPage,
  type NotionPlace,
  type NotionSchema,
  oneLine,
  pageOrThrow,
  safeUrl,
  titleOf,
  toPage,
  toSchema,
  unexpected,
} from './notion-objects';
import { plainText } from './property-values';
import type { PropertyDefinitions, PropertyWrites } from './records';
import type { RequestGate, RequestKind } from './request-gate';

export interface RowQuery {
  /** Only pages that were edited at that time or later. */
  editedFrom?: Date | null;
  /** Pages in the trash, in the place of the others. */
  inTrash?: boolean;
  /** Ids of the properties to send along; all unless given. */
  properties?: readonly string[];
}

/**
 * What the desk asks of Notion. Every method throws AppError `notion_reconnect` (the token is not accepted),
 * `notion_missing` (gone, or not shared), `notion_rejected` (refused for good), `notion_unavailable` (later), and those that
 * make something `outcome_unknown` where nobody knows whether it was made.
 */
export interface NotionApi {
  whoAmI(): Promise<{ name: string; workspace: string | null }>;
  /** The most recently edited first, at most 100. */
  findPlaces(kind: 'data_source' | 'page', text: string): Promise<NotionPlace[]>;
  readSchema(dataSourceId: string): Promise<NotionSchema>;
  /** All rows in batches, however many there are. */
  readRows(dataSourceId: string, query: RowQuery): AsyncGenerator<NotionPage[]>;
  firstRows(dataSourceId: string, count: number): Promise<NotionPage[]>;
  /** Null where it is gone for good, or not shared. */
  readPage(pageId: string): Promise<NotionPage | null>;
  /** The page whose text property has this very value; in the trash it does not count. */
  findByText(dataSourceId: string, property: string, text: string): Promise<NotionPage | null>;
  createPage(dataSourceId: string, properties: PropertyWrites): Promise<NotionPage>;
  /** `erase` empties the page. */
  updatePage(pageId: string, properties: PropertyWrites, options?: { erase?: boolean }): Promise<NotionPage>;
  createDatabase(parentPageId: string, title: string, properties: PropertyDefinitions): Promise<NotionSchema>;
  addProperties(dataSourceId: string, properties: PropertyDefinitions): Promise<NotionSchema>;
  /** How many blocks lie directly on the page. */
  countBlocks(pageId: string): Promise<number>;
  appendBlocks(pageId: string, blocks: readonly BlockRequest[]): Promise<void>;
}

/** Told of every request that got an answer, or none. */
export type RequestObserver = (request: { operation: string; outcome: string; seconds: number }) => void;

export interface NotionApiOptions extends NotionClientOptions {
  gate: RequestGate;
  /** How long one request may wait for its turn, in milliseconds, where somebody waits for the answer. */
  patienceMs?: number;
  observe?: RequestObserver;
  /** @returns after so many milliseconds; @throws the signal's reason. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const PAGE_SIZE = 100;
/** Tries of one call in a row; after these whoever asked tries again later. */
const TRIES = 4;
const RETRY_AFTER_MS = 500;
/** How the vendor's helper begins to say that more rows were made in one minute than a query shows. */
const STALLED = 'iterateAllDataSourceRows cannot make progress';

/** Opens Notion with the vendor's client, which is loaded with the first call. */
export function openNotionApi(options: NotionApiOptions): NotionApi {
  const { gate, signal, patienceMs, observe = () => {}, pause = wait } = options;
  let loaded: Promise<LoadedClient> | null = null;
  const load = () => {
    loaded ??= loadClient(options);
    return loaded;
  };

  /**
   * One call: waits for its turn, and tries again what can be tried again. After 429 nothing was done; after any other
   * failure only what makes nothing is repeated here.
   */
  async function call<T>(
    operation: string,
    kind: RequestKind,
    work: (client: Client) => Promise<T>,
    { creates = false } = {},
  ): Promise<T> {
    const { client } = await load();
    const patience = patienceMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    for (let tried = 1; ; tried += 1) {
      await gate.pass(kind, patience).catch((reason: unknown) => {
        throw signal.aborted ? reason : busy();
      });
      const started = performance.now();
      try {
        const answer = await work(client);
        observe({ operation, outcome: 'ok', seconds: (performance.now() - started) / 1_000 });
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        const failure = toNotionError(error, { creates });
        const limited = failure.retryAfterSeconds !== undefined;
        const seconds = (performance.now() - started) / 1_000;
        observe({ operation, outcome: limited ? 'rate_limited' : failure.code, seconds });
        if (limited) gate.pause(failure.retryAfterSeconds ?? 0);
        if (tried >= TRIES || failure.code !== 'notion_unavailable') throw failure;
        if (!limited) await pause(RETRY_AFTER_MS * 2 ** (tried - 1), signal);
      }
    }
  }

  async function* readRows(dataSourceId: string, query: RowQuery): AsyncGenerator<NotionPage[]> {
    const { iterateAllDataSourceRows } = await load();
    // The helper walks past the 10,000 rows at which a query stops; each of its requests waits for its turn.
    const waiting = {
      dataSources: {
        query: (args: QueryDataSourceParameters) =>
          call('query', 'read', (client) => client.dataSources.query({ ...args, page_size: PAGE_SIZE })),
      },
    } as unknown as Client;
    const args = {
      data_source_id: dataSourceId,
      ...(query.inTrash ? { in_trash: true } : {}),
      ...(query.properties ? { filter_properties: [...query.properties] } : {}),
      ...(query.editedFrom ? { filter: editedFrom(query.editedFrom) } : {}),
    } as Parameters<typeof iterateAllDataSourceRows>[1];
    let batch: NotionPage[] = [];
    try {
      for await (const row of iterateAllDataSourceRows(waiting, args)) {
        const page = toPage(row);
        if (!page) continue;
        batch.push(page);
        if (batch.length === PAGE_SIZE) {
          yield batch;
          batch = [];
        }
      }
    } catch (error) {
      if (isAppError(error) || signal.aborted) throw error;
      if (!(error as Error).message.startsWith(STALLED)) throw unexpected(error);
      throw new AppError(
        'notion_rejected',
        'More than 10,000 pages were made in the same minute; Notion shows no more.',
        {
          cause: error,
          remedy:
            'Import these accounts as a file, or duplicate some of the pages so that they were made at other times.',
        },
      );
    }
    if (batch.length > 0) yield batch;
  }

  return {
    async whoAmI() {
      const user = await call('users.me', 'read', (client) => client.users.me({}));
      const bot = 'bot' in user && user.bot && 'workspace_name' in user.bot ? user.bot : null;
      return {
        name: oneLine(user.name ?? 'Integration'),
        workspace: bot?.workspace_name ? oneLine(bot.workspace_name) : null,
      };
    },

    async findPlaces(kind, text) {
      const found = await call('search', 'read', (client) =>
        client.search({
          ...(text === '' ? {} : { query: text }),
          filter: { property: 'object', value: kind },
          sort: { timestamp: 'last_edited_time', direction: 'descending' },
          page_size: PAGE_SIZE,
        }),
      );
      return found.results.flatMap((place) => {
        if (!('url' in place) || place.in_trash) return [];
        const title = place.object === 'data_source' ? plainText(place.title) : titleOf(place.properties);
        return [{ id: place.id, title: oneLine(title) || 'Untitled', url: safeUrl(place.url) }];
      });
    },

    async readSchema(dataSourceId) {
      return toSchema(
        await call('data_sources.retrieve', 'read', (client) =>
          client.dataSources.retrieve({ data_source_id: dataSourceId }),
        ),
      );
    },

    readRows,

    async firstRows(dataSourceId, count) {
      const found = await call('query', 'read', (client) =>
        client.dataSources.query({ data_source_id: dataSourceId, page_size: count }),
      );
      return found.results.flatMap((row) => toPage(row) ?? []);
    },

    async readPage(pageId) {
      try {
        return toPage(await call('pages.retrieve', 'read', (client) => client.pages.retrieve({ page_id: pageId })));
      } catch (error) {
        if (isAppError(error) && error.code === 'notion_missing') return null;
        throw error;
      }
    },

    async findByText(dataSourceId, property, text) {
      const found = await call('query', 'read', (client) =>
        client.dataSources.query({
          data_source_id: dataSourceId,
          filter: { property, rich_text: { equals: text } },
          page_size: 2,
        }),
      );
      return found.results.flatMap((row) => toPage(row) ?? []).find(({ inTrash }) => !inTrash) ?? null;
    },

    async createPage(dataSourceId, properties) {
      const made = await call(
        'pages.create',
        'write',
        (client) =>
          client.pages.create({ parent: { type: 'data_source_id', data_source_id: dataSourceId }, properties }),
        { creates: true },
      );
      return pageOrThrow(made);
    },

    async updatePage(pageId, properties, { erase = false } = {}) {
      const changed = await call('pages.update', 'write', (client) =>
        client.pages.update({ page_id: pageId, properties, ...(erase ? { erase_content: true } : {}) }),
      );
      return pageOrThrow(changed);
    },

    async createDatabase(parentPageId, title, properties) {
      const made = await call(
        'databases.create',
        'write',
        (client) =>
          client.databases.create({
            parent: { type: 'page_id', page_id: parentPageId },
            title: [{ text: { content: title } }],
            initial_data_source: { properties },
          }),
        { creates: true },
      );
      const dataSourceId = 'data_sources' in made ? made.data_sources[0]?.id : undefined;
      if (dataSourceId === undefined) throw unexpected();
      return this.readSchema(dataSourceId);
    },

    async addProperties(dataSourceId, properties) {
      return toSchema(
        await call('data_sources.update', 'write', (client) =>
          client.dataSources.update({ data_source_id: dataSourceId, properties }),
        ),
      );
    },

    async countBlocks(pageId) {
      let count = 0;
      let cursor: string | null = null;
      do {
        const start: string | null = cursor;
        const list: ListBlockChildrenResponse = await call('blocks.list', 'read', (client) =>
          client.blocks.children.list({
            block_id: pageId,
            page_size: PAGE_SIZE,
            ...(start === null ? {} : { start_cursor: start }),
          }),
        );
        count += list.results.length;
        cursor = list.has_more ? list.next_cursor : null;
      } while (cursor !== null);
      return count;
    },

    async appendBlocks(pageId, blocks) {
      await call(
        'blocks.append',
        'write',
        (client) => client.blocks.children.append({ block_id: pageId, children: [...blocks] }),
        { creates: true },
      );
    },
  };
}

function editedFrom(time: Date) {
  return { timestamp: 'last_edited_time' as const, last_edited_time: { on_or_after: time.toISOString() } };
}

function busy(): AppError {
  return new AppError('notion_unavailable', 'Notion takes no more requests of the desk just now.', {
    retryable: true,
    remedy: 'Try again in a minute: what the desk writes there, and the limit of the token, come first.',
  });
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((fulfil, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      fulfil();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
