'use client';

import type { ReactNode } from 'react';
import type { OpportunitySummary } from '@/lib/contracts';
import { Skeleton } from '../_components/skeleton';
import { StatTile, StatTiles } from '../_components/stat-tile';
import { useFormat } from '../_lib/use-format';
import { plural, TYPE_WORDS } from '../_lib/words';
import { TAB_STATUSES, type Tab } from './search-params';
import { type Totals, totals } from './totals';

const TYPES = ['seats', 'module', 'integration'] as const;
const SHADES = { seats: 'opacity-100', module: 'opacity-60', integration: 'opacity-30' };

export function SummaryTiles({ summary }: { summary: OpportunitySummary | undefined }) {
  const format = useFormat();
  const of = (tab: Tab) => summary && totals(summary, TAB_STATUSES[tab]);
  const ready = of('ready');
  return (
    <StatTiles label="Totals">
      <Tile
        wide
        label="Ready for sales"
        totals={ready}
        note={(count) => `${format.number(count)} ${plural(count, 'opportunity', 'opportunities')}`}
      >
        {summary && ready ? <ByType summary={summary} currency={ready.impact[0]?.currency} /> : null}
      </Tile>
      <Tile label="Held by a gate" totals={of('held')} note={format.number} />
      <Tile
        label="With sales"
        totals={of('sales')}
        note={(count) => `${format.number(count)} ${plural(count, 'draft')}`}
      />
      <Tile label="Won this quarter" totals={summary?.wonThisQuarter} note={format.number} />
    </StatTiles>
  );
}

interface TileProps {
  label: string;
  totals: Totals | undefined;
  note: (count: number) => string;
  wide?: boolean;
  children?: ReactNode;
}

/** The largest currency in full, the others small below it. */
function Tile({ label, totals: sums, note, wide, children }: TileProps) {
  const format = useFormat();
  if (sums === undefined) {
    return <StatTile label={label} wide={wide} value={<Skeleton className="my-1 h-5 w-24" />} />;
  }
  if (sums.count === 0) return <StatTile label={label} wide={wide} value={<span className="text-ink-3">None</span>} />;
  const [first, ...rest] = sums.impact;
  return (
    <StatTile label={label} wide={wide} value={format.money(first ?? null)} note={note(sums.count)}>
      {rest.length === 0 ? null : (
        <div className="font-medium text-ink-2">{rest.map((money) => `+ ${format.moneyCompact(money)}`).join(' ')}</div>
      )}
      {children}
    </StatTile>
  );
}

function ByType({ summary, currency }: { summary: OpportunitySummary; currency: string | undefined }) {
  const format = useFormat();
  if (currency === undefined) return null;
  const parts = TYPES.map((type) => ({
    type,
    amountCents:
      totals(summary, TAB_STATUSES.ready, type).impact.find((money) => money.currency === currency)?.amountCents ?? 0,
  })).filter((part) => part.amountCents > 0);
  return (
    <>
      <div aria-hidden="true" className="mt-2.5 flex h-1.5 gap-0.5">
        {parts.map(({ type, amountCents }) => (
          <i key={type} className={`min-w-1 rounded-[3px] bg-accent ${SHADES[type]}`} style={{ flex: amountCents }} />
        ))}
      </div>
      <ul className="mt-[7px] flex flex-wrap gap-x-2.5 text-xs whitespace-nowrap text-ink-3">
        {parts.map(({ type, amountCents }) => (
          <li key={type}>
            {TYPE_WORDS[type].many} {format.moneyCompact({ amountCents, currency })}
          </li>
        ))}
      </ul>
    </>
  );
}
