'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Button } from '@/app/_components/button';
import { RunProgress } from '@/app/_components/run-progress';
import { keyRoots } from '@/app/_lib/query-keys';
import { reviewSummaryQuery } from '@/app/_lib/reviews';
import { countsInWords, isUnderWay, runDetailQuery } from '@/app/_lib/runs';
import { useFormat } from '@/app/_lib/use-format';
import type { ReviewSummary } from '@/lib/contracts/reviews';
import { useMakeQuarter } from './queries';

const ReviewDialog = lazy(() => import('@/app/_components/review-dialog'));

/** Reviews of all active accounts over a quarter, at once. @param onStarted is told the run. */
export function MakeQuarter({ onStarted }: { onStarted: (runId: string) => void }) {
  const summary = useQuery(reviewSummaryQuery());
  const make = useMakeQuarter();
  const [asking, setAsking] = useState(false);
  const running = summary.data?.activeRun != null;
  return (
    <>
      <Button
        variant="primary"
        pending={running || make.isPending}
        disabled={summary.data === undefined}
        onClick={() => setAsking(true)}
      >
        {running ? 'Generating' : 'Generate for a quarter'}
      </Button>
      {asking && summary.data !== undefined ? (
        <Suspense>
          <ReviewDialog
            title="Generate reviews for a quarter?"
            description="Of every active account. A review whose facts are unchanged stays as it is; of others the earlier version is kept. Each rep gets one draft that lists theirs."
            action="Generate"
            periods={endedFirst(summary.data)}
            pending={make.isPending}
            error={make.error}
            onSubmit={(wish) =>
              make.mutate(wish, {
                onSuccess: (run) => {
                  setAsking(false);
                  onStarted(run.id);
                },
              })
            }
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

function endedFirst({ quarters, quarter }: ReviewSummary): { id: string; label: string }[] {
  const named = quarters.map(({ id, label, complete }) => ({ id, label: complete ? label : `${label}, so far` }));
  return [...named.filter(({ id }) => id === quarter), ...named.filter(({ id }) => id !== quarter)];
}

/**
 * How far the run over a quarter is; what came of it until the page is left.
 * @param startedId the run that was started here, which may be over before anybody hears that it is under way.
 */
export function QuarterRun({ startedId }: { startedId: string | null }) {
  const format = useFormat();
  const queryClient = useQueryClient();
  const active = useQuery(reviewSummaryQuery()).data?.activeRun ?? null;
  const [seenId, setSeenId] = useState<string | null>(null);
  if (active !== null && active.id !== seenId) setSeenId(active.id);
  const shownId = active?.id ?? startedId ?? seenId;
  const run = useQuery({ ...runDetailQuery(shownId ?? ''), enabled: shownId !== null }).data;
  const over = run !== undefined && !isUnderWay(run);
  useEffect(() => {
    if (over) void queryClient.invalidateQueries({ queryKey: [keyRoots.reviews] });
  }, [over, queryClient]);
  if (shownId === null || run === undefined) return null;
  const counts = countsInWords(run, format.number);
  return (
    <div role="status" className="mx-5 mb-3 flex-none rounded-xl border border-line bg-panel px-4 py-2.5 max-sm:mx-4">
      {over ? (
        <p className="text-ink-2">
          {run.state === 'succeeded' ? 'The reviews are ready' : `The run has ended: ${run.error ?? run.state}`}
          {counts === '' ? '' : `: ${counts}`}.{' '}
          <Link
            href={`/agents?run=${encodeURIComponent(run.id)}`}
            prefetch={false}
            className="text-accent hover:underline"
          >
            Show the run
          </Link>
        </p>
      ) : (
        <>
          <RunProgress run={run} label="Generating reviews" />
          <p className="mt-1 text-xs text-ink-3">{counts === '' ? 'Waiting for the first accounts' : counts}</p>
        </>
      )}
    </div>
  );
}
