'use client';

import { useQuery } from '@tanstack/react-query';
import { NoticeDecision } from '@/app/_components/notice-decision';
import { reviewSummaryQuery } from '@/app/_lib/reviews';
import { Allowed } from '@/app/_lib/viewer';
import { personName } from '@/app/_lib/words';

const STATES = {
  failed: 'No draft tells of them',
  uncertain: 'Whether the draft is there is not known',
};

/** Drafts that were to tell reps of reviews, and that wait for a person who may settle them. */
export function UnsettledDrafts() {
  return (
    <Allowed to="dispatch">
      <Drafts />
    </Allowed>
  );
}

function Drafts() {
  const drafts = useQuery(reviewSummaryQuery()).data?.unsettled ?? [];
  if (drafts.length === 0) return null;
  return (
    <section
      aria-label="Drafts that need you"
      className="mx-5 mb-3 flex-none rounded-xl border border-line bg-panel px-4 py-2.5 max-sm:mx-4"
    >
      <h2 className="font-semibold">Drafts that need you</h2>
      <ul>
        {drafts.map(({ noticeId, to, subject, state, error }) => (
          <li key={noticeId} className="border-b border-line py-2 last:border-b-0 last:pb-0.5">
            <span className="font-medium" title={to}>
              {personName(to)}
            </span>
            <span className="text-ink-2"> · {subject}</span>
            <div className="text-xs break-words text-ink-3">
              {STATES[state]}
              {error === null ? '' : `: ${error}`}
            </div>
            <NoticeDecision noticeId={noticeId} state={state} />
          </li>
        ))}
      </ul>
    </section>
  );
}
