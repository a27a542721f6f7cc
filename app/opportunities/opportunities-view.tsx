'use client';

import { useQueryStates } from 'nuqs';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { Button, ButtonLink } from '../_components/button';
import { ErrorState } from '../_components/error-state';
import { FilterTabs } from '../_components/filter-tabs';
import { Page } from '../_components/page';
import { SearchInput } from '../_components/search-input';
import { TableSkeleton } from '../_components/skeleton';
import { Allowed } from '../_lib/viewer';
import { useWorkspace } from '../_lib/workspace';
import { Filters } from './filters';
import { FirstRun } from './first-run';
import { NothingHere } from './nothing-here';
import { OpportunityPanel } from './opportunity-panel';
import { canSelect, OpportunityTable } from './opportunity-table';
import { useOpportunities, useOpportunitySummary } from './queries';
import {
  isFiltered,
  NO_FILTERS,
  searchParams,
  TAB_STATUSES,
  type Tab,
  toListQuery,
  writeSearch,
} from './search-params';
import { SummaryTiles } from './summary-tiles';
import { totals } from './totals';
import { useDispatching } from './use-dispatching';

const GateDialog = lazy(() => import('./gate-dialog'));
const DispatchManyDialog = lazy(() => import('./dispatch-many-dialog'));

const TAB_LABELS: readonly { value: Tab; label: string }[] = [
  { value: 'ready', label: 'Ready' },
  { value: 'held', label: 'Held' },
  { value: 'sales', label: 'With sales' },
  { value: 'closed', label: 'Snoozed & closed' },
  { value: 'all', label: 'All' },
];
const NONE: ReadonlySet<string> = new Set();

export function OpportunitiesView() {
  const [view, setView] = useQueryStates(searchParams);
  const workspace = useWorkspace().data;
  const summary = useOpportunitySummary().data;
  const query = useMemo(() => toListQuery(view), [view]);
  const list = useOpportunities(query);
  const fetched = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const listKey = JSON.stringify(query);
  const dispatching = useDispatching(listKey, fetched);
  const [selection, setSelection] = useState<{ listKey: string; ids: ReadonlySet<string> }>({ listKey, ids: NONE });
  const [confirming, setConfirming] = useState(false);
  const selected = selection.listKey === listKey ? selection.ids : NONE;
  const chosen = dispatching.rows.filter((item) => selected.has(item.id) && canSelect(item));

  const open = useCallback((id: string) => void setView({ id }, { history: 'push' }), [setView]);
  const close = useCallback(() => void setView({ id: null }), [setView]);
  const search = useCallback((q: string) => void setView({ q }), [setView]);
  const hrefOf = useCallback((id: string) => writeSearch('/opportunities', { ...view, id }), [view]);
  const openItem = dispatching.rows.find((item) => item.id === view.id);

  if (workspace?.accounts === 0) return <FirstRun activeRun={workspace.activeRun} />;

  const dispatchChosen = () => {
    if (chosen.length > 1) setConfirming(true);
    else if (chosen[0] !== undefined) void dispatching.dispatch(chosen[0]);
  };

  return (
    <Page
      title="Opportunities"
      actions={
        <>
          <div className="max-sm:hidden sm:w-[13.5rem]">
            <SearchInput label="Search accounts" value={view.q} onChange={search} />
          </div>
          <Allowed to="portfolio.write">
            <ButtonLink href="/import">Import</ButtonLink>
          </Allowed>
          <Allowed to="dispatch">
            <Button
              variant={chosen.length === 0 ? 'default' : 'primary'}
              disabled={chosen.length === 0}
              onClick={dispatchChosen}
              className="max-sm:disabled:hidden"
            >
              {chosen.length === 0 ? 'Dispatch selected' : `Dispatch ${chosen.length} selected`}
            </Button>
          </Allowed>
        </>
      }
      panel={
        view.id === null ? null : (
          <OpportunityPanel id={view.id} item={openItem} dispatching={dispatching} onClose={close} />
        )
      }
    >
      <SummaryTiles summary={summary} />
      <div className="px-4 pt-3 sm:hidden">
        <SearchInput label="Search accounts" value={view.q} onChange={search} />
      </div>
      <div className="@container flex-none px-5 pt-3.5 pb-2 max-sm:px-4">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <FilterTabs
            label="Which opportunities"
            options={TAB_LABELS.map((tab) => ({
              ...tab,
              count: tab.value === 'all' ? undefined : summary && totals(summary, TAB_STATUSES[tab.value]).count,
            }))}
            value={view.tab}
            onChange={(tab) => void setView({ tab })}
          />
          <div className="flex gap-1.5 sm:ml-auto">
            <Filters view={view} owners={summary?.owners ?? []} onChange={(change) => void setView(change)} />
          </div>
        </div>
      </div>
      {list.data === undefined ? (
        list.isError ? (
          <ErrorState
            title="The opportunities could not be loaded"
            error={list.error}
            onRetry={() => void list.refetch()}
            retrying={list.isFetching}
          />
        ) : (
          <TableSkeleton label="Loading opportunities" />
        )
      ) : dispatching.rows.length === 0 ? (
        <NothingHere
          tab={view.tab}
          filtered={isFiltered(view)}
          activeRun={workspace?.activeRun ?? null}
          hasCatalogue={workspace?.hasCatalogue ?? true}
          onClear={() => void setView(NO_FILTERS)}
          onAll={() => void setView({ tab: 'all' })}
        />
      ) : (
        <OpportunityTable
          tab={view.tab}
          dispatching={dispatching}
          openId={view.id}
          hrefOf={hrefOf}
          onOpen={open}
          onMove={(id) => (view.id === null ? undefined : void setView({ id }))}
          selected={selected}
          onSelect={(ids) => setSelection({ listKey, ids })}
          hasMore={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          onLoadMore={() => void list.fetchNextPage()}
        />
      )}
      {dispatching.gated === null ? null : (
        <Suspense>
          <GateDialog
            gated={dispatching.gated}
            pending={dispatching.pending.has(dispatching.gated.item.id)}
            onOverride={dispatching.dispatch}
            onClose={() => dispatching.openGated(null)}
          />
        </Suspense>
      )}
      {confirming ? (
        <Suspense>
          <DispatchManyDialog
            items={chosen}
            onConfirm={() => {
              setConfirming(false);
              setSelection({ listKey, ids: NONE });
              void dispatching.dispatchMany(chosen);
            }}
            onClose={() => setConfirming(false)}
          />
        </Suspense>
      ) : null}
    </Page>
  );
}
