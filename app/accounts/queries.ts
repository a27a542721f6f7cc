import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend, queryString } from '@/app/_lib/api-client';
import { keyRoots } from '@/app/_lib/query-keys';
import { type AccountFilters, toAccountQuery } from './filters';

export const accountKeys = {
  list: (filters: AccountFilters) => [keyRoots.accounts, 'list', filters] as const,
  summary: [keyRoots.accounts, 'summary'] as const,
  detail: (id: string) => [keyRoots.accounts, 'detail', id] as const,
  adoption: (id: string) => [keyRoots.accounts, 'adoption', id] as const,
};

export function accountListQuery(filters: AccountFilters) {
  return infiniteQueryOptions({
    queryKey: accountKeys.list(filters),
    queryFn: ({ pageParam, signal }) =>
      apiGet(`/accounts${queryString(toAccountQuery(filters, pageParam))}`, (c) => c.accountList, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function accountSummaryQuery() {
  return queryOptions({
    queryKey: accountKeys.summary,
    queryFn: ({ signal }) => apiGet('/accounts/summary', (c) => c.accountSummary, { signal }),
  });
}

/** CSMs and reps to filter by: those of all opportunities. */
export function accountOwnersQuery() {
  return queryOptions({
    queryKey: [keyRoots.accounts, 'owners'],
    queryFn: async ({ signal }) =>
      (await apiGet('/opportunities/summary', (c) => c.opportunitySummary, { signal })).owners,
    staleTime: 10 * 60_000,
  });
}

export function accountDetailQuery(id: string) {
  return queryOptions({
    queryKey: accountKeys.detail(id),
    queryFn: ({ signal }) => apiGet(`/accounts/${encodeURIComponent(id)}`, (c) => c.accountDetail, { signal }),
  });
}

/** The contract comes with the request, as all of them do. */
export function accountAdoptionQuery(id: string) {
  return queryOptions({
    queryKey: accountKeys.adoption(id),
    queryFn: ({ signal }) =>
      apiGet(
        `/accounts/${encodeURIComponent(id)}/adoption`,
        async () => (await import('@/lib/contracts/adoption')).accountAdoption,
        { signal },
      ),
  });
}

/** Scores one account now, then looks for opportunities in it. */
export function useScanAccount(accountId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      for (const type of ['health_scan', 'check_expansion']) {
        const result = await apiSend(
          'POST',
          '/agents/customer-success/tasks',
          { type, accountId },
          (c) => c.taskResult,
        );
        if (result.error !== undefined) throw new Error(result.error);
      }
    },
    onSettled: () =>
      Promise.all(
        [keyRoots.accounts, keyRoots.opportunities, keyRoots.workspace].map((root) =>
          queryClient.invalidateQueries({ queryKey: [root] }),
        ),
      ),
  });
}
