'use client';

import { addMonths, addWeeks } from 'date-fns';
import { lazy, Suspense, useState } from 'react';
import type { OpportunityDetail, OpportunityPatch } from '@/lib/contracts';
import { Button } from '../_components/button';
import { DraftLink } from '../_components/draft-link';
import { MenuButton } from '../_components/menu-button';
import { notify } from '../_lib/notify';
import { useFormat } from '../_lib/use-format';
import { useMay } from '../_lib/viewer';
import { personName } from '../_lib/words';
import { usePatchOpportunity } from './queries';
import type { Dispatching } from './use-dispatching';

const DismissDialog = lazy(() => import('./dismiss-dialog'));
const SnoozeDialog = lazy(() => import('./snooze-dialog'));

type Status = OpportunityDetail['status'];
const CAN_SNOOZE: readonly Status[] = ['open', 'held', 'snoozed'];
const CAN_DISMISS: readonly Status[] = ['open', 'held', 'snoozed', 'drafted', 'accepted'];
const CAN_REOPEN: readonly Status[] = ['snoozed', 'dismissed', 'withdrawn'];
const CAN_CLOSE: readonly Status[] = ['drafted', 'accepted'];

/** Everything that can be done with an opportunity in its present state. */
export function PanelActions({ detail, dispatching }: { detail: OpportunityDetail; dispatching: Dispatching }) {
  const format = useFormat();
  const patch = usePatchOpportunity();
  const [asking, setAsking] = useState<'dismiss' | 'snooze' | null>(null);
  const { status, account } = detail;
  const [mayDispatch, mayPlan, mayDecide] = [
    useMay('dispatch'),
    useMay('opportunity.plan'),
    useMay('opportunity.decide'),
  ];

  const apply = async (change: OpportunityPatch, done: string): Promise<boolean> => {
    try {
      await patch.mutateAsync({ id: detail.id, patch: change });
    } catch (error) {
      notify.failure('That did not work', error);
      return false;
    }
    const undoable = change.action === 'snooze' || change.action === 'dismiss';
    notify.success(done, {
      description: `${account.name}, ${detail.title}`,
      ...(undoable && mayPlan
        ? { action: { label: 'Undo', onClick: () => void apply({ action: 'reopen' }, 'Back again') } }
        : {}),
    });
    return true;
  };
  const snooze = (until: Date) =>
    apply({ action: 'snooze', until: until.toISOString() }, `Snoozed until ${format.date(until.toISOString())}`);

  const failed = detail.dispatch?.state === 'failed';
  const pending = dispatching.pending.has(detail.id);
  return (
    <div className="flex flex-col gap-2.5">
      <Destination detail={detail} />
      <div className="flex flex-wrap items-center gap-2">
        {mayPlan && CAN_SNOOZE.includes(status) ? (
          <MenuButton
            label="Snooze"
            variant="quiet"
            className="-ml-[11px]"
            entries={[
              { kind: 'action', id: '1w', label: '1 week', onSelect: () => void snooze(addWeeks(new Date(), 1)) },
              { kind: 'action', id: '1m', label: '1 month', onSelect: () => void snooze(addMonths(new Date(), 1)) },
              { kind: 'action', id: '3m', label: '3 months', onSelect: () => void snooze(addMonths(new Date(), 3)) },
              { kind: 'separator', id: '-' },
              { kind: 'action', id: 'date', label: 'Until a date…', onSelect: () => setAsking('snooze') },
            ]}
          >
            Snooze
          </MenuButton>
        ) : null}
        {mayDecide && CAN_DISMISS.includes(status) ? (
          <Button
            variant="quiet"
            onClick={() => setAsking('dismiss')}
            className={mayPlan && CAN_SNOOZE.includes(status) ? '' : '-ml-[11px]'}
          >
            Dismiss
          </Button>
        ) : null}
        <div className="ml-auto flex flex-wrap items-center justify-end gap-2">
          {mayDecide && CAN_CLOSE.includes(status) ? (
            <>
              <Button pending={patch.isPending} onClick={() => void apply({ action: 'lost' }, 'Marked as lost')}>
                Lost
              </Button>
              <Button pending={patch.isPending} onClick={() => void apply({ action: 'won' }, 'Marked as won')}>
                Won
              </Button>
            </>
          ) : null}
          {mayDecide && status === 'drafted' ? (
            <Button
              variant="primary"
              pending={patch.isPending}
              onClick={() => void apply({ action: 'accept' }, 'Accepted by sales')}
            >
              Accept
            </Button>
          ) : null}
          {mayPlan && CAN_REOPEN.includes(status) ? (
            <Button
              variant="primary"
              pending={patch.isPending}
              onClick={() => void apply({ action: 'reopen' }, 'Back again')}
            >
              Reopen
            </Button>
          ) : null}
          {mayDispatch && failed ? (
            <Button variant="primary" pending={pending} onClick={() => void dispatching.retry(detail)}>
              Retry
            </Button>
          ) : null}
          {mayDispatch && status === 'open' && !failed ? (
            <Button variant="primary" pending={pending} onClick={() => void dispatching.dispatch(detail)}>
              Dispatch to sales
            </Button>
          ) : null}
          {mayDispatch && status === 'held' && !failed ? (
            <Button pending={pending} onClick={() => dispatching.openGated({ item: detail, gates: detail.gates })}>
              Dispatch anyway…
            </Button>
          ) : null}
        </div>
      </div>
      {asking === 'dismiss' ? (
        <Suspense>
          <DismissDialog
            pending={patch.isPending}
            onDismiss={async (reason, note) => {
              const change = { action: 'dismiss', reason, ...(note === '' ? {} : { note }) } as const;
              if (await apply(change, 'Dismissed')) setAsking(null);
            }}
            onClose={() => setAsking(null)}
          />
        </Suspense>
      ) : null}
      {asking === 'snooze' ? (
        <Suspense>
          <SnoozeDialog
            pending={patch.isPending}
            onSnooze={async (until) => {
              if (await snooze(until)) setAsking(null);
            }}
            onClose={() => setAsking(null)}
          />
        </Suspense>
      ) : null}
    </div>
  );
}

/** Where the draft will be left, or where it lies. */
function Destination({ detail }: { detail: OpportunityDetail }) {
  const { account, dispatch, status } = detail;
  if (dispatch?.draft != null) {
    return (
      <div className="flex items-center justify-between gap-3 text-xs text-ink-3">
        <span>
          {account.repEmail === null ? 'The draft has no recipient yet' : `Draft for ${personName(account.repEmail)}`}
        </span>
        <span className="text-sm">
          <DraftLink href={dispatch.draft.href} />
        </span>
      </div>
    );
  }
  if (status !== 'open' && status !== 'held') return null;
  return (
    <div className="text-xs leading-[1.35] text-ink-3">
      <b className="block font-medium text-ink-2">
        {account.repEmail === null
          ? 'No rep yet: the recipient is left empty'
          : `Draft to ${personName(account.repEmail)}`}
      </b>
      {detail.draftDestination}, nothing is sent
    </div>
  );
}
