import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { AccountRange, HealthStore, Log, ScanShares } from '../ports';
import { type AgentContext, checkStopped } from './agent';
import { eachRange, inLanes, nextTurn, type RangeWalk } from './pacing';
import type { ExpansionRangeTask, HealthRangeTask, RangeOutcome, RangeWork, ScanRules } from './range-work';

/** One range with all that it takes to work on it, wherever that is. */
export type RangeCall =
  | { pass: 'health'; range: AccountRange; task: HealthRangeTask }
  | { pass: 'expansion'; range: AccountRange; task: ExpansionRangeTask };

type AnyOutcome = RangeOutcome<Record<string, number>>;

export interface SharedRangesOptions {
  shares: ScanShares;
  store: HealthStore;
  work: RangeWork;
  rules: ScanRules;
  /** Names this process. */
  owner: string;
  log: Log;
}

/** Accounts in a range: large enough that taking it costs little beside the work. */
const SHARE_SIZE = 2_000;
/** Longer than any range takes; whoever dies with one is waited for this long. */
const LEASE_MS = 15_000;
/** How often whoever leads the run looks for what others have done. */
const LOOK_MS = 100;

/**
 * A scan in ranges that all instances on one database work on. Whoever leads the run cuts it up, takes ranges like the
 * others, and counts what comes back. A range whose worker died is taken by somebody else once its lease has run out.
 */
export function createSharedRanges({ shares, store, work, rules, owner, log }: SharedRangesOptions) {
  const key = hash('sha1', JSON.stringify(rules), 'base64url');
  let helping: Promise<number> | null = null;
  let stopped = false;

  /** @returns whether there was a range to take. */
  async function takeOne(runId: string | null): Promise<boolean> {
    const share = await shares.take({ rules: key, runId, owner, ttlMs: LEASE_MS });
    if (!share) return false;
    try {
      await shares.done(
        share.id,
        owner,
        JSON.stringify(await perform(work, JSON.parse(share.call, revive) as RangeCall)),
      );
    } catch (error) {
      await shares.giveBack(share.id, owner).catch(() => {});
      throw error;
    }
    return true;
  }

  async function help(): Promise<number> {
    let taken = 0;
    await inLanes(work, async () => {
      if (stopped || !(await takeOne(null))) return false;
      taken += 1;
      await nextTurn();
      return true;
    });
    return taken;
  }

  return {
    /**
     * Has every range worked on once, here or elsewhere.
     * @param callFor what to do with a range.
     * @param counted is told of each outcome, in no order.
     * @throws what work here throws; a failure elsewhere leaves the range to be taken again.
     */
    async each(
      context: AgentContext & { runId: string },
      callFor: (range: AccountRange) => RangeCall,
      counted: (outcome: AnyOutcome) => Promise<void>,
    ): Promise<void> {
      const { runId } = context;
      const calls: string[] = [];
      for (let after = ''; ; ) {
        const range = await store.nextRange(after, SHARE_SIZE);
        if (!range) break;
        after = range.through;
        calls.push(JSON.stringify(callFor(range)));
      }
      const [only] = calls;
      if (only === undefined) return;
      if (calls.length === 1) {
        await counted(await perform(work, JSON.parse(only, revive) as RangeCall));
        return;
      }
      await shares.open(runId, key, calls);
      const collect = async (): Promise<number> => {
        const { done, left } = await shares.collect(runId);
        for (const { outcome } of done) await counted(JSON.parse(outcome) as AnyOutcome);
        return left;
      };
      try {
        const lanes = inLanes(work, () => {
          checkStopped(context.signal);
          return takeOne(runId);
        });
        let left = calls.length;
        let working = true;
        const settled = lanes.finally(() => {
          working = false;
        });
        settled.catch(() => {});
        while (left > 0) {
          await Promise.race([pause(LOOK_MS), ...(working ? [settled] : [])]);
          left = await collect();
          checkStopped(context.signal);
          // What is left is with others; a range whose lease ran out comes back here.
          if (!working && left > 0) await takeOne(runId);
        }
        await settled;
      } finally {
        await shares.close(runId);
      }
    },

    /** Takes part in runs that other instances lead, for as long as there are ranges to take. */
    help(): Promise<number> {
      if (stopped) return Promise.resolve(0);
      helping ??= help()
        .catch((error: unknown) => {
          log.error({ err: error }, 'A range of a scan that another instance leads could not be worked on');
          return 0;
        })
        .finally(() => {
          helping = null;
        });
      return helping;
    },

    async stop(): Promise<void> {
      stopped = true;
      await helping;
    },
  };
}

/**
 * Has every range of the portfolio worked on once and counted: by all instances where there may be several and the scan
 * is a recorded run, else here.
 */
export async function eachOutcome<Counts extends Record<string, number>>(
  { next, work, shared }: { next: RangeWalk['next']; work: RangeWork; shared: SharedRanges | null },
  context: AgentContext,
  callFor: (range: AccountRange) => RangeCall,
  counted: (outcome: RangeOutcome<Counts>) => Promise<void>,
): Promise<void> {
  const { runId } = context;
  // A pass counts what it counts: the outcomes that come back are those of its own calls.
  const count = (outcome: AnyOutcome) => counted(outcome as RangeOutcome<Counts>);
  if (shared && runId !== undefined) await shared.each({ ...context, runId }, callFor, count);
  else await eachRange({ ...work, next }, context, async (range) => count(await perform(work, callFor(range))));
}

function perform(work: RangeWork, call: RangeCall): Promise<AnyOutcome> {
  return call.pass === 'health' ? work.health(call.range, call.task) : work.expansion(call.range, call.task);
}

export type SharedRanges = ReturnType<typeof createSharedRanges>;

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The times of a call, which JSON has no type for. */
function revive(key: string, value: unknown): unknown {
  return (key === 'now' || key === 'since') && typeof value === 'string' && INSTANT.test(value)
    ? new Date(value)
    : value;
}
