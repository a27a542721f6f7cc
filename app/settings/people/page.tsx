import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage, pathWith } from '@/lib/page';
import { PeopleView } from './people-view';
import { invitationsQuery, usersQuery } from './queries';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'People' };

export default async function PeoplePage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await openPage('/settings/people', await pathWith('/settings/people', searchParams));
  const { people } = runtime.access;
  const queryClient = getQueryClient();
  await Promise.all([
    queryClient.prefetchQuery({ ...usersQuery(), queryFn: async () => ({ items: await people.list() }) }),
    queryClient.prefetchQuery({ ...invitationsQuery(), queryFn: async () => ({ items: await people.invitations() }) }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <PeopleView />
    </HydrationBoundary>
  );
}
