import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage } from '@/lib/page';
import { AlertSettings } from './alerts-view';
import { alertSettingsQuery } from './queries';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Alerts' };

export default async function AlertSettingsPage() {
  const { runtime } = await openPage('/settings/alerts');
  const queryClient = getQueryClient();
  await queryClient.prefetchQuery({ ...alertSettingsQuery(), queryFn: () => runtime.alerts.settings() });
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <AlertSettings />
    </HydrationBoundary>
  );
}
