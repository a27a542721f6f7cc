import type { SignalObservation } from '../domain/signals';
import { fromDbTime } from './sql';

/** Columns of a snapshot `s` as {@link toObservation} takes them. */
export const OBSERVATION_COLUMNS = {
  snapshotId: 's."id"',
  observedAt: 's."observed_at"',
  arrCents: 's."arr_cents"',
  seatsPurchased: 's."seats_purchased"',
  seatsActive: 's."seats_active"',
  renewalDate: 's."renewal_date"',
  lastInteractionAt: 's."last_interaction_at"',
  loginFrequencyDays: 's."login_frequency_days"',
  usageTrend: 's."usage_trend"',
  featureAdoptionRate: 's."feature_adoption_rate"',
  stakeholderEngagement: 's."stakeholder_engagement"',
  npsScore: 's."nps_score"',
  invoicePaymentStatus: 's."invoice_payment_status"',
  openTicketCount: 's."open_ticket_count"',
  avgTicketSentiment: 's."avg_ticket_sentiment"',
  escalationCount90Days: 's."escalation_count_90_days"',
  tamHealthRag: 's."tam_health_rag"',
  collectionsRisk: 's."collections_risk"',
} as const;

export interface ObservationRow extends Omit<SignalObservation, 'observedAt' | 'lastInteractionAt'> {
  snapshotId: number | null;
  observedAt: string | null;
  lastInteractionAt: string | null;
}

/** Null where the account has no snapshot. */
export function toObservation(row: ObservationRow): (SignalObservation & { snapshotId: number }) | null {
  if (row.snapshotId === null || row.observedAt === null) return null;
  return {
    ...row,
    snapshotId: row.snapshotId,
    observedAt: fromDbTime(row.observedAt),
    lastInteractionAt: row.lastInteractionAt === null ? null : fromDbTime(row.lastInteractionAt),
  };
}
