import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { apiGet, apiSend, queryString } from '@/app/_lib/api-client';
import { invalidateSoon } from '@/app/_lib/invalidate';
import { keyRoots } from '@/app/_lib/query-keys';
import type { DeliveryQuery, WebhookPatch, WebhookReplayRequest, WebhookRequest } from '@/lib/contracts/webhooks';

/** They come with the first request, as the other contracts do. */
const contracts = () => import('@/lib/contracts/webhooks');

export const webhookKeys = {
  list: [keyRoots.webhooks, 'list'] as const,
  deliveries: (query: DeliveryQuery) => [keyRoots.webhooks, 'deliveries', query] as const,
  delivery: (id: string) => [keyRoots.webhooks, 'delivery', id] as const,
};

const at = (id: string, rest = '') => `/webhooks/${encodeURIComponent(id)}${rest}`;

export function webhooksQuery() {
  return queryOptions({
    queryKey: webhookKeys.list,
    queryFn: ({ signal }) => apiGet('/webhooks', async () => (await contracts()).webhookList, { signal }),
  });
}

export function deliveriesQuery(query: DeliveryQuery) {
  return infiniteQueryOptions({
    queryKey: webhookKeys.deliveries(query),
    queryFn: ({ pageParam, signal }) =>
      apiGet(
        `/webhooks/deliveries${queryString({ ...query, cursor: pageParam })}`,
        async () => (await contracts()).deliveryList,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

export function deliveryQuery(id: string) {
  return queryOptions({
    queryKey: webhookKeys.delivery(id),
    queryFn: ({ signal }) =>
      apiGet(at(`deliveries`, `/${encodeURIComponent(id)}`), async () => (await contracts()).deliveryDetail, {
        signal,
      }),
  });
}

function useChanged(): () => void {
  const queryClient = useQueryClient();
  return () => invalidateSoon(queryClient, [keyRoots.webhooks]);
}

export function useAddWebhook() {
  return useMutation({
    mutationFn: (given: WebhookRequest) =>
      apiSend('POST', '/webhooks', given, async () => (await contracts()).webhookWithSecret),
    // The answer holds the secret: it is kept no longer than it is shown.
    gcTime: 0,
    onSuccess: useChanged(),
  });
}

export function useChangeWebhook() {
  return useMutation({
    mutationFn: ({ id, patch }: { id: string; patch: WebhookPatch }) =>
      apiSend('PATCH', at(id), patch, async () => (await contracts()).webhookItem),
    onSettled: useChanged(),
  });
}

export function useDeleteWebhook() {
  return useMutation({
    mutationFn: (id: string) => apiSend('DELETE', at(id), undefined, (c) => c.nothing),
    onSettled: useChanged(),
  });
}

export function useNewSecret() {
  return useMutation({
    mutationFn: ({ id, oldSecret }: { id: string; oldSecret: 'keep_for_a_day' | 'end_now' }) =>
      apiSend('POST', at(id, '/secret'), { oldSecret }, async () => (await contracts()).webhookWithSecret),
    gcTime: 0,
    onSuccess: useChanged(),
  });
}

export function useTestWebhook() {
  return useMutation({
    mutationFn: (id: string) =>
      apiSend('POST', at(id, '/test'), undefined, async () => (await contracts()).deliveryDetail),
    onSettled: useChanged(),
  });
}

export function useReplay() {
  return useMutation({
    mutationFn: ({ id, request }: { id: string; request: WebhookReplayRequest }) =>
      apiSend('POST', at(id, '/replay'), request, async () => (await contracts()).webhookReplayed),
    onSettled: useChanged(),
  });
}
