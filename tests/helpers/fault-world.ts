import { request } from 'node:http';
import { expect } from 'vitest';
import { type Database, openDatabase } from '../../lib/db/client';
import { liveOutgrowingRow } from './api-client';
import { createClock } from './clock';
import { createDatabase, databaseUrl, type Engine, removeDirectory, temporaryDirectory } from './database';
import { openDispatchDesk, seedOpportunities } from './dispatch-desk';
import { eventually } from './eventually';
import { type ScriptProcess, startScript } from './fault-scripts';
import { expectOneDraftEach, expectOrderedTimelines, expectTotalsToAdd } from './ledger';
import { findPostgres } from './postgres-server';
import { type ProviderBehaviour, type ProviderProcess, startProvider, WELL_BEHAVED } from './provider-process';
import { TEST_API_KEY } from './server';

/** The long form of the faults: as many as `npm run test:faults` promises, instead of as many as there is time for. */
export const LONG = process.env.HEADROOM_FAULTS === 'long';

/** A size from the environment, or that of the form that runs. */
export function size(name: string, short: number, long: number): number {
  return Number(process.env[`HEADROOM_FAULTS_${name}`] ?? (LONG ? long : short));
}

export const SEED = Number(process.env.HEADROOM_TEST_SEED ?? Math.floor(Math.random() * 1e9));

// Before anything can fail: whoever sees the failure needs it.
process.stdout.write(`faults: HEADROOM_TEST_SEED=${SEED}${LONG ? ', the long form' : ''}\n`);

/** Where there is no PostgreSQL to be had the tests on it are skipped by name. */
export const HAS_POSTGRES = Boolean(process.env.TEST_POSTGRES_URL) || findPostgres() !== null;
export const ENGINES: readonly Engine[] = HAS_POSTGRES ? ['sqlite', 'postgresql'] : ['sqlite'];

export function say(text: string): void {
  process.stdout.write(`faults: ${text}\n`);
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  document: unknown;
}

export interface WorldOptions {
  engine: Engine;
  behaviour?: ProviderBehaviour;
  /** How long the provider may take for one request, and how far behind its search may be, in milliseconds. */
  providerTimeoutMs?: number;
  searchLagMs?: number;
  env?: Record<string, string>;
  dataDir?: string;
}

/** A database, a provider, and as many desks on them as are started: each of them a process of its own. */
export interface World {
  engine: Engine;
  dataDir: string;
  db: Database;
  provider: ProviderProcess;
  /** What a desk of this world is started with. */
  deskEnvironment: Record<string, string>;
  startDesk(env?: Record<string, string>): Promise<ScriptProcess>;
  /** Accounts with one opportunity each. @returns the ids of the opportunities. */
  seed(count: number): Promise<string[]>;
  /** Every dispatch has come to an end: a draft, or a person who must look. */
  settled(timeoutMs: number, what?: readonly string[]): Promise<void>;
  /** The provider's ledger, the dispatch log and the opportunities agree, and nothing acknowledged is missing. */
  expectBooksToBalance(acknowledged: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

const NEVER = '0 0 29 2 *';

export async function openWorld(options: WorldOptions): Promise<World> {
  const { engine, behaviour = WELL_BEHAVED, providerTimeoutMs = 500, searchLagMs = 500 } = options;
  const dataDir = options.dataDir ?? (await temporaryDirectory());
  await createDatabase(dataDir, engine);
  const url = databaseUrl(dataDir, engine);
  const db = await openDatabase(url);
  const provider = await startProvider(dataDir, behaviour);
  const desks = new Set<ScriptProcess>();
  const deskEnvironment: Record<string, string> = {
    NODE_ENV: 'production',
    DATABASE_URL: url,
    HEADROOM_DATA_DIR: dataDir,
    HEADROOM_TIME_ZONE: 'UTC',
    HEADROOM_SCAN_CRON: NEVER,
    HEADROOM_ADOPTION_CRON: NEVER,
    HEADROOM_CONTRACT_CHECK_CRON: NEVER,
    HEADROOM_CONTRACT_QBR_CRON: NEVER,
    HEADROOM_QUARTERLY_QBR_CRON: NEVER,
    HEADROOM_RETENTION_CRON: NEVER,
    HEADROOM_BOOTSTRAP_API_KEY: TEST_API_KEY,
    HEADROOM_RATE_LIMIT_FACTOR: '1000',
    HEADROOM_DISPATCH_TIMEOUT_MS: String(providerTimeoutMs + 100),
    HEADROOM_DISPATCH_BACKOFF_MS: '50',
    HEADROOM_DISPATCH_MAX_ATTEMPTS: '20',
    LOG_LEVEL: 'silent',
    TEST_PROVIDER_URL: provider.url,
    TEST_PROVIDER_TIMEOUT_MS: String(providerTimeoutMs),
    TEST_SEARCH_LAG_MS: String(searchLagMs),
    ...options.env,
  };
  let seeded = 0;

  return {
    engine,
    dataDir,
    db,
    provider,
    deskEnvironment,
    async startDesk(env = {}) {
      const desk = await startScript('fault-desk', [], { ...deskEnvironment, ...env });
      desks.add(desk);
      return desk;
    },
    async seed(count) {
      const { account_id: _, ...facts } = liveOutgrowingRow('any');
      const seeder = openDispatchDesk({ db, mail: null, clock: createClock(new Date()), owner: 'seeder' });
      const first = seeded;
      seeded += count;
      const ids = Array.from({ length: count }, (_, index) => `f-${String(first + index).padStart(6, '0')}`);
      const opportunities: string[] = [];
      for (let at = 0; at < ids.length; at += 500) {
        opportunities.push(...(await seedOpportunities(db, seeder, ids.slice(at, at + 500), facts)));
      }
      expect(opportunities).toHaveLength(count);
      return opportunities;
    },
    async settled(timeoutMs, what = ['drafted']) {
      await eventually(
        async () => {
          const open = await db.read.dispatch.groupBy({ by: ['state', 'errorCode'], _count: true });
          const left = open.filter(({ state, errorCode }) => !what.includes(state) && !what.includes(errorCode ?? ''));
          return left.length === 0;
        },
        `every dispatch to end as ${what.join(' or ')}`,
        timeoutMs,
      ).catch(async (error: unknown) => {
        const left = await db.read.dispatch.findMany({ where: { state: { notIn: [...what] } }, take: 5 });
        throw new Error(`${String(error)}\n${JSON.stringify(left, null, 1)}`);
      });
    },
    async expectBooksToBalance(acknowledged) {
      const ledger = provider.ledger();
      await expectOneDraftEach(db, { ledger });
      const dispatches = await db.read.dispatch.findMany();
      const opportunities = await db.read.opportunity.findMany({ select: { id: true, status: true } });
      const statusOf = new Map(opportunities.map(({ id, status }) => [id, status]));
      const stored = new Set(dispatches.map((dispatch) => dispatch.id));
      expect(
        [...acknowledged].filter((id) => !stored.has(id)),
        'acknowledged and not stored',
      ).toEqual([]);
      for (const { id, state, opportunityId } of dispatches) {
        const status = state === 'drafted' ? 'drafted' : 'queued';
        expect({ id, status: statusOf.get(opportunityId) }).toEqual({ id, status });
      }
      const handedOver = await db.read.opportunity.count({ where: { status: { in: ['queued', 'drafted'] } } });
      expect(handedOver).toBe(dispatches.length);
      await expectOrderedTimelines(db);
      await expectTotalsToAdd(db);
      if (engine === 'sqlite') {
        expect(await db.read.$queryRaw`PRAGMA integrity_check`).toEqual([{ integrity_check: 'ok' }]);
      }
    },
    async close() {
      await Promise.all([...desks].map((desk) => desk.kill('SIGKILL')));
      await provider.stop();
      await db.close();
      await removeDirectory(dataDir);
    },
  };
}

/** One request on a connection of its own: the death of the server is an error, never a hang. */
export function send(base: string, method: string, target: string, body?: unknown, timeoutMs = 30_000): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request(
      new URL(target, base),
      {
        method,
        agent: false,
        timeout: timeoutMs,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_API_KEY}` },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          if (!response.complete) return reject(new Error('The answer broke off.'));
          const { statusCode: status = 0, headers } = response;
          try {
            resolve({ status, headers, document: text === '' ? null : (JSON.parse(text) as unknown) });
          } catch (error) {
            reject(error);
          }
        });
        response.on('error', reject);
      },
    );
    call.on('timeout', () => call.destroy(new Error(`No answer within ${timeoutMs} ms: ${method} ${target}`)));
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export function dispatchTo(base: string, opportunityId: string | undefined): Promise<Reply> {
  return send(base, 'POST', '/api/v1/dispatches', { opportunityId });
}

/** The id of the dispatch that a good answer acknowledges. */
export function acknowledgedBy({ document }: Reply): string {
  return (document as { id: string }).id;
}

/** Each of the items in turn, several at a time. */
export async function eachOf<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of waiting) await work(item);
    }),
  );
}
