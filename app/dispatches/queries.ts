import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { DispatchQuery } from '@/lib/contracts';
import { apiGet, apiSend, queryString } from '../_lib/api-client';
import { invalidateSoon } from '../_lib/invalidate';
import { keyRoots } from '../_lib/query-keys';

export const dispatchKeys = {
  list: (query: DispatchQuery) => [keyRoots.dispatches, 'list', query] as const,
  detail: (id: string) => [keyRoots.dispatches, 'detail', id] as const,
};

const FIRST_PAGE: string | null = null;

export const pageOptions = {
  initialPageParam: FIRST_PAGE,
  getNextPageParam: (last: { nextCursor: string | null }) => last.nextCursor,
};

export function useDispatches(query: DispatchQuery) {
  return useInfiniteQuery({
    queryKey: dispatchKeys.list(query),
    queryFn: ({ pageParam, signal }) =>
      apiGet(`/dispatches${queryString({ ...query, cursor: pageParam })}`, (c) => c.dispatchList, { signal }),
    ...pageOptions,
    placeholderData: keepPreviousData,
  });
}

export function useDispatch(id: string) {
  return useQuery({
    queryKey: dispatchKeys.detail(id),
    queryFn: ({ signal }) => apiGet(`/dispatches/${encodeURIComponent(id)}`, (c) => c.dispatchDetail, { signal }),
  });
}

export function useRetryDispatch() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      apiSend('POST', `/dispatches/${encodeURIComponent(id)}/retry`, undefined, (c) => c.dispatchItem),
    onSettled: () =>
      invalidateSoon(queryClient, [keyRoots.dispatches, keyRoots.opportunities, keyRoots.accounts, keyRoots.workspace]),
  });
}

/** Says what a person saw who looked for the draft. */
export function useResolveDispatch() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, draft }: { id: string; draft: 'there' | 'not_there' }) =>
      apiSend('POST', `/dispatches/${encodeURIComponent(id)}/resolve`, { draft }, (c) => c.dispatchItem),
    onSettled: () =>
      invalidateSoon(queryClient, [keyRoots.dispatches, keyRoots.opportunities, keyRoots.accounts, keyRoots.workspace]),
  });
}
