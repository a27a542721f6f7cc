'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryState } from 'nuqs';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { CheckIcon, MinusIcon } from '@/app/_components/icons';
import { SearchInput } from '@/app/_components/search-input';
import { TableSkeleton } from '@/app/_components/skeleton';
import { StateBadge } from '@/app/_components/state-badge';
import { useFormat } from '@/app/_lib/use-format';
import { useViewer } from '@/app/_lib/viewer';
import { plural } from '@/app/_lib/words';
import type { UserItem } from '@/lib/contracts';
import { ago } from '../ago';
import { type PlainColumn, PlainTable } from '../plain-table';
import { usersQuery } from './queries';
import { RoleSelect } from './role-select';
import { UserMenu } from './user-menu';

/** Everybody who may sign in, or might once more. */
export function Users({ onInvite }: { onInvite: () => void }) {
  const format = useFormat();
  const viewer = useViewer();
  const [search, setSearch] = useQueryState('q', parseAsString.withDefault(''));
  const list = useQuery(usersQuery());
  const users = list.data?.items ?? [];
  const shown = users.filter((user) => matches(user, search));

  return (
    <Card
      title="Users"
      note={
        users.length === 0 ? undefined : `${format.number(users.length)} ${plural(users.length, 'person', 'people')}`
      }
      actions={
        <SearchInput label="Search people" value={search} onChange={(q) => void setSearch(q === '' ? null : q)} />
      }
      flush
    >
      {list.isPending ? (
        <TableSkeleton label="Loading the users" />
      ) : list.isError && list.data === undefined ? (
        <ErrorState
          title="The users could not be loaded"
          error={list.error}
          onRetry={() => void list.refetch()}
          retrying={list.isFetching}
        />
      ) : shown.length > 0 ? (
        <PlainTable label="Users" rows={shown} rowKey={(user) => user.id} columns={columns(viewer?.id ?? '')} />
      ) : users.length > 0 ? (
        <EmptyState
          title="Nobody matches"
          actions={<Button onClick={() => void setSearch(null)}>Clear the search</Button>}
        >
          No name or address has «{search}» in it.
        </EmptyState>
      ) : (
        <EmptyState title="Nobody yet" actions={<Button onClick={onInvite}>Invite somebody</Button>}>
          Whoever opens the link of an invitation becomes a user.
        </EmptyState>
      )}
    </Card>
  );
}

function matches({ name, email }: UserItem, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  return name.toLowerCase().includes(wanted) || email.includes(wanted);
}

function columns(ownId: string): PlainColumn<UserItem>[] {
  return [
    {
      id: 'person',
      header: 'Person',
      rowHeader: true,
      cell: (user) => (
        <>
          <div className="truncate">
            <span className="font-semibold">{user.name}</span>
            {user.id === ownId ? <span className="text-ink-3"> (you)</span> : null}
          </div>
          <div className="truncate text-xs text-ink-3" title={user.email}>
            {user.email}
          </div>
          {user.disabledAt === null ? null : (
            <div className="mt-1 text-xs @min-[38rem]:hidden">
              <UserState user={user} />
            </div>
          )}
        </>
      ),
    },
    {
      id: 'role',
      header: 'Role',
      width: 'w-32 @max-[38rem]:w-28',
      cell: (user) => <RoleSelect user={user} own={user.id === ownId} />,
    },
    { id: 'state', header: 'State', width: 'w-28', hideBelow: 'sm', cell: (user) => <UserState user={user} /> },
    {
      id: 'signed-in',
      header: 'Last sign-in',
      width: 'w-36',
      align: 'right',
      hideBelow: 'md',
      cell: (user) => <LastSignIn user={user} />,
    },
    {
      id: 'actions',
      header: 'Actions',
      quiet: true,
      width: 'w-16',
      align: 'right',
      cell: (user) => <UserMenu user={user} own={user.id === ownId} />,
    },
  ];
}

function UserState({ user }: { user: UserItem }) {
  return user.disabledAt === null ? (
    <StateBadge tone="green" icon={<CheckIcon />}>
      Active
    </StateBadge>
  ) : (
    <StateBadge tone="neutral" icon={<MinusIcon />}>
      Disabled
    </StateBadge>
  );
}

const METHODS = { credential: 'password', google: 'Google' };

function LastSignIn({ user }: { user: UserItem }) {
  const format = useFormat();
  return (
    <>
      {user.lastSignInAt === null ? (
        <div className="text-ink-3">Signed out</div>
      ) : (
        <div title={format.dateTime(user.lastSignInAt)}>{ago(format, user.lastSignInAt)}</div>
      )}
      <div className="text-xs text-ink-3">{user.methods.map((method) => METHODS[method]).join(', ')}</div>
    </>
  );
}
