'use client';

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useSyncExternalStore } from 'react';
import { Button, buttonClass } from '@/app/_components/button';
import { DataTable } from '@/app/_components/data-table';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { TableSkeleton } from '@/app/_components/skeleton';
import { SettingsPage } from '../settings-page';
import { auditColumns } from './audit-columns';
import { AuditFilters } from './audit-filters';
import { EventPanel } from './event-panel';
import { auditExportPath, auditListQuery } from './queries';
import { useNames } from './use-names';
import { auditState, isAuditFiltered, NO_FILTERS, toAuditFilters } from './view-state';

/** Who did what, newest first. */
export function AuditView() {
  const [state, setState] = useQueryStates(auditState, { history: 'replace' });
  const filters = toAuditFilters(state);
  const list = useInfiniteQuery({ ...auditListQuery(filters), placeholderData: keepPreviousData });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const zone = useSyncExternalStore(never, inBrowser, onServer);
  const names = useNames();
  const clear = () => void setState(NO_FILTERS);
  const more = () => void list.fetchNextPage();

  return (
    <SettingsPage
      actions={
        <a href={auditExportPath(filters, zone)} download className={buttonClass()}>
          Export CSV
        </a>
      }
      tools={<AuditFilters state={state} rows={rows} names={names} onChange={(change) => void setState(change)} />}
      panel={
        state.event === null || list.isPending ? null : (
          <EventPanel
            id={state.event}
            item={rows.find(({ id }) => id === state.event)}
            names={names}
            hasMore={list.hasNextPage}
            loadingMore={list.isFetchingNextPage}
            onLoadMore={more}
            onFilter={(change) => void setState({ ...NO_FILTERS, ...change }, { history: 'push' })}
            onClose={() => void setState({ event: null })}
          />
        )
      }
    >
      {list.isPending ? (
        <TableSkeleton label="Loading the audit log" />
      ) : list.isError && rows.length === 0 ? (
        <ErrorState
          title="The audit log could not be loaded"
          error={list.error}
          onRetry={() => void list.refetch()}
          retrying={list.isFetching}
        />
      ) : rows.length > 0 ? (
        <DataTable
          label="Audit log"
          rows={rows}
          rowKey={({ id }) => String(id)}
          columns={auditColumns(state, names, (event) => void setState({ event }, { history: 'push' }))}
          activeKey={state.event === null ? null : String(state.event)}
          onMove={({ id }) => (state.event === null ? undefined : void setState({ event: id }))}
          hasMore={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          onLoadMore={more}
        />
      ) : isAuditFiltered(state) ? (
        <EmptyState title="No event matches" actions={<Button onClick={clear}>Clear filters</Button>}>
          There are events, but none of this action, person, record and time.
        </EmptyState>
      ) : (
        <EmptyState title="Nothing has happened yet">
          Sign-ins, changes and exports are written down here from now on.
        </EmptyState>
      )}
    </SettingsPage>
  );
}

/** The browser's days are not the server's: the first rendering uses UTC, so that hydration finds what it expects. */
const never = () => () => undefined;
const inBrowser = () => 'local' as const;
const onServer = () => 'utc' as const;
