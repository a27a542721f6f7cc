import Link from 'next/link';
import { createSerializer } from 'nuqs/server';
import { type Column, RowLink } from '@/app/_components/data-table';
import { useFormat } from '@/app/_lib/use-format';
import type { AuditItem } from '@/lib/contracts';
import { ago } from '../ago';
import { actionInWords, actorInWords, detailsInWords, recordInWords } from './audit-words';
import { type AuditState, auditState } from './view-state';

const writeSearch = createSerializer(auditState);

export function auditColumns(
  state: AuditState,
  names: ReadonlyMap<string, string>,
  onOpen: (event: number) => void,
): Column<AuditItem>[] {
  return [
    { id: 'at', header: 'Time', width: '112px', cell: (item) => <At item={item} /> },
    {
      id: 'who',
      header: 'Who',
      width: '150px',
      hideBelow: 'sm',
      cell: (item) => <span title={item.actor}>{actorInWords(item)}</span>,
    },
    {
      id: 'action',
      header: 'What',
      rowHeader: true,
      cell: (item) => (
        <>
          <div className="truncate">
            <RowLink href={writeSearch('/settings/audit', { ...state, event: item.id })} onOpen={() => onOpen(item.id)}>
              {actionInWords(item.action)}
            </RowLink>
          </div>
          <div className="truncate text-xs text-ink-3 @min-[38rem]:hidden">{actorInWords(item)}</div>
        </>
      ),
    },
    {
      id: 'record',
      header: 'Record',
      width: '140px',
      hideBelow: 'md',
      cell: (item) => <RecordCell item={item} names={names} />,
    },
    { id: 'details', header: 'Details', hideBelow: 'lg', cell: (item) => <Details item={item} /> },
    {
      id: 'ip',
      header: 'From',
      width: '132px',
      hideBelow: 'md',
      cell: ({ ip }) => <span title={ip ?? undefined}>{ip ?? '–'}</span>,
    },
  ];
}

function At({ item }: { item: AuditItem }) {
  const format = useFormat();
  return (
    <span title={`${format.dateTime(item.at)}, ${ago(format, item.at)}`}>
      <span className="block">{format.dateShort(item.at)}</span>
      <span className="block text-xs text-ink-3">{format.time(item.at)}</span>
    </span>
  );
}

function RecordCell({ item, names }: { item: AuditItem; names: ReadonlyMap<string, string> }) {
  const record = recordInWords(item, names);
  if (record === null) return <span className="text-ink-3">–</span>;
  return record.href === null ? (
    <span className="text-ink-2" title={`${record.kind} ${record.id}`}>
      {record.name ?? record.kind}
    </span>
  ) : (
    <Link href={record.href} prefetch={false} title={record.id} className="rounded-sm font-medium hover:underline">
      {record.kind}
    </Link>
  );
}

function Details({ item }: { item: AuditItem }) {
  const format = useFormat();
  const words = detailsInWords(item.detail, format.number)
    .map(({ name, value }) => `${name}: ${value}`)
    .join(' · ');
  return (
    <span className="text-ink-2" title={words}>
      {words === '' ? '–' : words}
    </span>
  );
}
