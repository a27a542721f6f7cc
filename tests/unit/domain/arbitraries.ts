import fc from 'fast-check';
import {
  COLLECTIONS_RISKS,
  ENGAGEMENT_LEVELS,
  type HealthSignals,
  INVOICE_STATUSES,
  RAGS,
  TICKET_SENTIMENTS,
  USAGE_TRENDS,
} from '../../../lib/domain/signals';

const rate = (max: number) => fc.double({ min: 0, max, noNaN: true });
const days = (min: number) => fc.oneof(fc.integer({ min, max: 400 }), fc.double({ min, max: 400, noNaN: true }));
const unknownOr = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** Any valid set of signals, boundaries included. */
export const anySignals: fc.Arbitrary<HealthSignals> = fc.record({
  featureAdoptionRate: rate(1),
  usageTrend: fc.constantFrom(...USAGE_TRENDS),
  loginFrequencyDays: unknownOr(days(0)),
  daysSinceLastInteraction: unknownOr(days(0)),
  invoicePaymentStatus: fc.constantFrom(...INVOICE_STATUSES),
  avgTicketSentiment: fc.constantFrom(...TICKET_SENTIMENTS),
  openTicketCount: fc.nat({ max: 12 }),
  daysToRenewal: unknownOr(days(-100)),
  seatsUtilizationRate: fc.oneof(rate(2), fc.constantFrom(0, 0.5, 0.8, 1, 2)),
  stakeholderEngagement: fc.constantFrom(...ENGAGEMENT_LEVELS),
  npsScore: unknownOr(fc.oneof(rate(10), fc.integer({ min: 0, max: 10 }))),
  escalationCount90Days: fc.nat({ max: 5 }),
  collectionsRisk: unknownOr(fc.constantFrom(...COLLECTIONS_RISKS)),
  tamHealthRag: unknownOr(fc.constantFrom(...RAGS)),
});

/** The best an account can be: 100 points. */
export const BEST: HealthSignals = {
  featureAdoptionRate: 1,
  usageTrend: 'growing',
  loginFrequencyDays: 1,
  daysSinceLastInteraction: 0,
  invoicePaymentStatus: 'current',
  avgTicketSentiment: 'positive',
  openTicketCount: 0,
  daysToRenewal: 365,
  seatsUtilizationRate: 0.9,
  stakeholderEngagement: 'high',
  npsScore: 10,
  escalationCount90Days: 0,
  collectionsRisk: null,
  tamHealthRag: null,
};

/** The worst an account can be: 3 points before any factor. */
export const WORST: HealthSignals = {
  featureAdoptionRate: 0,
  usageTrend: 'inactive',
  loginFrequencyDays: 90,
  daysSinceLastInteraction: 200,
  invoicePaymentStatus: 'overdue_90_plus',
  avgTicketSentiment: 'critical',
  openTicketCount: 9,
  daysToRenewal: -3,
  seatsUtilizationRate: 0.1,
  stakeholderEngagement: 'low',
  npsScore: 0,
  escalationCount90Days: 4,
  collectionsRisk: 'CRITICAL',
  tamHealthRag: 'RED',
};
