'use client';

import type { DispatchItem } from '@/lib/contracts';
import { Button } from '../_components/button';
import { DraftLink } from '../_components/draft-link';
import { useFormat } from '../_lib/use-format';
import { Allowed } from '../_lib/viewer';
import { useRetry } from './use-retry';

/** The draft, or what keeps it from being there. */
export function DraftCell({ dispatch }: { dispatch: DispatchItem }) {
  const format = useFormat();
  if (dispatch.draft !== null) {
    return <DraftLink href={dispatch.draft.href} label={`Open draft for ${dispatch.account.name}`} />;
  }
  if (dispatch.state === 'failed') {
    return (
      <Allowed to="dispatch">
        <RetryButton dispatch={dispatch} />
      </Allowed>
    );
  }
  if (dispatch.nextAttemptAt === null) return <span className="text-ink-3">–</span>;
  if (dispatch.error?.code === 'mail_reconnect') {
    return (
      <span className="text-xs text-ink-3" title="Until its mailbox is connected again">
        waits
      </span>
    );
  }
  // Its state says that it is tried again; the column has room for when.
  return (
    <span className="text-xs text-ink-3" title="The next try">
      <span className="sr-only">next try </span>
      {format.relative(dispatch.nextAttemptAt)}
    </span>
  );
}

function RetryButton({ dispatch }: { dispatch: DispatchItem }) {
  const { retry, pending } = useRetry(dispatch);
  return (
    <Button
      size="sm"
      pending={pending}
      onClick={retry}
      aria-label={`Retry ${dispatch.account.name}, ${dispatch.title}`}
    >
      Retry
    </Button>
  );
}
