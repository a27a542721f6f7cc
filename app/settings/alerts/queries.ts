import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend } from '@/app/_lib/api-client';
import type { AlertSettingsBody, ChatChannelItem } from '@/lib/contracts/alerts';

const contracts = () => import('@/lib/contracts/alerts');

export function alertSettingsQuery() {
  return queryOptions({
    queryKey: ['settings', 'alerts'] as const,
    queryFn: ({ signal }) => apiGet('/settings/alerts', async () => (await contracts()).alertSettingsView, { signal }),
  });
}

export function useSaveAlertSettings() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (value: AlertSettingsBody) =>
      apiSend('PUT', '/settings/alerts', value, async () => (await contracts()).alertSettingsView),
    onSuccess: (saved) => queryClient.setQueryData(alertSettingsQuery().queryKey, saved),
  });
}

function useOutdated() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: alertSettingsQuery().queryKey });
}

export function useConnectChat(channel: ChatChannelItem['channel']) {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: (webhook: string) =>
      apiSend(
        'PUT',
        `/settings/alerts/channels/${channel}`,
        { webhook },
        async () => (await contracts()).chatChannelItem,
      ),
    // The address is kept no longer than it is needed.
    gcTime: 0,
    onSuccess: outdated,
  });
}

export function useTestChat(channel: ChatChannelItem['channel']) {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: () =>
      apiSend(
        'POST',
        `/settings/alerts/channels/${channel}/test`,
        undefined,
        async () => (await contracts()).chatChannelItem,
      ),
    onSettled: outdated,
  });
}

export function useDisconnectChat(channel: ChatChannelItem['channel']) {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: () => apiSend('DELETE', `/settings/alerts/channels/${channel}`, undefined, (c) => c.nothing),
    onSettled: outdated,
  });
}
