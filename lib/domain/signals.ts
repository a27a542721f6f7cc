import { daysElapsed, formatCount, formatNumber, formatPercent, parseUtcDay, utcDay } from './format';

/** Red, amber, green: the traffic light of an account's health. */
export type Rag = 'GREEN' | 'AMBER' | 'RED';

export const USAGE_TRENDS = ['growing', 'stable', 'declining', 'inactive'] as const;
export const INVOICE_STATUSES = ['current', 'overdue_30', 'overdue_60', 'overdue_90_plus'] as const;
export const TICKET_SENTIMENTS = ['positive', 'neutral', 'negative', 'critical'] as const;
export const ENGAGEMENT_LEVELS = ['high', 'medium', 'low'] as const;
export const RAGS = ['GREEN', 'AMBER', 'RED'] as const;
export const COLLECTIONS_RISKS = ['GREEN', 'AMBER', 'RED', 'CRITICAL'] as const;

export type UsageTrend = (typeof USAGE_TRENDS)[number];
export type InvoicePaymentStatus = (typeof INVOICE_STATUSES)[number];
export type TicketSentiment = (typeof TICKET_SENTIMENTS)[number];
export type EngagementLevel = (typeof ENGAGEMENT_LEVELS)[number];
export type CollectionsRisk = (typeof COLLECTIONS_RISKS)[number];

/** Seats in use of those bought: more than this is a mistake in the report. */
export const MAX_UTILISATION = 2;

/** The 14 observations that the health score is made of. `null` is «unknown», where unknown has points of its own. */
export interface HealthSignals {
  /** Share of the owned features in use, 0–1. */
  featureAdoptionRate: number;
  usageTrend: UsageTrend;
  /** Days between two logins, on average; at least 0. */
  loginFrequencyDays: number | null;
  /** Whole days since a person of ours last spoke with the customer; at least 0. */
  daysSinceLastInteraction: number | null;
  invoicePaymentStatus: InvoicePaymentStatus;
  avgTicketSentiment: TicketSentiment;
  /** Open support tickets, a whole number. */
  openTicketCount: number;
  /** Whole days until the contract's renewal; negative once it has passed. */
  daysToRenewal: number | null;
  /** Seats in use ÷ seats bought, 0–2. */
  seatsUtilizationRate: number;
  stakeholderEngagement: EngagementLevel;
  /** 0–10. */
  npsScore: number | null;
  /** Escalations in the last 90 days, a whole number. */
  escalationCount90Days: number;
  collectionsRisk: CollectionsRisk | null;
  /** The technical account manager's own rating. */
  tamHealthRag: Rag | null;
}

export type SignalName = keyof HealthSignals;

/** What was observed of an account at one time, as stored: dates, not days; `null` where the source said nothing. */
export interface SignalObservation {
  observedAt: Date;
  arrCents: number | null;
  seatsPurchased: number | null;
  seatsActive: number | null;
  /** `YYYY-MM-DD`. */
  renewalDate: string | null;
  lastInteractionAt: Date | null;
  loginFrequencyDays: number | null;
  usageTrend: string | null;
  featureAdoptionRate: number | null;
  stakeholderEngagement: string | null;
  npsScore: number | null;
  invoicePaymentStatus: string | null;
  openTicketCount: number | null;
  avgTicketSentiment: string | null;
  escalationCount90Days: number | null;
  tamHealthRag: string | null;
  collectionsRisk: string | null;
}

/** Why a value cannot be scored. */
export interface SignalProblem {
  /** Name of the signal. */
  signal: string;
  /** A sentence that stands alone: «npsScore must be a number from 0 to 10; it is 11.» */
  message: string;
}

export type SignalsResult = { ok: true; signals: HealthSignals } | { ok: false; problems: SignalProblem[] };

/** What a person reads for each signal. */
export const SIGNAL_LABELS: Readonly<Record<SignalName, string>> = {
  featureAdoptionRate: 'Feature adoption',
  usageTrend: 'Usage trend',
  loginFrequencyDays: 'Login frequency',
  daysSinceLastInteraction: 'Last interaction',
  invoicePaymentStatus: 'Invoices',
  avgTicketSentiment: 'Ticket sentiment',
  openTicketCount: 'Open tickets',
  daysToRenewal: 'Renewal',
  seatsUtilizationRate: 'Seats in use',
  stakeholderEngagement: 'Stakeholder engagement',
  npsScore: 'NPS',
  escalationCount90Days: 'Escalations',
  collectionsRisk: 'Collections risk',
  tamHealthRag: 'TAM rating',
};

/** Untrusted signals by their camelCase names → signals, or every problem by name. Nothing is clamped or guessed. */
export function parseSignals(input: Record<string, unknown>): SignalsResult {
  const problems: SignalProblem[] = [];
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return {
      ok: false,
      problems: [
        {
          signal: 'signals',
          message: 'signals must be an object of signals by name.',
        },
      ],
    };
  }
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(SIGNAL_LABELS, name)) {
      problems.push({
        signal: name,
        message: `${show(name, 60)} is not a signal that Headroom knows.`,
      });
    }
  }
  return check(input, problems);
}

/** A stored observation → signals as of `now`, by UTC calendar; or every problem by name, as in {@link parseSignals}. */
export function deriveSignals(observation: SignalObservation, now: Date): SignalsResult {
  const problems: SignalProblem[] = [];
  return check(derive(observation, now, problems), problems);
}

/** Each signal of an observation in words, as far as it goes: also of one that cannot be scored. `null`: nothing said. */
export function describeObservation(observation: SignalObservation, now: Date): Record<SignalName, string | null> {
  const values = derive(observation, now, []);
  const inWords = (name: SignalName) => {
    if (values[name] === null) return null;
    const alone = check({ ...ORDINARY, [name]: values[name] }, []);
    return alone.ok ? describeSignal(name, alone.signals) : String(values[name]);
  };
  const names = Object.keys(SIGNAL_LABELS) as SignalName[];
  return Object.fromEntries(names.map((name) => [name, inWords(name)])) as Record<SignalName, string | null>;
}

/** Signals without a problem, around the one that is described. */
const ORDINARY: HealthSignals = {
  featureAdoptionRate: 0,
  usageTrend: 'stable',
  loginFrequencyDays: null,
  daysSinceLastInteraction: null,
  invoicePaymentStatus: 'current',
  avgTicketSentiment: 'neutral',
  openTicketCount: 0,
  daysToRenewal: null,
  seatsUtilizationRate: 0,
  stakeholderEngagement: 'medium',
  npsScore: null,
  escalationCount90Days: 0,
  collectionsRisk: null,
  tamHealthRag: null,
};

function derive(observation: SignalObservation, now: Date, problems: SignalProblem[]): Record<SignalName, unknown> {
  return {
    featureAdoptionRate: observation.featureAdoptionRate,
    usageTrend: observation.usageTrend,
    loginFrequencyDays: observation.loginFrequencyDays,
    daysSinceLastInteraction: daysSince(observation.lastInteractionAt, now, problems),
    invoicePaymentStatus: observation.invoicePaymentStatus,
    avgTicketSentiment: observation.avgTicketSentiment,
    openTicketCount: observation.openTicketCount,
    daysToRenewal: daysUntil(observation.renewalDate, now, problems),
    seatsUtilizationRate: utilisation(observation, problems),
    stakeholderEngagement: observation.stakeholderEngagement,
    npsScore: observation.npsScore,
    escalationCount90Days: observation.escalationCount90Days,
    collectionsRisk: observation.collectionsRisk,
    tamHealthRag: observation.tamHealthRag,
  };
}

/** A signal's value in words: «97 %», «every 3 days», «in 42 days», «unknown». */
export function describeSignal(name: SignalName, signals: HealthSignals): string {
  const value = signals[name];
  if (value === null) return 'unknown';
  if (typeof value === 'string') return name === 'invoicePaymentStatus' ? invoiceInWords(value) : value.toLowerCase();
  switch (name) {
    case 'featureAdoptionRate':
    case 'seatsUtilizationRate':
      return formatPercent(value);
    case 'loginFrequencyDays':
      if (value < 1) return 'more than once a day';
      return value === 1 ? 'every day' : `every ${formatCount(value, 'day')}`;
    case 'daysSinceLastInteraction':
      return value < 1 ? 'today' : `${formatCount(value, 'day')} ago`;
    case 'daysToRenewal':
      if (value === 0) return 'today';
      return value > 0 ? `in ${formatCount(value, 'day')}` : `passed ${formatCount(-value, 'day')} ago`;
    case 'openTicketCount':
      return value === 0 ? 'no open tickets' : formatCount(value, 'open ticket');
    case 'escalationCount90Days':
      return value === 0 ? 'none in 90 days' : `${formatNumber(value)} in 90 days`;
    default:
      return `${formatNumber(value)} of 10`;
  }
}

function invoiceInWords(status: string): string {
  if (status === 'overdue_30') return 'overdue by 30 days';
  if (status === 'overdue_60') return 'overdue by 60 days';
  return status === 'overdue_90_plus' ? 'overdue by 90 days or more' : status;
}

/** Whole days elapsed; a part of a day does not count. */
function daysSince(lastInteractionAt: Date | null, now: Date, problems: SignalProblem[]): number | null {
  if (lastInteractionAt === null) return null;
  const days = daysElapsed(lastInteractionAt, now);
  if (days >= 0) return days;
  const when = Number.isNaN(days) ? 'is not a date' : `is in the future (${lastInteractionAt.toISOString()})`;
  problems.push({
    signal: 'daysSinceLastInteraction',
    message: `daysSinceLastInteraction cannot be derived: the last interaction ${when}.`,
  });
  return null;
}

function daysUntil(renewalDate: string | null, now: Date, problems: SignalProblem[]): number | null {
  if (renewalDate === null) return null;
  const day = parseUtcDay(renewalDate);
  if (day !== null) return day - utcDay(now);
  problems.push({
    signal: 'daysToRenewal',
    message: `daysToRenewal cannot be derived: the renewal date must be a day as YYYY-MM-DD; it is ${show(renewalDate)}.`,
  });
  return null;
}

function utilisation(observation: SignalObservation, problems: SignalProblem[]): number {
  const { seatsPurchased: purchased, seatsActive: active } = observation;
  if (purchased !== null && active !== null && purchased > 0) return active / purchased;
  let reason = 'the number of seats bought is missing';
  if (purchased !== null) reason = purchased > 0 ? 'the number of seats in use is missing' : 'no seats are bought';
  problems.push({
    signal: 'seatsUtilizationRate',
    message: `seatsUtilizationRate cannot be derived: ${reason}.`,
  });
  return 0;
}

/** The one set of checks. A value that fails leaves a problem, and a stand-in that is never returned. */
function check(values: { readonly [name: string]: unknown }, problems: SignalProblem[]): SignalsResult {
  const signals: HealthSignals = {
    featureAdoptionRate: numeric('featureAdoptionRate', values.featureAdoptionRate, 0, 1, problems),
    usageTrend: oneOf('usageTrend', values.usageTrend, USAGE_TRENDS, problems),
    loginFrequencyDays: unlessUnknown(values.loginFrequencyDays)
      ? numeric('loginFrequencyDays', values.loginFrequencyDays, 0, Infinity, problems)
      : null,
    daysSinceLastInteraction: unlessUnknown(values.daysSinceLastInteraction)
      ? numeric('daysSinceLastInteraction', values.daysSinceLastInteraction, 0, Infinity, problems)
      : null,
    invoicePaymentStatus: oneOf('invoicePaymentStatus', values.invoicePaymentStatus, INVOICE_STATUSES, problems),
    avgTicketSentiment: oneOf('avgTicketSentiment', values.avgTicketSentiment, TICKET_SENTIMENTS, problems),
    openTicketCount: whole('openTicketCount', values.openTicketCount, problems),
    daysToRenewal: unlessUnknown(values.daysToRenewal)
      ? numeric('daysToRenewal', values.daysToRenewal, -Infinity, Infinity, problems)
      : null,
    seatsUtilizationRate: numeric('seatsUtilizationRate', values.seatsUtilizationRate, 0, MAX_UTILISATION, problems),
    stakeholderEngagement: oneOf('stakeholderEngagement', values.stakeholderEngagement, ENGAGEMENT_LEVELS, problems),
    npsScore: unlessUnknown(values.npsScore) ? numeric('npsScore', values.npsScore, 0, 10, problems) : null,
    escalationCount90Days: whole('escalationCount90Days', values.escalationCount90Days, problems),
    collectionsRisk: unlessUnknown(values.collectionsRisk)
      ? oneOf('collectionsRisk', values.collectionsRisk, COLLECTIONS_RISKS, problems)
      : null,
    tamHealthRag: unlessUnknown(values.tamHealthRag)
      ? oneOf('tamHealthRag', values.tamHealthRag, RAGS, problems)
      : null,
  };
  return problems.length === 0 ? { ok: true, signals } : { ok: false, problems };
}

function unlessUnknown(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function numeric(name: SignalName, value: unknown, min: number, max: number, problems: SignalProblem[]): number {
  if (typeof value === 'number' && value >= min && value <= max && Number.isFinite(value)) return value;
  let range = '';
  if (max !== Infinity) range = ` from ${min} to ${max}`;
  else if (min !== -Infinity) range = ` of at least ${min}`;
  return refuse(name, `a number${range}`, value, problems, 0);
}

function whole(name: SignalName, value: unknown, problems: SignalProblem[]): number {
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return value;
  return refuse(name, 'a whole number of at least 0', value, problems, 0);
}

function oneOf<T extends string>(
  name: SignalName,
  value: unknown,
  allowed: readonly [T, ...T[]],
  problems: SignalProblem[],
): T {
  for (const choice of allowed) if (choice === value) return choice;
  return refuse(name, `one of ${allowed.join(', ')}`, value, problems, allowed[0]);
}

function refuse<T>(name: SignalName, wanted: string, value: unknown, problems: SignalProblem[], standIn: T): T {
  if (problems.some((problem) => problem.signal === name)) return standIn;
  const found = value === null || value === undefined ? 'missing' : show(value);
  problems.push({
    signal: name,
    message: `${name} must be ${wanted}; it is ${found}.`,
  });
  return standIn;
}

/** A value as a person may see it in a message: short, on one line. */
function show(value: unknown, limit = 40): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > limit ? `${value.slice(0, limit)}…` : value);
}
