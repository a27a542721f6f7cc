import { createHash } from 'node:crypto';
import {
  type CatalogueFacts,
  type ExpansionPolicy,
  findExpansions,
  fingerprint,
  type OpportunityCandidate,
} from '../domain/expansion';
import { checkGates, type GateCheck, type GatePolicy } from '../domain/gates';
import { nextOnFound, nextOnNotFound } from '../domain/opportunity-state';
import { AppError } from '../errors';
import type { ExpansionAccount, ExpansionChanges, ExpansionStore, HealthStore } from '../ports';
import type { AgentContext, TaskProgress } from './agent';
import { nextTurn, pacedRanges } from './pacing';

export interface ExpansionCheckOptions {
  store: ExpansionStore;
  health: HealthStore;
  policy: ExpansionPolicy;
  gates: GatePolicy;
}

export interface ExpansionCheckResult {
  accountsChecked: number;
  found: number;
  created: number;
  updated: number;
  withdrawn: number;
  confidence: 'high';
}

const DAY_MS = 86_400_000;
/** Usage ages out of the rules' window day by day, so such accounts are looked at daily; less than a day, for a daily scan. */
const USAGE_RECHECK_MS = 20 * 3_600_000;

/** Applies the expansion rules to every account that changed, in ranges; what is found again keeps its row. */
export async function checkPortfolio(
  options: ExpansionCheckOptions,
  context: AgentContext,
): Promise<ExpansionCheckResult> {
  const catalogue = await options.store.readCatalogue();
  const progress: TaskProgress = {
    done: 0,
    total: await options.health.countActiveAccounts(null),
    counts: { found: 0, created: 0, updated: 0, withdrawn: 0 },
    errors: [],
  };
  const counts = progress.counts as { found: number; created: number; updated: number; withdrawn: number };
  const features = signalFeatures(catalogue);
  for await (const range of pacedRanges((after, size) => options.health.nextRange(after, size), context)) {
    const due = await options.store.readDue(range, { now: context.now, force: false, features });
    await nextTurn();
    const changes = decideAll(options, due, catalogue, context.now);
    if (due.length < range.size) {
      const dueIds = due.map((account) => account.facts.id);
      await options.store.touchRange(range, dueIds, context.now);
    }
    const saved = await options.store.save(changes, context.now);
    counts.found += changes.writes.length + changes.seenIds.length;
    counts.created += saved.created;
    counts.updated += saved.updated;
    counts.withdrawn += saved.withdrawn;
    progress.done = Math.min(progress.total, progress.done + range.size);
    await context.onProgress?.(progress);
  }
  progress.done = progress.total;
  await context.onProgress?.(progress);
  return { accountsChecked: progress.total, ...counts, confidence: 'high' };
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
    force: true,
    features: signalFeatures(catalogue),
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
  options: ExpansionCheckOptions,
  accounts: ExpansionAccount[],
  catalogue: CatalogueFacts,
  now: Date,
): ExpansionChanges {
  const changes: ExpansionChanges = { writes: [], seenIds: [], withdrawn: [], checked: [] };
  for (const account of accounts) decide(options, account, catalogue, now, changes);
  return changes;
}

function decide(
  options: ExpansionCheckOptions,
  account: ExpansionAccount,
  catalogue: CatalogueFacts,
  now: Date,
  changes: ExpansionChanges,
): void {
  const candidates = candidatesOf(options, account, catalogue, now);
  const gates = gatesOf(account, options.gates, now);
  const held = gates.some((gate) => !gate.passed);
  const existing = new Map(account.existing.map((opportunity) => [opportunity.fingerprint, opportunity]));
  for (const candidate of candidates) {
    const print = fingerprint(account.facts.id, candidate.type, candidate.subject, account.facts.renewalDate);
    const stored = existing.get(print);
    existing.delete(print);
    const current = stored
      ? { status: stored.status, snoozedUntil: stored.snoozedUntil === null ? null : new Date(stored.snoozedUntil) }
      : null;
    const status = nextOnFound(current, held, now);
    const contentKey = contentKeyOf(candidate, gates, account);
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
      gates,
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
  changes.checked.push({ accountId: account.facts.id, recheckAt: recheckAt(options, account, now) });
}

function candidatesOf(
  options: ExpansionCheckOptions,
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

function contentKeyOf(candidate: OpportunityCandidate, gates: GateCheck[], account: ExpansionAccount): string {
  const failing = gates.filter((gate) => !gate.passed);
  const content = JSON.stringify([
    candidate,
    failing.map((gate) => gate.code),
    account.rag,
    account.csmEmail,
    account.repEmail,
  ]);
  return createHash('sha1').update(content).digest('base64url');
}

/** When days alone can change what the rules find: signals go stale, an account stops being new, usage ages, a snooze ends. */
function recheckAt(options: ExpansionCheckOptions, account: ExpansionAccount, now: Date): Date | null {
  const times: number[] = [];
  if (account.facts.observedAt) {
    times.push(account.facts.observedAt.getTime() + (options.gates.signalFreshnessDays + 1) * DAY_MS);
  }
  if (account.contractStart) {
    times.push(Date.parse(`${account.contractStart}T00:00:00Z`) + options.gates.newAccountDays * DAY_MS);
  }
  if (account.facts.usage.length > 0) times.push(now.getTime() + USAGE_RECHECK_MS);
  for (const { status, snoozedUntil } of account.existing) {
    if (status === 'snoozed' && snoozedUntil) times.push(Date.parse(snoozedUntil));
  }
  const coming = times.filter((time) => time > now.getTime());
  return coming.length > 0 ? new Date(Math.min(...coming)) : null;
}

function signalFeatures(catalogue: CatalogueFacts): string[] {
  return [...new Set(catalogue.flatMap((entry) => entry.signalFeatures))];
}
