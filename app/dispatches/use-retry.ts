'use client';

import type { DispatchItem } from '@/lib/contracts';
import { isApiError } from '../_lib/api-client';
import { notify } from '../_lib/notify';
import { useRetryDispatch } from './queries';

/** Tries a failed dispatch again and says how it went. */
export function useRetry(dispatch: DispatchItem): { retry: () => void; pending: boolean } {
  const mutation = useRetryDispatch();
  const retry = async () => {
    try {
      const answer = await mutation.mutateAsync(dispatch.id);
      if (answer.state === 'drafted') notify.success(`Draft left for ${dispatch.account.name}`);
      else if (answer.state === 'failed') {
        notify.error(`${dispatch.account.name} failed again`, { description: answer.error?.message });
      } else notify.info(`${dispatch.account.name} is being tried again`);
    } catch (error) {
      const remedy = isApiError(error) ? (error.remedy ?? '') : '';
      const description = `${error instanceof Error ? error.message : ''} ${remedy}`;
      notify.error(`${dispatch.account.name} could not be tried again`, { description });
    }
  };
  return { retry: () => void retry(), pending: mutation.isPending };
}
