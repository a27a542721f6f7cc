import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend, queryString } from '@/app/_lib/api-client';
import { keyRoots } from '@/app/_lib/query-keys';
import { loadReviewContracts, type ReviewWish, reviewKeys } from '@/app/_lib/reviews';
import { runDetailKey } from '@/app/_lib/runs';
import { type ReviewFilters, toReviewQuery } from './filters';

export function reviewListQuery(filters: ReviewFilters) {
  return infiniteQueryOptions({
    queryKey: reviewKeys.list(filters),
    queryFn: ({ pageParam, signal }) =>
      apiGet(
        `/reviews${queryString(toReviewQuery(filters, pageParam))}`,
        () => loadReviewContracts().then(({ reviewList }) => reviewList),
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function reviewDetailQuery(id: string) {
  return queryOptions({
    queryKey: reviewKeys.detail(id),
    queryFn: ({ signal }) =>
      apiGet(
        `/reviews/${encodeURIComponent(id)}`,
        () => loadReviewContracts().then(({ reviewDetail }) => reviewDetail),
        { signal },
      ),
  });
}

/** Starts the run that makes the reviews of all active accounts over a quarter. */
export function useMakeQuarter() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ period, reason }: ReviewWish) =>
      apiSend(
        'POST',
        '/agents/customer-success/tasks',
        { type: 'generate_qbr', period, ...(reason === '' ? {} : { reason }) },
        (c) => c.runItem,
      ),
    onSuccess: (run) => queryClient.setQueryData(runDetailKey(run.id), { ...run, errors: [] }),
    onSettled: () =>
      Promise.all(
        [keyRoots.reviews, keyRoots.runs, keyRoots.agents].map((root) =>
          queryClient.invalidateQueries({ queryKey: [root] }),
        ),
      ),
  });
}
