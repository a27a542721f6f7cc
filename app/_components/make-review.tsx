'use client';

import { useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { lazy, Suspense, useState } from 'react';
import { notify } from '../_lib/notify';
import { reviewSummaryQuery, useMakeReview } from '../_lib/reviews';
import { Button } from './button';

const ReviewDialog = lazy(() => import('./review-dialog'));

interface Props {
  account: { id: string; name: string; renewalDate: string | null; daysToRenewal: number | null };
  size?: 'md' | 'sm';
}

/** Makes a business review of an account, then opens it. */
export function MakeReview({ account, size = 'md' }: Props) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const summary = useQuery({ ...reviewSummaryQuery(), enabled: asking });
  const make = useMakeReview(account.id);
  const submit = async (wish: { period: string; reason: string }) => {
    try {
      const made = await make.mutateAsync(wish);
      setAsking(false);
      if (!made.created) {
        notify.info('The review that is there still holds', { description: 'Nothing it is made of has changed.' });
      }
      router.push(`/reviews/${encodeURIComponent(made.reviewId)}`);
    } catch {
      // The dialog shows it.
    }
  };
  return (
    <>
      <Button size={size} onClick={() => setAsking(true)}>
        Generate review
      </Button>
      {asking && summary.data !== undefined ? (
        <Suspense>
          <ReviewDialog
            title="Generate a business review?"
            description={`Of ${account.name}, from what the desk knows now. An earlier version is kept.`}
            action="Generate"
            periods={periodsOf(summary.data, account)}
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

/** The quarter that ended last comes first; a renewal that is near stands before it. */
function periodsOf(
  { quarters, quarter }: { quarters: readonly { id: string; label: string; complete: boolean }[]; quarter: string },
  { renewalDate, daysToRenewal }: Props['account'],
): { id: string; label: string }[] {
  const named = quarters.map(({ id, label, complete }) => ({ id, label: complete ? label : `${label}, so far` }));
  const ended = named.filter(({ id }) => id === quarter);
  const others = named.filter(({ id }) => id !== quarter);
  const near = daysToRenewal !== null && daysToRenewal >= 0 && daysToRenewal <= 90;
  const renewal =
    renewalDate !== null && near ? [{ id: `renewal-${renewalDate}`, label: `Renewal on ${renewalDate}` }] : [];
  return [...ended, ...renewal, ...others];
}
