'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { lazy, Suspense, useState } from 'react';
import { Button, buttonClass } from '@/app/_components/button';
import { MenuButton } from '@/app/_components/menu-button';
import { notify } from '@/app/_lib/notify';
import { useMakeReview } from '@/app/_lib/reviews';
import { useFormat } from '@/app/_lib/use-format';
import { Allowed } from '@/app/_lib/viewer';
import type { ReviewDetail } from '@/lib/contracts/reviews';

const ReviewDialog = lazy(() => import('@/app/_components/review-dialog'));

interface Props {
  review: ReviewDetail;
  /** Shown as the customer is to see it. */
  customer: boolean;
  onCustomer: (customer: boolean) => void;
}

/** What can be done with a review; none of it is printed. */
export function ReviewToolbar({ review, customer, onCustomer }: Props) {
  const markdown = `/api/v1/reviews/${encodeURIComponent(review.id)}/markdown${customer ? '?edition=customer' : ''}`;
  return (
    <div className="review-toolbar sticky top-0 z-20 flex flex-wrap items-center gap-2 border-b bg-bg px-5 py-2.5 max-sm:px-4 print:hidden">
      <Link href="/reviews" prefetch={false} className="rounded-sm text-ink-2 hover:text-ink hover:underline">
        ← Reviews
      </Link>
      <Versions review={review} />
      <label className="flex items-center gap-1.5" title="Without section 4 and what nobody knows">
        <input
          type="checkbox"
          checked={customer}
          onChange={(event) => onCustomer(event.target.checked)}
          className="size-[15px] accent-accent"
        />
        For the customer
      </label>
      <div className="ml-auto flex flex-wrap gap-2">
        <Allowed to="portfolio.write">
          <Regenerate review={review} />
        </Allowed>
        <Button onClick={() => void copy(markdown)}>Copy as Markdown</Button>
        <a href={markdown} download className={buttonClass()}>
          Download .md
        </a>
        <Button variant="primary" onClick={() => print()}>
          Print / save as PDF
        </Button>
      </div>
    </div>
  );
}

async function copy(address: string): Promise<void> {
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    await navigator.clipboard.writeText(await response.text());
    notify.success('Copied as Markdown');
  } catch (error) {
    // Over plain HTTP from another machine there is no clipboard.
    notify.failure('It could not be copied', navigator.clipboard ? error : new Error('Use «Download .md» instead.'));
  }
}

function Versions({ review }: { review: ReviewDetail }) {
  const router = useRouter();
  const format = useFormat();
  const { versions, version } = review;
  if (versions.length < 2) return null;
  return (
    <MenuButton
      label="Versions"
      size="sm"
      entries={versions.map((entry) => ({
        kind: 'radio',
        id: entry.id,
        label: `Version ${entry.version}${entry.current ? ', current' : ''} · ${format.dateTime(entry.createdAt)} · ${entry.requestedBy}`,
        checked: entry.id === review.id,
        onSelect: () => router.push(`/reviews/${encodeURIComponent(entry.id)}`),
      }))}
    >
      Version {version} of {versions[0]?.version}
    </MenuButton>
  );
}

function Regenerate({ review }: { review: ReviewDetail }) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const make = useMakeReview(review.account.id);
  const submit = async (wish: { period: string; reason: string }) => {
    try {
      const made = await make.mutateAsync(wish);
      setAsking(false);
      if (!made.created) notify.info('This review still holds', { description: 'Nothing it is made of has changed.' });
      if (made.reviewId !== review.id) router.push(`/reviews/${encodeURIComponent(made.reviewId)}`);
    } catch {
      // The dialog shows it.
    }
  };
  return (
    <>
      <Button onClick={() => setAsking(true)}>Regenerate</Button>
      {asking ? (
        <Suspense>
          <ReviewDialog
            title="Generate this review again?"
            description="From what the desk knows now. This version is kept; where nothing has changed, it stays the current one."
            action="Regenerate"
            periods={[{ id: review.period.id, label: review.period.label }]}
            pending={make.isPending}
            error={make.error}
            onSubmit={(wish) => void submit(wish)}
            onClose={() => {
              make.reset();
              setAsking(false);
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}
