import type { AccountFacts, CatalogueEntry, SeatReport, UsageFacts } from '../../lib/domain/expansion';
import type { InvoicePaymentStatus, SignalObservation, UsageTrend } from '../../lib/domain/signals';
import type { Row } from './portfolio';

/** What a row of the accounts file says, read independently of the import. */
export function observationOf(row: Row): SignalObservation {
  return {
    observedAt: new Date(row.observed_at ?? ''),
    arrCents: cents(row.arr),
    seatsPurchased: number(row.seats_purchased),
    seatsActive: number(row.seats_active),
    renewalDate: row.renewal_date || null,
    lastInteractionAt: row.last_interaction_at ? new Date(row.last_interaction_at) : null,
    loginFrequencyDays: number(row.login_frequency_days),
    usageTrend: row.usage_trend || null,
    featureAdoptionRate: number(row.feature_adoption_rate),
    stakeholderEngagement: row.stakeholder_engagement || null,
    npsScore: number(row.nps_score),
    invoicePaymentStatus: row.invoice_payment_status || null,
    openTicketCount: number(row.open_ticket_count),
    avgTicketSentiment: row.avg_ticket_sentiment || null,
    escalationCount90Days: number(row.escalation_count_90_days),
    tamHealthRag: row.tam_health_rag || null,
    collectionsRisk: row.collections_risk || null,
  };
}

export function factsOf(row: Row, history: readonly Row[], usage: readonly Row[]): AccountFacts {
  const seen = observationOf(row);
  return {
    id: row.account_id ?? '',
    name: row.name ?? '',
    arrCents: seen.arrCents,
    currency: row.currency ?? '',
    plan: row.plan || null,
    seatsPurchased: seen.seatsPurchased,
    seatsActive: seen.seatsActive,
    renewalDate: seen.renewalDate,
    modules: list(row.modules),
    integrations: list(row.integrations),
    techStack: list(row.tech_stack),
    usageTrend: seen.usageTrend as UsageTrend | null,
    observedAt: seen.observedAt,
    seatHistory: history
      .map(observationOf)
      .flatMap((each): SeatReport[] =>
        each.seatsActive === null || !each.seatsPurchased
          ? []
          : [{ observedAt: each.observedAt, seatsActive: each.seatsActive, seatsPurchased: each.seatsPurchased }],
      ),
    usage: usage.map(
      (use): UsageFacts => ({
        feature: use.feature ?? '',
        observedAt: new Date(use.observed_at ?? ''),
        uses: Number(use.uses),
        activeUsers: number(use.active_users),
        limitHits: number(use.limit_hits) ?? 0,
      }),
    ),
  };
}

export function catalogueEntryOf(row: Row): CatalogueEntry {
  return {
    id: row.item_id ?? '',
    type: row.type as CatalogueEntry['type'],
    name: row.name ?? '',
    priceCents: cents(row.price),
    currency: row.currency ?? '',
    signalFeatures: list(row.signal_features),
    eligiblePlans: list(row.eligible_plans),
    techNames: list(row.tech_names),
    benefit: row.benefit || null,
  };
}

export function invoiceStatusOf(row: Row): InvoicePaymentStatus | null {
  return (row.invoice_payment_status || null) as InvoicePaymentStatus | null;
}

function number(text: string | undefined): number | null {
  return text === undefined || text === '' ? null : Number(text);
}

function cents(text: string | undefined): number | null {
  return text === undefined || text === '' ? null : Math.round(Number(text) * 100);
}

function list(text: string | undefined): string[] {
  return (text ?? '')
    .split(';')
    .filter((item) => item !== '')
    .sort();
}
