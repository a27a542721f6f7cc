'use client';

import { useQuery } from '@tanstack/react-query';
import { Button, buttonClass } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { CheckIcon } from '@/app/_components/icons';
import { PageScroll } from '@/app/_components/page';
import { SignOutButton } from '@/app/_components/sign-out-button';
import { TableSkeleton } from '@/app/_components/skeleton';
import { StateBadge } from '@/app/_components/state-badge';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import { useViewer } from '@/app/_lib/viewer';
import type { SessionItem } from '@/lib/contracts';
import { ago } from './ago';
import { browserInWords } from './browser-words';
import { succeeded } from './failure';
import { PasswordForm } from './password-form';
import { sessionsQuery, useEndSession } from './queries';
import { ROLE_WORDS } from './roles';
import { SettingsPage } from './settings-page';

/** One's own name and role, password and sessions. */
export function YouView({ hasPassword }: { hasPassword: boolean }) {
  const viewer = useViewer();
  return (
    <SettingsPage>
      <PageScroll>
        <div className="flex max-w-3xl flex-col gap-5">
          {viewer === null ? null : (
            <Card title="You" actions={<SignOutButton className={buttonClass({ size: 'sm' })} />}>
              <dl className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-3 gap-y-1.5">
                <dt className="text-ink-3">Name</dt>
                <dd className="font-medium break-words">{viewer.name}</dd>
                <dt className="text-ink-3">Address</dt>
                <dd className="break-words">{viewer.email ?? '–'}</dd>
                <dt className="text-ink-3">Role</dt>
                <dd>
                  <span className="font-medium">{ROLE_WORDS[viewer.role].name}</span>
                  <span className="block text-ink-2">
                    {ROLE_WORDS[viewer.role].may} {viewer.role === 'admin' ? 'Another' : 'An'} admin can change it.
                  </span>
                </dd>
              </dl>
            </Card>
          )}
          <Card title="Password">
            {hasPassword ? (
              <PasswordForm email={viewer?.email ?? ''} />
            ) : (
              <p className="text-ink-2">
                You sign in with Google and have no password here. An admin can give you a link to set one.
              </p>
            )}
          </Card>
          <Sessions />
        </div>
      </PageScroll>
    </SettingsPage>
  );
}

function Sessions() {
  const sessions = useQuery(sessionsQuery());
  const items = sessions.data?.items ?? [];
  return (
    <Card title="Where you are signed in" flush>
      {sessions.isPending ? (
        <TableSkeleton label="Loading your sessions" />
      ) : sessions.isError && sessions.data === undefined ? (
        <ErrorState
          title="Your sessions could not be loaded"
          error={sessions.error}
          onRetry={() => void sessions.refetch()}
          retrying={sessions.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState title="No session">Sign in again to see it here.</EmptyState>
      ) : (
        <ul>
          {items.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function SessionRow({ session }: { session: SessionItem }) {
  const format = useFormat();
  const end = useEndSession();
  const browser = browserInWords(session.userAgent);
  const press = async () => {
    const ended = await succeeded(end.mutateAsync(session.id), 'The session could not be ended');
    if (ended) notify.success('The session has ended', { description: browser });
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-line px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="font-medium" title={session.userAgent ?? undefined}>
            {browser}
          </span>
          {session.current ? (
            <StateBadge tone="green" icon={<CheckIcon />}>
              This one
            </StateBadge>
          ) : null}
        </div>
        <div className="text-xs text-ink-3">
          {session.ip === null ? '' : `${session.ip} · `}
          <span title={format.dateTime(session.createdAt)}>signed in {ago(format, session.createdAt)}</span> · ends{' '}
          {format.dateShort(session.expiresAt)}
        </div>
      </div>
      {session.current ? null : (
        <Button size="sm" pending={end.isPending} onClick={() => void press()}>
          End session
          <span className="sr-only">
            : {browser}, {format.dateTime(session.createdAt)}
          </span>
        </Button>
      )}
    </li>
  );
}
