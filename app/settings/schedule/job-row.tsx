'use client';

import Link from 'next/link';
import { useId, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Checkbox } from '@/app/_components/checkbox';
import { RunStateBadge } from '@/app/_components/state-badge';
import { cronInWords } from '@/app/_lib/cron-words';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import type { JobSettings } from '@/lib/contracts/schedule';
import { JobForm } from './job-form';
import { useChangeSchedule } from './queries';

/** One job: what it does, whether and when it runs, how it went; its times open below. */
export function JobRow({ job, timeZone }: { job: JobSettings; timeZone: string }) {
  const format = useFormat();
  const change = useChangeSchedule();
  const [open, setOpen] = useState(false);
  const details = useId();
  const next = job.nextRuns[0];
  const [pressed, setPressed] = useState<boolean>();
  // At once as it was pressed, until what the server says is here; back again where it refuses.
  const turning = pressed ?? (change.isPending ? change.variables.jobs?.[job.job]?.enabled : undefined);
  const on = turning ?? job.enabled;

  const turn = async (enabled: boolean) => {
    // The mutation tells of itself a moment later: until then the box would be put back.
    setPressed(enabled);
    try {
      await change.mutateAsync({ jobs: { [job.job]: { enabled } } });
      notify.success(enabled ? `${job.name} is on again` : `${job.name} is off`, {
        description: enabled
          ? 'What it would have done meanwhile is not made up for.'
          : 'It does not run until it is on again.',
      });
    } catch (error) {
      notify.failure(`${job.name} could not be switched`, error);
    } finally {
      setPressed(undefined);
    }
  };

  return (
    <li className="border-t border-line px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-5 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <h3 className="font-semibold">
            {job.name}
            {job.set ? <span className="ml-2 font-normal text-xs text-ink-3">set here</span> : null}
          </h3>
          <p className="text-ink-2">{job.description}</p>
          <p className="mt-0.5 text-xs text-ink-3" title={job.cron}>
            {cronInWords(job.cron)}
            {job.enabled && next !== undefined ? `, next ${format.relative(next)}` : ''}
          </p>
          {job.problem === null ? null : (
            <p className="mt-0.5 text-xs font-medium text-red">
              It does not run: «{job.cron}» {job.problem}.
            </p>
          )}
        </div>
        <div className="w-40 text-xs">
          <span className="block text-ink-3">Last run</span>
          <LastRun job={job} />
        </div>
        <div className="flex items-center gap-3">
          <span className="flex items-center gap-1.5">
            <Checkbox
              checked={on}
              disabled={job.alwaysOn !== null || turning !== undefined}
              label={`${job.name} is on`}
              onChange={(enabled) => void turn(enabled)}
            />
            <span aria-hidden="true" className={on ? 'w-6' : 'w-6 text-ink-3'}>
              {on ? 'On' : 'Off'}
            </span>
          </span>
          <Button size="sm" aria-expanded={open} aria-controls={details} onClick={() => setOpen(!open)}>
            {open ? 'Close' : 'Times'}
            <span className="sr-only"> of {job.name}</span>
          </Button>
        </div>
      </div>
      {job.alwaysOn === null ? null : <p className="mt-1.5 max-w-2xl text-xs text-ink-3">Always on. {job.alwaysOn}</p>}
      <div id={details}>{open ? <JobForm job={job} timeZone={timeZone} onSaved={() => setOpen(false)} /> : null}</div>
    </li>
  );
}

function LastRun({ job: { job, lastRun } }: { job: JobSettings }) {
  const format = useFormat();
  if (lastRun === null) {
    return job === 'resume_dispatches' ? (
      <Link href="/dispatches" prefetch={false} className="rounded-sm text-accent hover:underline">
        see the dispatches
      </Link>
    ) : (
      <span className="text-ink-2">never yet</span>
    );
  }
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <RunStateBadge state={lastRun.state} />
      <Link
        href={`/agents?tab=runs&run=${encodeURIComponent(lastRun.id)}`}
        prefetch={false}
        className="rounded-sm hover:underline"
        title={format.dateTime(lastRun.createdAt)}
      >
        {format.relative(lastRun.finishedAt ?? lastRun.createdAt)}
      </Link>
      {lastRun.error === null ? null : <span className="block text-red">{lastRun.error}</span>}
    </span>
  );
}
