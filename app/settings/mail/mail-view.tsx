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
import type { MailboxItem, MailboxList } from '@/lib/contracts';
import { succeeded } from '../failure';
import { SettingsPage } from '../settings-page';
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
  const connectGoogle = useConnectGoogle();
  const [asking, setAsking] = useState<{ shared: boolean; user?: string } | null>(null);
  const own = list.items.filter(({ mine }) => mine);
  const others = list.items.filter(({ mine }) => !mine);
  const google = list.ways.some(({ id, state }) => id === 'google_consent' && state === 'ready');
  const goToGoogle = (shared: boolean) =>
    void succeeded(connectGoogle.mutateAsync(shared), 'Google’s page could not be opened');
  const connectAgain = (mailbox: MailboxItem) => {
    const shared = mailbox.owner === null;
    if (mailbox.kind === 'imap') setAsking({ shared, user: mailbox.address });
    else goToGoogle(shared);
  };
  const connect = (shared: boolean, label: string) => (
    <Connect label={label} google={google} onGoogle={() => goToGoogle(shared)} onImap={() => setAsking({ shared })} />
  );
  return (
    <>
      <Card title="Your mailbox" actions={connect(false, own.length > 0 ? 'Connect another' : 'Connect')} flush>
        {own.length === 0 ? (
          <p className="px-4 pb-4 text-ink-2">
            You have connected none. Drafts for you go to: <b className="font-medium text-ink">{list.destination}</b>.
            Nothing is ever sent.
          </p>
        ) : (
          <ul>
            {own.map((mailbox) => (
              <MailboxRow key={mailbox.id} mailbox={mailbox} onAgain={mailbox.configured ? null : connectAgain} />
            ))}
          </ul>
        )}
      </Card>
      {administers ? (
        <Card
          title="Mailboxes of others"
          note="and the shared one, for reps without their own"
          actions={connect(true, 'Connect a shared mailbox')}
          flush
        >
          {others.length === 0 ? (
            <EmptyState title="Nobody else has connected a mailbox">
              Reps connect their own on this page. A shared one takes the drafts of those who have none.
            </EmptyState>
          ) : (
            <ul>
              {others.map((mailbox) => (
                <MailboxRow
                  key={mailbox.id}
                  mailbox={mailbox}
                  onAgain={mailbox.configured || mailbox.owner !== null ? null : connectAgain}
                />
              ))}
            </ul>
          )}
        </Card>
      ) : null}
      <Ways ways={list.ways} />
      {asking === null ? null : (
        <Suspense>
          <ImapDialog server={list.imapServer} {...asking} onClose={() => setAsking(null)} />
        </Suspense>
      )}
    </>
  );
}

interface ConnectProps {
  label: string;
  google: boolean;
  onGoogle: () => void;
  onImap: () => void;
}

/** The ways to connect a mailbox that can be taken here and now. */
function Connect({ label, google, onGoogle, onImap }: ConnectProps) {
  if (!google) {
    return (
      <Button size="sm" onClick={onImap}>
        {label}
      </Button>
    );
  }
  return (
    <MenuButton
      label={label}
      size="sm"
      entries={[
        { kind: 'action', id: 'google', label: 'Gmail…', onSelect: onGoogle },
        { kind: 'action', id: 'imap', label: 'IMAP…', onSelect: onImap },
      ]}
    >
      {label}
    </MenuButton>
  );
}
