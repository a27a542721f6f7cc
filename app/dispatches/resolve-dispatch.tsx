'use client';

import type { DispatchDetail } from '@/lib/contracts';
import { Button } from '../_components/button';
import { isApiError } from '../_lib/api-client';
import { notify } from '../_lib/notify';
import { Allowed } from '../_lib/viewer';
import { useResolveDispatch } from './queries';

/** Whether nobody but a person can say if the draft is there. */
export function needsPerson({ state, nextAttemptAt }: Pick<DispatchDetail, 'state' | 'nextAttemptAt'>): boolean {
  return state === 'uncertain' && nextAttemptAt === null;
}

/** Has a person say whether the draft is in the mailbox: no second one is made while nobody knows. */
export function ResolveDispatch({ dispatch }: { dispatch: DispatchDetail }) {
  const resolve = useResolveDispatch();
  const say = async (draft: 'there' | 'not_there') => {
    try {
      const answer = await resolve.mutateAsync({ id: dispatch.id, draft });
      if (answer.state === 'drafted') notify.success(`The draft for ${dispatch.account.name} is there`);
      else notify.info(`The draft for ${dispatch.account.name} is made again`);
    } catch (error) {
      const remedy = isApiError(error) ? (error.remedy ?? '') : '';
      notify.error('That did not work', { description: `${error instanceof Error ? error.message : ''} ${remedy}` });
    }
  };
  const pending = (draft: 'there' | 'not_there') => resolve.isPending && resolve.variables.draft === draft;
  return (
    <section aria-label="Is the draft there?" className="mt-3.5 rounded-[10px] bg-amber-soft px-3 py-2.5">
      <p className="font-semibold">Is the draft there?</p>
      <p className="mt-0.5 text-ink-2">
        Look in {dispatch.destination ?? 'the drafts'} for «[CSM Expansion] {dispatch.account.name} — {dispatch.type}{' '}
        opportunity». No second draft is made before somebody knows.
      </p>
      <Allowed to="dispatch" otherwise={<p className="mt-1.5 text-ink-2">Somebody who may dispatch says so here.</p>}>
        <div className="mt-2 flex flex-wrap gap-2">
          <Button size="sm" pending={pending('there')} disabled={resolve.isPending} onClick={() => void say('there')}>
            It is there
          </Button>
          <Button
            size="sm"
            pending={pending('not_there')}
            disabled={resolve.isPending}
            onClick={() => void say('not_there')}
          >
            There is none: make it
          </Button>
        </div>
      </Allowed>
    </section>
  );
}
