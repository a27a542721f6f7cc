'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { Card } from '@/app/_components/card';
import { MakeReview } from '@/app/_components/make-review';
import { RagBadge } from '@/app/_components/rag-badge';
import { accountReviewsQuery } from '@/app/_lib/reviews';
import { useFormat } from '@/app/_lib/use-format';
import { Allowed } from '@/app/_lib/viewer';
import type { AccountDetail } from '@/lib/contracts';
import type { ReviewItem } from '@/lib/contracts/reviews';

/** The latest business reviews, and the way to another one. */
export function AccountReviews({ account }: { account: AccountDetail }) {
  const reviews = useQuery(accountReviewsQuery(account.id));
  const items = reviews.data?.items ?? [];
  return (
    <Card
      title="Business reviews"
      flush
      actions={
        <Allowed to="portfolio.write">
          <MakeReview account={account} size="sm" />
        </Allowed>
      }
    >
      {reviews.isError ? (
        <p className="px-4 pb-4 text-ink-2">The reviews could not be loaded: {reviews.error.message}</p>
      ) : reviews.data === undefined ? (
        <p className="px-4 pb-4 text-ink-3">Loading</p>
      ) : items.length === 0 ? (
        <p className="px-4 pb-4 text-ink-2">
          None yet. One is made after each quarter, and 90 days before the contract ends.
        </p>
      ) : (
        <ul>
          {items.map((review) => (
            <ReviewRow key={review.id} review={review} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function ReviewRow({ review }: { review: ReviewItem }) {
  const format = useFormat();
  return (
    <li className="flex items-center gap-3 border-t border-line px-4 py-2 hover:bg-raise">
      <div className="min-w-0 flex-1">
        <Link
          href={`/reviews/${encodeURIComponent(review.id)}`}
          prefetch={false}
          className="rounded-sm font-semibold hover:underline"
        >
          {review.period.label}
        </Link>
        <span className="block truncate text-xs text-ink-3">
          {format.date(review.createdAt)}
          {review.version === 1 ? '' : ` · version ${review.version}`}
        </span>
      </div>
      <RagBadge rag={review.rag} score={review.score} />
    </li>
  );
}
