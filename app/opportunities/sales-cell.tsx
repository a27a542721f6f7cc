'use client';

import type { DispatchItem, OpportunityItem } from '@/lib/contracts';
import { Button } from '../_components/button';
import { DraftLink } from '../_components/draft-link';
import { CrossIcon, HeldIcon } from '../_components/icons';
import { DispatchStateBadge, OpportunityStatusBadge } from '../_components/state-badge';
import { useFormat } from '../_lib/use-format';
import { Allowed } from '../_lib/viewer';
import { GATE_WORDS } from '../_lib/words';
import { useDispatch } from './queries';
import type { Dispatching } from './use-dispatching';

type DispatchSummary = NonNullable<OpportunityItem['dispatch']>;

/** How far an opportunity is on its way to sales, and the next step to take. */
export function SalesCell({ item, dispatching }: { item: OpportunityItem; dispatching: Dispatching }) {
  const pending = dispatching.pending.has(item.id);
  if (item.dispatch !== null && !isClosed(item.status)) {
    return (
      <DispatchProgress
        item={item}
        summary={item.dispatch}
        pending={pending}
        onRetry={() => void dispatching.retry(item)}
      />
    );
  }
  if (item.status === 'open') {
    return (
      <Allowed to="dispatch" otherwise={<span className="text-ink-3">Ready</span>}>
        <Button
          size="sm"
          pending={pending}
          aria-label={`Dispatch ${item.account.name}, ${item.title}`}
          onClick={() => void dispatching.dispatch(item)}
        >
          Dispatch
        </Button>
      </Allowed>
    );
  }
  if (item.status === 'held') return <HeldBy item={item} />;
  return <Closed item={item} />;
}

/** Words, a shape and, on hover, the whole reason. */
function HeldBy({ item }: { item: OpportunityItem }) {
  const [first, ...others] = item.heldBy;
  return (
    <span
      className="inline-flex items-center gap-1.5 text-left align-middle leading-tight whitespace-normal text-ink-2"
      title={item.heldBy.map((gate) => gate.message).join('\n')}
    >
      <HeldIcon className="size-3.5 flex-none text-amber" />
      <span>{first === undefined ? 'Held' : GATE_WORDS[first.code]}</span>
      {others.length === 0 ? null : <span className="text-ink-3">+{others.length}</span>}
    </span>
  );
}

function Closed({ item }: { item: OpportunityItem }) {
  const format = useFormat();
  return (
    <>
      <OpportunityStatusBadge status={item.status} />
      {item.status === 'snoozed' && item.snoozedUntil !== null ? (
        <div className="text-xs text-ink-3">until {format.dateShort(item.snoozedUntil)}</div>
      ) : null}
    </>
  );
}

interface ProgressProps {
  item: OpportunityItem;
  summary: DispatchSummary;
  pending: boolean;
  onRetry: () => void;
}

function DispatchProgress({ item, summary, pending, onRetry }: ProgressProps) {
  // What is under way is followed by its own query: the row may no longer be in a list that is refetched.
  const followed = useDispatch(summary.id, !isSettled(summary.state)).data;
  const { state, draft } = followed ?? summary;
  const errorMessage = followed?.error?.message ?? summary.errorMessage;
  if (draft !== null) {
    return (
      <>
        <DraftLink href={draft.href} label={`Open draft for ${item.account.name}, ${item.title}`} />
        {item.status === 'accepted' ? <div className="text-xs text-ink-3">Accepted</div> : null}
      </>
    );
  }
  if (state !== 'failed') {
    return (
      <span title={errorMessage ?? undefined}>
        <DispatchStateBadge state={state} />
      </span>
    );
  }
  return (
    <>
      <span className="inline-flex items-center gap-2">
        <span className="inline-flex items-center gap-1 font-medium text-red">
          <CrossIcon className="size-3" strokeWidth="2.4" />
          Failed
        </span>
        <Allowed to="dispatch">
          <Button
            size="sm"
            pending={pending}
            onClick={onRetry}
            aria-label={`Retry ${item.account.name}, ${item.title}`}
          >
            Retry
          </Button>
        </Allowed>
      </span>
      {errorMessage === null ? null : (
        <div className="truncate text-xs text-ink-3" title={errorMessage}>
          {errorMessage}
        </div>
      )}
    </>
  );
}

function isSettled(state: DispatchItem['state']): boolean {
  return state === 'drafted' || state === 'failed';
}

function isClosed(status: OpportunityItem['status']): boolean {
  return (
    status === 'won' || status === 'lost' || status === 'dismissed' || status === 'withdrawn' || status === 'snoozed'
  );
}
