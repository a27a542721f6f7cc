import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { accountAlertsQuery } from '@/app/_lib/alerts';
import { getQueryClient } from '@/app/_lib/query-client';
import { isAppError } from '@/lib/errors';
import { currentViewer, openPage } from '@/lib/page';
import { accountDetailQuery } from '../queries';
import { AccountView } from './account-view';

export const dynamic = 'force-dynamic';

interface Props {
  params: Promise<{ id: string }>;
}

/** Title and content of one request share one read. */
const readAccount = cache(async (id: string) => {
  const { reads } = await openPage('/accounts/[id]', `/accounts/${encodeURIComponent(id)}`);
  return reads.getAccount(id);
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  // Here Next.js has decoded it already; for the page itself it has not.
  const { id } = await params;
  const viewer = await currentViewer();
  const account = viewer ? await readAccount(id).catch(() => null) : null;
  return { title: account?.name ?? 'Account' };
}

export default async function AccountPage({ params }: Props) {
  const id = decodeURIComponent((await params).id);
  const { reads } = await openPage('/accounts/[id]', `/accounts/${encodeURIComponent(id)}`);
  const queryClient = getQueryClient();
  try {
    await queryClient.fetchQuery({ ...accountDetailQuery(id), queryFn: () => readAccount(id), retry: false });
  } catch (error) {
    // Anything else is told by the page itself, which asks again from the browser.
    if (isAppError(error) && error.code === 'not_found') notFound();
  }
  await queryClient.prefetchQuery({ ...accountAlertsQuery(id), queryFn: () => reads.getAccountAlerts(id) });
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <AccountView id={id} />
    </HydrationBoundary>
  );
}
