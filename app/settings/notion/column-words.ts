/** What people call the columns of an account. */
const WORDS: Readonly<Record<string, string>> = {
  account_id: 'Account id',
  name: 'Name',
  domain: 'Domain',
  status: 'Status',
  segment: 'Segment',
  arr: 'ARR',
  currency: 'Currency',
  plan: 'Plan',
  seats_purchased: 'Seats bought',
  seats_active: 'Seats in use',
  csm_email: 'CSM',
  rep_email: 'Rep',
  contract_start: 'Contract start',
  renewal_date: 'Renewal',
  last_interaction_at: 'Last interaction',
  login_frequency_days: 'Days between logins',
  usage_trend: 'Usage trend',
  feature_adoption_rate: 'Feature adoption (0–1)',
  stakeholder_engagement: 'Stakeholder engagement',
  nps_score: 'NPS (0–10)',
  invoice_payment_status: 'Invoices',
  open_ticket_count: 'Open tickets',
  avg_ticket_sentiment: 'Ticket sentiment',
  escalation_count_90_days: 'Escalations, 90 days',
  tam_health_rag: 'TAM rating',
  collections_risk: 'Collections risk',
  modules: 'Modules',
  integrations: 'Integrations',
  tech_stack: 'Tech stack',
  observed_at: 'Observed at',
};

export function columnWords(column: string): string {
  return WORDS[column] ?? column;
}

/** What stands for a column that no property gives. */
export const WITHOUT: Readonly<Record<string, string>> = {
  account_id: 'The page’s own id',
  status: 'Always active',
  currency: 'Always USD',
  observed_at: 'The page’s last edit',
};

/** `rich_text` → `rich text`. */
export function typeWords(type: string): string {
  return type.replaceAll('_', ' ');
}
