'use client';

import { lazy, Suspense, useState } from 'react';
import { MenuButton } from '@/app/_components/menu-button';
import type { MenuEntry } from '@/app/_components/menu-popup';
import { notify } from '@/app/_lib/notify';
import type { LinkMade, UserItem } from '@/lib/contracts';
import { succeeded } from '../failure';
import { useChangeUser, useDeleteUser, useMakeResetLink } from './queries';

const ConfirmDialog = lazy(() => import('../confirm-dialog'));
const LinkDialog = lazy(() => import('./link-dialog'));

/** What can be done with a person; of oneself, nothing that would lock one out. */
export function UserMenu({ user, own }: { user: UserItem; own: boolean }) {
  const change = useChangeUser();
  const remove = useDeleteUser();
  const makeLink = useMakeResetLink();
  const [deleting, setDeleting] = useState(false);
  const [made, setMade] = useState<LinkMade | null>(null);
  const disabled = user.disabledAt !== null;

  const setDisabled = async (next: boolean, undoable: boolean) => {
    const changed = change.mutateAsync({ id: user.id, patch: { disabled: next } });
    if (!(await succeeded(changed, `${user.name} could not be ${next ? 'disabled' : 'enabled'}`))) return;
    notify.success(next ? `${user.name} is disabled` : `${user.name} may sign in again`, {
      ...(next ? { description: 'Their sessions have ended; API keys that they made do not work meanwhile.' } : {}),
      ...(undoable ? { action: { label: 'Undo', onClick: () => void setDisabled(!next, false) } } : {}),
    });
  };
  const confirmDelete = async () => {
    const deleted = await succeeded(remove.mutateAsync(user.id), `${user.name} was not deleted`);
    setDeleting(false);
    if (deleted) notify.success(`${user.name} was deleted`);
  };
  const resetLink = () => succeeded(makeLink.mutateAsync(user.id).then(setMade), 'The link could not be made');

  const entries: MenuEntry[] = [
    { kind: 'action', id: 'reset', label: 'Link to a new password', onSelect: () => void resetLink() },
  ];
  if (!own) {
    entries.push(
      {
        kind: 'action',
        id: 'disable',
        label: disabled ? 'Enable' : 'Disable',
        onSelect: () => void setDisabled(!disabled, true),
      },
      { kind: 'separator', id: '-' },
      { kind: 'action', id: 'delete', label: 'Delete…', onSelect: () => setDeleting(true) },
    );
  }
  return (
    <>
      <MenuButton label={`Actions for ${user.name}`} variant="quiet" size="sm" chevron={false} entries={entries}>
        <span aria-hidden="true" className="tracking-widest">
          •••
        </span>
        <span className="sr-only">Actions for {user.name}</span>
      </MenuButton>
      {deleting ? (
        <Suspense>
          <ConfirmDialog
            title={`Delete ${user.name}?`}
            action="Delete"
            pending={remove.isPending}
            onConfirm={() => void confirmDelete()}
            onClose={() => setDeleting(false)}
          >
            <p>
              <b className="font-semibold text-ink">Deleted:</b> their name, address and password, their sessions,
              invitations and links, and the network addresses that they came from.
            </p>
            <p className="mt-2">
              <b className="font-semibold text-ink">Stays:</b> what they did, in timelines and the audit log, under an
              id that names nobody; their address where your customer data has it as CSM or rep.
            </p>
            <p className="mt-2">API keys that they made stop working.</p>
            <p className="mt-2">It cannot be undone. To keep them out for now, disable them instead.</p>
          </ConfirmDialog>
        </Suspense>
      ) : null}
      {made === null ? null : (
        <Suspense>
          <LinkDialog
            title={`A new password for ${user.name}`}
            made={made}
            note="Their sessions end when it is used; until then the present password works."
            onClose={() => {
              setMade(null);
              makeLink.reset();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
