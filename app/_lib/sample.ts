import { useMutation, useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { apiSend } from './api-client';
import { allKeyRoots } from './query-keys';

const sampleAnswer = z.looseObject({ runId: z.optional(z.nullable(z.string())) });

/** Fills an empty desk with the sample portfolio, through the import that users have. */
export function useLoadSample() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => apiSend('POST', '/sample', undefined, sampleAnswer),
    onSuccess: () => Promise.all(allKeyRoots.map((root) => queryClient.invalidateQueries({ queryKey: [root] }))),
  });
}
