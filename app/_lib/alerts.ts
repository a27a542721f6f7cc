import { keepPreviousData, queryOptions, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import type { AlertQuery, AlertSnoozeRequest } from '@/lib/contracts/alerts';
import { apiGet, apiSend, queryString } from './api-client';
import { invalidateSoon } from './invalidate';
import { keyRoots } from './query-keys';

/** The contracts of alerts come with their first request, as the others do. */
const contracts = () => import('@/lib/contracts/alerts');

export const alertKeys = {
  list: (query: AlertQuery) => [keyRoots.alerts, 'list', query] as const,
};

const FIRST_PAGE: string | null = null;

export const alertPages = {
  initialPageParam: FIRST_PAGE,
  getNextPageParam: (last: { nextCursor: string | null }) => last.nextCursor,
};

export function useAlerts(query: AlertQuery) {
  return useInfiniteQuery({
    queryKey: alertKeys.list(query),
    queryFn: ({ pageParam, signal }) =>
      apiGet(`/alerts${queryString({ ...query, cursor: pageParam })}`, async () => (await contracts()).alertList, {
        signal,
      }),
    ...alertPages,
    placeholderData: keepPreviousData,
  });
}

export function alertQuery(id: string) {
  return queryOptions({
    queryKey: [keyRoots.alerts, 'detail', id] as const,
    queryFn: ({ signal }) =>
      apiGet(`/alerts/${encodeURIComponent(id)}`, async () => (await contracts()).alertItem, { signal }),
  });
}

export function accountAlertsQuery(accountId: string) {
  return queryOptions({
    queryKey: [keyRoots.alerts, 'account', accountId] as const,
    queryFn: ({ signal }) =>
      apiGet(`/accounts/${encodeURIComponent(accountId)}/alerts`, async () => (await contracts()).accountAlerts, {
        signal,
      }),
  });
}

/** Snoozes the alerts of an account, or ends that where nothing is given. */
export function useSnoozeAlerts(accountId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (snooze: AlertSnoozeRequest | null) =>
      apiSend(
        snooze === null ? 'DELETE' : 'PUT',
        `/accounts/${encodeURIComponent(accountId)}/alert-snooze`,
        snooze ?? undefined,
        async () => (await contracts()).accountAlerts,
      ),
    onSuccess: (answer) => queryClient.setQueryData(accountAlertsQuery(accountId).queryKey, answer),
    onSettled: () => invalidateSoon(queryClient, [keyRoots.alerts]),
  });
}

/** What a person decides about the draft of a notice: it is tried again, or they say whether it is there. */
export function useSettleNotice() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, decision }: { id: string; decision: 'retry' | 'there' | 'not_there' }) =>
      decision === 'retry'
        ? apiSend('POST', `/notices/${encodeURIComponent(id)}/retry`, undefined, (c) => c.nothing)
        : apiSend('POST', `/notices/${encodeURIComponent(id)}/resolve`, { draft: decision }, (c) => c.nothing),
    onSettled: () => invalidateSoon(queryClient, [keyRoots.alerts, keyRoots.reviews]),
  });
}
