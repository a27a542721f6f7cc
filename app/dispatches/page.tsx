import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { createLoader, type SearchParams } from 'nuqs/server';
import { openPage, pathWith } from '@/lib/page';
import { getQueryClient } from '../_lib/query-client';
import { DispatchesView } from './dispatches-view';
import { dispatchKeys, pageOptions } from './queries';
import { searchParams as parsers, toListQuery } from './search-params';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Dispatches' };

const loadView = createLoader(parsers);

export default async function DispatchesPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { reads } = await openPage('/dispatches', await pathWith('/dispatches', searchParams));
  const view = await loadView(searchParams);
  const queryClient = getQueryClient();
  const query = toListQuery(view);
  const { id } = view;
  await Promise.all([
    queryClient.prefetchInfiniteQuery({
      queryKey: dispatchKeys.list(query),
      queryFn: () => reads.listDispatches(query),
      ...pageOptions,
    }),
    id === null
      ? null
      : queryClient.prefetchQuery({ queryKey: dispatchKeys.detail(id), queryFn: () => reads.getDispatch(id) }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <DispatchesView />
    </HydrationBoundary>
  );
}
