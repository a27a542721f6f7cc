import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage, pathWith } from '@/lib/page';
import { AccountsView } from './accounts-view';
import { loadAccountFilters, toAccountQuery } from './filters';
import { accountListQuery, accountSummaryQuery } from './queries';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Accounts' };

export default async function AccountsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { reads } = await openPage('/accounts', await pathWith('/accounts', searchParams));
  const filters = await loadAccountFilters(searchParams);
  const queryClient = getQueryClient();
  await Promise.all([
    queryClient.prefetchInfiniteQuery({
      ...accountListQuery(filters),
      queryFn: () => reads.listAccounts(toAccountQuery(filters)),
    }),
    queryClient.prefetchQuery({
      ...accountSummaryQuery(),
      queryFn: () => reads.summarizeAccounts(),
    }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <AccountsView />
    </HydrationBoundary>
  );
}
