'use client';

import Link from 'next/link';
import { Card } from '@/app/_components/card';
import { ConfidenceBars } from '@/app/_components/confidence-bars';
import { OpportunityStatusBadge } from '@/app/_components/state-badge';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountDetail, OpportunityItem } from '@/lib/contracts';

/** What could be sold to this account, and what became of it. */
export function AccountOpportunities({ account }: { account: AccountDetail }) {
  const { opportunities } = account;
  return (
    <Card title="Opportunities" note={opportunities.length === 0 ? undefined : opportunities.length} flush>
      {opportunities.length === 0 ? (
        <p className="px-4 pb-4 text-ink-2">
          Nothing to sell now: seats are not short, and no module or integration of the catalogue fits. Every scan looks
          again.
        </p>
      ) : (
        <table aria-label="Opportunities of this account" className="w-full table-fixed border-collapse">
          <thead>
            <tr className="text-left text-xs text-ink-3 [&>th]:pb-1.5 [&>th]:font-medium">
              <th scope="col" className="pl-4">
                Opportunity
              </th>
              <th scope="col" className="w-24 pr-2.5 text-right">
                ARR impact
              </th>
              <th scope="col" className="w-24 px-2.5 max-sm:hidden">
                Confidence
              </th>
              <th scope="col" className="w-28 px-2.5 pr-4">
                Status
              </th>
            </tr>
          </thead>
          <tbody>
            {opportunities.map((opportunity) => (
              <OpportunityRow key={opportunity.id} opportunity={opportunity} />
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function OpportunityRow({ opportunity }: { opportunity: OpportunityItem }) {
  const format = useFormat();
  return (
    <tr className="border-t border-line hover:bg-raise">
      <th scope="row" className="py-2 pr-2.5 pl-4 text-left font-normal">
        <Link
          href={`/opportunities?id=${encodeURIComponent(opportunity.id)}`}
          prefetch={false}
          className="rounded-sm font-semibold hover:underline"
        >
          {opportunity.title}
        </Link>
        <span className="block truncate text-xs text-ink-3">
          {opportunity.why} · seen for {format.age(opportunity.firstSeenAt)}
        </span>
      </th>
      <td className="py-2 pr-2.5 text-right font-medium">{format.money(opportunity.impact)}</td>
      <td className="px-2.5 py-2 max-sm:hidden">
        <ConfidenceBars confidence={opportunity.confidence} />
      </td>
      <td className="py-2 pr-4 pl-2.5">
        <OpportunityStatusBadge status={opportunity.status} />
      </td>
    </tr>
  );
}
