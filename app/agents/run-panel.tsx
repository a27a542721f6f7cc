'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { ErrorState } from '@/app/_components/error-state';
import { RunProgress } from '@/app/_components/run-progress';
import { PanelSection, SidePanel } from '@/app/_components/side-panel';
import { TableSkeleton } from '@/app/_components/skeleton';
import { RunStateBadge } from '@/app/_components/state-badge';
import { countHeading, inWords, isUnderWay, orderedCounts, runDetailQuery } from '@/app/_lib/runs';
import { useFormat } from '@/app/_lib/use-format';
import { plural } from '@/app/_lib/words';
import type { AgentsResponse, RunDetail } from '@/lib/contracts';
import { durationInWords, triggerInWords } from './run-words';

type Jobs = AgentsResponse['schedule']['jobs'];

/** One run: how far it is, what it counted, and what went wrong with which account. */
export function RunPanel({ id, jobs, onClose }: { id: string; jobs: Jobs; onClose: () => void }) {
  const run = useQuery(runDetailQuery(id));
  return (
    <SidePanel label="Run" onClose={onClose} contentKey={id}>
      {run.data !== undefined ? (
        <RunContent run={run.data} name={jobs.find(({ job }) => job === run.data.job)?.name ?? inWords(run.data.job)} />
      ) : run.isError ? (
        <ErrorState
          title="The run could not be loaded"
          error={run.error}
          onRetry={() => void run.refetch()}
          retrying={run.isFetching}
        />
      ) : (
        <TableSkeleton label="Loading the run" />
      )}
    </SidePanel>
  );
}

function RunContent({ run, name }: { run: RunDetail; name: string }) {
  const format = useFormat();
  const duration = durationInWords(run, 0);
  const counts = orderedCounts(run.counts).filter(([, count]) => count > 0);
  return (
    <>
      <RunStateBadge state={run.state} />
      <h2 className="mt-1.5 text-base font-bold tracking-[-0.015em]">{name}</h2>
      <p className="text-xs text-ink-3">
        {triggerInWords(run.trigger)} · {format.dateTime(run.startedAt ?? run.createdAt)}
        {run.finishedAt === null || duration === null ? '' : ` · took ${duration}`}
      </p>
      {run.accountId === null ? null : (
        <p className="mt-1">
          For one account: <AccountLink id={run.accountId} />
        </p>
      )}
      {isUnderWay(run) ? (
        <div className="mt-4">
          <RunProgress run={run} label="Progress of the run" />
        </div>
      ) : null}
      {run.error === null ? null : (
        <div role="alert" className="mt-4 rounded-[10px] bg-red-soft px-3 py-2.5">
          <p className="font-semibold text-red">The run failed</p>
          <p>{run.error}</p>
        </div>
      )}
      {counts.length === 0 ? (
        isUnderWay(run) || run.error !== null ? null : (
          <p className="mt-4 text-ink-2">Nothing had changed.</p>
        )
      ) : (
        <PanelSection title="Counted">
          <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-[10px] border border-line bg-line">
            {counts.map(([name, count]) => (
              <Figure key={name} label={countHeading(run.job, name)} value={format.number(count)} />
            ))}
            {counts.length % 2 === 1 ? <div className="bg-panel" /> : null}
          </dl>
        </PanelSection>
      )}
      <PanelSection
        title={run.errorCount === 0 ? 'Errors' : `Errors of ${run.errorCount} ${plural(run.errorCount, 'account')}`}
      >
        {run.errors.length === 0 ? (
          <p className="text-ink-2">{isUnderWay(run) ? 'None so far.' : 'None.'}</p>
        ) : (
          <ul>
            {run.errors.map((error) => (
              <li
                key={`${error.accountId}${error.code}${error.message}`}
                className="border-b border-line py-2 last:border-b-0"
              >
                {error.accountId === null ? null : <AccountLink id={error.accountId} />}
                <p className="text-ink-2">{error.message}</p>
              </li>
            ))}
          </ul>
        )}
        {run.errorCount > run.errors.length ? (
          <p className="mt-2 text-xs text-ink-3">
            The first {format.number(run.errors.length)} of {format.number(run.errorCount)}.
          </p>
        ) : null}
      </PanelSection>
    </>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="bg-panel px-3 py-2">
      <dt className="text-xs text-ink-3">{label}</dt>
      <dd className="text-base font-semibold">{value}</dd>
    </div>
  );
}

function AccountLink({ id }: { id: string }) {
  return (
    <Link
      href={`/accounts/${encodeURIComponent(id)}`}
      prefetch={false}
      className="rounded-sm font-semibold hover:underline"
    >
      {id}
    </Link>
  );
}
