import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { getQueryClient } from '@/app/_lib/query-client';
import { openPage, pathWith } from '@/lib/page';
import { apiKeysQuery } from '../api-keys/queries';
import { usersQuery } from '../people/queries';
import { AuditView } from './audit-view';
import { AUDIT_PAGE_SIZE, auditListQuery } from './queries';
import { loadAuditState, toAuditFilters } from './view-state';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Audit log' };

export default async function AuditPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await openPage('/settings/audit', await pathWith('/settings/audit', searchParams));
  const { audit, keys, people } = runtime.access;
  const { from, to, ...filters } = toAuditFilters(await loadAuditState(searchParams));
  const queryClient = getQueryClient();
  await Promise.all([
    // When a day begins, only the browser knows.
    from === undefined &&
      to === undefined &&
      queryClient.prefetchInfiniteQuery({
        ...auditListQuery(filters),
        queryFn: () => audit.list({ ...filters, limit: AUDIT_PAGE_SIZE }),
      }),
    // Both name whom one can filter by.
    queryClient.prefetchQuery({ ...usersQuery(), queryFn: async () => ({ items: await people.list() }) }),
    queryClient.prefetchQuery({ ...apiKeysQuery(), queryFn: async () => ({ items: await keys.list() }) }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <AuditView />
    </HydrationBoundary>
  );
}
