'use client';

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button } from '@/app/_components/button';
import { type Column, DataTable, RowLink } from '@/app/_components/data-table';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { ChoiceMenu } from '@/app/_components/filter-menu';
import { TableSkeleton } from '@/app/_components/skeleton';
import { useFormat } from '@/app/_lib/use-format';
import type { DeliveryItem, WebhookItem } from '@/lib/contracts/webhooks';
import { ago } from '../ago';
import { DeliveryStateBadge } from './delivery-state';
import { hostOf } from './endpoint-row';
import { EVENT_TYPES } from './event-words';
import { deliveriesQuery, webhooksQuery } from './queries';
import { type Tab, toDeliveryQuery, type WebhooksState, writeSearch } from './view-state';

type Change = { [Key in keyof WebhooksState]?: WebhooksState[Key] | null };

interface Props {
  state: WebhooksState;
  onChange: (change: Change, options?: { history: 'push' }) => void;
}

/** What was sent to whom, newest first. */
export function Deliveries({ state, onChange }: Props) {
  const list = useInfiniteQuery({ ...deliveriesQuery(toDeliveryQuery(state)), placeholderData: keepPreviousData });
  const names = useEndpointNames();
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = state.webhook !== '' || state.state !== 'all' || state.type !== null;

  if (list.isPending) return <TableSkeleton label="Loading the deliveries" />;
  if (list.isError && rows.length === 0) {
    return (
      <ErrorState
        title="The deliveries could not be loaded"
        error={list.error}
        onRetry={() => void list.refetch()}
        retrying={list.isFetching}
      />
    );
  }
  if (rows.length === 0) {
    return filtered ? (
      <EmptyState
        title="No delivery matches"
        actions={<Button onClick={() => onChange({ webhook: null, state: null, type: null })}>Clear filters</Button>}
      >
        There may be others, to another endpoint, of another type or in another state.
      </EmptyState>
    ) : (
      <EmptyState
        title="Nothing was sent yet"
        actions={<Button onClick={() => onChange({ view: 'endpoints' })}>Go to the endpoints</Button>}
      >
        Every event that an endpoint is told of is listed here, with each attempt and its answer.
      </EmptyState>
    );
  }
  return (
    <DataTable
      label="Deliveries"
      rows={rows}
      rowKey={({ id }) => id}
      columns={columns(state, names, (id) => onChange({ id }, { history: 'push' }))}
      activeKey={state.id}
      onMove={({ id }) => (state.id === null ? undefined : onChange({ id }))}
      hasMore={list.hasNextPage}
      loadingMore={list.isFetchingNextPage}
      onLoadMore={() => void list.fetchNextPage()}
    />
  );
}

const STATES: readonly { value: Tab; label: string }[] = [
  { value: 'all', label: 'Any state' },
  { value: 'waiting', label: 'Waiting' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'failed', label: 'Failed' },
];

/** Narrows the list of deliveries. */
export function DeliveryFilters({ state, onChange }: { state: WebhooksState; onChange: (change: Change) => void }) {
  const names = useEndpointNames();
  const types = [...EVENT_TYPES, 'webhook.test'] as const;
  return (
    <>
      <ChoiceMenu
        label="Endpoint"
        emptyLabel="Endpoint"
        options={[
          { value: '', label: 'Any endpoint' },
          ...[...names].map(([value, label]) => ({ value, label })),
          ...(state.webhook === '' || names.has(state.webhook) ? [] : [{ value: state.webhook, label: 'Deleted' }]),
        ]}
        value={state.webhook}
        onChange={(webhook) => onChange({ webhook: webhook || null })}
      />
      <ChoiceMenu
        label="State"
        emptyLabel="State"
        options={STATES}
        value={state.state}
        onChange={(tab) => onChange({ state: tab })}
      />
      <ChoiceMenu
        label="Event"
        emptyLabel="Event"
        options={[{ value: '', label: 'Any event' }, ...types.map((type) => ({ value: type, label: type }))]}
        value={state.type ?? ''}
        onChange={(type) => onChange({ type: types.find((each) => each === type) ?? null })}
      />
    </>
  );
}

/** Of every endpoint, by its id. */
function useEndpointNames(): ReadonlyMap<string, string> {
  const { data } = useQuery(webhooksQuery());
  const nameOf = ({ description, url }: WebhookItem) => description || hostOf(url);
  return new Map(data?.items.map((webhook) => [webhook.id, nameOf(webhook)]));
}

function columns(
  state: WebhooksState,
  names: ReadonlyMap<string, string>,
  onOpen: (id: string) => void,
): Column<DeliveryItem>[] {
  return [
    { id: 'at', header: 'Happened', width: '112px', cell: (item) => <At at={item.occurredAt} /> },
    {
      id: 'event',
      header: 'Event',
      rowHeader: true,
      cell: (item) => (
        <>
          <div className="truncate">
            <RowLink href={writeSearch('/settings/webhooks', { ...state, id: item.id })} onOpen={() => onOpen(item.id)}>
              {item.type}
            </RowLink>
          </div>
          <div className="truncate text-xs text-ink-3">{about(item)}</div>
        </>
      ),
    },
    {
      id: 'endpoint',
      header: 'Endpoint',
      width: '180px',
      hideBelow: 'md',
      cell: ({ webhookId }) => <span title={names.get(webhookId)}>{names.get(webhookId) ?? '–'}</span>,
    },
    { id: 'state', header: 'State', width: '128px', cell: (item) => <State item={item} /> },
    {
      id: 'answer',
      header: 'Answer',
      width: '88px',
      align: 'right',
      hideBelow: 'sm',
      cell: ({ responseStatus }) => <span className="tabular-nums">{responseStatus ?? '–'}</span>,
    },
    {
      id: 'attempts',
      header: 'Attempts',
      width: '84px',
      align: 'right',
      hideBelow: 'lg',
      cell: ({ attempts, maxAttempts }) => (
        <span className="tabular-nums">
          {attempts} of {maxAttempts}
        </span>
      ),
    },
  ];
}

function about({ account, trigger }: DeliveryItem): string {
  const words = [account === null ? '' : (account.name ?? account.id), trigger === 'replay' ? 'replayed' : ''];
  return words.filter((word) => word !== '').join(' · ') || 'the desk';
}

function At({ at }: { at: string }) {
  const format = useFormat();
  return (
    <span title={`${format.dateTime(at)}, ${ago(format, at)}`}>
      <span className="block">{format.dateShort(at)}</span>
      <span className="block text-xs text-ink-3">{format.time(at)}</span>
    </span>
  );
}

function State({ item }: { item: DeliveryItem }) {
  const format = useFormat();
  return (
    <>
      <DeliveryStateBadge state={item.state} />
      {item.nextAttemptAt === null || item.attempts === 0 ? null : (
        <span className="block truncate text-xs text-ink-3" title={format.dateTime(item.nextAttemptAt)}>
          again {format.relative(item.nextAttemptAt)}
        </span>
      )}
    </>
  );
}
