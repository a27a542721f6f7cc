import type { CatalogueFacts, ExpansionPolicy } from '../domain/expansion';
import type { GatePolicy } from '../domain/gates';
import type { ScoringModel } from '../domain/scoring-model';
import type { AccountRange, ExpansionStore, HealthStore } from '../ports';
import type { TaskProgress } from './agent';
import { checkRange, type ExpansionCounts } from './expansion-check';
import { type HealthCounts, scoreHistory, scoreRange } from './health-scan';
import type { Lanes } from './pacing';

/** The numbers that decide: plain data, the same wherever the work is done. */
export interface ScanRules {
  scoring: ScoringModel;
  policy: ExpansionPolicy;
  gates: GatePolicy;
}

/** What came of one range. */
export interface RangeOutcome<Counts> {
  /** Accounts in the range. */
  size: number;
  /** Accounts that were due and looked at. */
  due: number;
  counts: Counts;
  errors: TaskProgress['errors'];
}

/**
 * The work that a scan of the portfolio does on one range of accounts. Where it is done is the implementation's own:
 * in the caller's thread, or beside it.
 */
export interface RangeWork extends Readonly<Lanes> {
  /** How many ranges may be worked on at a time. One: in the caller's own thread, which must be given its turns. */
  readonly lanes: number;
  /** Scores what was observed between two scans, as of its own time, so that the history has no gap. */
  history(signal: AbortSignal): Promise<void>;
  /** @param renewingBefore `YYYY-MM-DD`: only contracts that end by then, whether due or not. */
  health(range: AccountRange, task: HealthRangeTask): Promise<RangeOutcome<HealthCounts>>;
  expansion(range: AccountRange, task: ExpansionRangeTask): Promise<RangeOutcome<ExpansionCounts>>;
}

export interface HealthRangeTask {
  now: Date;
  renewingBefore: string | null;
}

export interface ExpansionRangeTask {
  now: Date;
  /** Start of the last complete check; null looks at every account. */
  since: Date | null;
  catalogue: CatalogueFacts;
}

/** Does the work in the thread that calls. */
export function createRangeWork(
  stores: { health: HealthStore; expansion: ExpansionStore },
  rules: ScanRules,
): RangeWork {
  const scoring = { store: stores.health, model: rules.scoring };
  const expansion = { store: stores.expansion, policy: rules.policy, gates: rules.gates };
  return {
    lanes: 1,
    history: (signal) => scoreHistory(scoring, signal),
    health: (range, task) => scoreRange(scoring, range, { ...task, force: task.renewingBefore !== null }),
    expansion: (range, task) => checkRange(expansion, range, task),
  };
}
