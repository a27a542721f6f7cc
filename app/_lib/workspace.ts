import { useQuery } from '@tanstack/react-query';
import { apiGet } from './api-client';
import { keyRoots } from './query-keys';

export const workspaceKey = [keyRoots.workspace] as const;

/** Counts for the navigation, last and next scan, and the run that is under way. */
export function useWorkspace() {
  return useQuery({
    queryKey: workspaceKey,
    queryFn: ({ signal }) => apiGet('/workspace', (c) => c.workspaceSummary, { signal }),
  });
}
