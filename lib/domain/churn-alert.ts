import type { ChurnRiskLevel } from './churn-risk';
import type { QuietHours } from './quiet-hours';
import type { Rag } from './signals';

/** Worst first. `red`: the score is RED while nothing says that the customer is about to leave. */
export const ALERT_LEVELS = ['critical', 'high', 'red'] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** `recovered`: the risk that somebody was told of has passed. */
export type AlertKind = 'new_risk' | 'worse' | 'recovered';

/** What people chose under Settings → Alerts. */
export interface AlertSettings {
  /** The levels that people are told of; none turns alerts off. */
  levels: readonly AlertLevel[];
  /** Days after an alert in which the same account is told of again only where it got worse than in that alert. */
  coolDownDays: number;
  /** How many accounts of one scan are told of alone; the rest shares a digest. */
  singlesPerScan: number;
  quietHours: QuietHours | null;
  draftsForCsm: boolean;
  draftsForRep: boolean;
}

export const DEFAULT_ALERT_SETTINGS: AlertSettings = {
  levels: ALERT_LEVELS,
  coolDownDays: 7,
  singlesPerScan: 5,
  quietHours: null,
  draftsForCsm: true,
  draftsForRep: true,
};

/** The part of an assessment that alerts go by. */
export interface AlertableHealth {
  rag: Rag;
  churnRisk: ChurnRiskLevel;
  shouldAlert: boolean;
}

/** What is remembered of an account between two scans. */
export interface AnnouncedState {
  /** Of the health that alerts last took notice of, see {@link severityOf}; stays behind while a change is held back. */
  severity: number;
  /** Somebody was told of a risk, and not yet that it has passed. */
  openRisk: boolean;
  lastAlert: { severity: number; at: Date } | null;
  /** A change that is not told yet: why, and when it is looked at again. */
  held: { reason: HeldReason; until: Date } | null;
}

export type HeldReason = 'cool_down' | 'snoozed';

/** An account that no scan has told of yet counts as one without risk. */
export const NEVER_ANNOUNCED: AnnouncedState = { severity: 0, openRisk: false, lastAlert: null, held: null };

/**
 * `alert`: people are told. `held`: not now; `next.held` says why and until when. `silent`: there is nothing to tell:
 * `unchanged`, `improved` (still at risk, but less), `level_off` (a level that nobody wants to hear of), `not_told` (a risk
 * has passed that nobody was told of).
 */
export type AlertDecision =
  | { outcome: 'alert'; kind: AlertKind; level: AlertLevel | 'none'; next: AnnouncedState }
  | { outcome: 'held'; kind: AlertKind; level: AlertLevel | 'none'; next: AnnouncedState }
  | { outcome: 'silent'; reason: 'unchanged' | 'improved' | 'level_off' | 'not_told'; next: AnnouncedState };

const DAY_MS = 86_400_000;

/**
 * What to tell of an account after a scan. Only a change is told, and only one of a risk: a new one, a worse one, or one
 * that has passed. A change that is held back stays a change: it is decided anew by every later scan until it is told or gone.
 * @param snoozedUntil until when a person wants to hear nothing of the account; null where nobody does.
 */
export function decideAlert(
  before: AnnouncedState,
  health: AlertableHealth,
  { now, settings, snoozedUntil }: { now: Date; settings: AlertSettings; snoozedUntil: Date | null },
): AlertDecision {
  const severity = severityOf(health);
  const level = levelOf(severity);
  const noticed: AnnouncedState = { ...before, severity, held: null };
  if (severity === before.severity) return { outcome: 'silent', reason: 'unchanged', next: noticed };
  const snooze = snoozedUntil !== null && snoozedUntil > now ? snoozedUntil : null;
  const hold = (kind: AlertKind, reason: HeldReason, until: Date): AlertDecision => ({
    ...{ outcome: 'held', kind, level },
    next: { ...before, held: { reason, until } },
  });

  if (severity === 0) {
    if (!before.openRisk) return { outcome: 'silent', reason: 'not_told', next: noticed };
    if (snooze) return hold('recovered', 'snoozed', snooze);
    return { outcome: 'alert', kind: 'recovered', level, next: { ...noticed, openRisk: false } };
  }
  if (severity < before.severity) return { outcome: 'silent', reason: 'improved', next: noticed };
  if (!isWanted(level, settings)) return { outcome: 'silent', reason: 'level_off', next: noticed };
  const kind = before.openRisk ? 'worse' : 'new_risk';
  if (snooze) return hold(kind, 'snoozed', snooze);
  const { lastAlert } = before;
  if (lastAlert && severity <= lastAlert.severity) {
    const coolUntil = new Date(lastAlert.at.getTime() + settings.coolDownDays * DAY_MS);
    if (now < coolUntil) return hold(kind, 'cool_down', coolUntil);
  }
  const told = { ...noticed, openRisk: true, lastAlert: { severity, at: now } };
  return { outcome: 'alert', kind, level, next: told };
}

/**
 * How bad it is, as a number to compare: 0 where nobody has to look; by churn risk, and within the same risk RED is worse.
 * 2 and 3: RED alone, 4 and 5: high, 6 and 7: critical.
 */
export function severityOf({ rag, churnRisk, shouldAlert }: AlertableHealth): number {
  if (!shouldAlert) return 0;
  const rank = churnRisk === 'critical' ? 3 : churnRisk === 'high' ? 2 : 1;
  return 2 * rank + (rag === 'RED' ? 1 : 0);
}

export function levelOf(severity: number): AlertLevel | 'none' {
  if (severity < 2) return 'none';
  return ALERT_LEVELS[3 - Math.floor(severity / 2)] ?? 'none';
}

function isWanted(level: AlertLevel | 'none', settings: AlertSettings): boolean {
  return level !== 'none' && settings.levels.includes(level);
}

/** What alerts of one scan are ranked by. */
export interface RankedAlert {
  id: string;
  kind: AlertKind;
  arrCents: number | null;
  /** `YYYY-MM-DD`. */
  renewalDate: string | null;
}

/**
 * Which alerts of a scan are told alone: those with the most revenue at risk, of equals the one that renews first. All
 * others share a digest, and so does every good message: it is quiet.
 */
export function routeAlerts(
  alerts: readonly RankedAlert[],
  singlesPerScan: number,
): { singles: string[]; digest: string[] } {
  const risks = alerts.filter(({ kind }) => kind !== 'recovered').sort(byStake);
  const recovered = alerts.filter(({ kind }) => kind === 'recovered').sort(byStake);
  const ids = (list: readonly RankedAlert[]) => list.map(({ id }) => id);
  return {
    singles: ids(risks.slice(0, singlesPerScan)),
    digest: [...ids(risks.slice(singlesPerScan)), ...ids(recovered)],
  };
}

function byStake(a: RankedAlert, b: RankedAlert): number {
  if (a.arrCents !== b.arrCents) return (b.arrCents ?? -1) - (a.arrCents ?? -1);
  const [left, right] = [a.renewalDate ?? '9999', b.renewalDate ?? '9999'];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
