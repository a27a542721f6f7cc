import { accountRow, type Row } from './portfolio';

/** A small seeded generator (mulberry32): the same seed, the same portfolio. */
export interface Random {
  (): number;
  whole(minimum: number, maximum: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  chance(probability: number): boolean;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(next, {
    whole: (minimum: number, maximum: number) => minimum + Math.floor(next() * (maximum - minimum + 1)),
    pick: <T>(choices: readonly [T, ...T[]]) => choices[Math.floor(next() * choices.length)] ?? choices[0],
    chance: (probability: number) => next() < probability,
  });
}

/** Any account that can be scored. */
export function randomRow(random: Random, id: string, more: Row = {}): Row {
  const purchased = random.whole(5, 400);
  const maybe = (value: () => string) => (random.chance(0.15) ? '' : value());
  const day = (from: number, to: number) =>
    new Date(Date.UTC(2026, 10, 22) + random.whole(from, to) * 86_400_000).toISOString().slice(0, 10);
  return accountRow(id, {
    name: `${random.pick(['Acme', 'Bolt', 'Çelik', 'Dunder', 'Ñandú'])} ${id}`,
    status: random.chance(0.05) ? 'onboarding' : 'active',
    arr: maybe(() => (random.whole(100, 9_000_000) / 100).toFixed(2)),
    currency: random.pick(['USD', 'USD', 'EUR', 'GBP']),
    plan: maybe(() => random.pick(['starter', 'growth', 'scale'])),
    seats_purchased: String(purchased),
    seats_active: String(random.whole(0, Math.floor(purchased * 1.2))),
    contract_start: maybe(() => day(-900, -1)),
    renewal_date: maybe(() => day(-5, 400)),
    last_interaction_at: maybe(() => `${day(-200, -1)}T${String(random.whole(0, 23)).padStart(2, '0')}:15:00Z`),
    login_frequency_days: maybe(() => (random() * 80).toFixed(2)),
    usage_trend: random.pick(['growing', 'stable', 'declining', 'inactive']),
    feature_adoption_rate: random().toFixed(4),
    stakeholder_engagement: random.pick(['high', 'medium', 'low']),
    nps_score: maybe(() => (random() * 10).toFixed(1)),
    invoice_payment_status: random.pick(['current', 'current', 'overdue_30', 'overdue_60', 'overdue_90_plus']),
    open_ticket_count: String(random.whole(0, 8)),
    avg_ticket_sentiment: random.pick(['positive', 'neutral', 'negative', 'critical']),
    escalation_count_90_days: String(random.chance(0.7) ? 0 : random.whole(1, 3)),
    tam_health_rag: maybe(() => random.pick(['GREEN', 'AMBER', 'RED'])),
    collections_risk: maybe(() => random.pick(['GREEN', 'AMBER', 'RED', 'CRITICAL'])),
    modules: random.chance(0.3) ? 'forecasting' : '',
    integrations: random.chance(0.2) ? 'slack' : '',
    tech_stack: random.chance(0.5) ? 'Slack;Jira' : 'Jira',
    observed_at: '2026-11-21T06:00:00Z',
    ...more,
  });
}
