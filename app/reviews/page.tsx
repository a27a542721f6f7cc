import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { getQueryClient } from '@/app/_lib/query-client';
import { reviewSummaryQuery } from '@/app/_lib/reviews';
import { openPage, pathWith } from '@/lib/page';
import { loadReviewFilters, toReviewQuery } from './filters';
import { reviewListQuery } from './queries';
import { ReviewsView } from './reviews-view';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Reviews' };

export default async function ReviewsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { reads } = await openPage('/reviews', await pathWith('/reviews', searchParams));
  const filters = await loadReviewFilters(searchParams);
  const queryClient = getQueryClient();
  await Promise.all([
    queryClient.prefetchInfiniteQuery({
      ...reviewListQuery(filters),
      queryFn: () => reads.listReviews(toReviewQuery(filters)),
    }),
    queryClient.prefetchQuery({ ...reviewSummaryQuery(), queryFn: () => reads.summarizeReviews() }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <ReviewsView />
    </HydrationBoundary>
  );
}
