import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend } from '@/app/_lib/api-client';
import type { Role, UserItem, UserPatch } from '@/lib/contracts';

export const peopleKeys = {
  users: ['settings', 'users'] as const,
  invitations: ['settings', 'invitations'] as const,
};

export function usersQuery() {
  return queryOptions({
    queryKey: peopleKeys.users,
    queryFn: ({ signal }) => apiGet('/users', (c) => c.userList, { signal }),
  });
}

export function invitationsQuery() {
  return queryOptions({
    queryKey: peopleKeys.invitations,
    queryFn: ({ signal }) => apiGet('/invitations', (c) => c.invitationList, { signal }),
  });
}

/** Shows the change at once and takes it back where the server refuses it. */
export function useChangeUser() {
  const queryClient = useQueryClient();
  const { queryKey } = usersQuery();
  return useMutation({
    mutationFn: ({ id, patch }: { id: string; patch: UserPatch }) =>
      apiSend('PATCH', userPath(id), patch, (c) => c.nothing),
    onMutate: async ({ id, patch }) => {
      await queryClient.cancelQueries({ queryKey });
      const before = queryClient.getQueryData(queryKey);
      queryClient.setQueryData(queryKey, (list) =>
        list === undefined
          ? list
          : { items: list.items.map((user) => (user.id === id ? withPatch(user, patch) : user)) },
      );
      return { before };
    },
    onError: (_error, _change, saved) => queryClient.setQueryData(queryKey, saved?.before),
    onSettled: () => queryClient.invalidateQueries({ queryKey }),
  });
}

/** Their open invitations and links go with them. */
export function useDeleteUser() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => apiSend('DELETE', userPath(id), undefined, (c) => c.nothing),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['settings'] }),
  });
}

export function useMakeResetLink() {
  return useMutation({
    mutationFn: (id: string) => apiSend('POST', `${userPath(id)}/reset-link`, undefined, (c) => c.linkMade),
    // The link lets somebody in: it is kept no longer than it is shown.
    gcTime: 0,
  });
}

/** Takes the place of an open invitation to the same address. */
export function useInvite() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (given: { email: string; role: Role }) => apiSend('POST', '/invitations', given, (c) => c.linkMade),
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: peopleKeys.invitations }),
  });
}

export function useWithdrawInvitation() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      apiSend('DELETE', `/invitations/${encodeURIComponent(id)}`, undefined, (c) => c.nothing),
    onSettled: () => queryClient.invalidateQueries({ queryKey: peopleKeys.invitations }),
  });
}

function userPath(id: string): string {
  return `/users/${encodeURIComponent(id)}`;
}

function withPatch(user: UserItem, { name, role, disabled }: UserPatch): UserItem {
  return {
    ...user,
    name: name ?? user.name,
    role: role ?? user.role,
    disabledAt: disabled === undefined ? user.disabledAt : disabled ? new Date().toISOString() : null,
  };
}
