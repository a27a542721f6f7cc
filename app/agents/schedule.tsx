'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { Button, ButtonLink } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { RunProgress } from '@/app/_components/run-progress';
import { RunStateBadge } from '@/app/_components/state-badge';
import { cronInWords } from '@/app/_lib/cron-words';
import { notify } from '@/app/_lib/notify';
import { countsInWords, isUnderWay, runDetailQuery } from '@/app/_lib/runs';
import { useFormat } from '@/app/_lib/use-format';
import { Allowed, useMay } from '@/app/_lib/viewer';
import { plural } from '@/app/_lib/words';
import type { AgentsResponse, RunItem } from '@/lib/contracts';
import { taskOfJob, useStartTask } from './queries';
import { durationInWords } from './run-words';

type Schedule = AgentsResponse['schedule'];
type Job = Schedule['jobs'][number];

/** What runs when, how it went last time, and a button to have it now. */
export function Schedule({ schedule, onOpenRun }: { schedule: Schedule; onOpenRun: (id: string) => void }) {
  return (
    <Card
      title="Schedule"
      note={`Planned in ${schedule.timeZone.replaceAll('_', ' ')}; next and last runs in your own time`}
      actions={
        <Allowed to="administer">
          <ButtonLink href="/settings/schedule" size="sm">
            Change
          </ButtonLink>
        </Allowed>
      }
      flush
    >
      <ul>
        {schedule.jobs.map((job) => (
          <JobRow key={job.job} job={job} onOpenRun={onOpenRun} />
        ))}
      </ul>
      <p className="border-t border-line bg-raise/60 px-4 py-2.5 text-ink-2">
        <span className="font-semibold text-ink">
          {schedule.dispatchPolicy === 'manual' ? 'You dispatch.' : 'Dispatches go out by themselves.'}
        </span>{' '}
        {schedule.dispatchPolicy === 'manual'
          ? 'Opportunities wait for a person to press «Dispatch to sales».'
          : 'An opportunity that no gate holds is handed to sales as soon as it is found, as a draft that a person sends.'}
      </p>
    </Card>
  );
}

function JobRow({ job, onOpenRun }: { job: Job; onOpenRun: (id: string) => void }) {
  const format = useFormat();
  const start = useStartTask();
  const [startedId, setStartedId] = useState<string | null>(null);
  const lastUnderWay = job.lastRun !== null && isUnderWay(job.lastRun) ? job.lastRun.id : null;
  const followed = startedId ?? lastUnderWay;
  const run = useQuery({ ...runDetailQuery(followed ?? ''), enabled: followed !== null }).data;
  const shown = run ?? job.lastRun;
  const underWay = shown !== null && isUnderWay(shown);
  const mayStart = useMay('portfolio.write');
  const task = mayStart ? taskOfJob(job.job) : null;

  const press = () => {
    if (task === null) return;
    start.mutate(task, {
      onSuccess: (started) => setStartedId(started.id),
      onError: (error) => void notify.failure(`${job.name} could not be started`, error),
    });
  };

  return (
    <li className="border-t border-line px-4 py-3">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-5 gap-y-2 lg:grid-cols-[minmax(0,1.3fr)_150px_minmax(0,1fr)_96px]">
        <div className="min-w-0">
          <h3 className="font-semibold">{job.name}</h3>
          <p className="text-ink-2">{job.description}</p>
          <p className="mt-0.5 text-xs text-ink-3" title={job.cron}>
            {cronInWords(job.cron)}
          </p>
        </div>
        <div className="max-lg:order-3 max-lg:col-span-2">
          <span className="text-xs text-ink-3 lg:block">Next run </span>
          {job.nextRunAt === null ? (
            <span className="text-ink-2">not planned</span>
          ) : (
            <>
              <span className="font-medium">
                {format.relative(job.nextRunAt) === 'just now' ? 'within a minute' : format.relative(job.nextRunAt)}
              </span>{' '}
              <span className="text-xs text-ink-3 lg:block">{format.dateTime(job.nextRunAt)}</span>
            </>
          )}
        </div>
        <div className="min-w-0 max-lg:order-4 max-lg:col-span-2">
          <span className="text-xs text-ink-3 lg:block">{underWay ? 'Now ' : 'Last run '}</span>
          {shown !== null ? (
            <LastRun run={shown} onOpen={onOpenRun} />
          ) : job.job !== 'resume_dispatches' ? (
            <span className="text-ink-2">never yet</span>
          ) : (
            <Link href="/dispatches" prefetch={false} className="rounded-sm text-accent hover:underline">
              see the dispatches
            </Link>
          )}
        </div>
        <div className="text-right">
          {task === null ? null : (
            <Button size="sm" onClick={press} pending={start.isPending || underWay}>
              {underWay ? 'Running' : 'Run now'}
              <span className="sr-only">: {job.name}</span>
            </Button>
          )}
        </div>
      </div>
      {underWay ? (
        <div className="mt-2.5">
          <RunProgress run={shown} label={`Progress of ${job.name}`} />
        </div>
      ) : null}
    </li>
  );
}

function LastRun({ run, onOpen }: { run: RunItem; onOpen: (id: string) => void }) {
  const format = useFormat();
  const duration = isUnderWay(run) ? null : durationInWords(run, 0);
  const counts = countsInWords(run, format.number);
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
        <RunStateBadge state={run.state} />
        <button type="button" onClick={() => onOpen(run.id)} className="rounded-sm font-medium hover:underline">
          <span title={format.dateTime(run.createdAt)}>{format.relative(run.finishedAt ?? run.createdAt)}</span>
          <span className="sr-only">, details</span>
        </button>
        {duration === null ? null : <span className="text-ink-3">{duration}</span>}
      </div>
      {run.error === null ? (
        <div className="mt-0.5 text-xs text-ink-3">
          {counts}
          {run.errorCount <= (run.counts.failed ?? 0) ? null : (
            <span className="font-medium text-amber">
              {counts === '' ? '' : ' · '}
              {format.number(run.errorCount)} {plural(run.errorCount, 'account')} with errors
            </span>
          )}
        </div>
      ) : (
        <div className="mt-0.5 text-xs font-medium text-red">{run.error}</div>
      )}
    </>
  );
}
