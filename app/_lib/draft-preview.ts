import { useQuery } from '@tanstack/react-query';
import { apiGet } from './api-client';
import { keyRoots } from './query-keys';

/** What a draft says, as it lies in the mailbox. */
export function useDraftPreview(dispatchId: string) {
  return useQuery({
    queryKey: [keyRoots.dispatches, 'draft', dispatchId],
    queryFn: ({ signal }) =>
      apiGet(`/dispatches/${encodeURIComponent(dispatchId)}/draft?format=json`, (c) => c.draftPreview, { signal }),
    // The rep may edit the draft, but not by the second.
    staleTime: 60_000,
    retry: false,
  });
}
