'use client';

import { Button } from '@/app/_components/button';
import { ChoiceMenu, FilterMenu } from '@/app/_components/filter-menu';
import { inWords } from '@/app/_lib/runs';
import type { AgentsResponse } from '@/lib/contracts';
import { type AgentsState, type AgentsStateChange, isRunFiltered, RUN_STATES } from './view-state';

interface Props {
  state: AgentsState;
  jobs: AgentsResponse['schedule']['jobs'];
  onChange: (change: AgentsStateChange) => void;
}

export function RunFilters({ state, jobs, onChange }: Props) {
  const names = new Map(jobs.map((job) => [job.job, job.name]));
  // Parts of the scan can be run alone over the API; a job from a shared link stays visible.
  for (const job of ['health_scan', 'check_expansion', 'churn_alerts', state.job]) {
    if (job !== '' && !names.has(job)) names.set(job, inWords(job));
  }
  return (
    <>
      <ChoiceMenu
        label="Job"
        emptyLabel="Job"
        options={[{ value: '', label: 'Any job' }, ...[...names].map(([value, label]) => ({ value, label }))]}
        value={state.job}
        onChange={(job) => onChange({ job: job || null })}
      />
      <FilterMenu
        label="State"
        options={RUN_STATES.map((value) => ({ value, label: inWords(value) }))}
        selected={state.state}
        onChange={(chosen) => onChange({ state: chosen.length === 0 ? null : chosen })}
      />
      {isRunFiltered(state) ? (
        <Button variant="quiet" size="sm" onClick={() => onChange({ job: null, state: null })}>
          Clear
        </Button>
      ) : null}
    </>
  );
}
