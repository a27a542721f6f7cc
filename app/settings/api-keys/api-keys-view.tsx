'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { FilterTabs } from '@/app/_components/filter-tabs';
import { CheckIcon, ClockIcon, MinusIcon } from '@/app/_components/icons';
import { PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { StateBadge } from '@/app/_components/state-badge';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import type { ApiKeyItem } from '@/lib/contracts';
import { ago } from '../ago';
import { succeeded } from '../failure';
import { type PlainColumn, PlainTable } from '../plain-table';
import { ROLE_WORDS } from '../roles';
import { SettingsPage } from '../settings-page';
import { type KeyState, keyStateOf, opensTheDesk } from './key-state';
import { apiKeysQuery, useRevokeApiKey } from './queries';

const ConfirmDialog = lazy(() => import('../confirm-dialog'));
const NewKeyDialog = lazy(() => import('./new-key-dialog'));

const SHOWN = ['working', 'all'] as const;

interface KeyRow {
  key: ApiKeyItem;
  state: KeyState;
}

/** The keys that let programs in. */
export function ApiKeysView() {
  const [shown, setShown] = useQueryState('show', parseAsStringLiteral(SHOWN).withDefault('working'));
  const [making, setMaking] = useState(false);
  const list = useQuery(apiKeysQuery());
  // Judged at the time of the answer, which is the same on the server and in the browser.
  const all = (list.data?.items ?? []).map((key): KeyRow => ({ key, state: keyStateOf(key, list.dataUpdatedAt) }));
  const working = all.filter(({ state }) => opensTheDesk(state));
  const rows = shown === 'all' ? all : working;
  const make = () => setMaking(true);

  return (
    <SettingsPage
      actions={
        <Button variant="primary" onClick={make}>
          New key
        </Button>
      }
    >
      <PageScroll>
        <Card
          title="API keys"
          note="For programs: a key does what its role may do."
          actions={
            <FilterTabs
              label="Which keys"
              options={[
                { value: 'working', label: 'Working', count: list.data && working.length },
                { value: 'all', label: 'All', count: list.data && all.length },
              ]}
              value={shown}
              onChange={(value) => void setShown(value)}
            />
          }
          flush
        >
          {list.isPending ? (
            <TableSkeleton label="Loading the keys" />
          ) : list.isError && list.data === undefined ? (
            <ErrorState
              title="The keys could not be loaded"
              error={list.error}
              onRetry={() => void list.refetch()}
              retrying={list.isFetching}
            />
          ) : rows.length > 0 ? (
            <PlainTable label="API keys" rows={rows} rowKey={({ key }) => key.id} columns={COLUMNS} />
          ) : all.length > 0 ? (
            <EmptyState title="No key works" actions={<Button onClick={() => void setShown('all')}>Show all</Button>}>
              Every key that there was has expired, was revoked, or was made by somebody who is no admin any more.
            </EmptyState>
          ) : (
            <EmptyState title="No key yet" actions={<Button onClick={make}>New key</Button>}>
              With a key, a program reads accounts and opportunities or imports signals over the API.
            </EmptyState>
          )}
        </Card>
      </PageScroll>
      {making ? (
        <Suspense>
          <NewKeyDialog onClose={() => setMaking(false)} />
        </Suspense>
      ) : null}
    </SettingsPage>
  );
}

const COLUMNS: PlainColumn<KeyRow>[] = [
  {
    id: 'name',
    header: 'Key',
    rowHeader: true,
    cell: ({ key, state }) => (
      <>
        <div className="truncate font-semibold" title={key.name}>
          {key.name}
        </div>
        <div className="truncate text-xs text-ink-3">
          <code className="font-mono">{key.start}…</code>
          <span className="@min-[46rem]:hidden"> · {ROLE_WORDS[key.role].name}</span>
        </div>
        <div className="mt-1 text-xs @min-[38rem]:hidden">
          <KeyStateBadge state={state} />
        </div>
      </>
    ),
  },
  {
    id: 'role',
    header: 'Role',
    width: 'w-20',
    hideBelow: 'md',
    cell: ({ key }) => ROLE_WORDS[key.role].name,
  },
  {
    id: 'state',
    header: 'State',
    width: 'w-32',
    hideBelow: 'sm',
    cell: ({ state }) => <KeyStateBadge state={state} />,
  },
  { id: 'made', header: 'Made', width: 'w-36', hideBelow: 'md', cell: ({ key }) => <Made apiKey={key} /> },
  {
    id: 'used',
    header: 'Last used',
    width: 'w-28',
    align: 'right',
    hideBelow: 'sm',
    cell: ({ key }) => <LastUsed apiKey={key} />,
  },
  {
    id: 'ends',
    header: 'Ends',
    width: 'w-28 @max-[38rem]:w-24',
    align: 'right',
    cell: ({ key }) => <Ends apiKey={key} />,
  },
  {
    id: 'actions',
    header: 'Actions',
    quiet: true,
    width: 'w-24',
    align: 'right',
    cell: ({ key, state }) => (opensTheDesk(state) || state === 'suspended' ? <Revoke apiKey={key} /> : null),
  },
];

const STATES: Record<KeyState, ReactNode> = {
  active: (
    <StateBadge tone="green" icon={<CheckIcon />}>
      Works
    </StateBadge>
  ),
  expiring: (
    <StateBadge tone="amber" icon={<ClockIcon />}>
      Ends soon
    </StateBadge>
  ),
  expired: (
    <StateBadge tone="neutral" icon={<ClockIcon />}>
      Expired
    </StateBadge>
  ),
  suspended: (
    <span title="Whoever made it is no admin any more">
      <StateBadge tone="neutral" icon={<MinusIcon />}>
        Suspended
      </StateBadge>
    </span>
  ),
  revoked: (
    <StateBadge tone="neutral" icon={<MinusIcon />}>
      Revoked
    </StateBadge>
  ),
};

function KeyStateBadge({ state }: { state: KeyState }) {
  return STATES[state];
}

function Made({ apiKey }: { apiKey: ApiKeyItem }) {
  const format = useFormat();
  return (
    <>
      <div className="truncate" title={apiKey.createdBy}>
        {apiKey.createdBy}
      </div>
      <div className="text-xs text-ink-3">{format.date(apiKey.createdAt)}</div>
    </>
  );
}

function LastUsed({ apiKey }: { apiKey: ApiKeyItem }) {
  const format = useFormat();
  if (apiKey.lastUsedAt === null) return <span className="text-ink-3">Never</span>;
  return <span title={format.dateTime(apiKey.lastUsedAt)}>{ago(format, apiKey.lastUsedAt)}</span>;
}

function Ends({ apiKey }: { apiKey: ApiKeyItem }) {
  const format = useFormat();
  const at = apiKey.revokedAt ?? apiKey.expiresAt;
  if (at === null) return <span className="text-ink-3">Never</span>;
  return <span title={format.dateTime(at)}>{format.date(at)}</span>;
}

function Revoke({ apiKey }: { apiKey: ApiKeyItem }) {
  const revoke = useRevokeApiKey();
  const [asking, setAsking] = useState(false);
  const confirm = async () => {
    const revoked = await succeeded(revoke.mutateAsync(apiKey.id), 'The key was not revoked');
    setAsking(false);
    if (revoked) notify.success(`«${apiKey.name}» is revoked`);
  };
  return (
    <>
      <Button size="sm" variant="danger" onClick={() => setAsking(true)}>
        Revoke<span className="sr-only"> {apiKey.name}</span>
      </Button>
      {asking ? (
        <Suspense>
          <ConfirmDialog
            title={`Revoke «${apiKey.name}»?`}
            action="Revoke the key"
            pending={revoke.isPending}
            onConfirm={() => void confirm()}
            onClose={() => setAsking(false)}
          >
            Programs that use it are refused from then on. It cannot be undone; you can make another key.
          </ConfirmDialog>
        </Suspense>
      ) : null}
    </>
  );
}
