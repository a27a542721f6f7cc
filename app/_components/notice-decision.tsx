'use client';

import { useSettleNotice } from '../_lib/alerts';
import { notify } from '../_lib/notify';
import { Allowed } from '../_lib/viewer';
import { Button } from './button';

/** What only a person can settle about a draft. */
export function NoticeDecision({ noticeId, state }: { noticeId: string; state: string }) {
  const settle = useSettleNotice();
  if (state !== 'failed' && state !== 'uncertain') return null;
  const decide = async (decision: 'retry' | 'there' | 'not_there') => {
    try {
      await settle.mutateAsync({ id: noticeId, decision });
    } catch (error) {
      notify.failure('That did not work', error);
    }
  };
  return (
    <Allowed to="dispatch">
      <div className="mt-1.5 flex flex-wrap gap-2">
        {state === 'failed' ? (
          <Button size="sm" pending={settle.isPending} onClick={() => void decide('retry')}>
            Try again
          </Button>
        ) : (
          <>
            <Button size="sm" pending={settle.isPending} onClick={() => void decide('there')}>
              It is there
            </Button>
            <Button size="sm" pending={settle.isPending} onClick={() => void decide('not_there')}>
              There is none: make it
            </Button>
          </>
        )}
      </div>
    </Allowed>
  );
}
