import type { NotionApi } from '../adapters/notion/notion-api';
import type { NotionSchema } from '../adapters/notion/notion-objects';
import type { NotionKind, NotionOutbox, NotionWork } from '../db/notion-outbox';
import { AppError, isAppError } from '../errors';
import type { Log } from '../ports';
import { noteProblem } from './problems';
import {
  type AlertRecord,
  alertPage,
  expansionPage,
  healthNames,
  healthWrites,
  type PropertyNames,
  type ReviewRecord,
  reviewPage,
  targetNames,
  type WantedPage,
  writePage,
} from './records';
import type { NotionSession } from './session';
import type { NotionConnectionState, NotionConnections, NotionSettings } from './settings';
import type { Talk } from './talk';

export interface NotionPushOptions {
  session: NotionSession;
  connections: NotionConnections;
  outbox: NotionOutbox;
  talk: Talk;
  owner: string;
  clock: () => Date;
  /** Where people open the desk; null where nobody said. */
  deskUrl: string | null;
  log: Log;
}

/** How often to look whether there is something to tell that nobody announced, in milliseconds. */
const LOOK_EVERY_MS = 15_000;
/** How long after news to look, in milliseconds; longer where looking itself takes long. */
const SOON_MS = 2_000;
/** After this long the turn is given to whoever waits for it. */
const TURN_MS = 30_000;
/** Longer than any request with its repetitions. */
const LEASE_MS = 10 * 60_000;
const AT_ONCE = 4;
const CLAIMED = 16;
/** How long a schema is taken for true. */
const SCHEMA_MS = 60_000;
/** How long to leave Notion alone after a failure that is not one item's. */
const REST_MS = 60_000;
/** Longer than Notion takes to show by its queries what it has made. */
const SETTLE_MS = 30_000;
const MAX_WAIT_MS = 30 * 60_000;
const MAX_ATTEMPTS = 8;

/** Tells Notion what there is to tell, from a backlog on disk; whoever adds to it never waits. */
export interface NotionPush {
  /** Something may have changed. */
  noticed(): void;
  /** Takes what failed or rests up again at once. */
  hurry(): void;
  /** Notes what changed, and tells what is due. Resolves when nothing is left that is due, or nothing can be told now. */
  run(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export function createNotionPush(options: NotionPushOptions): NotionPush {
  const { session, connections, outbox, talk, owner, clock, log } = options;
  const schemas = new Map<string, { until: number; schema: Promise<NotionSchema> }>();
  let dirty = true;
  let restUntil = 0;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let soon: NodeJS.Timeout | null = null;
  let compareMs = 0;
  let stopped = false;
  /** Somebody asked while a pass was under way, which may be past what they added. */
  let again = false;

  async function passes(): Promise<void> {
    while (again && !stopped) {
      again = false;
      await pass();
    }
  }

  async function pass(): Promise<void> {
    if (clock().getTime() < restUntil) return;
    for (let more = true; more && !stopped; ) more = await takeTurn();
  }

  /** @returns whether there is more to do at once. */
  async function takeTurn(): Promise<boolean> {
    const connection = await connections.read();
    if (!connection?.connected || !connection.settings.accounts) return false;
    const due = await outbox.nextDueAt();
    if (!dirty && (due === null || due > clock())) return false;
    const leave = await talk.tryEnter();
    if (!leave) return false;
    try {
      return await work(connection);
    } catch (error) {
      if (stopped) return false;
      restUntil = clock().getTime() + restAfter(error);
      schemas.clear();
      await noteProblem('push', error, { connection, connections, now: clock(), log });
      return false;
    } finally {
      await leave();
    }
  }

  async function work({ settings }: NotionConnectionState): Promise<boolean> {
    if (dirty) {
      dirty = false;
      const wanted = { health: settings.health !== null, expansion: settings.targets.expansion !== null };
      const started = performance.now();
      await outbox.fill({ ...wanted, now: clock() }, nextTurn);
      compareMs = performance.now() - started;
    }
    const opened = await session.open();
    if (!opened) return false;
    const { api, connection } = opened;
    const kinds = kindsOf(settings);
    const until = performance.now() + TURN_MS;
    let told = 0;
    while (!stopped) {
      const claimed = await outbox.claim({ kinds, owner, ttlMs: LEASE_MS, limit: CLAIMED, now: clock() });
      if (claimed.length === 0) break;
      told += await tell(claimed, api, connection);
      if (performance.now() > until) return true;
    }
    if (told > 0 || connection.problems.push) await settle(api, connection, kinds, told);
    return false;
  }

  /** Everything that was due is told; a problem that nothing is left to show is over where its cause is. */
  async function settle(
    api: NotionApi,
    connection: NotionConnectionState,
    kinds: readonly NotionKind[],
    told: number,
  ): Promise<void> {
    if (told === 0) for (const kind of kinds) await namesFor(kind, api, connection);
    await connections.pushed(connection.version, clock());
  }

  /** Tells Notion of a few at a time. @throws where the reason concerns them all; they are given back then. */
  async function tell(claimed: NotionWork[], api: NotionApi, connection: NotionConnectionState): Promise<number> {
    const queue = [...claimed];
    let told = 0;
    let failure: unknown = null;
    const lane = async () => {
      for (let item = queue.shift(); item; item = queue.shift()) {
        if (failure !== null || stopped) {
          await outbox.giveBack(item, owner);
          continue;
        }
        try {
          await tellOne(item, api, connection);
          told += 1;
        } catch (error) {
          failure ??= await judge(item, error, api, connection);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    if (failure !== null) throw failure as Error;
    return told;
  }

  async function tellOne(item: NotionWork, api: NotionApi, connection: NotionConnectionState): Promise<void> {
    const now = clock();
    if (item.kind === 'health') {
      const facts = (await outbox.healthFacts([item.targetId])).get(item.targetId);
      const record = await outbox.record('health', item.targetId);
      if (!facts || record?.digest === facts.digest) return outbox.drop(item, owner);
      await api.updatePage(facts.pageId, healthWrites(facts, await namesFor('health', api, connection)));
      return outbox.done(item, owner, { pageId: facts.pageId, url: facts.url, digest: facts.digest }, now);
    }
    const { wanted, digest } = await describe(item);
    const target = wanted && connection.settings.targets[wanted.target];
    const known = await outbox.record(item.kind, item.targetId);
    if (!wanted || !target || known?.digest === digest) return outbox.drop(item, owner);
    const page = await writePage(wanted, {
      ...{ api, digest, known, dataSourceId: target.id, deskUrl: options.deskUrl },
      names: await namesFor(item.kind, api, connection),
      onMade: (record) => outbox.begun(item, record, now),
    });
    await outbox.done(item, owner, { ...page, digest }, now);
  }

  /** What is to be told, as things are now. */
  async function describe(item: NotionWork): Promise<{ wanted: WantedPage | null; digest: string }> {
    const { deskUrl } = options;
    if (item.kind === 'expansion') {
      const facts = (await outbox.expansionFacts([item.targetId])).get(item.targetId);
      return { wanted: facts ? expansionPage(facts, deskUrl) : null, digest: facts?.digest ?? '' };
    }
    const content = JSON.parse(item.content ?? 'null') as unknown;
    const accountPage = await outbox.accountPage(item.accountId);
    const wanted =
      content === null
        ? null
        : item.kind === 'review'
          ? reviewPage(content as ReviewRecord, accountPage, deskUrl)
          : alertPage(content as AlertRecord, accountPage, deskUrl);
    return { wanted, digest: item.digest };
  }

  /**
   * What becomes of an item that could not be told. @returns the failure where it is not the item's: a token that is not
   * accepted, a database that is not shared, a property that is gone, Notion out of reach.
   */
  async function judge(
    item: NotionWork,
    error: unknown,
    api: NotionApi,
    connection: NotionConnectionState,
  ): Promise<unknown> {
    const giveBack = async (failure: unknown) => {
      await outbox.giveBack(item, owner);
      return failure;
    };
    const now = clock();
    if (stopped) {
      // Whether a request that was cut off made something, Notion's queries show a little later.
      const at = new Date(now.getTime() + SETTLE_MS);
      await outbox.retryLater(item, owner, { at, code: 'outcome_unknown', message: 'The server stopped.', now });
      return error;
    }
    if (!isAppError(error)) return giveBack(error);
    const { code, message } = error;
    if (code === 'outcome_unknown') {
      const wait = Math.min(SETTLE_MS * 2 ** item.attempts, MAX_WAIT_MS);
      if (item.attempts + 1 >= MAX_ATTEMPTS) await outbox.fail(item, owner, { code, message, now });
      else await outbox.retryLater(item, owner, { at: new Date(now.getTime() + wait), code, message, now });
      return null;
    }
    if (code !== 'notion_missing' && code !== 'notion_rejected') return giveBack(error);
    // Is it the page, or the place that all of its kind go to?
    schemas.clear();
    try {
      await namesFor(item.kind, api, connection);
    } catch (place) {
      return giveBack(place);
    }
    await outbox.fail(item, owner, { code, message, now });
    return null;
  }

  async function namesFor(
    kind: NotionKind,
    api: NotionApi,
    { settings }: NotionConnectionState,
  ): Promise<PropertyNames> {
    if (kind === 'health') {
      if (!settings.accounts || !settings.health) throw notChosen();
      return healthNames(await schemaOf(api, settings.accounts.id), settings.health);
    }
    const name = TARGET_OF[kind];
    const target = settings.targets[name];
    if (!target) throw notChosen();
    return targetNames(name, await schemaOf(api, target.id), target.properties);
  }

  function schemaOf(api: NotionApi, dataSourceId: string): Promise<NotionSchema> {
    const known = schemas.get(dataSourceId);
    if (known && known.until > performance.now()) return known.schema;
    const schema = api.readSchema(dataSourceId);
    schemas.set(dataSourceId, { until: performance.now() + SCHEMA_MS, schema });
    schema.catch(() => schemas.delete(dataSourceId));
    return schema;
  }

  function run(): Promise<void> {
    if (stopped) return Promise.resolve();
    again = true;
    running ??= passes()
      .catch((error: unknown) => log.error({ err: error }, 'Notion could not be told'))
      .finally(() => {
        running = null;
      });
    return running;
  }

  function look(): void {
    soon = null;
    void run();
  }

  return {
    noticed() {
      dirty = true;
      // Events come in swarms: what they are about is looked at once.
      if (timer && !stopped) soon ??= setTimeout(look, Math.max(SOON_MS, 10 * compareMs)).unref();
    },
    hurry() {
      restUntil = 0;
      schemas.clear();
    },
    run,
    start() {
      timer = setInterval(() => void run(), LOOK_EVERY_MS).unref();
      void run();
    },
    async stop() {
      stopped = true;
      if (timer) clearInterval(timer);
      if (soon) clearTimeout(soon);
      await running;
    },
  };
}

const TARGET_OF = { expansion: 'expansion', review: 'review', alert: 'health' } as const;

/** What can be told: only what there is a place for. */
function kindsOf({ health, targets }: NotionSettings): NotionKind[] {
  const kinds: NotionKind[] = [];
  if (health) kinds.push('health');
  if (targets.expansion) kinds.push('expansion');
  if (targets.review) kinds.push('review');
  if (targets.health) kinds.push('alert');
  return kinds;
}

function restAfter(error: unknown): number {
  const seconds = isAppError(error) ? error.retryAfterSeconds : undefined;
  return Math.max(REST_MS, (seconds ?? 0) * 1_000);
}

function notChosen(): AppError {
  return new AppError('notion_missing', 'There is no database to write to.', {
    remedy: 'Choose one in Settings → Notion.',
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
