'use client';

import { useQueryStates } from 'nuqs';
import { useCallback, useMemo } from 'react';
import { Button, ButtonLink } from '../_components/button';
import { EmptyState } from '../_components/empty-state';
import { ErrorState } from '../_components/error-state';
import { FilterTabs } from '../_components/filter-tabs';
import { Page } from '../_components/page';
import { TableSkeleton } from '../_components/skeleton';
import { useAlerts } from '../_lib/alerts';
import { Allowed } from '../_lib/viewer';
import { AlertPanel } from './alert-panel';
import { AlertTable } from './alert-table';
import { searchParams, type Tab, toListQuery, writeSearch } from './search-params';

const TABS: readonly { value: Tab; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'critical', label: 'Critical' },
  { value: 'high', label: 'High' },
  { value: 'red', label: 'RED' },
  { value: 'recovered', label: 'Recovered' },
];

/** Accounts that got into danger or out of it: why, what to do, and who was told. */
export function AlertsView() {
  const [view, setView] = useQueryStates(searchParams);
  const query = useMemo(() => toListQuery(view), [view]);
  const list = useAlerts(query);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const open = useCallback((id: string) => void setView({ id }, { history: 'push' }), [setView]);
  const close = useCallback(() => void setView({ id: null }), [setView]);
  const hrefOf = useCallback((id: string) => writeSearch('/alerts', { ...view, id }), [view]);

  return (
    <Page
      title="Alerts"
      actions={
        <Allowed to="administer">
          <ButtonLink href="/settings/alerts">Settings</ButtonLink>
        </Allowed>
      }
      panel={view.id === null ? null : <AlertPanel id={view.id} onClose={close} />}
    >
      <div className="flex flex-none flex-wrap items-center gap-2 px-5 pb-2 max-sm:px-4">
        <FilterTabs label="Which alerts" options={TABS} value={view.show} onChange={(show) => void setView({ show })} />
        {view.account === null ? null : (
          <Button size="sm" onClick={() => void setView({ account: null })}>
            One account only: show all
          </Button>
        )}
      </div>
      {list.data === undefined ? (
        list.isError ? (
          <ErrorState
            title="The alerts could not be loaded"
            error={list.error}
            onRetry={() => void list.refetch()}
            retrying={list.isFetching}
          />
        ) : (
          <TableSkeleton label="Loading alerts" />
        )
      ) : rows.length === 0 ? (
        <Nothing
          filtered={view.show !== 'all' || view.account !== null}
          onAll={() => void setView({ show: 'all', account: null })}
        />
      ) : (
        <AlertTable
          rows={rows}
          openId={view.id}
          hrefOf={hrefOf}
          onOpen={open}
          onMove={(id) => (view.id === null ? undefined : void setView({ id }))}
          hasMore={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          onLoadMore={() => void list.fetchNextPage()}
        />
      )}
    </Page>
  );
}

function Nothing({ filtered, onAll }: { filtered: boolean; onAll: () => void }) {
  if (filtered) {
    return <EmptyState title="No alerts like that" actions={<Button onClick={onAll}>Show all</Button>} />;
  }
  return (
    <EmptyState
      title="No account is in danger"
      actions={
        <ButtonLink href="/accounts" variant="primary">
          Go to accounts
        </ButtonLink>
      }
    >
      After each scan, an account that got into danger, got worse or recovered is told of here, with why and what to do.
    </EmptyState>
  );
}
