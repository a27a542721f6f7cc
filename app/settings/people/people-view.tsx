'use client';

import { lazy, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { PageScroll } from '@/app/_components/page';
import { SettingsPage } from '../settings-page';
import { Invitations } from './invitations';
import { Users } from './users';

const InviteDialog = lazy(() => import('./invite-dialog'));

/** Who may come in, and who was asked to. */
export function PeopleView() {
  const [inviting, setInviting] = useState(false);
  const invite = () => setInviting(true);
  return (
    <SettingsPage
      actions={
        <Button variant="primary" onClick={invite}>
          Invite
        </Button>
      }
    >
      <PageScroll>
        <Users onInvite={invite} />
        <Invitations onInvite={invite} />
      </PageScroll>
      {inviting ? (
        <Suspense>
          <InviteDialog onClose={() => setInviting(false)} />
        </Suspense>
      ) : null}
    </SettingsPage>
  );
}
