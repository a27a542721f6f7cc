import * as z from 'zod';
import { checkGates, type GateCheck, type GatePolicy, holding } from '../domain/gates';
import type { ScoringModel } from '../domain/scoring-model';
import { AppError } from '../errors';
import type { EventBus, Mailboxes } from '../ports';
import type { AdoptionStore } from '../ports/adoption';
import type { DispatchFacts, DispatchLog, DispatchState } from '../ports/drafting';
import { type Agent, type AgentContext, createAgent } from './agent';
import type { Dispatching } from './dispatching';
import {
  type AccountExpansionResult,
  checkAccount,
  checkPortfolio,
  type ExpansionCheckOptions,
  type ExpansionCheckResult,
} from './expansion-check';
import { parsePayload } from './expansion-task';
import {
  type AccountAdoptionResult,
  type PortfolioAdoptionResult,
  trackAccount,
  trackPortfolio,
} from './feature-adoption';
import { type AccountHealthResult, type HealthScanResult, scanAccount, scanPortfolio } from './health-scan';
import {
  type PortfolioReviewResult,
  parseReviewTask,
  type ReviewResult,
  type ReviewTask,
  type ReviewWriter,
} from './reviews';
import { type TalkTrackWording, wordTalkTrack } from './talk-track';

type OneOrAll = { accountId?: string | undefined };

export type CustomerSuccessTasks = {
  health_scan: { payload: OneOrAll; result: HealthScanResult | AccountHealthResult };
  check_expansion: {
    payload: OneOrAll;
    result: (ExpansionCheckResult & { dispatched: number }) | AccountExpansionResult;
  };
  check_contracts: { payload: { withinDays: number }; result: HealthScanResult };
  track_feature_adoption: { payload: OneOrAll; result: PortfolioAdoptionResult | AccountAdoptionResult };
  generate_qbr: { payload: ReviewTask; result: ReviewResult | PortfolioReviewResult };
};

export interface CustomerSuccessOptions extends ExpansionCheckOptions {
  scoring: ScoringModel;
  adoption: AdoptionStore;
  dispatchLog: DispatchLog;
  dispatching: Dispatching;
  mailboxes: Mailboxes;
  dispatchPolicy: 'manual' | 'auto';
  events: EventBus;
  reviews: ReviewWriter;
  /** Other words for talk tracks; none where no model is connected. */
  wording?: TalkTrackWording | null;
}

/** What became of a wish to dispatch. `gated` changed nothing; everything else is on disk. */
export type DispatchOutcome =
  | { outcome: 'created' | 'existing'; dispatchId: string; state: DispatchState }
  | { outcome: 'gated'; gates: GateCheck[] };

export interface CustomerSuccessAgent extends Agent<CustomerSuccessTasks> {
  /**
   * Hands one opportunity to sales: the one path for the button, the API and the scheduler.
   * @param override lets a person go past the gates, with a reason that is logged.
   * @throws AppError `not_found`; `conflict` where the opportunity's state forbids it.
   */
  dispatchToSales(
    opportunityId: string,
    context: AgentContext,
    override?: { reason: string },
  ): Promise<DispatchOutcome>;
}

const oneOrAll = z.strictObject({ accountId: z.string().min(1).max(200).optional() });
const contracts = z.strictObject({ withinDays: z.int().min(1).max(730).default(60) });
const DAY_MS = 86_400_000;
/** How many open opportunities one run of the `auto` policy hands over at most. */
const AUTO_DISPATCH_LIMIT = 10_000;
/** How many of them are under way at once: one that hangs does not hold the others. */
const AUTO_DISPATCH_WIDTH = 8;
/** As many in a row without a draft, and the mailbox is left alone until the next run. */
const AUTO_GIVE_UP_AFTER = 2 * AUTO_DISPATCH_WIDTH;

/** The agent that watches the accounts: scores health, finds room to grow, hands opportunities to sales. */
export function createCustomerSuccessAgent(options: CustomerSuccessOptions): CustomerSuccessAgent {
  const { dispatchLog, dispatching, wording = null } = options;
  const underWay = new Map<string, Promise<DispatchOutcome>>();
  const portfolio = { store: options.health, work: options.work, shared: options.shared };

  function dispatchToSales(
    opportunityId: string,
    context: AgentContext,
    override?: { reason: string },
  ): Promise<DispatchOutcome> {
    return dispatching.enter(() => handOverOnce(opportunityId, context, override));
  }

  /** Whoever asks while somebody is at it hears what came of that, instead of racing for the claim. */
  async function handOverOnce(
    opportunityId: string,
    context: AgentContext,
    override: { reason: string } | undefined,
  ): Promise<DispatchOutcome> {
    const ahead = underWay.get(opportunityId);
    if (ahead) {
      const outcome = await ahead.catch(() => null);
      if (outcome && outcome.outcome !== 'gated') return { ...outcome, outcome: 'existing' };
    }
    const promise = handOver(opportunityId, context, override).finally(() => {
      if (underWay.get(opportunityId) === promise) underWay.delete(opportunityId);
    });
    underWay.set(opportunityId, promise);
    return promise;
  }

  async function handOver(
    opportunityId: string,
    context: AgentContext,
    override: { reason: string } | undefined,
  ): Promise<DispatchOutcome> {
    let facts = await readFacts(opportunityId);
    const held = await checkHandOver(facts, context, override);
    if (held) return held;
    const talkTrack = facts.dispatchId === null ? await wordTalkTrack(wording, facts, context) : null;
    if (talkTrack?.origin.by === 'model') {
      // That took a while: what the claim freezes is what holds now, and words for it.
      const before = facts.task.recommendedTalkTrack;
      facts = await readFacts(opportunityId);
      const heldNow = await checkHandOver(facts, context, override);
      if (heldNow) return heldNow;
      if (facts.task.recommendedTalkTrack === before) {
        facts = { ...facts, task: { ...facts.task, recommendedTalkTrack: talkTrack.text } };
      } else {
        talkTrack.origin = { by: 'rules' };
      }
    }
    const { dispatch, claimed } = await dispatchLog.claim(facts, {
      now: context.now,
      lease: dispatching.lease(),
      requestedBy: context.actor,
      overrideReason: override?.reason ?? null,
      recipient: facts.repEmail,
      talkTrackOrigin: facts.origin === 'scan' ? (talkTrack?.origin ?? null) : null,
      mailbox: await options.mailboxes.route(facts.repEmail),
    });
    if (claimed) {
      dispatching.changed(dispatch, 'drafting');
      const state = await dispatching.attempt(dispatch);
      return { outcome: 'created', dispatchId: dispatch.id, state: state ?? 'drafting' };
    }
    // Somebody was first. Where it is this process, wait for its outcome: the second click sees the draft too.
    const state = await dispatching.running(dispatch.id);
    return { outcome: 'existing', dispatchId: dispatch.id, state: state ?? dispatch.state };
  }

  async function readFacts(opportunityId: string): Promise<DispatchFacts> {
    const facts = await dispatchLog.readFacts(opportunityId);
    if (!facts) throw new AppError('not_found', `There is no opportunity "${opportunityId}".`);
    return facts;
  }

  /** What keeps an opportunity from being handed over; null where nothing does, or where it has been already. */
  async function checkHandOver(
    facts: DispatchFacts,
    context: AgentContext,
    override: { reason: string } | undefined,
  ): Promise<DispatchOutcome | null> {
    if (facts.dispatchId !== null) return null;
    if (facts.status === 'dismissed' || facts.status === 'withdrawn') {
      throw new AppError('conflict', `This opportunity is ${facts.status}.`, { remedy: 'Reopen it first.' });
    }
    const gates = checkGates(facts.gateFacts, options.gates satisfies GatePolicy, context.now);
    const heldBy = holding(gates);
    if (override || heldBy.length === 0) return null;
    await dispatchLog.hold(facts.opportunityId, heldBy, context.now);
    return { outcome: 'gated', gates };
  }

  /** Hands over what is open, a few at a time. A signal ends the wait at once; what is in flight is drained elsewhere. */
  async function dispatchOpen(context: AgentContext): Promise<number> {
    const ids = await options.store.openIds(AUTO_DISPATCH_LIMIT);
    const next = ids.values();
    let dispatched = 0;
    let inVain = 0;
    const work = async (): Promise<void> => {
      // The workers share one iterator, so each id is taken once.
      for (const id of next) {
        if (context.signal.aborted || inVain >= AUTO_GIVE_UP_AFTER) return;
        try {
          const outcome = await dispatchToSales(id, context);
          if (outcome.outcome !== 'created') continue;
          dispatched += 1;
          inVain = outcome.state === 'drafted' ? 0 : inVain + 1;
        } catch (error) {
          context.log.error({ opportunityId: id, err: error }, 'An opportunity could not be dispatched');
        }
      }
    };
    const workers = Promise.all(Array.from({ length: AUTO_DISPATCH_WIDTH }, work));
    await Promise.race([workers, aborted(context.signal)]);
    if (inVain >= AUTO_GIVE_UP_AFTER) {
      context.log.warn(
        { inVain },
        'The mailbox made no draft many times in a row; what is still open waits for the next run',
      );
    }
    return dispatched;
  }

  const agent = createAgent<CustomerSuccessTasks>('customer-success', {
    health_scan: {
      description: 'Scores the health and churn risk of one account or of all that changed.',
      parse: (payload) => parsePayload(oneOrAll, payload),
      handle: ({ accountId }, context) =>
        accountId === undefined
          ? scanPortfolio(portfolio, context)
          : scanAccount({ store: options.health, model: options.scoring }, accountId, context),
    },
    check_expansion: {
      description: 'Finds room to grow in one account or all: seats, modules, integrations.',
      parse: (payload) => parsePayload(oneOrAll, payload),
      async handle({ accountId }, context) {
        if (accountId !== undefined) return checkAccount(options, accountId, context);
        const result = await checkPortfolio(options, context);
        const dispatched = options.dispatchPolicy === 'auto' ? await dispatchOpen(context) : 0;
        return { ...result, dispatched };
      },
    },
    check_contracts: {
      description: 'Scores the accounts again whose contract ends soon (60 days unless told otherwise).',
      parse: (payload) => parsePayload(contracts, payload),
      handle: ({ withinDays }, context) =>
        scanPortfolio(
          portfolio,
          context,
          new Date(context.now.getTime() + withinDays * DAY_MS).toISOString().slice(0, 10),
        ),
    },
    track_feature_adoption: {
      description: 'Compares the features that one account uses with its segment, or adds up what each segment uses.',
      parse: (payload) => parsePayload(oneOrAll, payload),
      handle: ({ accountId }, context) =>
        accountId === undefined ? trackPortfolio(options, context) : trackAccount(options, accountId, context),
    },
    generate_qbr: {
      description:
        'Writes the business review of one account or of all active ones, over a quarter or before a renewal.',
      parse: parseReviewTask,
      handle: ({ accountId, ...wish }, context) =>
        accountId === undefined
          ? options.reviews.reviewQuarter(wish, context)
          : options.reviews.reviewAccount({ accountId, ...wish }, context),
    },
  });
  return { ...agent, dispatchToSales };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
