import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage } from '@/lib/page';
import { sessionsQuery } from './queries';
import { YouView } from './you-view';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Settings' };

export default async function SettingsPage() {
  const { runtime, viewer } = await openPage('/settings');
  const { access } = runtime;
  const cookie = (await headers()).get('cookie') ?? '';
  const queryClient = getQueryClient();
  const [users] = await Promise.all([
    access.people.list(),
    queryClient.prefetchQuery({
      ...sessionsQuery(),
      queryFn: async () => {
        const found = await access.identify(new Headers({ cookie }));
        return { items: await access.people.sessions(viewer.id, found?.sessionId ?? null) };
      },
    }),
  ]);
  const methods = users.find((user) => user.id === viewer.id)?.methods ?? [];
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <YouView hasPassword={methods.includes('credential')} />
    </HydrationBoundary>
  );
}
