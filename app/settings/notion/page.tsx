import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage } from '@/lib/page';
import { NotionView } from './notion-view';
import { notionProblemsQuery, notionQuery } from './queries';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Notion' };

export default async function NotionPage() {
  const { runtime } = await openPage('/settings/notion');
  const { desk } = runtime.notion;
  const queryClient = getQueryClient();
  await Promise.all([
    queryClient.prefetchQuery({ ...notionQuery(), queryFn: () => desk.overview() }),
    queryClient.prefetchQuery({ ...notionProblemsQuery(), queryFn: () => desk.problems() }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <NotionView />
    </HydrationBoundary>
  );
}
