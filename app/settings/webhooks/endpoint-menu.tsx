'use client';

import { lazy, Suspense, useState } from 'react';
import { MenuButton } from '@/app/_components/menu-button';
import type { MenuEntry } from '@/app/_components/menu-popup';
import { notify } from '@/app/_lib/notify';
import type { WebhookItem } from '@/lib/contracts/webhooks';
import { succeeded } from '../failure';
import { useChangeWebhook, useDeleteWebhook } from './queries';

const ConfirmDialog = lazy(() => import('../confirm-dialog'));
const EndpointDialog = lazy(() => import('./endpoint-dialog'));
const SecretDialog = lazy(() => import('./secret-dialog'));
const ReplayDialog = lazy(() => import('./replay-dialog'));

/** What else can be done with an endpoint. */
export function EndpointMenu({ webhook, name }: { webhook: WebhookItem; name: string }) {
  const change = useChangeWebhook();
  const remove = useDeleteWebhook();
  const [open, setOpen] = useState<'edit' | 'secret' | 'replay' | 'delete' | null>(null);
  const close = () => setOpen(null);

  const setEnabled = async (enabled: boolean, undoable: boolean) => {
    const changed = change.mutateAsync({ id: webhook.id, patch: { enabled } });
    if (!(await succeeded(changed, `${name} could not be ${enabled ? 'enabled' : 'disabled'}`))) return;
    notify.success(`${name} is ${enabled ? 'enabled' : 'disabled'}`, {
      ...(enabled ? {} : { description: 'Nothing is sent to it. What waits is kept.' }),
      ...(undoable ? { action: { label: 'Undo', onClick: () => void setEnabled(!enabled, false) } } : {}),
    });
  };
  const confirmDelete = async () => {
    const deleted = await succeeded(remove.mutateAsync(webhook.id), `${name} was not deleted`);
    close();
    if (deleted) notify.success(`${name} was deleted`);
  };

  const entries: MenuEntry[] = [
    { kind: 'action', id: 'edit', label: 'Edit…', onSelect: () => setOpen('edit') },
    { kind: 'action', id: 'secret', label: 'New secret…', onSelect: () => setOpen('secret') },
    {
      kind: 'action',
      id: 'replay',
      label: 'Replay…',
      disabled: !webhook.enabled,
      onSelect: () => setOpen('replay'),
    },
    {
      kind: 'action',
      id: 'disable',
      label: webhook.enabled ? 'Disable' : 'Enable',
      onSelect: () => void setEnabled(!webhook.enabled, true),
    },
    { kind: 'separator', id: '-' },
    { kind: 'action', id: 'delete', label: 'Delete…', onSelect: () => setOpen('delete') },
  ];
  return (
    <>
      <MenuButton label={`Actions for ${name}`} variant="quiet" size="sm" chevron={false} entries={entries}>
        <span aria-hidden="true" className="tracking-widest">
          •••
        </span>
        <span className="sr-only">Actions for {name}</span>
      </MenuButton>
      <Suspense>
        {open === 'edit' ? <EndpointDialog webhook={webhook} onClose={close} /> : null}
        {open === 'secret' ? <SecretDialog webhook={webhook} name={name} onClose={close} /> : null}
        {open === 'replay' ? <ReplayDialog webhook={webhook} name={name} onClose={close} /> : null}
        {open === 'delete' ? (
          <ConfirmDialog
            title={`Delete ${name}?`}
            action="Delete"
            pending={remove.isPending}
            onConfirm={() => void confirmDelete()}
            onClose={close}
          >
            Nothing is sent to it any more, what waits for it is dropped, and its deliveries leave the log. It cannot be
            undone; to pause it, disable it instead.
          </ConfirmDialog>
        ) : null}
      </Suspense>
    </>
  );
}
