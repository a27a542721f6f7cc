'use client';

import { useMemo } from 'react';
import type { OpportunityItem } from '@/lib/contracts';
import { ConfidenceBars } from '../_components/confidence-bars';
import { type Column, DataTable, RowLink, type Selection } from '../_components/data-table';
import { RagBadge } from '../_components/rag-badge';
import { useFormat } from '../_lib/use-format';
import { useMay } from '../_lib/viewer';
import { SalesCell } from './sales-cell';
import type { Tab } from './search-params';
import type { Dispatching } from './use-dispatching';

interface Props {
  tab: Tab;
  dispatching: Dispatching;
  openId: string | null;
  hrefOf: (id: string) => string;
  onOpen: (id: string) => void;
  onMove: (id: string) => void;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  hasMore: boolean;
  loadingMore: boolean;
  onLoadMore: () => void;
}

export function OpportunityTable(props: Props) {
  const { dispatching, hrefOf, onOpen, selected, onSelect, tab } = props;
  const format = useFormat();
  const mayDispatch = useMay('dispatch');
  const { rows } = dispatching;

  const columns = useMemo<Column<OpportunityItem>[]>(
    () => [
      {
        id: 'account',
        header: 'Account',
        headClass: 'w-[9.75rem] @min-[64rem]:w-56 @max-[46rem]:w-auto',
        rowHeader: true,
        cell: (item) => <AccountCell item={item} href={hrefOf(item.id)} onOpen={() => onOpen(item.id)} />,
      },
      {
        id: 'health',
        header: 'Health',
        headClass: 'w-[4.375rem] @max-[38rem]:w-[3.625rem]',
        cell: ({ account }) => <RagBadge rag={account.rag} score={account.score} />,
      },
      {
        id: 'why',
        header: 'Why',
        hideBelow: 'md',
        cell: (item) => (
          <span className="text-ink-2" title={item.why}>
            <b className="mr-2 font-medium text-ink">{item.title}</b>
            {item.why}
          </span>
        ),
      },
      {
        id: 'impact',
        header: 'ARR impact',
        headClass: 'w-[5.75rem] @max-[38rem]:w-[4.75rem]',
        align: 'right',
        cell: (item) => <ImpactCell impact={format.money(item.impact)} known={item.impact !== null} />,
      },
      {
        id: 'confidence',
        header: 'Confidence',
        width: '5.125rem',
        hideBelow: 'md',
        cell: (item) => <ConfidenceBars confidence={item.confidence} />,
      },
      {
        id: 'age',
        header: 'Age',
        width: '4rem',
        align: 'right',
        hideBelow: 'md',
        cell: (item) => (
          <span className="text-xs text-ink-3" title={`Found ${format.dateTime(item.firstSeenAt)}`}>
            {format.age(item.firstSeenAt)}
          </span>
        ),
      },
      {
        id: 'sales',
        header: 'Sales',
        headClass:
          tab === 'ready'
            ? 'w-[7.5rem] @min-[64rem]:w-32 @max-[38rem]:w-[6.125rem]'
            : 'w-[11rem] @max-[38rem]:w-[7.5rem]',
        align: 'right',
        cell: (item) => <SalesCell item={item} dispatching={dispatching} />,
      },
    ],
    [tab, dispatching, hrefOf, onOpen, format],
  );

  const selection: Selection<OpportunityItem> = {
    selected,
    canSelect,
    label: (item) => `Select ${item.account.name}, ${item.title}`,
    onToggle: (item, on) =>
      onSelect(new Set(on ? [...selected, item.id] : [...selected].filter((id) => id !== item.id))),
    onToggleAll: (on) => onSelect(new Set(on ? rows.filter(canSelect).map((item) => item.id) : [])),
  };

  return (
    <DataTable
      label="Opportunities"
      rows={rows}
      rowKey={idOf}
      columns={columns}
      activeKey={props.openId}
      selection={mayDispatch && (tab === 'ready' || tab === 'all') ? selection : undefined}
      onMove={(item) => props.onMove(item.id)}
      hasMore={props.hasMore}
      loadingMore={props.loadingMore}
      onLoadMore={props.onLoadMore}
    />
  );
}

/** Only what is ready can be dispatched together with others: a gate asks for a reason of its own. */
export function canSelect(item: OpportunityItem): boolean {
  return item.status === 'open' && item.dispatch === null;
}

function idOf(item: OpportunityItem): string {
  return item.id;
}

function AccountCell({ item, href, onOpen }: { item: OpportunityItem; href: string; onOpen: () => void }) {
  return (
    <>
      <div className="truncate">
        <RowLink href={href} onOpen={onOpen}>
          {item.account.name}
          <span className="sr-only">, {item.title}</span>
        </RowLink>
      </div>
      {/* Where there is no room for the reason, what could be sold says more than the domain. */}
      <div className="truncate text-xs text-ink-3">
        <span className="@max-[46rem]:hidden">{item.account.domain ?? item.account.id}</span>
        <span className="@min-[46rem]:hidden">{item.title}</span>
      </div>
    </>
  );
}

function ImpactCell({ impact, known }: { impact: string; known: boolean }) {
  return known ? <strong className="font-semibold">{impact}</strong> : <span className="text-ink-3">{impact}</span>;
}
