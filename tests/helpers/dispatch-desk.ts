import pino from 'pino';
import { createInProcessEventBus } from '../../lib/adapters/events/in-process';
import type { AgentContext } from '../../lib/agents/agent';
import {
  type CustomerSuccessAgent,
  createCustomerSuccessAgent,
  type DispatchOutcome,
} from '../../lib/agents/customer-success';
import { createDispatchPump, type DispatchPump } from '../../lib/agents/dispatch-pump';
import { createDispatching, type Dispatching, type DispatchPolicy } from '../../lib/agents/dispatching';
import { createRangeWork } from '../../lib/agents/range-work';
import { createReviewWriter } from '../../lib/agents/reviews';
import { createSalesAgent } from '../../lib/agents/sales';
import { createAdoptionStore } from '../../lib/db/adoption-store';
import type { Database } from '../../lib/db/client';
import { createDispatchLog } from '../../lib/db/dispatch-log';
import { createExpansionStore } from '../../lib/db/expansion-store';
import { createHealthStore } from '../../lib/db/health-store';
import { newId } from '../../lib/db/ids';
import { createReviewStore } from '../../lib/db/review-store';
import { DEFAULT_EXPANSION_POLICY } from '../../lib/domain/expansion';
import { DEFAULT_GATE_POLICY } from '../../lib/domain/gates';
import { DEFAULT_SCORING_MODEL, type ScoringModel } from '../../lib/domain/scoring-model';
import { singleMailbox } from '../../lib/mail/single-mailbox';
import type { AppEvent, ExpansionStore, HealthStore, Mailboxes, MailDrafts } from '../../lib/ports';
import type { DispatchLog } from '../../lib/ports/drafting';
import type { TestClock } from './clock';
import { importRows, outgrowingRow, type Row } from './portfolio';

export const silentLog = pino({ level: 'silent' });

export const TEST_POLICY: DispatchPolicy = { timeoutMs: 60_000, maxAttempts: 3, backoffMs: 1_000 };

export interface DispatchDeskOptions {
  db: Database;
  mail: MailDrafts | null;
  /** Several of them, in the place of the one. */
  mailboxes?: Mailboxes;
  clock: TestClock;
  owner?: string;
  /** Owners whose process is gone; a desk that crashes adds itself. */
  dead?: Set<string>;
  policy?: Partial<DispatchPolicy>;
  dispatchPolicy?: 'manual' | 'auto';
  random?: () => number;
  scoring?: ScoringModel;
  health?: HealthStore;
  expansion?: ExpansionStore;
  /** Told of each call to the dispatch log and the mailbox by its name, before it is made and when it has answered. */
  onStep?: (step: string, moment: 'before' | 'after') => void;
  /** What the pump may take care of; everything unless given. */
  mayTake?: (dispatchId: string) => boolean;
}

/**
 * The agents and the dispatch log as one process has them, without timers: the test says when the pump looks. Several
 * on one database stand for several processes, and each can die in the middle of anything.
 */
export interface DispatchDesk {
  owner: string;
  agent: CustomerSuccessAgent;
  dispatching: Dispatching;
  pump: DispatchPump;
  log: DispatchLog;
  published: AppEvent[];
  context(): AgentContext;
  dispatch(opportunityId: string, override?: { reason: string }): Promise<DispatchOutcome>;
  /** What the Retry button does. */
  retry(dispatchId: string): Promise<boolean>;
  /** From now on the n-th call to the dispatch log or the mailbox is the last one; it still takes effect, or not. */
  dieAt(call: number, effect: 'before' | 'after'): void;
  /** Resolves when the desk has died. */
  readonly died: Promise<void>;
  isDead(): boolean;
  die(): void;
}

export function openDispatchDesk(options: DispatchDeskOptions): DispatchDesk {
  const { db, clock, owner = 'desk-1', dead = new Set() } = options;
  let calls = 0;
  let lastCall = Number.POSITIVE_INFINITY;
  let lastEffect: 'before' | 'after' = 'before';
  let alive = true;
  let announce = () => {};
  const died = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const die = () => {
    alive = false;
    dead.add(owner);
    announce();
  };

  /** Every method of the target becomes a place to die at; a dead process never hears an answer. */
  function mortal<T extends object>(name: string, target: T): T {
    return new Proxy(target, {
      get(object, key) {
        const member: unknown = Reflect.get(object, key);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          if (!alive) return silence();
          const step = `${name}.${String(key)}`;
          options.onStep?.(step, 'before');
          calls += 1;
          if (calls >= lastCall && lastEffect === 'before') {
            die();
            return silence();
          }
          const mine = calls;
          const answer = Promise.resolve(Reflect.apply(member, object, args) as unknown);
          if (mine >= lastCall) {
            await answer.catch(() => undefined);
            die();
          }
          const outcome = await answer.finally(() => options.onStep?.(step, 'after'));
          return alive ? outcome : silence();
        };
      },
    });
  }

  const { mayTake = () => true } = options;
  const stored = createDispatchLog(db);
  const log = mortal('log', {
    ...stored,
    due: async (now: Date, limit: number, except: readonly string[]) =>
      (await stored.due(now, limit, except)).filter(({ id }) => mayTake(id)),
  });
  const mail = options.mail === null ? null : mortal('mail', options.mail);
  const mailboxes = options.mailboxes ?? singleMailbox(mail);
  const events = createInProcessEventBus(silentLog);
  const published: AppEvent[] = [];
  events.subscribe((event) => published.push(event));
  const dispatching = createDispatching({
    log,
    salesAgent: createSalesAgent(mailboxes),
    mailboxes,
    events,
    policy: { ...TEST_POLICY, ...options.policy },
    owner,
    clock,
    random: options.random ?? (() => 0),
    logger: silentLog,
  });
  const expansion = options.expansion ?? createExpansionStore(db);
  const health = options.health ?? createHealthStore(db);
  const rules = {
    policy: DEFAULT_EXPANSION_POLICY,
    gates: DEFAULT_GATE_POLICY,
    scoring: options.scoring ?? DEFAULT_SCORING_MODEL,
  };
  const agent = createCustomerSuccessAgent({
    store: expansion,
    health,
    adoption: createAdoptionStore(db),
    ...rules,
    work: createRangeWork({ health, expansion }, rules),
    shared: null,
    dispatchLog: log,
    dispatching,
    mailboxes,
    dispatchPolicy: options.dispatchPolicy ?? 'manual',
    events,
    reviews: createReviewWriter({
      store: createReviewStore(db),
      rules: { scoring: rules.scoring, gates: rules.gates, timeZone: 'UTC' },
      adoption: null,
      writer: null,
      publicationSkipped: 'No publisher here.',
      noticeSkipped: 'No drafts of notices here.',
      newId,
    }),
  });
  // No listener of the bus wakes this pump, and it never hears when something is due, so it sets no alarm: one that rang a
  // minute later would be that of a test long over, by the clock of that one.
  const pump = createDispatchPump({
    dispatchLog: new Proxy(log, {
      get: (target, key) => (key === 'nextDueAt' ? silence : Reflect.get(target, key)),
    }),
    dispatching,
    mailboxes,
    events: createInProcessEventBus(silentLog),
    isOwnerGone: (other) => other !== owner && dead.has(other),
    clock,
    log: silentLog,
  });
  const context = (): AgentContext => ({
    now: clock(),
    actor: 'test',
    signal: new AbortController().signal,
    log: silentLog,
  });
  return {
    owner,
    agent,
    dispatching,
    pump,
    log,
    published,
    context,
    dispatch: (opportunityId, override) => agent.dispatchToSales(opportunityId, context(), override),
    async retry(dispatchId) {
      const retried = await log.retry(dispatchId, {
        now: clock(),
        actor: 'test',
        mailbox: await mailboxes.route(null),
      });
      if (retried) await dispatching.step(dispatchId);
      return retried;
    },
    dieAt(call, effect) {
      lastCall = calls + call;
      lastEffect = effect;
    },
    died,
    isDead: () => !alive,
    die,
  };
}

/** Imports accounts that outgrow their seats, scans them, and answers the ids of their opportunities in order. */
export async function seedOpportunities(
  db: Database,
  desk: DispatchDesk,
  accountIds: readonly string[],
  more: Row = {},
): Promise<string[]> {
  const observedAt = new Date(desk.context().now.getTime() - 3_600_000).toISOString();
  await importRows(
    db,
    accountIds.map((id) => outgrowingRow(id, { observed_at: observedAt, ...more })),
    { now: desk.context().now },
  );
  await desk.agent.execute({ type: 'health_scan' }, desk.context());
  await desk.agent.execute({ type: 'check_expansion' }, desk.context());
  const rows = await db.read.opportunity.findMany({
    where: { accountId: { in: [...accountIds] } },
    orderBy: { accountId: 'asc' },
    select: { id: true },
  });
  return rows.map((row) => row.id);
}

function silence(): Promise<never> {
  return new Promise(() => {});
}
