import { breathe } from '../breathe';
import { EVERYTHING, type Scope } from '../domain/access';
import {
  type AdoptionAssessment,
  type AssessedAdoption,
  assessAdoption,
  DEFAULT_ADOPTION_POLICY,
} from '../domain/adoption';
import { createBenchmarking } from '../domain/adoption-benchmark';
import { type AdoptionMap, MAP_WEEKS, mapAdoption } from '../domain/adoption-weeks';
import { AppError } from '../errors';
import type { ExpansionStore, HealthStore } from '../ports';
import type { AdoptionReader, AdoptionStore } from '../ports/adoption';
import { type AgentContext, checkStopped, type TaskProgress } from './agent';
import { eachRange } from './pacing';

const DAY_MS = 86_400_000;

export interface FeatureAdoptionOptions {
  adoption: AdoptionStore;
  store: ExpansionStore;
  health: HealthStore;
}

export interface PortfolioAdoptionResult {
  /** Accounts whose use was reported within the window. */
  accountsCompared: number;
  segments: number;
  features: number;
  confidence: 'high';
}

/** What the accounts of each segment use, added up once, so that each account is compared in a few reads. */
export async function trackPortfolio(
  { adoption, store, health }: FeatureAdoptionOptions,
  context: AgentContext,
): Promise<PortfolioAdoptionResult> {
  const since = new Date(context.now.getTime() - DEFAULT_ADOPTION_POLICY.windowDays * DAY_MS);
  const benchmarking = createBenchmarking(await store.readCatalogue(), context.now);
  const total = await health.countActiveAccounts(null);
  const counts = { compared: 0 };
  const progress: TaskProgress = { done: 0, total, counts, errors: [] };
  await eachRange({ next: health.nextRange, lanes: 1 }, context, async (range) => {
    const accounts = await adoption.readUse(range, since, context.now);
    for (const account of accounts) benchmarking.add(account);
    counts.compared += accounts.length;
    progress.done = Math.min(total, progress.done + range.size);
    await context.onProgress?.(progress);
  });
  const steps = benchmarking.finish();
  for (;;) {
    const step = steps.next();
    if (step.done) {
      await adoption.saveBenchmarks(step.value);
      const features = step.value[0]?.features.size ?? 0;
      const segments = Math.max(0, step.value.length - 1);
      await context.onProgress?.({ done: total, total, counts: { ...counts, features, segments }, errors: [] });
      return { accountsCompared: counts.compared, segments, features, confidence: 'high' };
    }
    await breathe();
    checkStopped(context.signal);
  }
}

export type AccountAdoptionResult = AssessedAdoption & { accountId: string; confidence: 'low' | 'medium' | 'high' };

/** One account against its peers. @throws AppError `not_found`. */
export async function trackAccount(
  options: Pick<FeatureAdoptionOptions, 'adoption' | 'store'>,
  accountId: string,
  context: Pick<AgentContext, 'now'>,
): Promise<AccountAdoptionResult> {
  const { assessment } = await readAdoption(options, accountId, context.now, EVERYTHING);
  // Without peers it says what is used, and nothing on what could be.
  const confidence = !assessment.reported ? 'low' : assessment.benchmark === null ? 'medium' : 'high';
  return { accountId, ...assessment, confidence };
}

/** The assessment with its weeks, from the account's own use and the benchmarks as they are. @throws AppError `not_found`. */
export async function readAdoption(
  { adoption, store }: Pick<FeatureAdoptionOptions, 'adoption' | 'store'>,
  accountId: string,
  now: Date,
  scope: Scope,
): Promise<{ assessment: AssessedAdoption; map: AdoptionMap; seats: number | null }> {
  // A week more than is shown: the weeks are counted from the newest report.
  const since = new Date(now.getTime() - (MAP_WEEKS + 8) * 7 * DAY_MS);
  const [account] = await adoption.readAccounts([accountId], since, scope);
  if (!account) throw new AppError('not_found', `There is no account "${accountId}".`);
  const [benchmarks, catalogue] = await Promise.all([adoption.readBenchmarks(account.segment), store.readCatalogue()]);
  const assessment = assessAdoption(account, benchmarks, catalogue, now);
  return { assessment, map: mapAdoption(account, assessment, now), seats: account.seats };
}

/**
 * Adoption of many accounts for their reviews: the usual window up to the end of the period, or up to now within it, as the
 * benchmark has no other.
 */
export function createAdoptionReader({
  adoption,
  store,
}: Pick<FeatureAdoptionOptions, 'adoption' | 'store'>): AdoptionReader {
  return async (accountIds, { to, now }) => {
    const end = new Date(Math.min(to.getTime(), now.getTime()));
    const since = new Date(end.getTime() - DEFAULT_ADOPTION_POLICY.windowDays * DAY_MS);
    const [accounts, catalogue] = await Promise.all([
      adoption.readAccounts(accountIds, since, EVERYTHING),
      store.readCatalogue(),
    ]);
    const segments = [...new Set(accounts.map(({ segment }) => segment))];
    const benchmarks = new Map(
      await Promise.all(segments.map(async (segment) => [segment, await adoption.readBenchmarks(segment)] as const)),
    );
    const assessments = new Map<string, AdoptionAssessment>();
    for (const account of accounts) {
      const benchmark = benchmarks.get(account.segment);
      if (!benchmark) continue;
      const assessment = assessAdoption(account, benchmark, catalogue, end);
      if (assessment.reported) assessments.set(account.id, assessment);
    }
    return assessments;
  };
}
