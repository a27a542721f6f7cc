'use client';

import clsx from 'clsx';
import Link from 'next/link';
import { useState } from 'react';
import { Button } from '@/app/_components/button';
import { ScrollRegion } from '@/app/_components/scroll-region';
import { useFormat } from '@/app/_lib/use-format';
import type { AccountAdoption } from '@/lib/contracts/adoption';
import { perSeat, STANDING_WORDS } from './adoption-words';

type Feature = AccountAdoption['features'][number];

const SHOWN_AT_FIRST = 8;

/** Every feature that anybody uses: here, and among the peers. */
export function AdoptionFeatures({ adoption }: { adoption: AccountAdoption }) {
  const [all, setAll] = useState(false);
  const { features } = adoption;
  if (features.length === 0) return null;
  const shown = all ? features : features.slice(0, SHOWN_AT_FIRST);
  const foreign = features.some((feature) => feature.standing === 'not_owned');
  return (
    <div>
      <h3 id="adoption-features" className="mb-1 font-semibold">
        Features against peers
      </h3>
      <ScrollRegion label="Features against peers" className="rounded">
        <table aria-labelledby="adoption-features" className="w-full min-w-[30rem] border-collapse">
          <thead>
            <tr className="text-left text-xs text-ink-3 [&>th]:pb-1 [&>th]:font-medium">
              <th scope="col">Feature</th>
              <th scope="col" className="text-right">
                Uses per seat
              </th>
              <th scope="col" className="text-right">
                Peers’ median
              </th>
              <th scope="col" className="text-right">
                Peers that use it
              </th>
              <th scope="col" className="pl-4">
                Here
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((feature) => (
              <FeatureRow key={feature.feature} feature={feature} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      {features.length > SHOWN_AT_FIRST ? (
        <Button size="sm" variant="quiet" className="mt-1" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${features.length}`}
        </Button>
      ) : null}
      {foreign ? (
        <p className="mt-1 text-xs text-ink-3">
          Not owned: the feature belongs to a module or integration that this account does not have. Selling it is a
          matter of{' '}
          <Link href="/opportunities" prefetch={false} className="rounded-sm text-accent underline">
            opportunities
          </Link>
          , so it counts in the rate only where it is used.
        </p>
      ) : null}
    </div>
  );
}

function FeatureRow({ feature }: { feature: Feature }) {
  const format = useFormat();
  const figure = (value: number | null) => (value === null ? '–' : perSeat(value, format.number));
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-1.5 pr-3 text-left font-normal">
        {feature.feature}
        {feature.item === null ? null : <span className="block text-xs text-ink-3">{feature.item.name}</span>}
      </th>
      <td className="py-1.5 text-right">
        {feature.usesPerSeat === null ? `${format.number(feature.uses)} in all` : figure(feature.usesPerSeat)}
      </td>
      <td className="py-1.5 text-right">{figure(feature.peerMedianUses)}</td>
      <td className="py-1.5 text-right">{feature.peerShare === null ? '–' : format.percent(feature.peerShare)}</td>
      <td
        className={clsx(
          'py-1.5 pl-4 whitespace-nowrap',
          feature.standing === 'under_used' ? 'text-amber' : 'text-ink-2',
        )}
      >
        {feature.used && feature.standing === 'not_owned' ? 'in use, not owned' : STANDING_WORDS[feature.standing]}
      </td>
    </tr>
  );
}
