import type { AdoptionAssessment } from '../../lib/domain/adoption';
import { encodeBreakdown } from '../../lib/domain/breakdown';
import { DEFAULT_GATE_POLICY } from '../../lib/domain/gates';
import { assessHealth } from '../../lib/domain/health-score';
import type { ReviewFacts, ReviewRules } from '../../lib/domain/qbr-facts';
import { parsePeriod, type ReviewPeriod } from '../../lib/domain/review-period';
import { DEFAULT_SCORING_MODEL } from '../../lib/domain/scoring-model';
import { deriveSignals, type SignalObservation } from '../../lib/domain/signals';

export const REVIEW_RULES: ReviewRules = {
  scoring: DEFAULT_SCORING_MODEL,
  gates: DEFAULT_GATE_POLICY,
  timeZone: 'Europe/Berlin',
};

/** A week after the quarter's end. */
export const REVIEW_DAY = new Date('2026-10-08T04:00:00Z');

export function period(id: string): ReviewPeriod {
  const parsed = parsePeriod(id);
  if (!parsed) throw new Error(`${id} is no period.`);
  return parsed;
}

const WEEK_MS = 7 * 86_400_000;
const START = Date.parse('2026-06-25T06:00:00Z');

const USUAL: SignalObservation = {
  observedAt: new Date(START),
  arrCents: 2_400_000,
  seatsPurchased: 100,
  seatsActive: 70,
  renewalDate: '2027-04-30',
  lastInteractionAt: new Date('2026-06-20T10:00:00Z'),
  loginFrequencyDays: 2,
  usageTrend: 'stable',
  featureAdoptionRate: 0.6,
  stakeholderEngagement: 'high',
  npsScore: 8,
  invoicePaymentStatus: 'current',
  openTicketCount: 2,
  avgTicketSentiment: 'neutral',
  escalationCount90Days: 0,
  tamHealthRag: null,
  collectionsRisk: null,
};

/** Weekly snapshots of fifteen weeks, from before the quarter to after it, and the scores that scans made of them. */
function weeks(change: (week: number) => Partial<SignalObservation>): Pick<ReviewFacts, 'observations' | 'history'> {
  const observations = Array.from({ length: 15 }, (_, week) => ({
    ...USUAL,
    ...change(week),
    snapshotId: week + 1,
    observedAt: new Date(START + week * WEEK_MS),
  }));
  const history = observations.flatMap((observation) => {
    const asOf = new Date(observation.observedAt.getTime() + 3_600_000);
    const derived = deriveSignals(observation, asOf);
    if (!derived.ok) return [];
    const health = assessHealth(derived.signals);
    return {
      asOf,
      snapshotId: observation.snapshotId,
      score: health.score,
      rag: health.rag,
      churnRisk: health.churnRiskLevel,
      breakdown: encodeBreakdown(health),
      modelVersion: DEFAULT_SCORING_MODEL.version,
    };
  });
  // A scan that finds the same adds no row.
  return { observations, history: history.filter((entry, at) => entry.breakdown !== history[at - 1]?.breakdown) };
}

const ADOPTION: AdoptionAssessment = {
  from: '2026-09-03',
  to: '2026-09-30',
  featuresUsed: 3,
  featuresKnown: 5,
  adoptionRate: 0.6,
  benchmark: { segment: 'mid-market', accounts: 41, adoptionRate: 0.5 },
  features: [
    feature('Dashboards', 1_204, 70, 0.98, '2026-09-30'),
    feature('Exports', 310, 22, 0.71, '2026-09-29'),
    feature('Alerts', 12, 4, 0.44, '2026-09-12'),
    feature('Forecasting', 0, null, 0.39, null),
    feature('API', 0, null, null, null),
  ],
  recommendations: [
    {
      rank: 1,
      feature: 'Forecasting',
      text: 'Forecasting is used by 39 % of comparable accounts and not here.',
      evidence: [{ label: 'Peers', value: '39 %', observedAt: null }],
    },
  ],
};

function feature(name: string, uses: number, activeUsers: number | null, peerShare: number | null, day: string | null) {
  return {
    feature: name,
    uses,
    activeUsers,
    used: uses > 0,
    peerShare,
    peerMedianUses: null,
    lastUsedAt: day === null ? null : `${day}T06:00:00.000Z`,
  };
}

/** A customer that grows, with room to sell and an opportunity won. */
export function healthyFacts(more: Partial<ReviewFacts> = {}): ReviewFacts {
  return {
    account: {
      id: 'acc-1',
      name: 'Northwind Robotics',
      segment: 'mid-market',
      plan: 'growth',
      arrCents: 2_400_000,
      currency: 'USD',
      seatsPurchased: 100,
      csmEmail: 'dana@headroom.example',
      repEmail: 'tom@headroom.example',
      contractStart: '2024-05-01',
      renewalDate: '2027-04-30',
    },
    ...weeks((week) => ({
      seatsActive: 70 + 2 * week,
      usageTrend: week > 5 ? 'growing' : 'stable',
      featureAdoptionRate: 0.6 + 0.02 * week,
      npsScore: week > 8 ? 9 : 8,
      openTicketCount: week > 10 ? 1 : 2,
      lastInteractionAt: new Date(START + week * WEEK_MS - 5 * 86_400_000),
    })),
    usage: Array.from({ length: 15 }, (_, week) => ({
      observedAt: new Date(START + week * WEEK_MS),
      uses: 1_000 + 60 * week,
    })),
    features: [],
    opportunities: [
      {
        id: 'opp-1',
        type: 'seats',
        title: '30 seats',
        why: '97 of 100 seats in use',
        status: 'open',
        confidence: 'high',
        impact: { amountCents: 720_000, currency: 'USD' },
        changedAt: new Date('2026-09-20T07:00:00Z'),
      },
      {
        id: 'opp-2',
        type: 'module',
        title: 'Forecasting module',
        why: 'Exports used 310 times',
        status: 'drafted',
        confidence: 'medium',
        impact: null,
        changedAt: new Date('2026-09-22T07:00:00Z'),
      },
      {
        id: 'opp-3',
        type: 'integration',
        title: 'Slack integration',
        why: 'Slack is in the tech stack',
        status: 'won',
        confidence: 'medium',
        impact: { amountCents: 300_000, currency: 'USD' },
        changedAt: new Date('2026-08-14T07:00:00Z'),
      },
    ],
    dispatches: [
      {
        opportunityId: 'opp-3',
        title: 'Slack integration',
        impact: { amountCents: 300_000, currency: 'USD' },
        state: 'drafted',
        at: new Date('2026-07-20T07:00:00Z'),
      },
    ],
    gates: {
      rag: 'GREEN',
      churnRiskLevel: 'low',
      escalationCount90Days: 0,
      invoicePaymentStatus: 'current',
      observedAt: new Date('2026-10-07T06:00:00Z'),
      contractStart: '2024-05-01',
    },
    adoption: ADOPTION,
    ...more,
  };
}

/** A customer that falls, owes money and has escalated, shortly before the end of the contract. */
export function atRiskFacts(): ReviewFacts {
  const healthy = healthyFacts();
  return {
    ...healthy,
    account: { ...healthy.account, id: 'acc-2', name: 'Fabrikam', segment: null, renewalDate: '2026-12-01' },
    ...weeks((week) => ({
      seatsActive: Math.max(20, 80 - 5 * week),
      renewalDate: '2026-12-01',
      usageTrend: week > 4 ? 'declining' : 'stable',
      featureAdoptionRate: Math.max(0.1, 0.5 - 0.04 * week),
      loginFrequencyDays: 3 + 4 * week,
      npsScore: week > 6 ? 4 : 7,
      invoicePaymentStatus: week > 8 ? 'overdue_60' : 'current',
      openTicketCount: Math.min(9, week),
      avgTicketSentiment: week > 6 ? 'critical' : 'neutral',
      escalationCount90Days: week > 9 ? 2 : 0,
      stakeholderEngagement: week > 9 ? 'low' : 'medium',
      tamHealthRag: week > 11 ? 'RED' : 'AMBER',
    })),
    usage: Array.from({ length: 15 }, (_, week) => ({
      observedAt: new Date(START + week * WEEK_MS),
      uses: 2_000 - 100 * week,
    })),
    features: [
      { feature: 'Dashboards', uses: 420, activeUsers: 18, lastUsedAt: new Date('2026-09-24T06:00:00Z') },
      { feature: 'Exports', uses: 0, activeUsers: 0, lastUsedAt: null },
    ],
    opportunities: healthy.opportunities.slice(0, 1).map((one) => ({ ...one, status: 'held' })),
    dispatches: [],
    gates: {
      rag: 'RED',
      churnRiskLevel: 'critical',
      escalationCount90Days: 2,
      invoicePaymentStatus: 'overdue_60',
      observedAt: new Date('2026-10-07T06:00:00Z'),
      contractStart: '2024-05-01',
    },
    adoption: null,
  };
}

/** A customer about whom hardly anything was ever reported. */
export function hardlyAnyFacts(): ReviewFacts {
  return {
    account: {
      id: 'acc-3',
      name: 'Tailspin',
      segment: null,
      plan: null,
      arrCents: null,
      currency: 'USD',
      seatsPurchased: null,
      csmEmail: null,
      repEmail: null,
      contractStart: null,
      renewalDate: null,
    },
    history: [],
    observations: [],
    usage: [],
    features: [],
    opportunities: [],
    dispatches: [],
    gates: {
      rag: null,
      churnRiskLevel: null,
      escalationCount90Days: null,
      invoicePaymentStatus: null,
      observedAt: null,
      contractStart: null,
    },
    adoption: null,
  };
}

/** The healthy one under names that try to be markup. */
export function hostileFacts(): ReviewFacts {
  const healthy = healthyFacts();
  const hostile = '<script>alert(1)</script> | # [click](javascript:alert(1)) ![x](http://evil.example) `*_~\\';
  return {
    ...healthy,
    account: { ...healthy.account, id: 'acc-4', name: hostile, segment: `${hostile}\n\n# Heading`, plan: '| a | b |' },
    opportunities: healthy.opportunities.map((one) => ({
      ...one,
      title: `${one.title} ${hostile}`,
      why: '1. one\n2. two',
    })),
    dispatches: healthy.dispatches.map((one) => ({ ...one, title: hostile })),
    adoption: {
      ...ADOPTION,
      features: ADOPTION.features.map((one) => ({ ...one, feature: `${one.feature} ${hostile}` })),
      recommendations: [{ rank: 1, feature: hostile, text: `- ${hostile}`, evidence: [] }],
    },
  };
}
