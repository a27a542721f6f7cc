'use client';

import { useQueryStates } from 'nuqs';
import { useCallback, useMemo } from 'react';
import { Button, ButtonLink } from '../_components/button';
import { EmptyState } from '../_components/empty-state';
import { ErrorState } from '../_components/error-state';
import { FilterTabs } from '../_components/filter-tabs';
import { Page } from '../_components/page';
import { TableSkeleton } from '../_components/skeleton';
import { DispatchPanel } from './dispatch-panel';
import { DispatchTable } from './dispatch-table';
import { useDispatches } from './queries';
import { searchParams, type Tab, toListQuery, writeSearch } from './search-params';

const TABS: readonly { value: Tab; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'drafted', label: 'Drafted' },
  { value: 'progress', label: 'In progress' },
  { value: 'failed', label: 'Failed' },
];

/** The dispatch log: what was handed to sales, and what became of it. */
export function DispatchesView() {
  const [view, setView] = useQueryStates(searchParams);
  const query = useMemo(() => toListQuery(view), [view]);
  const list = useDispatches(query);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const open = useCallback((id: string) => void setView({ id }, { history: 'push' }), [setView]);
  const close = useCallback(() => void setView({ id: null }), [setView]);
  const hrefOf = useCallback((id: string) => writeSearch('/dispatches', { ...view, id }), [view]);

  return (
    <Page title="Dispatches" panel={view.id === null ? null : <DispatchPanel id={view.id} onClose={close} />}>
      <div className="flex flex-none px-5 pb-2 max-sm:px-4">
        <FilterTabs
          label="Which dispatches"
          options={TABS}
          value={view.state}
          onChange={(state) => void setView({ state })}
        />
      </div>
      {list.data === undefined ? (
        list.isError ? (
          <ErrorState
            title="The dispatches could not be loaded"
            error={list.error}
            onRetry={() => void list.refetch()}
            retrying={list.isFetching}
          />
        ) : (
          <TableSkeleton label="Loading dispatches" />
        )
      ) : rows.length === 0 ? (
        <Nothing tab={view.state} onAll={() => void setView({ state: 'all' })} />
      ) : (
        <DispatchTable
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

function Nothing({ tab, onAll }: { tab: Tab; onAll: () => void }) {
  if (tab !== 'all') {
    const title = { drafted: 'No drafts yet', progress: 'Nothing is under way', failed: 'Nothing failed' }[tab];
    return <EmptyState title={title} actions={<Button onClick={onAll}>Show all</Button>} />;
  }
  return (
    <EmptyState
      title="Nothing was dispatched yet"
      actions={
        <ButtonLink href="/opportunities" variant="primary">
          Go to opportunities
        </ButtonLink>
      }
    >
      Dispatch an opportunity, and its draft and every attempt are kept here.
    </EmptyState>
  );
}
