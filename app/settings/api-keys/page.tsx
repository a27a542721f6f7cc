import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage, pathWith } from '@/lib/page';
import { ApiKeysView } from './api-keys-view';
import { apiKeysQuery } from './queries';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'API keys' };

export default async function ApiKeysPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await openPage('/settings/api-keys', await pathWith('/settings/api-keys', searchParams));
  const queryClient = getQueryClient();
  await queryClient.prefetchQuery({
    ...apiKeysQuery(),
    queryFn: async () => ({ items: await runtime.access.keys.list() }),
  });
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <ApiKeysView />
    </HydrationBoundary>
  );
}
