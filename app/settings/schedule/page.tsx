import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage } from '@/lib/page';
import { scheduleQuery } from './queries';
import { ScheduleView } from './schedule-view';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Schedule' };

export default async function SchedulePage() {
  const { runtime } = await openPage('/settings/schedule');
  const queryClient = getQueryClient();
  await queryClient.prefetchQuery({ ...scheduleQuery(), queryFn: () => runtime.schedule.read() });
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <ScheduleView />
    </HydrationBoundary>
  );
}
