'use client';

import type { TimelineEvent } from '@/lib/contracts';
import { useFormat } from '../_lib/use-format';

const WORDS: Partial<Record<string, string>> = {
  detected: 'Found',
  queued: 'Dispatched to sales',
  drafting: 'Draft being written',
  uncertain: 'Outcome unknown, being looked for',
  retrying: 'Will be tried again',
  drafted: 'Draft left in the mailbox',
  failed: 'Dispatch failed',
  snoozed: 'Snoozed',
  dismissed: 'Dismissed',
  reopened: 'Reopened',
  overridden: 'Gates overridden',
  held: 'Held by a gate',
  withdrawn: 'Withdrawn, no longer true',
  accepted: 'Accepted by sales',
  won: 'Won',
  lost: 'Lost',
};

/** What happened, newest first. */
export function Timeline({ events }: { events: readonly TimelineEvent[] }) {
  const format = useFormat();
  const newestFirst = [...events].sort((a, b) => b.at.localeCompare(a.at) || b.id - a.id);
  return (
    <ol>
      {newestFirst.map((event) => (
        <li
          key={event.id}
          className="relative pb-2.5 pl-4 before:absolute before:top-[7px] before:left-0 before:size-1.5 before:rounded-full before:bg-line-strong after:absolute after:top-4 after:bottom-0 after:left-[2.5px] after:w-px after:bg-line last:after:hidden"
        >
          <div className="flex justify-between gap-3">
            <span className="font-medium">{WORDS[event.kind] ?? event.kind}</span>
            <time dateTime={event.at} className="flex-none text-xs text-ink-3">
              {format.dateTime(event.at)}
            </time>
          </div>
          <div className="text-xs break-words text-ink-3">
            {event.actor}
            {event.detail === null ? '' : ` · ${event.detail}`}
          </div>
        </li>
      ))}
    </ol>
  );
}
