'use client';

import { useMemo } from 'react';
import type { AlertItem } from '@/lib/contracts/alerts';
import { AlertBadge, alertKindLabel } from '../_components/alert-badge';
import { type Column, DataTable, RowLink } from '../_components/data-table';
import { RagBadge } from '../_components/rag-badge';
import { useFormat } from '../_lib/use-format';
import { personName } from '../_lib/words';
import { toldInWords } from './told-words';

interface Props {
  rows: readonly AlertItem[];
  openId: string | null;
  hrefOf: (id: string) => string;
  onOpen: (id: string) => void;
  onMove: (id: string) => void;
  hasMore: boolean;
  loadingMore: boolean;
  onLoadMore: () => void;
}

export function AlertTable({ rows, openId, hrefOf, onOpen, onMove, hasMore, loadingMore, onLoadMore }: Props) {
  const format = useFormat();
  const columns = useMemo<Column<AlertItem>[]>(
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
            <div className="truncate text-xs text-ink-3">{whyInShort(item)}</div>
          </>
        ),
      },
      {
        id: 'level',
        header: 'Alert',
        width: '8.5rem',
        cell: (item) => (
          <>
            <AlertBadge alert={item} />
            {item.kind === 'recovered' ? null : <div className="text-xs text-ink-3">{alertKindLabel(item.kind)}</div>}
          </>
        ),
      },
      {
        id: 'health',
        header: 'Health',
        width: '8rem',
        hideBelow: 'sm',
        cell: ({ before, after }) => (
          <span className="inline-flex items-center gap-1">
            {before === null ? null : (
              <>
                <RagBadge rag={before.rag} score={before.score} />
                <span aria-hidden="true" className="text-ink-3">
                  →
                </span>
                <span className="sr-only">then</span>
              </>
            )}
            <RagBadge rag={after.rag} score={after.score} />
          </span>
        ),
      },
      {
        id: 'arr',
        header: 'ARR',
        width: '6.5rem',
        align: 'right',
        hideBelow: 'sm',
        cell: (item) => <span className="font-semibold">{item.arr === null ? '–' : format.money(item.arr)}</span>,
      },
      {
        id: 'renewal',
        header: 'Renewal',
        width: '6.5rem',
        align: 'right',
        hideBelow: 'lg',
        cell: (item) => <span className="text-ink-2">{format.dateShort(item.renewalDate)}</span>,
      },
      {
        id: 'csm',
        header: 'CSM',
        width: '9rem',
        hideBelow: 'lg',
        cell: ({ account }) =>
          account.csmEmail === null ? (
            <span className="text-ink-3">Nobody</span>
          ) : (
            <span title={account.csmEmail}>{personName(account.csmEmail)}</span>
          ),
      },
      {
        id: 'told',
        header: 'Told',
        width: '8.5rem',
        hideBelow: 'md',
        cell: (item) => {
          const { words, more, tone } = toldInWords(item, format);
          return (
            <>
              <span className={tone}>{words}</span>
              {more === null ? null : <div className="text-xs text-ink-3">{more}</div>}
            </>
          );
        },
      },
      {
        id: 'when',
        header: 'When',
        width: '8rem',
        align: 'right',
        hideBelow: 'md',
        cell: (item) => (
          <time dateTime={item.createdAt} title={format.dateTime(item.createdAt)} className="text-xs text-ink-3">
            {format.relative(item.createdAt)}
          </time>
        ),
      },
    ],
    [format, hrefOf, onOpen],
  );
  return (
    <DataTable
      label="Alerts"
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

/** The heaviest signals by name. */
function whyInShort({ reasons, contract }: AlertItem): string {
  const labels = reasons.slice(0, 3).map(({ label }) => label);
  return labels.length === 0 ? contract : labels.join(', ');
}
