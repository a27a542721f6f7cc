import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend } from '@/app/_lib/api-client';
import { keyRoots } from '@/app/_lib/query-keys';
import type { ImapConnectRequest } from '@/lib/contracts';

export function mailboxesQuery() {
  return queryOptions({
    queryKey: ['settings', 'mailboxes'] as const,
    queryFn: ({ signal }) => apiGet('/mailboxes', (c) => c.mailboxList, { signal }),
  });
}

/** After a mailbox changed, drafts go elsewhere, and what waited may go on. */
function useOutdated() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all(
      [mailboxesQuery().queryKey, [keyRoots.dispatches], [keyRoots.opportunities]].map((queryKey) =>
        queryClient.invalidateQueries({ queryKey }),
      ),
    );
}

/** Leaves for Google's consent page, which sends the browser back here. */
export function useConnectGoogle() {
  return useMutation({
    mutationFn: async (shared: boolean) => {
      const { url } = await apiSend('POST', '/mailboxes/google/connect', { shared }, (c) => c.googleConnectAnswer);
      window.location.assign(url);
    },
  });
}

export function useConnectImap() {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: (given: ImapConnectRequest) => apiSend('POST', '/mailboxes/imap', given, (c) => c.mailboxItem),
    // The password is kept no longer than it is needed.
    gcTime: 0,
    onSuccess: outdated,
  });
}

export function useTestMailbox() {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: (id: string) =>
      apiSend('POST', `/mailboxes/${encodeURIComponent(id)}/test`, undefined, (c) => c.mailboxItem),
    onSettled: outdated,
  });
}

export function useDisconnectMailbox() {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: (id: string) =>
      apiSend('DELETE', `/mailboxes/${encodeURIComponent(id)}`, undefined, (c) => c.mailboxDisconnected),
    onSettled: outdated,
  });
}
