import type {
  CollectionsRisk,
  EngagementLevel,
  InvoicePaymentStatus,
  Rag,
  TicketSentiment,
  UsageTrend,
} from '../../lib/domain/signals';

/** What one account shows in one week. */
export interface WeekSignals {
  /** Seats in use ÷ seats bought. */
  utilisation: number;
  adoption: number;
  loginDays: number | null;
  trend: UsageTrend | null;
  engagement: EngagementLevel;
  nps: number | null;
  invoice: InvoicePaymentStatus;
  openTickets: number;
  sentiment: TicketSentiment;
  escalations: number;
  tam: Rag | null;
  collections: CollectionsRisk | null;
}

/** Where in its time line a story is, and how this account differs from others of the same story. */
export interface Moment {
  /** Weeks before the newest snapshot; 0 is the newest. */
  weeksAgo: number;
  /** 0–1, fixed for the account. */
  variant: number;
  /** What the account would show if nothing happened. */
  usual: WeekSignals;
}

export interface Story {
  /** What a customer-success manager would call it. */
  title: string;
  /** Accounts in the portfolio that live it. */
  count: number;
  /** How the signals differ from the usual ones that week. */
  signals(moment: Moment): Partial<WeekSignals>;
  /** Days from now to the renewal; anything where it does not matter. */
  renewalDays?: [number, number];
  /** Nobody of ours has spoken with the customer for so many weeks. */
  silentWeeks?: number;
  /** The product that is tried: a module by its feature, or an integration by its product. */
  wants?: 'module' | 'api' | 'integration';
  plan?: 'growth' | 'enterprise';
  /** The last observation is so many weeks old. */
  lastSeenWeeksAgo?: number;
  /** Customer for so many days only. */
  customerDays?: [number, number];
}

/** Straight from `from` to `to` while the weeks go from `start` ago to `end` ago, flat before and after. */
function ramp({ weeksAgo }: Moment, [start, from]: [number, number], [end, to]: [number, number]): number {
  if (weeksAgo >= start) return from;
  if (weeksAgo <= end) return to;
  return from + ((start - weeksAgo) / (start - end)) * (to - from);
}

const atLeast = (moment: Moment, weeks: number) => moment.weeksAgo >= weeks;
const happy = {
  engagement: 'high',
  sentiment: 'positive',
  openTickets: 0,
  invoice: 'current',
  escalations: 0,
} as const;

export const STORIES = {
  outgrowing_seats: {
    title: 'Outgrowing its seats',
    count: 18,
    signals: (at) => ({
      ...happy,
      utilisation: ramp(at, [22, 0.66], [1, 0.86 + 0.18 * at.variant]),
      adoption: Math.max(at.usual.adoption, 0.72),
      trend: 'growing',
    }),
  },
  seasonal_spike: {
    title: 'Seasonal peak, back to normal since',
    count: 4,
    signals: (at) => {
      const peak = 9 + Math.round(4 * at.variant);
      const distance = Math.abs(at.weeksAgo - peak);
      return { utilisation: 0.66 + Math.max(0, 0.46 - 0.14 * distance), trend: 'stable' };
    },
  },
  quiet_decline: {
    title: 'Quiet decline before the renewal',
    count: 13,
    renewalDays: [24, 58],
    silentWeeks: 14,
    signals: (at) => ({
      utilisation: ramp(at, [20, 0.72], [0, 0.34]),
      adoption: ramp(at, [20, 0.7], [0, 0.2 + 0.12 * at.variant]),
      loginDays: Math.round(ramp(at, [18, 4], [0, 36 + 30 * at.variant])),
      trend: atLeast(at, 18) ? 'stable' : 'declining',
      engagement: atLeast(at, 16) ? 'medium' : 'low',
      nps: atLeast(at, 12) ? 7 : 5,
      sentiment: 'neutral',
      tam: atLeast(at, 12) ? 'GREEN' : atLeast(at, 4) ? 'AMBER' : 'RED',
    }),
  },
  champion_left: {
    title: 'Champion left',
    count: 9,
    silentWeeks: 12,
    signals: (at) => ({
      engagement: atLeast(at, 13) ? 'high' : atLeast(at, 10) ? 'medium' : 'low',
      adoption: ramp(at, [12, 0.78], [0, 0.5]),
      utilisation: ramp(at, [12, 0.74], [0, 0.6]),
      loginDays: Math.round(ramp(at, [12, 3], [0, 16])),
      trend: atLeast(at, 9) ? 'stable' : 'declining',
      nps: atLeast(at, 10) ? 9 : null,
    }),
  },
  module_wanted: {
    title: 'Module tried and wanted',
    count: 14,
    wants: 'module',
    plan: 'enterprise',
    signals: () => ({ ...happy, trend: 'growing' }),
  },
  api_limits: {
    title: 'Stopped by the API limit',
    count: 8,
    wants: 'api',
    signals: () => ({ engagement: 'high', trend: 'growing' }),
  },
  integration_wanted: {
    title: 'Works around a missing integration',
    count: 14,
    wants: 'integration',
    signals: () => ({ trend: 'stable' }),
  },
  overdue_but_growing: {
    title: 'Growing, but the invoice is overdue',
    count: 5,
    signals: (at) => ({
      ...happy,
      utilisation: ramp(at, [20, 0.68], [1, 0.9 + 0.08 * at.variant]),
      trend: 'growing',
      invoice: atLeast(at, 9)
        ? 'current'
        : atLeast(at, 5)
          ? 'overdue_30'
          : at.variant > 0.6 && !atLeast(at, 1)
            ? 'overdue_90_plus'
            : 'overdue_60',
      collections: atLeast(at, 5) ? 'GREEN' : 'AMBER',
    }),
  },
  escalation_with_full_seats: {
    title: 'Seats full, escalation open',
    count: 5,
    signals: (at) => ({
      utilisation: ramp(at, [20, 0.76], [2, 0.94]),
      trend: 'growing',
      escalations: atLeast(at, 4) ? 0 : at.variant > 0.5 ? 2 : 1,
      openTickets: atLeast(at, 5) ? 1 : 4,
      sentiment: atLeast(at, 5) ? 'neutral' : 'negative',
    }),
  },
  stale_signals: {
    title: 'Nothing heard for five weeks',
    count: 4,
    lastSeenWeeksAgo: 5,
    signals: (at) => ({ utilisation: ramp(at, [24, 0.7], [6, 0.93]), trend: 'growing', engagement: 'high' }),
  },
  new_customer: {
    title: 'Brand-new customer',
    count: 6,
    customerDays: [9, 27],
    wants: 'integration',
    signals: (at) => ({
      adoption: ramp(at, [4, 0.25], [0, 0.62]),
      utilisation: ramp(at, [4, 0.3], [0, 0.66]),
      trend: 'growing',
      engagement: 'high',
      nps: null,
      tam: null,
    }),
  },
  recovered: {
    title: 'Recovered',
    count: 6,
    signals: (at) => ({
      adoption: at.weeksAgo > 14 ? ramp(at, [25, 0.6], [15, 0.3]) : ramp(at, [14, 0.3], [1, 0.8]),
      utilisation: at.weeksAgo > 14 ? ramp(at, [25, 0.6], [15, 0.42]) : ramp(at, [14, 0.42], [1, 0.72]),
      loginDays: at.weeksAgo > 14 ? 24 : Math.round(ramp(at, [14, 24], [2, 3])),
      trend: at.weeksAgo > 13 ? 'declining' : at.weeksAgo > 2 ? 'growing' : 'stable',
      engagement: at.weeksAgo > 13 ? 'low' : at.weeksAgo > 7 ? 'medium' : 'high',
      sentiment: at.weeksAgo > 12 ? 'negative' : 'positive',
      openTickets: at.weeksAgo > 12 ? 4 : 1,
      tam: at.weeksAgo > 12 ? 'AMBER' : 'GREEN',
    }),
  },
  low_adoption: {
    title: 'Bought, but little used',
    count: 22,
    signals: (at) => ({
      adoption: 0.16 + 0.16 * at.variant + (at.usual.adoption - 0.8) / 4,
      utilisation: 0.3 + 0.14 * at.variant,
      loginDays: 14 + Math.round(14 * at.variant),
      trend: at.variant > 0.3 ? 'stable' : 'declining',
      engagement: at.variant > 0.5 ? 'medium' : 'low',
      nps: at.variant > 0.5 ? 6 : null,
      sentiment: 'neutral',
      openTickets: 1 + Math.round(2 * at.variant),
      tam: 'AMBER',
    }),
  },
  coasting: {
    title: 'Coasting',
    count: 18,
    silentWeeks: 10,
    signals: (at) => ({
      adoption: 0.42 + 0.1 * at.variant + (at.usual.adoption - 0.8) / 4,
      utilisation: 0.52,
      loginDays: 9,
      trend: 'stable',
      engagement: 'medium',
      sentiment: 'neutral',
      nps: 6,
      tam: 'AMBER',
    }),
  },
  support_storm: {
    title: 'Support storm',
    count: 8,
    signals: (at) => ({
      openTickets: Math.round(ramp(at, [7, 1], [0, 7 + 6 * at.variant])),
      sentiment: atLeast(at, 6) ? 'neutral' : atLeast(at, 3) ? 'negative' : 'critical',
      escalations: atLeast(at, 4) ? 0 : atLeast(at, 2) ? 1 : 3,
      nps: atLeast(at, 4) ? 7 : 3,
      adoption: ramp(at, [7, 0.7], [0, 0.34]),
      utilisation: ramp(at, [7, 0.7], [0, 0.55]),
      loginDays: Math.round(ramp(at, [7, 3], [0, 9])),
      engagement: atLeast(at, 4) ? 'medium' : 'low',
      trend: atLeast(at, 4) ? 'stable' : 'declining',
      tam: atLeast(at, 3) ? 'GREEN' : 'RED',
    }),
  },
  money_trouble: {
    title: 'Money trouble, seats emptying',
    count: 9,
    silentWeeks: 9,
    signals: (at) => ({
      invoice: atLeast(at, 14)
        ? 'current'
        : atLeast(at, 9)
          ? 'overdue_30'
          : atLeast(at, 4)
            ? 'overdue_60'
            : 'overdue_90_plus',
      collections: atLeast(at, 12) ? 'GREEN' : atLeast(at, 5) ? 'RED' : 'CRITICAL',
      utilisation: ramp(at, [15, 0.68], [0, 0.3]),
      adoption: ramp(at, [15, 0.62], [0, 0.3]),
      loginDays: Math.round(ramp(at, [15, 5], [0, 34])),
      trend: atLeast(at, 13) ? 'stable' : at.variant > 0.7 && !atLeast(at, 3) ? 'inactive' : 'declining',
      engagement: atLeast(at, 10) ? 'medium' : 'low',
      tam: atLeast(at, 6) ? 'AMBER' : 'RED',
    }),
  },
  signals_missing: {
    title: 'A feed broke: signals missing',
    count: 4,
    signals: (at) => (atLeast(at, 3) ? {} : { trend: null }),
  },
  steady: {
    title: 'Steady and content',
    count: 82,
    signals: () => ({}),
  },
} as const satisfies Record<string, Story>;

export type StoryKey = keyof typeof STORIES;
export const STORY_KEYS = Object.keys(STORIES) as StoryKey[];
