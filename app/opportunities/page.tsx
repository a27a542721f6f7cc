import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { createLoader, type SearchParams } from 'nuqs/server';
import { openPage, pathWith } from '@/lib/page';
import { getQueryClient } from '../_lib/query-client';
import { OpportunitiesView } from './opportunities-view';
import { opportunityKeys, pageOptions } from './queries';
import { searchParams as parsers, toListQuery } from './search-params';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Opportunities' };

const loadView = createLoader(parsers);

export default async function OpportunitiesPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { reads } = await openPage('/opportunities', await pathWith('/opportunities', searchParams));
  const view = await loadView(searchParams);
  const queryClient = getQueryClient();
  const query = toListQuery(view);
  const { id } = view;
  await Promise.all([
    queryClient.prefetchInfiniteQuery({
      queryKey: opportunityKeys.list(query),
      queryFn: () => reads.listOpportunities(query),
      ...pageOptions,
    }),
    queryClient.prefetchQuery({
      queryKey: opportunityKeys.summary,
      queryFn: () => reads.summarizeOpportunities(),
    }),
    id === null
      ? null
      : queryClient.prefetchQuery({
          queryKey: opportunityKeys.detail(id),
          queryFn: () => reads.getOpportunity(id),
        }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <OpportunitiesView />
    </HydrationBoundary>
  );
}
