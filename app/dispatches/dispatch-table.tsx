'use client';

import { useMemo } from 'react';
import type { DispatchItem } from '@/lib/contracts';
import { type Column, DataTable, RowLink } from '../_components/data-table';
import { DispatchStateBadge } from '../_components/state-badge';
import { useFormat } from '../_lib/use-format';
import { personName } from '../_lib/words';
import { DraftCell } from './draft-cell';

interface Props {
  rows: readonly DispatchItem[];
  openId: string | null;
  hrefOf: (id: string) => string;
  onOpen: (id: string) => void;
  onMove: (id: string) => void;
  hasMore: boolean;
  loadingMore: boolean;
  onLoadMore: () => void;
}

export function DispatchTable({ rows, openId, hrefOf, onOpen, onMove, hasMore, loadingMore, onLoadMore }: Props) {
  const format = useFormat();
  const columns = useMemo<Column<DispatchItem>[]>(
    () => [
      {
        id: 'account',
        header: 'Account',
        rowHeader: true,
        cell: (item) => (
          <>
            <div className="truncate">
              <RowLink href={hrefOf(item.id)} onOpen={() => onOpen(item.id)}>
                {item.account.name}
              </RowLink>
            </div>
            <div className="truncate text-xs text-ink-3">{item.title}</div>
          </>
        ),
      },
      {
        id: 'impact',
        header: 'ARR impact',
        width: '6rem',
        align: 'right',
        hideBelow: 'sm',
        cell: (item) => <span className="font-semibold">{format.money(item.impact)}</span>,
      },
      {
        id: 'recipient',
        header: 'Draft for',
        width: '11rem',
        hideBelow: 'lg',
        cell: ({ recipient, destination }) => (
          <>
            {recipient === null ? (
              <span className="text-ink-3">Left empty</span>
            ) : (
              <span title={recipient}>{personName(recipient)}</span>
            )}
            {destination === null ? null : (
              <div className="truncate text-xs text-ink-3" title={destination}>
                {destination}
              </div>
            )}
          </>
        ),
      },
      {
        id: 'state',
        header: 'State',
        width: '16rem',
        headClass: '@max-[46rem]:w-[6.5rem]!',
        cell: (item) => <StateCell item={item} />,
      },
      {
        id: 'attempts',
        header: 'Attempts',
        width: '5rem',
        align: 'right',
        hideBelow: 'lg',
        cell: (item) => <span className="text-ink-3">{format.number(item.attempts)}</span>,
      },
      {
        id: 'when',
        header: 'When',
        width: '8.5rem',
        align: 'right',
        hideBelow: 'md',
        cell: (item) => (
          <time dateTime={item.createdAt} title={format.dateTime(item.createdAt)} className="text-xs text-ink-3">
            {format.relative(item.createdAt)}
          </time>
        ),
      },
      {
        id: 'draft',
        header: 'Draft',
        width: '8rem',
        align: 'right',
        cell: (item) => <DraftCell dispatch={item} />,
      },
    ],
    [format, hrefOf, onOpen],
  );
  return (
    <DataTable
      label="Dispatches"
      rows={rows}
      rowKey={(item) => item.id}
      columns={columns}
      activeKey={openId}
      onMove={(item) => onMove(item.id)}
      hasMore={hasMore}
      loadingMore={loadingMore}
      onLoadMore={onLoadMore}
    />
  );
}

function StateCell({ item }: { item: DispatchItem }) {
  return (
    <>
      <DispatchStateBadge state={item.state} />
      {item.error === null || item.state === 'drafted' ? null : (
        <div className="truncate text-xs text-ink-3" title={item.error.message}>
          {item.error.message}
        </div>
      )}
    </>
  );
}
