'use client';

import { useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { ErrorState } from '@/app/_components/error-state';
import { FilterTabs } from '@/app/_components/filter-tabs';
import { Page, PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { AgentCards } from './agent-cards';
import { Integrations } from './integrations';
import { agentsQuery } from './queries';
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
  const openRun = (run: string) => void setState({ run }, { history: 'push' });

  return (
    <Page
      title="Agents"
      panel={state.run === null ? null : <RunPanel id={state.run} onClose={() => void setState({ run: null })} />}
    >
      <div className="flex-none px-5 pb-2 max-sm:px-4">
        <FilterTabs
          label="Agents page"
          options={TABS}
          value={state.tab}
          onChange={(tab) => void setState({ tab, run: null }, { history: 'push' })}
        />
      </div>
      {state.tab === 'runs' ? (
        <RunsTable state={state} jobs={agents.data?.schedule.jobs ?? []} onChange={(change) => void setState(change)} />
      ) : agents.data !== undefined ? (
        <PageScroll>
          <AgentCards agents={agents.data.agents} />
          <Schedule schedule={agents.data.schedule} onOpenRun={openRun} />
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
