import { type Column, RowLink } from '@/app/_components/data-table';
import { CheckIcon, ClockIcon, ExternalIcon, MinusIcon, WarningIcon } from '@/app/_components/icons';
import { RagBadge } from '@/app/_components/rag-badge';
import { StateBadge } from '@/app/_components/state-badge';
import { useFormat } from '@/app/_lib/use-format';
import { personName } from '@/app/_lib/words';
import type { ReviewItem } from '@/lib/contracts/reviews';
import { PUBLICATION_WORDS } from './publication';

/** @param published whether there is a place that reviews are published to. */
export function reviewColumns(published: boolean): Column<ReviewItem>[] {
  const columns: Column<ReviewItem>[] = [
    {
      id: 'account',
      header: 'Account',
      rowHeader: true,
      cell: (review) => (
        <>
          <div className="truncate">
            <RowLink href={`/reviews/${encodeURIComponent(review.id)}`}>{review.account.name}</RowLink>
          </div>
          <div className="truncate text-xs text-ink-3" title={review.headline}>
            {review.headline}
          </div>
        </>
      ),
    },
    {
      id: 'period',
      header: 'Period',
      width: '11.5rem',
      headClass: '@max-[46rem]:w-[6.5rem]!',
      cell: (review) => (
        <>
          <div className="truncate" title={review.period.label}>
            {review.period.label}
          </div>
          <div className="text-xs text-ink-3">
            {review.version === 1 ? 'First version' : `Version ${review.version}`}
          </div>
        </>
      ),
    },
    {
      id: 'health',
      header: 'Health',
      width: '6.5rem',
      headClass: '@max-[38rem]:w-[4.5rem]!',
      cell: (review) => <RagBadge rag={review.rag} score={review.score} />,
    },
    { id: 'rep', header: 'Rep', width: '10rem', hideBelow: 'lg', cell: (review) => <Rep review={review} /> },
    {
      id: 'state',
      header: 'State',
      width: '10.5rem',
      hideBelow: 'md',
      cell: (review) => <Publication review={review} />,
    },
    {
      id: 'made',
      header: 'Made',
      width: '8rem',
      align: 'right',
      hideBelow: 'sm',
      cell: (review) => <Made review={review} />,
    },
  ];
  return published ? columns : columns.filter(({ id }) => id !== 'state');
}

function Rep({ review: { account } }: { review: ReviewItem }) {
  if (account.repEmail === null) return <span className="text-ink-3">No rep known</span>;
  return <span title={account.repEmail}>{personName(account.repEmail)}</span>;
}

const LOOK = {
  published: { tone: 'green', icon: <CheckIcon /> },
  pending: { tone: 'neutral', icon: <ClockIcon /> },
  failed: { tone: 'red', icon: <WarningIcon /> },
  skipped: { tone: 'neutral', icon: <MinusIcon /> },
} as const;

function Publication({ review: { publication } }: { review: ReviewItem }) {
  const { state, url, note } = publication;
  const badge = (
    <StateBadge tone={LOOK[state].tone} icon={LOOK[state].icon}>
      {PUBLICATION_WORDS[state]}
    </StateBadge>
  );
  if (url === null || !/^https?:/.test(url)) return <span title={note ?? undefined}>{badge}</span>;
  return (
    <a href={url} target="_blank" rel="noreferrer" className="inline-flex items-center gap-1 rounded-md">
      {badge}
      <ExternalIcon className="size-3 text-ink-3" />
    </a>
  );
}

function Made({ review }: { review: ReviewItem }) {
  const format = useFormat();
  return (
    <time dateTime={review.createdAt} title={format.dateTime(review.createdAt)} className="text-xs text-ink-3">
      {format.dateShort(review.createdAt)}
    </time>
  );
}
