import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend, queryString } from './api-client';
import { invalidateSoon } from './invalidate';
import { keyRoots } from './query-keys';

/** The contracts of reviews come with the first request that needs them. */
export const loadReviewContracts = () => import('@/lib/contracts/reviews');

export const reviewKeys = {
  list: (filters: object) => [keyRoots.reviews, 'list', filters] as const,
  summary: [keyRoots.reviews, 'summary'] as const,
  detail: (id: string) => [keyRoots.reviews, 'detail', id] as const,
  ofAccount: (accountId: string) => [keyRoots.reviews, 'account', accountId] as const,
};

/** The latest reviews of one account. */
export function accountReviewsQuery(accountId: string) {
  return queryOptions({
    queryKey: reviewKeys.ofAccount(accountId),
    queryFn: ({ signal }) =>
      apiGet(
        `/reviews${queryString({ accountId, limit: 4 })}`,
        () => loadReviewContracts().then(({ reviewList }) => reviewList),
        { signal },
      ),
  });
}

/** The quarters that reviews can be made of, and the run that makes some. */
export function reviewSummaryQuery() {
  return queryOptions({
    queryKey: reviewKeys.summary,
    queryFn: ({ signal }) =>
      apiGet('/reviews/summary', () => loadReviewContracts().then(({ reviewSummary }) => reviewSummary), { signal }),
  });
}

export interface ReviewWish {
  period: string;
  reason: string;
}

/** Makes the review of one account; one that is there already stays where the facts are the same. */
export function useMakeReview(accountId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ period, reason }: ReviewWish) => {
      const task = { type: 'generate_qbr', accountId, period, ...(reason === '' ? {} : { reason }) };
      const result = await apiSend('POST', '/agents/customer-success/tasks', task, (c) => c.taskResult);
      if (result.error !== undefined) throw new Error(result.error);
      const { reviewMade } = await loadReviewContracts();
      return reviewMade.parse(result);
    },
    onSettled: () => invalidateSoon(queryClient, [keyRoots.reviews]),
  });
}
