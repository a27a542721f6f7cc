import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend, queryString } from '@/app/_lib/api-client';
import { keyRoots } from '@/app/_lib/query-keys';
import { runDetailQuery } from '@/app/_lib/runs';
import type { RunQuery } from '@/lib/contracts';

export const RUNS_PAGE_SIZE = 25;

export type RunFilters = Pick<RunQuery, 'job' | 'state'>;

export const TASKS_PAGE_SIZE = 25;

/** A capability in the URL: `customer-success.health_scan`. */
export function splitCapability(capability: string): { agent: string; type: string } {
  const at = capability.indexOf('.');
  return { agent: capability.slice(0, Math.max(0, at)), type: capability.slice(at + 1) };
}

export const runKeys = {
  agents: [keyRoots.agents] as const,
  activity: [keyRoots.agents, 'activity'] as const,
  tasks: (capability: string) => [keyRoots.agents, 'tasks', capability] as const,
  list: (filters: RunFilters) => [keyRoots.runs, 'list', filters] as const,
};

export function agentsQuery() {
  return queryOptions({
    queryKey: runKeys.agents,
    queryFn: ({ signal }) => apiGet('/agents', (c) => c.agentsResponse, { signal }),
  });
}

export function activityQuery() {
  return queryOptions({
    queryKey: runKeys.activity,
    queryFn: ({ signal }) =>
      apiGet('/agents/activity', () => import('@/lib/contracts/agent-activity').then((c) => c.agentActivity), {
        signal,
      }),
  });
}

/** The tasks of one capability, newest first. */
export function agentTasksQuery(capability: string) {
  const { agent, type } = splitCapability(capability);
  return infiniteQueryOptions({
    queryKey: runKeys.tasks(capability),
    queryFn: ({ pageParam, signal }) =>
      apiGet(
        `/agents/${encodeURIComponent(agent)}/tasks${queryString({ type, limit: TASKS_PAGE_SIZE, cursor: pageParam })}`,
        () => import('@/lib/contracts/agent-activity').then((c) => c.agentTaskList),
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function runListQuery(filters: RunFilters) {
  return infiniteQueryOptions({
    queryKey: runKeys.list(filters),
    queryFn: ({ pageParam, signal }) =>
      apiGet(`/runs${queryString({ ...filters, limit: RUNS_PAGE_SIZE, cursor: pageParam })}`, (c) => c.runList, {
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** The agent's task that does what a job of the schedule does; jobs without one cannot be started by hand. */
const TASKS: Readonly<Record<string, string>> = {
  portfolio_scan: 'portfolio_scan',
  contract_check: 'check_contracts',
  track_feature_adoption: 'track_feature_adoption',
  contract_qbr: 'contract_qbr',
  quarterly_qbr: 'generate_qbr',
};

export function taskOfJob(job: string): string | null {
  return TASKS[job] ?? null;
}

/** Starts a job of the schedule over the whole portfolio; answers with its run. */
export function useStartTask() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (type: string) => apiSend('POST', '/agents/customer-success/tasks', { type }, (c) => c.runItem),
    onSuccess: (run) => queryClient.setQueryData(runDetailQuery(run.id).queryKey, { ...run, errors: [] }),
    onSettled: () =>
      Promise.all(
        [keyRoots.runs, keyRoots.agents, keyRoots.workspace].map((root) =>
          queryClient.invalidateQueries({ queryKey: [root] }),
        ),
      ),
  });
}
