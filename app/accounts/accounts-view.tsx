'use client';

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { Button, ButtonLink } from '@/app/_components/button';
import { DataTable } from '@/app/_components/data-table';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { LoadSampleButton } from '@/app/_components/load-sample-button';
import { Page } from '@/app/_components/page';
import { SearchInput } from '@/app/_components/search-input';
import { TableSkeleton } from '@/app/_components/skeleton';
import { Allowed } from '@/app/_lib/viewer';
import { accountColumns } from './account-columns';
import { AccountFilterBar } from './account-filter-bar';
import { AccountTiles } from './account-tiles';
import { accountFilters, isFiltered } from './filters';
import { accountListQuery, accountSummaryQuery } from './queries';

/** The portfolio: every account with its health, renewal and room to grow. */
export function AccountsView() {
  const [filters, setFilters] = useQueryStates(accountFilters, { history: 'replace' });
  const list = useInfiniteQuery({ ...accountListQuery(filters), placeholderData: keepPreviousData });
  const summary = useQuery(accountSummaryQuery());
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const clear = () => void setFilters({ q: null, rag: null, churnRisk: null, status: null, owner: null });
  const columns = accountColumns({ sort: filters.sort, onSort: (sort) => void setFilters({ sort }) });

  return (
    <Page
      title="Accounts"
      actions={
        <>
          <SearchInput label="Search accounts" value={filters.q} onChange={(q) => void setFilters({ q: q || null })} />
          <Allowed to="portfolio.write">
            <ButtonLink href="/import">Import</ButtonLink>
          </Allowed>
        </>
      }
    >
      {summary.data === undefined || summary.data.total === 0 ? null : (
        <AccountTiles
          summary={summary.data}
          selected={filters.rag}
          onSelect={(rag) => void setFilters({ rag: rag.length === 0 ? null : rag })}
        />
      )}
      {summary.data?.total === 0 ? null : (
        <AccountFilterBar filters={filters} rows={rows} onChange={(change) => void setFilters(change)} />
      )}
      {list.isPending ? (
        <TableSkeleton label="Loading accounts" />
      ) : list.isError && rows.length === 0 ? (
        <ErrorState
          title="The accounts could not be loaded"
          error={list.error}
          onRetry={() => void list.refetch()}
          retrying={list.isFetching}
        />
      ) : rows.length > 0 ? (
        <DataTable
          label="Accounts"
          rows={rows}
          rowKey={(account) => account.id}
          columns={columns}
          hasMore={list.hasNextPage}
          loadingMore={list.isFetchingNextPage}
          onLoadMore={() => void list.fetchNextPage()}
        />
      ) : isFiltered(filters) ? (
        <EmptyState title="No account matches" actions={<Button onClick={clear}>Clear search and filters</Button>}>
          {filters.q === '' ? 'No account has all of the chosen properties.' : `Nothing is called «${filters.q}».`}{' '}
          Names, domains and ids are searched.
        </EmptyState>
      ) : (
        <EmptyState
          title="No accounts yet"
          actions={
            <Allowed to="portfolio.write">
              <ButtonLink href="/import" variant="primary">
                Import CSV
              </ButtonLink>
              <LoadSampleButton />
            </Allowed>
          }
        >
          Import your accounts from a CSV file, or look around with 240 invented ones. Headroom scores them at once.
        </EmptyState>
      )}
    </Page>
  );
}
