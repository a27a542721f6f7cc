import { useMutation, useQueryClient } from '@tanstack/react-query';
import { apiSend } from './api-client';
import { allKeyRoots } from './query-keys';

/** Fills an empty desk with the sample portfolio, through the import that users have; the answer is its first scan. */
export function useLoadSample() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => apiSend('POST', '/sample', undefined, (c) => c.runItem),
    onSuccess: () => Promise.all(allKeyRoots.map((root) => queryClient.invalidateQueries({ queryKey: [root] }))),
  });
}
