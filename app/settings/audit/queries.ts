import { infiniteQueryOptions } from '@tanstack/react-query';
import { apiGet, queryString } from '@/app/_lib/api-client';
import type { AuditFilters } from './view-state';

export const AUDIT_PAGE_SIZE = 50;

export const auditKeys = { list: (filters: AuditFilters) => ['settings', 'audit', filters] as const };

export function auditListQuery(filters: AuditFilters) {
  return infiniteQueryOptions({
    queryKey: auditKeys.list(filters),
    queryFn: ({ pageParam, signal }) =>
      apiGet(
        `/audit${queryString({ ...withInstants(filters, 'local'), limit: AUDIT_PAGE_SIZE, cursor: pageParam })}`,
        (c) => c.auditList,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // Every request adds to it, and none says so.
    staleTime: 0,
  });
}

/** Where the same events can be had as CSV. */
export function auditExportPath(filters: AuditFilters, zone: 'local' | 'utc'): string {
  return `/api/v1/audit/export.csv${queryString({ ...withInstants(filters, zone) })}`;
}

/** The API takes instants: from the first moment of a day up to the first one of the day after the last. */
function withInstants({ from, to, ...rest }: AuditFilters, zone: 'local' | 'utc'): AuditFilters {
  return {
    ...rest,
    ...(from === undefined ? {} : { from: startOf(from, 0, zone) }),
    ...(to === undefined ? {} : { to: startOf(to, 1, zone) }),
  };
}

function startOf(day: string, daysLater: number, zone: 'local' | 'utc'): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const start =
    zone === 'utc'
      ? new Date(Date.UTC(year, month - 1, date + daysLater))
      : new Date(year, month - 1, date + daysLater);
  return start.toISOString();
}
