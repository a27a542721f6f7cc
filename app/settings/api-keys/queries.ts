import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend } from '@/app/_lib/api-client';
import type { ApiKeyRequest } from '@/lib/contracts';

export const apiKeyKeys = { list: ['settings', 'api-keys'] as const };

export function apiKeysQuery() {
  return queryOptions({
    queryKey: apiKeyKeys.list,
    queryFn: ({ signal }) => apiGet('/api-keys', (c) => c.apiKeyList, { signal }),
  });
}

export function useMakeApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (given: ApiKeyRequest) => apiSend('POST', '/api-keys', given, (c) => c.apiKeyMade),
    // The answer holds the key: it is kept no longer than it is shown.
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: apiKeyKeys.list }),
  });
}

export function useRevokeApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => apiSend('DELETE', `/api-keys/${encodeURIComponent(id)}`, undefined, (c) => c.nothing),
    onSettled: () => queryClient.invalidateQueries({ queryKey: apiKeyKeys.list }),
  });
}
