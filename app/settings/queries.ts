import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend } from '@/app/_lib/api-client';

export const youKeys = { sessions: ['settings', 'sessions'] as const };

/** Where one is signed in. */
export function sessionsQuery() {
  return queryOptions({
    queryKey: youKeys.sessions,
    queryFn: ({ signal }) => apiGet('/sessions', (c) => c.sessionList, { signal }),
  });
}

export function useEndSession() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => apiSend('DELETE', `/sessions/${encodeURIComponent(id)}`, undefined, (c) => c.nothing),
    onSettled: () => queryClient.invalidateQueries({ queryKey: youKeys.sessions }),
  });
}

/** Ends every other session of the person. */
export function useChangePassword() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (given: { currentPassword: string; newPassword: string }) =>
      apiSend('POST', '/password', given, (c) => c.nothing),
    // Nothing keeps the passwords once the form is gone.
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: youKeys.sessions }),
  });
}
