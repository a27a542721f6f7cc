'use client';

import { useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { ErrorState } from '@/app/_components/error-state';
import { FilterTabs } from '@/app/_components/filter-tabs';
import { Page, PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { AgentCards } from './agent-cards';
import { CapabilityPanel } from './capability-panel';
import { Integrations } from './integrations';
import { ModelCard } from './model-card';
import { activityQuery, agentsQuery } from './queries';
import { RunFilters } from './run-filters';
import { RunPanel } from './run-panel';
import { RunsTable } from './runs-table';
import { Schedule } from './schedule';
import { type AgentTab, agentsState } from './view-state';

const TABS: readonly { value: AgentTab; label: string }[] = [
  { value: 'overview', label: 'Overview' },
  { value: 'runs', label: 'Runs' },
];

/** What works for you while nobody looks: agents, integrations, schedule, and every run there was. */
export function AgentsView() {
  const [state, setState] = useQueryStates(agentsState, { history: 'replace' });
  const agents = useQuery(agentsQuery());
  const activity = useQuery({ ...activityQuery(), enabled: state.tab === 'overview' });
  const jobs = agents.data?.schedule.jobs ?? [];
  const openRun = (run: string) => void setState({ run, capability: null }, { history: 'push' });
  const openCapability = (capability: string) => void setState({ capability, run: null }, { history: 'push' });

  return (
    <Page
      title="Agents"
      panel={
        state.run !== null ? (
          <RunPanel id={state.run} jobs={jobs} onClose={() => void setState({ run: null })} />
        ) : state.capability !== null ? (
          <CapabilityPanel
            capability={state.capability}
            onOpenRun={openRun}
            onClose={() => void setState({ capability: null })}
          />
        ) : null
      }
    >
      <div className="flex flex-none flex-wrap items-center gap-1.5 px-5 pb-2 max-sm:px-4">
        <FilterTabs
          label="Agents page"
          options={TABS}
          value={state.tab}
          onChange={(tab) => void setState({ tab, run: null, capability: null }, { history: 'push' })}
        />
        {state.tab === 'runs' ? (
          <div className="ml-auto flex flex-wrap items-center gap-1.5 max-sm:ml-0">
            <RunFilters state={state} jobs={jobs} onChange={(change) => void setState(change)} />
          </div>
        ) : null}
      </div>
      {state.tab === 'runs' ? (
        <RunsTable state={state} jobs={jobs} onChange={(change) => void setState(change)} />
      ) : agents.data !== undefined ? (
        <PageScroll>
          <AgentCards agents={agents.data.agents} activity={activity} onOpen={openCapability} />
          <Schedule schedule={agents.data.schedule} onOpenRun={openRun} />
          <ModelCard activity={activity} />
          <Integrations integrations={agents.data.integrations} />
        </PageScroll>
      ) : agents.isError ? (
        <ErrorState
          title="The agents could not be asked"
          error={agents.error}
          onRetry={() => void agents.refetch()}
          retrying={agents.isFetching}
        />
      ) : (
        <TableSkeleton label="Loading the agents" />
      )}
    </Page>
  );
}
