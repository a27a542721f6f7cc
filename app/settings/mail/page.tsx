import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage, pathWith } from '@/lib/page';
import { MailView } from './mail-view';
import { mailboxesQuery } from './queries';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Mail' };

export default async function MailPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, viewer } = await openPage('/settings/mail', await pathWith('/settings/mail', searchParams));
  const queryClient = getQueryClient();
  await queryClient.prefetchQuery({ ...mailboxesQuery(), queryFn: () => runtime.mailboxes.list(viewer) });
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <MailView />
    </HydrationBoundary>
  );
}
