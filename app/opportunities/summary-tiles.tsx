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
        <Rest impact={ready?.impact} />
        {summary && ready ? <ByType summary={summary} currency={ready.impact[0]?.currency} /> : null}
      </StatTile>
      <StatTile
        label="Held by a gate"
        value={held ? figure(held.impact) : waiting}
        note={held && format.number(held.count)}
      >
        <Rest impact={held?.impact} />
      </StatTile>
      <StatTile
        label="With sales"
        value={sales ? figure(sales.impact) : waiting}
        note={sales && `${format.number(sales.count)} ${plural(sales.count, 'draft')}`}
      >
        <Rest impact={sales?.impact} />
      </StatTile>
      <StatTile
        label="Won this quarter"
        value={won ? figure(won.impact) : waiting}
        note={won && format.number(won.count)}
      >
        <Rest impact={won?.impact} />
      </StatTile>
    </StatTiles>
  );
}

/** The largest currency in full. */
function Figure({ impact }: { impact: readonly Money[] }) {
  const format = useFormat();
  const [first] = impact;
  return first === undefined ? '–' : format.money(first);
}

/** The other currencies, small. */
function Rest({ impact }: { impact: readonly Money[] | undefined }) {
  const format = useFormat();
  if (impact === undefined || impact.length < 2) return null;
  const rest = impact.slice(1).map((money) => `+ ${format.moneyCompact(money)}`);
  return <div className="font-medium text-ink-2">{rest.join(' ')}</div>;
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
