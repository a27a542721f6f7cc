'use client';

import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { CheckIcon, ClockIcon, WarningIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import { plural } from '@/app/_lib/words';
import type { MailboxItem } from '@/lib/contracts';
import { ago } from '../ago';
import { succeeded } from '../failure';
import { KIND_WORDS } from './mail-words';
import { useDisconnectMailbox, useTestMailbox } from './queries';

const ConfirmDialog = lazy(() => import('../confirm-dialog'));

const BADGES: Record<MailboxItem['state'], ReactNode> = {
  connected: (
    <StateBadge tone="green" icon={<CheckIcon />}>
      Works
    </StateBadge>
  ),
  reconnect: (
    <StateBadge tone="red" icon={<WarningIcon />}>
      Lets nobody in
    </StateBadge>
  ),
  error: (
    <StateBadge tone="amber" icon={<ClockIcon />}>
      Did not answer
    </StateBadge>
  ),
};

/** One mailbox: whose, in what state, what waits for it, and what can be done. */
export function MailboxRow({
  mailbox,
  onAgain,
}: {
  mailbox: MailboxItem;
  /** Connects it again; null where that is not for the viewer to do. */
  onAgain: ((mailbox: MailboxItem) => void) | null;
}) {
  const format = useFormat();
  const test = useTestMailbox();
  const checked = mailbox.checkedAt ?? mailbox.connectedAt;
  const press = async () => {
    const tested = test.mutateAsync(mailbox.id).then(({ state, error }) => {
      if (state === 'connected') notify.success(`${mailbox.address} works`);
      else notify.warning(`${mailbox.address} does not work`, { description: error ?? undefined });
    });
    await succeeded(tested, 'The mailbox could not be tested');
  };
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-2 border-t border-line px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-semibold break-words">{mailbox.address}</span>
          {BADGES[mailbox.state]}
        </div>
        <p className="text-xs text-ink-3">
          {KIND_WORDS[mailbox.kind]} · {mailbox.owner === null ? 'shared' : `drafts of ${mailbox.owner}`} ·{' '}
          <span title={format.dateTime(checked)}>last seen {ago(format, checked)}</span>
        </p>
        {mailbox.error === null ? null : <p className="mt-1 break-words text-red">{mailbox.error}</p>}
        {mailbox.state === 'connected' || mailbox.remedy === null ? null : (
          <p className="mt-0.5 text-ink-2">{mailbox.remedy}</p>
        )}
        {mailbox.waiting === 0 ? null : (
          <p className="mt-0.5 text-ink-2">
            {format.number(mailbox.waiting)} {plural(mailbox.waiting, 'draft waits', 'drafts wait')} here.
          </p>
        )}
      </div>
      <div className="flex flex-none flex-wrap gap-2">
        {onAgain !== null && mailbox.state === 'reconnect' ? (
          <Button size="sm" variant="primary" onClick={() => onAgain(mailbox)}>
            Connect again<span className="sr-only"> {mailbox.address}</span>
          </Button>
        ) : null}
        <Button size="sm" pending={test.isPending} onClick={() => void press()}>
          Test<span className="sr-only"> {mailbox.address}</span>
        </Button>
        {mailbox.configured ? null : <Disconnect mailbox={mailbox} />}
      </div>
    </li>
  );
}

function Disconnect({ mailbox }: { mailbox: MailboxItem }) {
  const disconnect = useDisconnectMailbox();
  const [asking, setAsking] = useState(false);
  const confirm = async () => {
    const gone = disconnect.mutateAsync(mailbox.id).then(({ revoked }) => {
      if (revoked === false) {
        notify.warning(`${mailbox.address} is disconnected`, {
          description: 'Google did not answer: take the access back at myaccount.google.com too.',
        });
      } else notify.success(`${mailbox.address} is disconnected`);
    });
    await succeeded(gone, 'The mailbox was not disconnected');
    setAsking(false);
  };
  return (
    <>
      <Button size="sm" variant="danger" onClick={() => setAsking(true)}>
        Disconnect<span className="sr-only"> {mailbox.address}</span>
      </Button>
      {asking ? (
        <Suspense>
          <ConfirmDialog
            title={`Disconnect ${mailbox.address}?`}
            action="Disconnect"
            pending={disconnect.isPending}
            onConfirm={() => void confirm()}
            onClose={() => setAsking(false)}
          >
            <p>What opens it is deleted here{mailbox.kind === 'gmail_oauth' ? ' and taken back at Google' : ''}.</p>
            <p className="mt-1">
              Drafts that lie there stay. {mailbox.waiting === 0 ? 'New ones go' : 'What waits and new ones go'} where
              the rep’s drafts go without it.
            </p>
          </ConfirmDialog>
        </Suspense>
      ) : null}
    </>
  );
}
