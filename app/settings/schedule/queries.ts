import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend, queryString } from '@/app/_lib/api-client';
import { keyRoots } from '@/app/_lib/query-keys';
import type { ScheduleChange } from '@/lib/contracts/schedule';

/** The contract comes with the first request, as all of them do. */
const contracts = () => import('@/lib/contracts/schedule');

export function scheduleQuery() {
  return queryOptions({
    queryKey: [keyRoots.schedule, 'settings'] as const,
    queryFn: ({ signal }) => apiGet('/settings/schedule', async () => (await contracts()).scheduleSettings, { signal }),
  });
}

/** When an expression would fire next, or what is wrong with it. */
export function previewQuery(cron: string, timeZone: string) {
  return queryOptions({
    queryKey: [keyRoots.schedule, 'preview', cron, timeZone] as const,
    queryFn: ({ signal }) =>
      apiGet(
        `/settings/schedule/preview${queryString({ cron, timeZone })}`,
        async () => (await contracts()).schedulePreview,
        { signal },
      ),
  });
}

export function useChangeSchedule() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (change: ScheduleChange) =>
      apiSend('PATCH', '/settings/schedule', change, async () => (await contracts()).scheduleSettings),
    onSuccess: (saved) => {
      queryClient.setQueryData(scheduleQuery().queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: [keyRoots.agents] });
    },
  });
}
