import { encodeBreakdown } from '../domain/breakdown';
import { assessHealth, type HealthAssessment } from '../domain/health-score';
import { nextReassessment } from '../domain/reassessment';
import type { ScoringModel } from '../domain/scoring-model';
import { deriveSignals } from '../domain/signals';
import { AppError } from '../errors';
import type { AccountRange, HealthStore, ScanAccount, ScoredAccount } from '../ports';
import { type AgentContext, addCounts, checkStopped, type TaskProgress } from './agent';
import { nextTurn } from './pacing';
import type { RangeOutcome, RangeWork } from './range-work';
import { eachOutcome, type SharedRanges } from './shared-ranges';

export interface HealthScanOptions {
  store: HealthStore;
  model: ScoringModel;
}

/** What a scan counts, by name. */
export type HealthCounts = Record<'scored' | 'changed' | 'alerts' | 'failed', number>;

export interface HealthScanResult extends HealthCounts {
  accountsScanned: number;
  confidence: 'high';
}

/** Snapshots scored in one step of the history. */
const HISTORY_BATCH = 500;

/**
 * Scores every active account that needs it. An account whose signals are missing or bad is reported and stops nothing.
 * @param renewingBefore `YYYY-MM-DD`: only contracts that end by then, whether due or not.
 */
export async function scanPortfolio(
  { store, work, shared }: { store: HealthStore; work: RangeWork; shared: SharedRanges | null },
  context: AgentContext,
  renewingBefore: string | null = null,
): Promise<HealthScanResult> {
  await work.history(context.signal);
  const counts: HealthCounts = { scored: 0, changed: 0, alerts: 0, failed: 0 };
  const total = await store.countActiveAccounts(renewingBefore);
  const progress: TaskProgress = { done: 0, total, counts, errors: [] };
  const task = { now: context.now, renewingBefore };
  await eachOutcome<HealthCounts>(
    { next: store.nextRange, work, shared },
    context,
    (range) => ({ pass: 'health', range, task }),
    async ({ size, due, counts: found, errors }) => {
      addCounts(counts, found);
      progress.done = Math.min(total, progress.done + (renewingBefore === null ? size : due));
      await context.onProgress?.({ ...progress, errors });
    },
  );
  await context.onProgress?.({ ...progress, done: total });
  return { accountsScanned: total, ...counts, confidence: 'high' };
}

/** Scores the accounts of one range that need it. `force` scores all of them. */
export async function scoreRange(
  { store, model }: HealthScanOptions,
  range: AccountRange,
  { now, renewingBefore, force }: { now: Date; renewingBefore: string | null; force: boolean },
): Promise<RangeOutcome<HealthCounts>> {
  const due = await store.readDue(range, { modelVersion: model.version, now, force, renewingBefore });
  await nextTurn();
  const { scored, errors } = await scoreAccounts({ store, model }, due, now);
  return {
    size: range.size,
    due: due.length,
    counts: {
      scored: scored.length,
      changed: scored.filter((account) => account.changed).length,
      alerts: scored.filter((account) => account.assessment.shouldAlert).length,
      failed: errors.length,
    },
    errors,
  };
}

export interface AccountHealthResult extends HealthAssessment {
  accountId: string;
  changed: boolean;
  confidence: 'high';
}

/**
 * Scores one account, due or not.
 * @throws AppError `not_found`; `invalid_input` naming the signals that are missing or bad.
 */
export async function scanAccount(
  { store, model }: HealthScanOptions,
  accountId: string,
  context: AgentContext,
): Promise<AccountHealthResult> {
  const range: AccountRange | null = await store.rangeOf(accountId);
  if (!range) throw new AppError('not_found', `There is no account "${accountId}".`);
  await scoreHistory({ store, model }, context.signal);
  const due = await store.readDue(range, {
    modelVersion: model.version,
    now: context.now,
    force: true,
    renewingBefore: null,
  });
  if (due.length === 0) {
    throw new AppError('conflict', `Account "${accountId}" is not active and is not scored.`, {
      remedy: 'Set its status to active in the next import.',
    });
  }
  const outcome = await scoreAccounts({ store, model }, due, context.now);
  const [scored] = outcome.scored;
  if (!scored) {
    throw new AppError('invalid_input', outcome.errors[0]?.message ?? 'The account cannot be scored.', {
      remedy: 'Import the account again with the signals named here.',
    });
  }
  return { accountId, ...scored.assessment, changed: scored.changed, confidence: 'high' };
}

async function scoreAccounts(
  { store, model }: HealthScanOptions,
  accounts: ScanAccount[],
  now: Date,
): Promise<{ scored: ScoredAccount[]; errors: TaskProgress['errors'] }> {
  const scored: ScoredAccount[] = [];
  const errors: TaskProgress['errors'] = [];
  for (const { accountId, observation, previousBreakdown } of accounts) {
    if (!observation) {
      errors.push({ accountId, code: 'no_signals', message: 'No signals have been observed yet.' });
      continue;
    }
    const derived = deriveSignals(observation, now);
    if (!derived.ok) {
      const message = derived.problems.map((problem) => problem.message).join(' ');
      errors.push({ accountId, code: 'bad_signals', message });
      continue;
    }
    const assessment = assessHealth(derived.signals, model);
    const breakdown = encodeBreakdown(assessment);
    scored.push({
      accountId,
      snapshotId: observation.snapshotId,
      assessment,
      breakdown,
      changed: breakdown !== previousBreakdown,
      first: previousBreakdown === null,
      reassessAt: nextReassessment(observation, now, model),
    });
  }
  await store.save(scored, model.version, now);
  // An old score beside signals that no longer bear it would mislead people and gates alike.
  await store.unscore(
    errors.flatMap((error) => error.accountId ?? []),
    now,
  );
  return { scored, errors };
}

/** Scores what was observed between two scans, as of its own time, so that the history has no gap. */
export async function scoreHistory({ store, model }: HealthScanOptions, signal: AbortSignal): Promise<void> {
  const last = new Map<string, string>();
  for (;;) {
    checkStopped(signal);
    const batch = await store.readUnscoredHistory(HISTORY_BATCH);
    if (!batch) return;
    const scores: Parameters<HealthStore['saveHistory']>[0] = [];
    for (const { accountId, observation } of batch.snapshots) {
      const derived = deriveSignals(observation, observation.observedAt);
      if (!derived.ok) continue;
      const assessment = assessHealth(derived.signals, model);
      const breakdown = encodeBreakdown(assessment);
      if (last.get(accountId) === breakdown) continue;
      last.set(accountId, breakdown);
      scores.push({
        accountId,
        snapshotId: observation.snapshotId,
        asOf: observation.observedAt,
        assessment,
        breakdown,
      });
    }
    await store.saveHistory(scores, model.version, batch.through);
    await nextTurn();
  }
}
