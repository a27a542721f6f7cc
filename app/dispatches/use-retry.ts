'use client';

import type { DispatchItem } from '@/lib/contracts';
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
      notify.failure(`${dispatch.account.name} could not be tried again`, error);
    }
  };
  return { retry: () => void retry(), pending: mutation.isPending };
}
