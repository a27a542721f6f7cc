'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { MenuButton } from '@/app/_components/menu-button';
import { PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { useMay } from '@/app/_lib/viewer';
import type { MailboxList } from '@/lib/contracts';
import { succeeded } from '../failure';
import { SettingsPage } from '../settings-page';
import { DraftTracking } from './draft-tracking';
import { GOOGLE_OUTCOMES, OUTCOME_WORDS } from './mail-words';
import { MailboxRow } from './mailbox-row';
import { mailboxesQuery, useConnectGoogle } from './queries';
import { Ways } from './ways';

const ImapDialog = lazy(() => import('./imap-dialog'));

/** Where drafts go: one's own mailbox, for admins everybody's, and the ways there are. */
export function MailView() {
  const list = useQuery(mailboxesQuery());
  return (
    <SettingsPage>
      <PageScroll>
        <div className="flex max-w-3xl flex-col gap-5">
          <BackFromGoogle />
          {list.data !== undefined ? (
            <Loaded list={list.data} />
          ) : list.isError ? (
            <ErrorState
              title="The mailboxes could not be loaded"
              error={list.error}
              onRetry={() => void list.refetch()}
              retrying={list.isFetching}
            />
          ) : (
            <TableSkeleton label="Loading the mailboxes" />
          )}
        </div>
      </PageScroll>
    </SettingsPage>
  );
}

function BackFromGoogle() {
  const [outcome, setOutcome] = useQueryState('google', parseAsStringLiteral(GOOGLE_OUTCOMES));
  if (outcome === null) return null;
  const good = outcome === 'connected';
  return (
    <div
      role={good ? 'status' : 'alert'}
      className={`flex flex-wrap items-center gap-x-3 gap-y-1 rounded-[10px] px-3 py-2 ${good ? 'bg-green-soft text-green' : 'bg-red-soft text-red'}`}
    >
      <span className="min-w-0 flex-1 basis-60">{OUTCOME_WORDS[outcome]}</span>
      <Button size="sm" onClick={() => void setOutcome(null)}>
        Close
      </Button>
    </div>
  );
}

function Loaded({ list }: { list: MailboxList }) {
  const administers = useMay('administer');
  const own = list.items.filter(({ mine }) => mine);
  const others = list.items.filter(({ mine }) => !mine);
  return (
    <>
      <Card title="Your mailbox" actions={<Connect list={list} shared={false} again={own.length > 0} />} flush>
        {own.length === 0 ? (
          <p className="px-4 pb-4 text-ink-2">
            You have connected none. Drafts for you go to: <b className="font-medium text-ink">{list.destination}</b>.
            Nothing is ever sent.
          </p>
        ) : (
          <ul>
            {own.map((mailbox) => (
              <MailboxRow key={mailbox.id} mailbox={mailbox} />
            ))}
          </ul>
        )}
      </Card>
      {administers ? (
        <Card
          title="Mailboxes of others"
          note="and the shared one, for reps without their own"
          actions={<Connect list={list} shared again={others.some(({ owner }) => owner === null)} />}
          flush
        >
          {others.length === 0 ? (
            <EmptyState title="Nobody else has connected a mailbox">
              Reps connect their own on this page. A shared one takes the drafts of those who have none.
            </EmptyState>
          ) : (
            <ul>
              {others.map((mailbox) => (
                <MailboxRow key={mailbox.id} mailbox={mailbox} />
              ))}
            </ul>
          )}
        </Card>
      ) : null}
      <Ways ways={list.ways} />
      {administers ? <DraftTracking on={list.draftTracking} /> : null}
    </>
  );
}

/** The ways to connect a mailbox that can be taken here and now. */
function Connect({ list, shared, again }: { list: MailboxList; shared: boolean; again: boolean }) {
  const connectGoogle = useConnectGoogle();
  const [asking, setAsking] = useState(false);
  const google = list.ways.some(({ id, state }) => id === 'google_consent' && state === 'ready');
  const label = shared ? 'Connect a shared mailbox' : again ? 'Connect another' : 'Connect';
  const goToGoogle = () => void succeeded(connectGoogle.mutateAsync(shared), 'Google’s page could not be opened');
  return (
    <>
      {google ? (
        <MenuButton
          label={label}
          size="sm"
          entries={[
            { kind: 'action', id: 'google', label: 'Gmail…', onSelect: goToGoogle },
            { kind: 'action', id: 'imap', label: 'IMAP…', onSelect: () => setAsking(true) },
          ]}
        >
          {label}
        </MenuButton>
      ) : (
        <Button size="sm" onClick={() => setAsking(true)}>
          {shared ? 'Connect a shared IMAP mailbox' : 'Connect IMAP'}
        </Button>
      )}
      {asking ? (
        <Suspense>
          <ImapDialog server={list.imapServer} shared={shared} onClose={() => setAsking(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
