import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { getQueryClient } from '@/app/_lib/query-client';
import { isAppError } from '@/lib/errors';
import { currentViewer, openPage } from '@/lib/page';
import { reviewDetailQuery } from '../queries';
import { ReviewView } from './review-view';

export const dynamic = 'force-dynamic';

interface Props {
  params: Promise<{ id: string }>;
}

/** The title and the page show the same one, read once. */
const readReview = cache(async (id: string) => {
  const { reads } = await openPage('/reviews/[id]', `/reviews/${encodeURIComponent(id)}`);
  return reads.getReview(id);
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  const review = (await currentViewer()) ? await readReview(id).catch(() => null) : null;
  // What a browser proposes as the name of the PDF.
  return { title: review ? `QBR ${review.content.account.name}, ${review.content.period.label}` : 'Review' };
}

export default async function ReviewPage({ params }: Props) {
  const id = decodeURIComponent((await params).id);
  await openPage('/reviews/[id]', `/reviews/${encodeURIComponent(id)}`);
  const queryClient = getQueryClient();
  try {
    await queryClient.fetchQuery({ ...reviewDetailQuery(id), queryFn: () => readReview(id), retry: false });
  } catch (error) {
    // Anything else is told by the page itself, which asks again from the browser.
    if (isAppError(error) && error.code === 'not_found') notFound();
  }
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <ReviewView id={id} />
    </HydrationBoundary>
  );
}
