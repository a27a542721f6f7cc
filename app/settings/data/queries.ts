import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend } from '@/app/_lib/api-client';
import type { Retention } from '@/lib/contracts';

export const dataKeys = { retention: ['settings', 'retention'] as const };

export function retentionQuery() {
  return queryOptions({
    queryKey: dataKeys.retention,
    queryFn: ({ signal }) => apiGet('/settings/retention', (c) => c.retention, { signal }),
  });
}

export function useSaveRetention() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (value: Retention) => apiSend('PUT', '/settings/retention', value, (c) => c.retention),
    onSuccess: (saved) => queryClient.setQueryData(retentionQuery().queryKey, saved),
  });
}
