'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { ErrorState } from '@/app/_components/error-state';
import { Page } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { reviewDetailQuery } from '../queries';
import { ReviewDocument } from './review-document';
import { ReviewToolbar } from './review-toolbar';
import './review.css';

/** One version of a review: a page to be read, printed or handed over, and what can be done with it above. */
export function ReviewView({ id }: { id: string }) {
  const review = useQuery(reviewDetailQuery(id));
  const [edition, setEdition] = useQueryState(
    'edition',
    parseAsStringLiteral(['full', 'customer']).withDefault('full'),
  );
  const customer = edition === 'customer';
  if (review.data === undefined) {
    return (
      <Page title="Review">
        {review.isError ? (
          <ErrorState
            title="The review could not be loaded"
            error={review.error}
            onRetry={() => void review.refetch()}
            retrying={review.isFetching}
          />
        ) : (
          <TableSkeleton label="Loading the review" />
        )}
      </Page>
    );
  }
  return (
    <main
      id="main"
      tabIndex={-1}
      className="review-page relative min-w-0 flex-1 overflow-x-hidden overflow-y-auto outline-none print:overflow-visible"
    >
      <ReviewToolbar
        review={review.data}
        customer={customer}
        onCustomer={(chosen) => void setEdition(chosen ? 'customer' : null)}
      />
      <ReviewDocument review={review.data} customer={customer} />
    </main>
  );
}
