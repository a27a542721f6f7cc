import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { createLoader, type SearchParams } from 'nuqs/server';
import { openPage, pathWith } from '@/lib/page';
import { alertKeys, alertPages, alertQuery } from '../_lib/alerts';
import { getQueryClient } from '../_lib/query-client';
import { AlertsView } from './alerts-view';
import { searchParams as parsers, toListQuery } from './search-params';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Alerts' };

const loadView = createLoader(parsers);

export default async function AlertsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { reads } = await openPage('/alerts', await pathWith('/alerts', searchParams));
  const view = await loadView(searchParams);
  const queryClient = getQueryClient();
  const query = toListQuery(view);
  const { id } = view;
  await Promise.all([
    queryClient.prefetchInfiniteQuery({
      queryKey: alertKeys.list(query),
      queryFn: () => reads.listAlerts(query),
      ...alertPages,
    }),
    id === null ? null : queryClient.prefetchQuery({ ...alertQuery(id), queryFn: () => reads.getAlert(id) }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <AlertsView />
    </HydrationBoundary>
  );
}
