import { breathe } from '../breathe';
import { type AlertContent, factsOf, type ShownHealth, type ToldAlert, textsOf } from '../domain/alert-message';
import { type NarratedHealth, narrateAlert } from '../domain/alert-narrative';
import { decodeBreakdown } from '../domain/breakdown';
import {
  type AlertDecision,
  type AlertKind,
  type AlertSettings,
  decideAlert,
  NEVER_ANNOUNCED,
  routeAlerts,
} from '../domain/churn-alert';
import { endOfQuietHours } from '../domain/quiet-hours';
import type { ScoringModel } from '../domain/scoring-model';
import { deriveSignals, type SignalObservation } from '../domain/signals';
import type { AccountRange, HealthStore } from '../ports';
import type {
  AlertStore,
  AlertWording,
  AnnouncedHealth,
  Announcement,
  ChangedHealth,
  DigestRecipients,
  PlannedDelivery,
  StoredAlert,
} from '../ports/alerts';
import type { DeskEvent } from '../ports/events';
import type { TextWriter } from '../ports/wording';
import { type AgentContext, checkStopped, type TaskProgress } from './agent';

export interface ChurnAlertsOptions {
  store: AlertStore;
  health: Pick<HealthStore, 'nextRange' | 'rangeOf' | 'countActiveAccounts'>;
  model: ScoringModel;
  /** Of the quiet hours, as it is when it is asked for. */
  timeZone: () => string;
  settings(): Promise<AlertSettings>;
  /** Why a channel cannot be used now, in a sentence; null where it can. */
  channelProblem(channel: 'notion' | 'google_chat' | 'slack'): Promise<string | null>;
  /** Null: nothing is worded anew. */
  writer: TextWriter | null;
  newId(): string;
  /** Told of each decision that people hear of, for the figures. */
  onDecision(decision: AlertDecision): void;
}

/** What a pass counts, by name. */
export type AlertCounts = Record<'announced' | 'alerts' | 'held' | 'singles' | 'digested', number>;

/** Accounts of one transaction, which keeps the thread and the writers waiting: few, as long as many differ. */
const RANGE_SIZE = 200;
/** Accounts looked at in one step, to find those ranges where anything differs. */
const LOOK_SIZE = 2_000;

/**
 * Tells of what a scan has changed. What others were last told of is a row an account; the pass compares the health with it,
 * so it does not matter which scan made the difference, how often the pass runs, or where one was cut short: what is not
 * told yet still differs. Whoever calls sees to it that one pass is under way at a time.
 */
export function createChurnAlerts(options: ChurnAlertsOptions) {
  const { store, health } = options;

  /** All accounts, after a scan of the portfolio. */
  async function tellOfPortfolio(context: AgentContext): Promise<AlertCounts> {
    const settings = await options.settings();
    const counts = noCounts();
    const progress: TaskProgress = { done: 0, total: await health.countActiveAccounts(null), counts, errors: [] };
    for (let after = ''; ; ) {
      const wide = await health.nextRange(after, LOOK_SIZE);
      if (!wide) break;
      if (await store.hasChanges(wide, context.now)) await announceWithin(wide, settings, context, counts);
      after = wide.through;
      progress.done = Math.min(progress.total, progress.done + wide.size);
      await context.onProgress?.({ ...progress });
      await breathe();
    }
    await route(settings, context, counts);
    await context.onProgress?.({ ...progress, done: progress.total });
    return counts;
  }

  /** One account, after a scan of it alone. */
  async function tellOfAccount(accountId: string, context: AgentContext): Promise<AlertCounts> {
    const counts = noCounts();
    const range = await health.rangeOf(accountId);
    if (!range) return counts;
    const settings = await options.settings();
    await announce(range, settings, context, counts);
    await route(settings, context, counts);
    return counts;
  }

  async function announceWithin(
    wide: AccountRange,
    settings: AlertSettings,
    context: AgentContext,
    counts: AlertCounts,
  ): Promise<void> {
    for (let after = wide.after; after < wide.through; ) {
      checkStopped(context.signal);
      const range = await health.nextRange(after, RANGE_SIZE);
      if (!range) return;
      await announce(range, settings, context, counts);
      after = range.through;
      await breathe();
    }
  }

  async function announce(
    range: AccountRange,
    settings: AlertSettings,
    { now }: AgentContext,
    counts: AlertCounts,
  ): Promise<void> {
    if (!(await store.hasChanges(range, now))) return;
    counts.announced += await store.announce(range, now, async (changed, observations) => {
      const decided = changed.map((account) => ({ account, decision: decide(account, settings, now) }));
      const told = decided.filter(({ decision }) => decision.outcome === 'alert').map(({ account }) => account);
      const snapshots = await observations([...new Set(told.flatMap(snapshotsOf))]);
      counts.alerts += told.length;
      counts.held += decided.filter(({ decision }) => decision.outcome === 'held').length;
      return decided.map(({ account, decision }) => announcementOf(account, decision, snapshots, now));
    });
  }

  function announcementOf(
    changed: ChangedHealth,
    decision: AlertDecision,
    snapshots: ReadonlyMap<number, SignalObservation>,
    now: Date,
  ): Announcement {
    options.onDecision(decision);
    const before = heldOrAnnounced(changed);
    const events = healthEvents(changed);
    if (decision.outcome !== 'alert') {
      return {
        changed,
        state: decision.next,
        heldSince: decision.outcome === 'held' ? before : null,
        events,
        alert: null,
      };
    }
    const { kind, level } = decision;
    const id = options.newId();
    const after = changed.current;
    const narrative = narrateAlert(
      {
        ...{ accountName: changed.accountName, kind, level, arr: changed.arr, renewalDate: changed.renewalDate },
        before: before && narrated(before, before.asOf, snapshots),
        after: narrated(after, now, snapshots),
        trigger: after.churnTrigger,
      },
      options.model,
      now,
    );
    const content: AlertContent = { narrative, before: before && shown(before, before.asOf), after: shown(after, now) };
    events.push({
      type: 'churn.alert',
      accountId: changed.accountId,
      data: { alertId: id, kind, level, score: after.score, rag: after.rag, churnRisk: after.churnRisk },
    });
    const alert = { id, kind, level, content: JSON.stringify(content) };
    return { changed, state: decision.next, heldSince: null, events, alert };
  }

  /** Settles how what was decided is told: a few alone, the others in a digest. Takes up what an earlier pass left. */
  async function route(settings: AlertSettings, { now, signal }: AgentContext, counts: AlertCounts): Promise<void> {
    await store.settleDigests();
    const unrouted = await store.unrouted();
    if (unrouted.length === 0) return;
    const { singles, digest } = routeAlerts(unrouted, settings.singlesPerScan);
    const deliverAt = endOfQuietHours(now, settings.quietHours, options.timeZone());
    const channels = await planChannels();
    const alerts = await store.contents(singles);
    await Promise.all(
      alerts.map(async (alert) => {
        const wording = await word(alert, now, signal);
        const deliveries = [...channels, ...draftsOf(alert, settings)];
        const plan = { deliverAt, deliveries, wording: wording && JSON.stringify(wording) };
        if (await store.routeSingle(alert.id, plan)) counts.singles += 1;
      }),
    );
    if (digest.length === 0) return;
    const shared = new Set(digest);
    const counted = countKinds(unrouted.filter(({ id }) => shared.has(id)));
    await store.routeDigest(digest, {
      id: options.newId(),
      content: JSON.stringify({ counts: counted }),
      deliveries: (recipients) => [...channels, ...draftsOfDigest(recipients, settings)],
      ...{ deliverAt, now },
    });
    counts.digested += digest.length;
  }

  async function planChannels(): Promise<PlannedDelivery[]> {
    const planned: PlannedDelivery[] = [{ channel: 'events', recipient: '', state: 'done', reason: null }];
    for (const channel of ['notion', 'google_chat', 'slack'] as const) {
      const problem = await options.channelProblem(channel);
      planned.push({ channel, recipient: '', state: problem === null ? 'waiting' : 'skipped', reason: problem });
    }
    return planned;
  }

  function draftsOf(alert: StoredAlert, settings: AlertSettings): PlannedDelivery[] {
    return [
      draft('draft_csm', settings.draftsForCsm, alert.csmEmail, NO_CSM),
      draft('draft_rep', settings.draftsForRep, alert.repEmail, NO_REP),
    ];
  }

  function draftsOfDigest(
    { csm, rep, withoutCsm, withoutRep }: DigestRecipients,
    settings: AlertSettings,
  ): PlannedDelivery[] {
    const planned = (
      channel: 'draft_csm' | 'draft_rep',
      wanted: boolean,
      addresses: readonly string[],
      without: number,
      nobody: string,
    ): PlannedDelivery[] => {
      if (!wanted) return [draft(channel, false, null, nobody)];
      const drafts = addresses.map((address) => draft(channel, true, address, nobody));
      return without === 0 ? drafts : [...drafts, draft(channel, true, null, nobody)];
    };
    return [
      ...planned('draft_csm', settings.draftsForCsm, csm, withoutCsm, NO_CSM),
      ...planned('draft_rep', settings.draftsForRep, rep, withoutRep, NO_REP),
    ];
  }

  /** Null where the rules' own words stand. */
  async function word(alert: StoredAlert, now: Date, signal: AbortSignal): Promise<AlertWording | null> {
    if (!options.writer) return null;
    const { narrative } = JSON.parse(alert.content) as AlertContent;
    const facts = factsOf({ accountName: alert.accountName, narrative, level: alert.level });
    const { summary, next } = await options.writer.reword({
      ...{ purpose: 'churn_alert', accountId: alert.accountId, facts, texts: textsOf(narrative), now, signal },
    });
    if (summary.origin.by === 'rules' && next.origin.by === 'rules') return null;
    const origin = summary.origin.by === 'model' ? summary.origin : next.origin;
    return { texts: { summary: summary.text, next: next.text }, origin };
  }

  return { tellOfPortfolio, tellOfAccount };
}

/** A stored alert as people are told of it. */
export function toTold(alert: StoredAlert): ToldAlert {
  const { narrative } = JSON.parse(alert.content) as AlertContent;
  const wording = alert.wording === null ? null : (JSON.parse(alert.wording) as AlertWording);
  return {
    accountId: alert.accountId ?? '',
    accountName: alert.accountName,
    kind: alert.kind === 'digest' ? 'new_risk' : alert.kind,
    level: alert.level,
    narrative,
    texts: wording?.texts ?? textsOf(narrative),
    wordedBy: wording?.origin.by === 'model' ? wording.origin.model : null,
    arr: alert.arr,
    renewalDate: alert.renewalDate,
  };
}

const NO_CSM = 'The account has no CSM, so there is nobody to leave a draft for.';
const NO_REP = 'The account has no rep, so there is nobody to leave a draft for.';
const NOT_WANTED = 'Turned off under Settings → Alerts.';

function draft(
  channel: 'draft_csm' | 'draft_rep',
  wanted: boolean,
  address: string | null,
  nobody: string,
): PlannedDelivery {
  if (!wanted) return { channel, recipient: '', state: 'skipped', reason: NOT_WANTED };
  if (address === null) return { channel, recipient: '', state: 'skipped', reason: nobody };
  return { channel, recipient: address, state: 'waiting', reason: null };
}

function decide(account: ChangedHealth, settings: AlertSettings, now: Date): AlertDecision {
  const before = account.announced?.state ?? NEVER_ANNOUNCED;
  return decideAlert(before, account.current, { now, settings, snoozedUntil: account.snoozedUntil });
}

/** What people knew before this change, however often the health has changed since while it was held back. */
function heldOrAnnounced({ announced }: ChangedHealth): AnnouncedHealth | null {
  if (!announced) return null;
  return announced.state.held ? announced.heldSince : announced;
}

function snapshotsOf(account: ChangedHealth): number[] {
  const before = heldOrAnnounced(account);
  return [account.current.snapshotId, ...(before ? [before.snapshotId] : [])];
}

/** What of the health itself changed; nothing for an account that is only looked at again. */
function healthEvents({ accountId, announced, current }: ChangedHealth): DeskEvent[] {
  const events: DeskEvent[] = [];
  const { score, rag, churnRisk, snapshotId } = current;
  if (!announced || announced.score !== score) {
    const data = { score, previousScore: announced?.score ?? null, rag, churnRisk, snapshotId };
    events.push({ type: 'health.scored', accountId, data });
  }
  if (announced && announced.rag !== rag) {
    events.push({ type: 'health.rag_changed', accountId, data: { from: announced.rag, to: rag, score } });
  }
  return events;
}

function narrated(
  health: AnnouncedHealth,
  asOf: Date,
  snapshots: ReadonlyMap<number, SignalObservation>,
): NarratedHealth {
  const observation = snapshots.get(health.snapshotId) ?? null;
  const derived = observation && deriveSignals(observation, asOf);
  return {
    ...decodeBreakdown(health.breakdown),
    ...{ score: health.score, rag: health.rag, churnRisk: health.churnRisk, asOf },
    signals: derived?.ok ? derived.signals : null,
    observedAt: observation?.observedAt ?? null,
  };
}

function shown({ score, rag, churnRisk }: AnnouncedHealth, asOf: Date): ShownHealth {
  return { score, rag, churnRisk, asOf: asOf.toISOString() };
}

function noCounts(): AlertCounts {
  return { announced: 0, alerts: 0, held: 0, singles: 0, digested: 0 };
}

function countKinds(alerts: readonly { kind: AlertKind }[]): Record<AlertKind, number> {
  const counts: Record<AlertKind, number> = { new_risk: 0, worse: 0, recovered: 0 };
  for (const { kind } of alerts) counts[kind] += 1;
  return counts;
}
