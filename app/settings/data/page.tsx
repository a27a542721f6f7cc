import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage } from '@/lib/page';
import { DataSettings } from './data-view';
import { retentionQuery } from './queries';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Data' };

export default async function DataPage() {
  const { runtime } = await openPage('/settings/data');
  const queryClient = getQueryClient();
  await queryClient.prefetchQuery({ ...retentionQuery(), queryFn: () => runtime.retention.read() });
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <DataSettings />
    </HydrationBoundary>
  );
}
