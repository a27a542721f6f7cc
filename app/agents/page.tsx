import { dehydrate, HydrationBoundary } from '@tanstack/react-query';
import type { Metadata } from 'next';
import type { SearchParams } from 'nuqs/server';
import { getQueryClient } from '@/app/_lib/query-client';
import { runDetailQuery } from '@/app/_lib/runs';
import { openPage, pathWith } from '@/lib/page';
import { AgentsView } from './agents-view';
import {
  activityQuery,
  agentsQuery,
  agentTasksQuery,
  RUNS_PAGE_SIZE,
  runListQuery,
  splitCapability,
  TASKS_PAGE_SIZE,
} from './queries';
import { loadAgentsState, toRunFilters } from './view-state';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Agents' };

export default async function AgentsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { reads } = await openPage('/agents', await pathWith('/agents', searchParams));
  const state = await loadAgentsState(searchParams);
  const filters = toRunFilters(state);
  const { run, capability } = state;
  const queryClient = getQueryClient();
  await Promise.all([
    queryClient.prefetchQuery({
      ...agentsQuery(),
      queryFn: () => reads.describeAgents(),
    }),
    state.tab === 'overview' &&
      queryClient.prefetchQuery({
        ...activityQuery(),
        queryFn: () => reads.describeAgentActivity(),
      }),
    capability !== null &&
      queryClient.prefetchInfiniteQuery({
        ...agentTasksQuery(capability),
        queryFn: () => {
          const { agent, type } = splitCapability(capability);
          return reads.listAgentTasks(agent, { type, limit: TASKS_PAGE_SIZE });
        },
      }),
    state.tab === 'runs' &&
      queryClient.prefetchInfiniteQuery({
        ...runListQuery(filters),
        queryFn: () => reads.listRuns({ ...filters, limit: RUNS_PAGE_SIZE }),
      }),
    run !== null &&
      queryClient.prefetchQuery({
        ...runDetailQuery(run),
        queryFn: () => reads.getRun(run),
      }),
  ]);
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <AgentsView />
    </HydrationBoundary>
  );
}
