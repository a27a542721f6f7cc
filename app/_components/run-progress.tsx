'use client';

import type { RunItem } from '@/lib/contracts';
import { useFormat } from '../_lib/use-format';
import { ProgressBar } from './progress-bar';

/** How far a run has come: the bar and, beside it, the share. A run may pass over the accounts more than once. */
export function RunProgress({ run, label }: { run: Pick<RunItem, 'done' | 'total' | 'state'>; label: string }) {
  const format = useFormat();
  const known = run.total > 0;
  return (
    <div className="flex items-center gap-3 text-xs text-ink-2">
      <div className="min-w-24 flex-1">
        <ProgressBar label={label} share={known ? run.done / run.total : null} />
      </div>
      <span className="flex-none">
        {known ? format.percent(run.done / run.total) : run.state === 'queued' ? 'Waiting to start' : 'Starting'}
      </span>
    </div>
  );
}
