'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import { Skeleton } from '@/app/_components/skeleton';
import type { SchedulePreview } from '@/lib/contracts/schedule';
import { failureInWords } from '../failure';

interface Props {
  preview: UseQueryResult<SchedulePreview>;
  timeZone: string;
  /** Of the job. */
  name: string;
  off: boolean;
}

/** The next five times that an expression gives, on the clocks of the schedule and on the viewer's own. */
export function NextTimes({ preview, timeZone, name, off }: Props) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const same = own === timeZone;
  return (
    <div aria-live="polite">
      <h4 className="mb-1 font-medium">{off ? 'Next five times, once it is on' : 'Next five times'}</h4>
      {preview.isError ? (
        <p className="text-red">{failureInWords(preview.error)}</p>
      ) : preview.data === undefined ? (
        <Skeleton className="h-36" />
      ) : preview.data.problem !== null ? (
        <p className="text-ink-2">None: the expression is not complete yet.</p>
      ) : preview.data.nextRuns.length === 0 ? (
        <p className="text-ink-2">Not once within the next nine years.</p>
      ) : (
        <table aria-label={`Next times of ${name}`} className="w-full border-collapse text-xs">
          <thead>
            <tr className="text-left text-ink-3 [&>th]:pb-1 [&>th]:font-medium">
              <th scope="col">{timeZone.replaceAll('_', ' ')}</th>
              {same ? null : <th scope="col">You ({own.replaceAll('_', ' ')})</th>}
            </tr>
          </thead>
          <tbody>
            {preview.data.nextRuns.map((time) => (
              <tr key={time} className="border-t border-line">
                <td className="py-1 pr-3 tabular-nums">{timeIn(time, timeZone)}</td>
                {same ? null : <td className="py-1 tabular-nums">{timeIn(time, own)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** Opened by a press, so that only browsers write it: in the viewer's language. */
function timeIn(time: string, timeZone: string): string {
  return new Intl.DateTimeFormat(navigator.language, {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(time));
}
