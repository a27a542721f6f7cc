import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { DispatchRequest, OpportunityPatch, OpportunityQuery } from '@/lib/contracts';
import { apiGet, apiSend, queryString } from '../_lib/api-client';
import { invalidateSoon } from '../_lib/invalidate';
import { keyRoots } from '../_lib/query-keys';

export const opportunityKeys = {
  list: (query: OpportunityQuery) => [keyRoots.opportunities, 'list', query] as const,
  summary: [keyRoots.opportunities, 'summary'] as const,
  detail: (id: string) => [keyRoots.opportunities, 'detail', id] as const,
};

const FIRST_PAGE: string | null = null;

/** How the server and the browser page through a list alike. */
export const pageOptions = {
  initialPageParam: FIRST_PAGE,
  getNextPageParam: (last: { nextCursor: string | null }) => last.nextCursor,
};

export function useOpportunities(query: OpportunityQuery) {
  return useInfiniteQuery({
    queryKey: opportunityKeys.list(query),
    queryFn: ({ pageParam, signal }) =>
      apiGet(`/opportunities${queryString({ ...query, cursor: pageParam })}`, (c) => c.opportunityList, { signal }),
    ...pageOptions,
    placeholderData: keepPreviousData,
  });
}

export function useOpportunitySummary() {
  return useQuery({
    queryKey: opportunityKeys.summary,
    queryFn: ({ signal }) => apiGet('/opportunities/summary', (c) => c.opportunitySummary, { signal }),
  });
}

function opportunityOptions(id: string) {
  return queryOptions({
    queryKey: opportunityKeys.detail(id),
    queryFn: ({ signal }) => apiGet(`/opportunities/${encodeURIComponent(id)}`, (c) => c.opportunityDetail, { signal }),
  });
}

export function useOpportunity(id: string) {
  return useQuery(opportunityOptions(id));
}

/** Where the drafts of these opportunities would go, in words; null while it is not known. */
export function useDraftDestinations(ids: readonly string[]): (string | null)[] {
  const details = useQueries({ queries: ids.map(opportunityOptions) });
  return details.map(({ data }) => data?.draftDestination ?? null);
}

/** A dispatch that is not settled yet, followed until it is. */
export function useDispatch(id: string, enabled: boolean) {
  return useQuery({
    queryKey: [keyRoots.dispatches, 'detail', id],
    queryFn: ({ signal }) => apiGet(`/dispatches/${encodeURIComponent(id)}`, (c) => c.dispatchDetail, { signal }),
    enabled,
  });
}

const DISPATCH_ROOTS = [keyRoots.opportunities, keyRoots.dispatches, keyRoots.accounts, keyRoots.workspace] as const;

/** Leaves a draft for sales. Fails with `gated` and the gates where one holds and no reason to override was given. */
export function useDispatchToSales() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (request: DispatchRequest) => apiSend('POST', '/dispatches', request, (c) => c.dispatchItem),
    onSettled: () => invalidateSoon(queryClient, DISPATCH_ROOTS),
  });
}

export function useRetryDispatch() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      apiSend('POST', `/dispatches/${encodeURIComponent(id)}/retry`, undefined, (c) => c.dispatchItem),
    onSettled: () => invalidateSoon(queryClient, DISPATCH_ROOTS),
  });
}

export function usePatchOpportunity() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, patch }: { id: string; patch: OpportunityPatch }) =>
      apiSend('PATCH', `/opportunities/${encodeURIComponent(id)}`, patch, (c) => c.opportunityDetail),
    onSuccess: (detail) => {
      queryClient.setQueryData(opportunityKeys.detail(detail.id), detail);
      invalidateSoon(queryClient, [keyRoots.opportunities, keyRoots.accounts, keyRoots.workspace]);
    },
  });
}
