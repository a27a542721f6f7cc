import { encodeBreakdown } from '../domain/breakdown';
import { assessHealth, type HealthAssessment } from '../domain/health-score';
import { nextReassessment } from '../domain/reassessment';
import type { ScoringModel } from '../domain/scoring-model';
import { deriveSignals } from '../domain/signals';
import { AppError } from '../errors';
import type { AccountRange, HealthStore, ScanAccount, ScoredAccount } from '../ports';
import { type AgentContext, checkStopped, type TaskProgress } from './agent';
import { nextTurn, pacedRanges } from './pacing';

export interface HealthScanOptions {
  store: HealthStore;
  model: ScoringModel;
}

export interface HealthScanResult {
  accountsScanned: number;
  scored: number;
  changed: number;
  alerts: number;
  failed: number;
  confidence: 'high';
}

/** Snapshots looked at in one step of the history. */
const HISTORY_BATCH = 500;

/**
 * Scores every active account that needs it, in ranges that leave the event loop free between them. An account whose
 * signals are missing or bad is reported and stops nothing.
 * @param renewingBefore `YYYY-MM-DD`: only contracts that end by then, whether due or not.
 */
export async function scanPortfolio(
  { store, model }: HealthScanOptions,
  context: AgentContext,
  renewingBefore: string | null = null,
): Promise<HealthScanResult> {
  await scoreHistory({ store, model }, context);
  const progress: TaskProgress = {
    done: 0,
    total: await store.countActiveAccounts(renewingBefore),
    counts: { scored: 0, changed: 0, alerts: 0, failed: 0 },
    errors: [],
  };
  const counts = progress.counts as { scored: number; changed: number; alerts: number; failed: number };
  for await (const range of pacedRanges((after, size) => store.nextRange(after, size), context)) {
    const due = await store.readDue(range, {
      modelVersion: model.version,
      now: context.now,
      force: renewingBefore !== null,
      renewingBefore,
    });
    await nextTurn();
    const outcome = await scoreAccounts({ store, model }, due, context);
    counts.scored += outcome.scored.length;
    counts.changed += outcome.scored.filter((account) => account.changed).length;
    counts.alerts += outcome.scored.filter((account) => account.assessment.shouldAlert).length;
    counts.failed += outcome.errors.length;
    progress.errors = outcome.errors;
    progress.done = Math.min(progress.total, progress.done + (renewingBefore === null ? range.size : due.length));
    await context.onProgress?.(progress);
  }
  progress.done = progress.total;
  progress.errors = [];
  await context.onProgress?.(progress);
  return { accountsScanned: progress.total, ...counts, confidence: 'high' };
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
  await scoreHistory({ store, model }, context);
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
  const outcome = await scoreAccounts({ store, model }, due, context);
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
  context: AgentContext,
): Promise<{ scored: ScoredAccount[]; errors: TaskProgress['errors'] }> {
  const scored: ScoredAccount[] = [];
  const errors: TaskProgress['errors'] = [];
  for (const { accountId, observation, previousBreakdown } of accounts) {
    if (!observation) {
      errors.push({ accountId, code: 'no_signals', message: 'No signals have been observed yet.' });
      continue;
    }
    const derived = deriveSignals(observation, context.now);
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
      reassessAt: nextReassessment(observation, context.now, model),
    });
  }
  await store.save(scored, model.version, context.now);
  // An old score beside signals that no longer bear it would mislead people and gates alike.
  await store.unscore(
    errors.flatMap((error) => error.accountId ?? []),
    context.now,
  );
  return { scored, errors };
}

/** Scores what was observed between two scans, as of its own time, so that the history has no gap. */
async function scoreHistory({ store, model }: HealthScanOptions, context: AgentContext): Promise<void> {
  const last = new Map<string, string>();
  for (;;) {
    checkStopped(context);
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
