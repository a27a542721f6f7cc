import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage, pathWith } from '@/lib/page';
import { deliveriesQuery, webhooksQuery } from './queries';
import { loadWebhooksState, toDeliveryQuery } from './view-state';
import { WebhooksView } from './webhooks-view';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Webhooks' };

export default async function WebhooksPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await openPage('/settings/webhooks', await pathWith('/settings/webhooks', searchParams));
  const state = await loadWebhooksState(searchParams);
  const query = toDeliveryQuery(state);
  const queryClient = getQueryClient();
  await Promise.all([
    queryClient.prefetchQuery({ ...webhooksQuery(), queryFn: () => runtime.webhooks.list() }),
    state.view === 'deliveries' &&
      queryClient.prefetchInfiniteQuery({
        ...deliveriesQuery(query),
        queryFn: () => runtime.webhooks.listDeliveries(query),
      }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <WebhooksView />
    </HydrationBoundary>
  );
}
