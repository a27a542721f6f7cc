'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { Button } from '@/app/_components/button';
import { EmptyState } from '@/app/_components/empty-state';
import { PanelSection, SidePanel } from '@/app/_components/side-panel';
import { useFormat } from '@/app/_lib/use-format';
import type { AuditItem } from '@/lib/contracts';
import { ago } from '../ago';
import { actionInWords, actorInWords, detailsInWords, recordInWords } from './audit-words';

interface Props {
  id: number;
  /** Undefined where it is not among those that are loaded. */
  item: AuditItem | undefined;
  names: ReadonlyMap<string, string>;
  hasMore: boolean;
  loadingMore: boolean;
  onLoadMore: () => void;
  onFilter: (filter: { actor: string } | { subject: string }) => void;
  onClose: () => void;
}

/** All that is known of one event. */
export function EventPanel({ id, item, names, hasMore, loadingMore, onLoadMore, onFilter, onClose }: Props) {
  return (
    <SidePanel label="Event" onClose={onClose} contentKey={String(id)}>
      {item === undefined ? (
        <EmptyState
          title="It is not in the list"
          actions={
            hasMore ? (
              <Button onClick={onLoadMore} pending={loadingMore}>
                Load more
              </Button>
            ) : null
          }
        >
          {hasMore ? 'The event is further down.' : 'The event does not match the filters, or is no longer kept.'}
        </EmptyState>
      ) : (
        <EventContent item={item} names={names} onFilter={onFilter} />
      )}
    </SidePanel>
  );
}

function EventContent({ item, names, onFilter }: { item: AuditItem } & Pick<Props, 'names' | 'onFilter'>) {
  const format = useFormat();
  const record = recordInWords(item, names);
  const details = detailsInWords(item.detail, format.number);
  return (
    <>
      <h2 className="pr-8 text-base font-bold tracking-[-0.015em]">{actionInWords(item.action)}</h2>
      <p className="text-xs text-ink-3">
        {format.dateTime(item.at)} · {ago(format, item.at)}
      </p>
      <PanelSection title="Who">
        <p className="font-medium">{actorInWords(item)}</p>
        <Code>{item.actor}</Code>
        <Button size="sm" className="mt-2" onClick={() => onFilter({ actor: item.actor })}>
          All that they did
        </Button>
      </PanelSection>
      {record === null ? null : (
        <PanelSection title="Record">
          <p className="font-medium">
            {record.href === null ? (
              (record.name ?? record.kind)
            ) : (
              <Link href={record.href} prefetch={false} className="rounded-sm underline hover:no-underline">
                {record.kind}
              </Link>
            )}
          </p>
          <Code>{record.id}</Code>
          <Button size="sm" className="mt-2" onClick={() => onFilter({ subject: record.id })}>
            All that happened to it
          </Button>
        </PanelSection>
      )}
      {details.length === 0 ? null : (
        <PanelSection title="Details">
          <dl className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-3 gap-y-1">
            {details.map(({ name, value }) => (
              <Pair key={name} name={name}>
                {value}
              </Pair>
            ))}
          </dl>
        </PanelSection>
      )}
      <PanelSection title="From where">
        <dl className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-3 gap-y-1">
          <Pair name="address">{item.ip ?? '–'}</Pair>
          <Pair name="request">{item.requestId ?? '–'}</Pair>
          <Pair name="event">{String(item.id)}</Pair>
          <Pair name="action">{item.action}</Pair>
        </dl>
      </PanelSection>
    </>
  );
}

function Code({ children }: { children: string }) {
  return <code className="block font-mono text-xs break-all text-ink-3 select-all">{children}</code>;
}

function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="break-words">{children}</dd>
    </>
  );
}
