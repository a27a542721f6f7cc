'use client';

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { ClockIcon } from '@/app/_components/icons';
import { TableSkeleton } from '@/app/_components/skeleton';
import { StateBadge } from '@/app/_components/state-badge';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import type { InvitationItem, LinkMade } from '@/lib/contracts';
import { ago } from '../ago';
import { succeeded } from '../failure';
import { ROLE_WORDS } from '../roles';
import { invitationsQuery, useInvite, useWithdrawInvitation } from './queries';

const ConfirmDialog = lazy(() => import('../confirm-dialog'));
const LinkDialog = lazy(() => import('./link-dialog'));

/** Who was invited and has not come yet. */
export function Invitations({ onInvite }: { onInvite: () => void }) {
  const list = useQuery(invitationsQuery());
  const items = list.data?.items ?? [];
  return (
    <Card title="Open invitations" flush>
      {list.isPending ? (
        <TableSkeleton label="Loading the invitations" />
      ) : list.isError && list.data === undefined ? (
        <ErrorState
          title="The invitations could not be loaded"
          error={list.error}
          onRetry={() => void list.refetch()}
          retrying={list.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState title="No open invitation" actions={<Button onClick={onInvite}>Invite somebody</Button>}>
          Who is invited is listed here until they have come.
        </EmptyState>
      ) : (
        <ul>
          {items.map((invitation) => (
            // There is one to an address; a new link for it has a new id, and the row must live to show it.
            <InvitationRow key={invitation.email} invitation={invitation} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function InvitationRow({ invitation }: { invitation: InvitationItem }) {
  const format = useFormat();
  const withdraw = useWithdrawInvitation();
  const renew = useInvite();
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useState<LinkMade | null>(null);
  const { id, email, role, expired } = invitation;

  const remove = async () => {
    const withdrawn = await succeeded(withdraw.mutateAsync(id), 'The invitation could not be withdrawn');
    setAsking(false);
    if (withdrawn) notify.success(`The invitation for ${email} is withdrawn`);
  };
  const newLink = () => succeeded(renew.mutateAsync({ email, role }).then(setMade), 'The link could not be made');

  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-line px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="font-semibold break-all">{email}</span>
          <span className="text-ink-2">{ROLE_WORDS[role].name}</span>
          {expired ? (
            <StateBadge tone="amber" icon={<ClockIcon />}>
              Expired
            </StateBadge>
          ) : null}
        </div>
        <div className="text-xs text-ink-3">
          by {invitation.createdBy}, {ago(format, invitation.createdAt)} · {expired ? 'was good' : 'good'} until{' '}
          {format.dateTime(invitation.expiresAt)}
        </div>
      </div>
      <div className="flex gap-2">
        <Button
          size="sm"
          pending={renew.isPending}
          onClick={() => void newLink()}
          title="The link before stops working"
        >
          New link<span className="sr-only"> for {email}</span>
        </Button>
        <Button size="sm" variant="danger" onClick={() => setAsking(true)}>
          Withdraw<span className="sr-only"> the invitation for {email}</span>
        </Button>
      </div>
      {asking ? (
        <Suspense>
          <ConfirmDialog
            title={`Withdraw the invitation for ${email}?`}
            action="Withdraw"
            pending={withdraw.isPending}
            onConfirm={() => void remove()}
            onClose={() => setAsking(false)}
          >
            Its link stops working. You can invite them again with another.
          </ConfirmDialog>
        </Suspense>
      ) : null}
      {made === null ? null : (
        <Suspense>
          <LinkDialog
            title={`Invitation for ${email}`}
            made={made}
            note="The link before no longer works."
            onClose={() => {
              setMade(null);
              renew.reset();
            }}
          />
        </Suspense>
      )}
    </li>
  );
}
