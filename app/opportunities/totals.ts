import type { Money, OpportunityItem, OpportunitySummary } from '@/lib/contracts';

type Status = OpportunityItem['status'];
type OpportunityType = OpportunityItem['type'];

export interface Totals {
  count: number;
  /** One sum a currency, largest first. */
  impact: Money[];
}

/** What the opportunities in some statuses come to; null: in all. */
export function totals(
  summary: OpportunitySummary,
  statuses: readonly Status[] | null,
  type?: OpportunityType,
): Totals {
  const sums = new Map<string, number>();
  let count = 0;
  for (const group of summary.groups) {
    if (statuses !== null && !statuses.includes(group.status)) continue;
    if (type !== undefined && group.type !== type) continue;
    count += group.count;
    for (const { amountCents, currency } of group.impact) sums.set(currency, (sums.get(currency) ?? 0) + amountCents);
  }
  const impact = [...sums].map(([currency, amountCents]) => ({ amountCents, currency }));
  return { count, impact: impact.sort((a, b) => b.amountCents - a.amountCents) };
}
