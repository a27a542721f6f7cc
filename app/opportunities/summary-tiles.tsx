'use client';

import type { Money, OpportunitySummary } from '@/lib/contracts';
import { Skeleton } from '../_components/skeleton';
import { StatTile, StatTiles } from '../_components/stat-tile';
import { useFormat } from '../_lib/use-format';
import { plural, TYPE_WORDS } from '../_lib/words';
import { TAB_STATUSES } from './search-params';
import { totals } from './totals';

const TYPES = ['seats', 'module', 'integration'] as const;
const SHADES = { seats: 'opacity-100', module: 'opacity-60', integration: 'opacity-30' };

export function SummaryTiles({ summary }: { summary: OpportunitySummary | undefined }) {
  const format = useFormat();
  const waiting = <Skeleton className="my-1 h-5 w-24" />;
  const figure = (impact: readonly Money[]) => <Figure impact={impact} />;
  const ready = summary && totals(summary, TAB_STATUSES.ready);
  const held = summary && totals(summary, TAB_STATUSES.held);
  const sales = summary && totals(summary, TAB_STATUSES.sales);
  const won = summary?.wonThisQuarter;
  return (
    <StatTiles label="Totals">
      <StatTile
        wide
        label="Ready for sales"
        value={ready ? figure(ready.impact) : waiting}
        note={ready && `${format.number(ready.count)} ${plural(ready.count, 'opportunity', 'opportunities')}`}
      >
        {summary && ready ? <ByType summary={summary} currency={ready.impact[0]?.currency} /> : null}
      </StatTile>
      <StatTile
        label="Held by a gate"
        value={held ? figure(held.impact) : waiting}
        note={held && format.number(held.count)}
      />
      <StatTile
        label="With sales"
        value={sales ? figure(sales.impact) : waiting}
        note={sales && `${format.number(sales.count)} ${plural(sales.count, 'draft')}`}
      />
      <StatTile
        label="Won this quarter"
        value={won ? figure(won.impact) : waiting}
        note={won && format.number(won.count)}
      />
    </StatTiles>
  );
}

/** The largest currency in full, the others small after it. */
function Figure({ impact }: { impact: readonly Money[] }) {
  const format = useFormat();
  const [first, ...rest] = impact;
  if (first === undefined) return '–';
  return (
    <>
      {format.money(first)}
      {rest.length === 0 ? null : (
        <span className="text-sm font-medium tracking-normal whitespace-nowrap text-ink-2">
          {rest.map((money) => `+ ${format.moneyCompact(money)}`).join(' ')}
        </span>
      )}
    </>
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
