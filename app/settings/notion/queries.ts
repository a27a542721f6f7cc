import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend, queryString } from '@/app/_lib/api-client';
import { keyRoots } from '@/app/_lib/query-keys';
import type {
  NotionAccountsRequest,
  NotionOverview,
  NotionPreviewRequest,
  NotionTargetName,
  NotionTargetRequest,
} from '@/lib/contracts/notion';

/** The contracts of this feature come with its first request. */
const contracts = () => import('@/lib/contracts/notion');

/** While something is read or written, how far it is is asked for this often. */
const POLL_MS = 2_000;

export function notionQuery() {
  return queryOptions({
    queryKey: ['settings', 'notion'] as const,
    queryFn: ({ signal }) => apiGet('/notion', async () => (await contracts()).notionOverview, { signal }),
    refetchInterval: ({ state }) => (state.data !== undefined && isBusy(state.data) ? POLL_MS : false),
  });
}

function isBusy({ state, pull, push }: NotionOverview): boolean {
  return pull.runId !== null || (state === 'connected' && push.waiting > 0);
}

export function notionProblemsQuery() {
  return queryOptions({
    queryKey: ['settings', 'notion', 'problems'] as const,
    queryFn: ({ signal }) => apiGet('/notion/problems', async () => (await contracts()).notionProblems, { signal }),
  });
}

export function notionPlacesQuery(kind: 'data_source' | 'page', text: string) {
  return queryOptions({
    queryKey: ['settings', 'notion', 'places', kind, text] as const,
    queryFn: ({ signal }) =>
      apiGet(`/notion/places${queryString({ kind, text })}`, async () => (await contracts()).notionPlaces, { signal }),
    staleTime: 30_000,
  });
}

export function notionPreviewQuery(request: NotionPreviewRequest) {
  return queryOptions({
    queryKey: ['settings', 'notion', 'preview', request] as const,
    queryFn: ({ signal }) =>
      apiSend('POST', '/notion/preview', request, async () => (await contracts()).notionPreview, { signal }),
    staleTime: 60_000,
    // Each look asks Notion.
    retry: false,
  });
}

/** An answer with the whole overview takes the place of the one before. */
function useKeep() {
  const queryClient = useQueryClient();
  return (overview: NotionOverview) => {
    queryClient.setQueryData(notionQuery().queryKey, overview);
    return queryClient.invalidateQueries({ queryKey: notionProblemsQuery().queryKey });
  };
}

function useOutdated() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all(
      [notionQuery().queryKey, [keyRoots.accounts]].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
    );
}

export function useConnectNotion() {
  const keep = useKeep();
  return useMutation({
    mutationFn: (token: string) =>
      apiSend('PUT', '/notion/token', { token }, async () => (await contracts()).notionOverview),
    // The token is kept no longer than it is needed.
    gcTime: 0,
    onSuccess: keep,
  });
}

export function useDisconnectNotion() {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: () => apiSend('DELETE', '/notion', undefined, (c) => c.nothing),
    onSettled: outdated,
  });
}

export function useChooseAccounts() {
  const keep = useKeep();
  return useMutation({
    mutationFn: (request: NotionAccountsRequest) =>
      apiSend('PUT', '/notion/accounts', request, async () => (await contracts()).notionOverview),
    onSuccess: keep,
  });
}

export function useChooseTarget() {
  const keep = useKeep();
  return useMutation({
    mutationFn: ({ target, request }: { target: NotionTargetName; request: NotionTargetRequest }) =>
      apiSend('PUT', `/notion/targets/${target}`, request, async () => (await contracts()).notionOverview),
    onSuccess: keep,
  });
}

export function useMendNotion() {
  const keep = useKeep();
  return useMutation({
    mutationFn: () => apiSend('POST', '/notion/mend', undefined, async () => (await contracts()).notionOverview),
    onSuccess: keep,
  });
}

export function usePullNotion() {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: () => apiSend('POST', '/notion/pull', undefined, async () => (await contracts()).notionRun),
    onSettled: outdated,
  });
}

export function useMoveAccounts(direction: 'take-over' | 'release') {
  const outdated = useOutdated();
  return useMutation({
    mutationFn: () => apiSend('POST', `/notion/${direction}`, undefined, async () => (await contracts()).notionMoved),
    onSettled: outdated,
  });
}
