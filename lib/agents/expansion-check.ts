import { hash } from 'node:crypto';
import {
  type CatalogueFacts,
  type ExpansionPolicy,
  findExpansions,
  fingerprint,
  type OpportunityCandidate,
} from '../domain/expansion';
import { checkGates, type GateCheck, type GatePolicy, holding } from '../domain/gates';
import { nextOnFound, nextOnNotFound } from '../domain/opportunity-state';
import { AppError } from '../errors';
import type { AccountRange, ExpansionAccount, ExpansionChanges, ExpansionStore, HealthStore } from '../ports';
import { type AgentContext, addCounts, type TaskProgress } from './agent';
import { nextTurn } from './pacing';
import type { ExpansionRangeTask, RangeOutcome, RangeWork } from './range-work';
import { eachOutcome, type SharedRanges } from './shared-ranges';

export interface ExpansionRules {
  store: ExpansionStore;
  policy: ExpansionPolicy;
  gates: GatePolicy;
}

export interface ExpansionCheckOptions extends ExpansionRules {
  health: HealthStore;
  work: RangeWork;
  /** Where several instances may work on one portfolio. */
  shared: SharedRanges | null;
}

/** What a check counts, by name. */
export type ExpansionCounts = Record<'found' | 'created' | 'updated' | 'withdrawn', number>;

export interface ExpansionCheckResult extends ExpansionCounts {
  accountsChecked: number;
  confidence: 'high';
}

/** Applies the expansion rules to every account that changed, in ranges; what is found again keeps its row. */
export async function checkPortfolio(
  options: ExpansionCheckOptions,
  context: AgentContext,
): Promise<ExpansionCheckResult> {
  const { store, health, work, shared } = options;
  const catalogue = await store.readCatalogue();
  const counts: ExpansionCounts = { found: 0, created: 0, updated: 0, withdrawn: 0 };
  const total = await health.countActiveAccounts(null);
  const progress: TaskProgress = { done: 0, total, counts, errors: [] };
  const rules = rulesKey(options);
  const since = await store.checkedAt(rules);
  const task = { now: context.now, since, catalogue };
  await eachOutcome<ExpansionCounts>(
    { next: health.nextRange, work, shared },
    context,
    (range) => ({ pass: 'expansion', range, task }),
    async ({ size, counts: found, errors }) => {
      addCounts(counts, found);
      progress.done = Math.min(total, progress.done + size);
      await context.onProgress?.({ ...progress, errors });
    },
  );
  await store.setCheckedAt(rules, context.now);
  await context.onProgress?.({ ...progress, done: total });
  return { accountsChecked: total, ...counts, confidence: 'high' };
}

/** Applies the rules to the accounts of one range that changed. */
export async function checkRange(
  options: ExpansionRules,
  range: AccountRange,
  { now, since, catalogue }: ExpansionRangeTask,
): Promise<RangeOutcome<ExpansionCounts>> {
  const { store, gates } = options;
  const due = await store.readDue(range, { now, since, features: signalFeatures(catalogue), gates });
  await nextTurn();
  const changes = decideAll(options, due, catalogue, now);
  const saved = await store.save(changes, now);
  const found = changes.writes.length + changes.seenIds.length;
  return { size: range.size, due: due.length, counts: { found, ...saved }, errors: [] };
}

export interface AccountExpansionResult {
  accountId: string;
  opportunities: Pick<OpportunityCandidate, 'type' | 'subject' | 'title' | 'confidence' | 'impact' | 'why'>[];
  created: number;
  updated: number;
  withdrawn: number;
  confidence: 'high';
}

/** @throws AppError `not_found`. */
export async function checkAccount(
  options: ExpansionCheckOptions,
  accountId: string,
  context: AgentContext,
): Promise<AccountExpansionResult> {
  const range = await options.health.rangeOf(accountId);
  if (!range) throw new AppError('not_found', `There is no account "${accountId}".`);
  const catalogue = await options.store.readCatalogue();
  const due = await options.store.readDue(range, {
    now: context.now,
    since: null,
    features: signalFeatures(catalogue),
    gates: options.gates,
  });
  const found = due.flatMap((account) => candidatesOf(options, account, catalogue, context.now));
  const saved = await options.store.save(decideAll(options, due, catalogue, context.now), context.now);
  const opportunities = found.map(({ type, subject, title, confidence, impact, why }) => ({
    type,
    subject,
    title,
    confidence,
    impact,
    why,
  }));
  return { accountId, opportunities, ...saved, confidence: 'high' };
}

function decideAll(
  options: ExpansionRules,
  accounts: ExpansionAccount[],
  catalogue: CatalogueFacts,
  now: Date,
): ExpansionChanges {
  const changes: ExpansionChanges = { writes: [], seenIds: [], withdrawn: [] };
  for (const account of accounts) decide(options, account, catalogue, now, changes);
  return changes;
}

function decide(
  options: ExpansionRules,
  account: ExpansionAccount,
  catalogue: CatalogueFacts,
  now: Date,
  changes: ExpansionChanges,
): void {
  const candidates = candidatesOf(options, account, catalogue, now);
  if (candidates.length + account.existing.length === 0) return;
  const failing = holding(gatesOf(account, options.gates, now));
  const gates = JSON.stringify(failing);
  const heldBy = failing.map((gate) => gate.message).join('; ');
  // Not the gates' words: a number of days in them changes daily.
  const around = [...failing.map((gate) => gate.code), account.rag, account.csmEmail, account.repEmail].join('\n');
  const existing = new Map(account.existing.map((opportunity) => [opportunity.fingerprint, opportunity]));
  for (const candidate of candidates) {
    const print = fingerprint(account.facts.id, candidate.type, candidate.subject, account.facts.renewalDate);
    const stored = existing.get(print);
    existing.delete(print);
    const current = stored
      ? { status: stored.status, snoozedUntil: stored.snoozedUntil === null ? null : new Date(stored.snoozedUntil) }
      : null;
    const status = nextOnFound(current, failing.length > 0, now);
    const evidence = JSON.stringify(candidate.evidence);
    const calculation = JSON.stringify(candidate.calculation);
    const { title, headline, why, confidence, talkTrack } = candidate;
    const content = [evidence, calculation, title, headline, why, confidence, talkTrack, around].join('\n');
    const contentKey = hash('sha1', content, 'base64url');
    const frozen = status !== 'open' && status !== 'held' && status !== 'snoozed';
    if (stored && (frozen || (stored.status === status && stored.contentKey === contentKey))) {
      changes.seenIds.push(stored.id);
      continue;
    }
    changes.writes.push({
      accountId: account.facts.id,
      fingerprint: print,
      status,
      expectedStatus: stored?.status ?? null,
      candidate,
      evidence,
      calculation,
      gates,
      heldBy,
      rag: account.rag,
      csmEmail: account.csmEmail,
      repEmail: account.repEmail,
      contentKey,
    });
  }
  for (const gone of existing.values()) {
    if (nextOnNotFound(gone.status) !== gone.status)
      changes.withdrawn.push({ id: gone.id, expectedStatus: gone.status });
  }
}

function candidatesOf(
  options: ExpansionRules,
  account: ExpansionAccount,
  catalogue: CatalogueFacts,
  now: Date,
): OpportunityCandidate[] {
  return account.active ? findExpansions(account.facts, catalogue, now, options.policy) : [];
}

function gatesOf(account: ExpansionAccount, policy: GatePolicy, now: Date): GateCheck[] {
  return checkGates(
    {
      rag: account.rag,
      churnRiskLevel: account.churnRiskLevel,
      escalationCount90Days: account.escalationCount90Days,
      invoicePaymentStatus: account.invoicePaymentStatus,
      observedAt: account.facts.observedAt,
      contractStart: account.contractStart,
    },
    policy,
    now,
  );
}

/** Names the rules, so that a change of their numbers makes every account due. */
function rulesKey({ policy, gates }: ExpansionRules): string {
  return hash('sha1', JSON.stringify([policy, gates]), 'base64url');
}

function signalFeatures(catalogue: CatalogueFacts): string[] {
  return [...new Set(catalogue.flatMap((entry) => entry.signalFeatures))];
}
