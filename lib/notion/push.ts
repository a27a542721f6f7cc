import { setTimeout as sleep } from 'node:timers/promises';
import type { NotionApi } from '../adapters/notion/notion-api';
import type { NotionSchema } from '../adapters/notion/notion-objects';
import type { NotionKind, NotionOutbox, NotionWork } from '../db/notion-outbox';
import { AppError, isAppError } from '../errors';
import type { Log } from '../ports';
import { kindsOf, namesAt, notChosen, placeOf } from './kinds';
import { noteProblem } from './problems';
import {
  type AlertRecord,
  alertPage,
  expansionPage,
  healthWrites,
  type PropertyNames,
  type ReviewRecord,
  reviewPage,
  type WantedPage,
  writePage,
} from './records';
import type { NotionSession } from './session';
import type { NotionConnectionState, NotionConnections } from './settings';
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
/** Attempts that ended nobody knows how, after which people are told. */
const TROUBLING_ATTEMPTS = 3;
/** Between two turns: whoever else waits for it looks for it more often. */
const BETWEEN_TURNS_MS = 500;

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
  /** Kinds whose place was found broken, and until when they are left alone; they leave when the place is found well. */
  const resting = new Map<NotionKind, number>();
  const stopping = new AbortController();
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
    while ((await takeTurn()) && !stopped) {
      await sleep(BETWEEN_TURNS_MS, null, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  function awake(kinds: readonly NotionKind[]): NotionKind[] {
    return kinds.filter((kind) => (resting.get(kind) ?? 0) <= clock().getTime());
  }

  /** @returns whether there is more to do at once. */
  async function takeTurn(): Promise<boolean> {
    const connection = await connections.read();
    const kinds = connection?.connected ? kindsOf(connection.settings) : [];
    if (!connection || kinds.length === 0) return false;
    const due = await outbox.nextDueAt(awake(kinds));
    if (!dirty && (due === null || due > clock())) return false;
    const leave = await talk.tryEnter();
    if (!leave) return false;
    try {
      return await work(connection);
    } catch (error) {
      if (stopped) return false;
      restUntil = clock().getTime() + restAfter(error);
      schemas.clear();
      await note(error, connection);
      return false;
    } finally {
      await leave();
    }
  }

  async function work({ settings }: NotionConnectionState): Promise<boolean> {
    const kinds = kindsOf(settings);
    if (dirty) {
      dirty = false;
      const wanted = { health: kinds.includes('health'), expansion: kinds.includes('expansion') };
      const started = performance.now();
      try {
        await outbox.fill({ ...wanted, now: clock() });
      } catch (error) {
        dirty = true;
        throw error;
      }
      compareMs = performance.now() - started;
    }
    const opened = await session.open();
    if (!opened) return false;
    const { api, connection } = opened;
    for (const kind of resting.keys()) if (!kinds.includes(kind)) resting.delete(kind);
    const until = performance.now() + TURN_MS;
    let told = 0;
    while (!stopped) {
      const claimed = await outbox.claim({
        ...{ kinds: awake(kinds), owner, ttlMs: LEASE_MS, limit: CLAIMED, now: clock() },
      });
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
    for (const kind of awake(kinds)) {
      if (told > 0 && !resting.has(kind)) continue;
      const problem = await placeProblem(kind, api, connection);
      if (problem) await rest(kind, problem, connection);
    }
    const mended = resting.size === 0 && !(await outbox.hasTrouble(TROUBLING_ATTEMPTS));
    await connections.pushed(connection.version, clock(), { mended });
  }

  /** Tells Notion of a few at a time. @throws where the reason concerns them all; they are given back then. */
  async function tell(claimed: NotionWork[], api: NotionApi, connection: NotionConnectionState): Promise<number> {
    const queue = [...claimed];
    let told = 0;
    let failure: unknown = null;
    const attempt = async (item: NotionWork, isSecond: boolean): Promise<void> => {
      try {
        await tellOne(item, api, connection);
        told += 1;
      } catch (error) {
        const judged = await judge(item, error, api, connection, isSecond);
        if (judged === AGAIN) await attempt(item, true);
        else failure ??= judged;
      }
    };
    const lane = async () => {
      for (let item = queue.shift(); item; item = queue.shift()) {
        if (failure !== null || stopped || awake([item.kind]).length === 0) await outbox.giveBack(item, owner);
        else await attempt(item, false);
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
   * What becomes of an item that could not be told. @returns {@link AGAIN} where it is to be tried once more at once, and the
   * failure where it concerns all that is told: a token that is not accepted, a capability that is lacking, Notion out of
   * reach. A database that is not shared, or a property that is gone, concerns one kind, which rests then.
   */
  async function judge(
    item: NotionWork,
    error: unknown,
    api: NotionApi,
    connection: NotionConnectionState,
    isSecond: boolean,
  ): Promise<unknown> {
    const giveBack = async (failure: unknown) => {
      await outbox.giveBack(item, owner);
      return failure;
    };
    const now = clock();
    const later = (ms: number, { code, message }: { code: string; message: string }) =>
      outbox.retryLater(item, owner, { at: new Date(now.getTime() + ms), code, message, now });
    const longer = Math.min(SETTLE_MS * 2 ** item.attempts, MAX_WAIT_MS);
    if (stopped) {
      // Whether a request that was cut off made something, Notion's queries show a little later.
      await later(SETTLE_MS, { code: 'outcome_unknown', message: 'The server stopped.' });
      return error;
    }
    if (!isAppError(error)) return giveBack(error);
    if (error.code === 'outcome_unknown') {
      await later(longer, error);
      if (item.attempts + 1 >= TROUBLING_ATTEMPTS) await note(unanswered(error), connection);
      return null;
    }
    if (error.code === 'notion_unavailable' && error.retryAfterSeconds === undefined) {
      // It may be this page alone that Notion fails at: the others are not to wait for it again and again.
      await later(longer, error);
      return error;
    }
    if (!isRefusal(error)) return giveBack(error);
    // Is it the page, or the place that all of its kind go to?
    const place = await placeProblem(item.kind, api, connection);
    if (place) {
      if (!isRefusal(place)) return giveBack(place);
      await rest(item.kind, place, connection);
      return giveBack(null);
    }
    // A property may have been renamed since its schema was read.
    if (!isSecond) return AGAIN;
    await outbox.fail(item, owner, { code: error.code, message: error.message, now });
    return null;
  }

  /** Why nothing of a kind can be written, as its place is at this moment. */
  async function placeProblem(kind: NotionKind, api: NotionApi, connection: NotionConnectionState): Promise<unknown> {
    schemas.delete(placeOf(kind, connection.settings) ?? '');
    try {
      await namesFor(kind, api, connection);
      return null;
    } catch (error) {
      return error;
    }
  }

  async function rest(kind: NotionKind, problem: unknown, connection: NotionConnectionState): Promise<void> {
    if (!isRefusal(problem)) throw problem as Error;
    resting.set(kind, clock().getTime() + REST_MS);
    await note(problem, connection);
  }

  async function note(problem: unknown, connection: NotionConnectionState): Promise<void> {
    await noteProblem('push', problem, { connection, connections, now: clock(), log });
  }

  async function namesFor(
    kind: NotionKind,
    api: NotionApi,
    { settings }: NotionConnectionState,
  ): Promise<PropertyNames> {
    const id = placeOf(kind, settings);
    if (id === null) throw notChosen();
    const names = namesAt(kind, await schemaOf(api, id), settings);
    resting.delete(kind);
    return names;
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
      for (const kind of resting.keys()) resting.set(kind, 0);
      schemas.clear();
    },
    run,
    start() {
      timer = setInterval(() => void run(), LOOK_EVERY_MS).unref();
      void run();
    },
    async stop() {
      stopped = true;
      stopping.abort();
      if (timer) clearInterval(timer);
      if (soon) clearTimeout(soon);
      await running;
    },
  };
}

/** Told of an item that is to be tried once more. */
const AGAIN = Symbol('again');

/** Notion says no to what was asked, whoever asks. */
function isRefusal(error: unknown): error is AppError {
  return isAppError(error) && (error.code === 'notion_missing' || error.code === 'notion_rejected');
}

function unanswered(error: AppError): AppError {
  return new AppError('outcome_unknown', `${error.message} It was tried ${TROUBLING_ATTEMPTS} times or more.`, {
    cause: error,
    remedy: 'Nothing: the desk tries again by itself, and makes nothing twice.',
  });
}

function restAfter(error: unknown): number {
  const seconds = isAppError(error) ? error.retryAfterSeconds : undefined;
  return Math.max(REST_MS, (seconds ?? 0) * 1_000);
}
