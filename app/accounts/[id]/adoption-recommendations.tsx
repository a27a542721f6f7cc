'use client';

import { useFormat } from '@/app/_lib/use-format';
import type { AccountAdoption } from '@/lib/contracts/adoption';

/** What the account could use more, the most worthwhile first, each with the figures it comes from. */
export function AdoptionRecommendations({ adoption }: { adoption: AccountAdoption }) {
  if (adoption.benchmark === null) return null;
  return (
    <div>
      <h3 className="mb-1 font-semibold">What to use more</h3>
      {adoption.recommendations.length === 0 ? (
        <p className="text-ink-2">Nothing: it uses what its peers make a habit of, about as much as they do.</p>
      ) : (
        <ol className="-my-1">
          {adoption.recommendations.map((recommendation) => (
            <Recommendation key={recommendation.feature} recommendation={recommendation} />
          ))}
        </ol>
      )}
    </div>
  );
}

function Recommendation({ recommendation }: { recommendation: AccountAdoption['recommendations'][number] }) {
  const format = useFormat();
  return (
    <li className="grid grid-cols-[1.5rem_minmax(0,1fr)] border-b border-line py-2 last:border-b-0">
      <span className="font-semibold text-ink-3">{recommendation.rank}</span>
      <div>
        <p>{recommendation.text}</p>
        <details className="mt-0.5 text-xs">
          <summary className="w-fit rounded text-ink-2 hover:text-ink">
            Evidence<span className="sr-only"> for {recommendation.feature}</span>
          </summary>
          <dl className="mt-1 grid gap-1">
            {recommendation.evidence.map(({ label, value, observedAt }) => (
              <div key={label} className="flex flex-wrap justify-between gap-x-4 rounded bg-raise px-2 py-1">
                <dt className="text-ink-2">{label}</dt>
                <dd className="font-medium">
                  {value}
                  {observedAt === null ? null : (
                    <span className="font-normal text-ink-3"> · {format.dateTime(observedAt)}</span>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      </div>
    </li>
  );
}
