'use client';

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { ClockIcon, CrossIcon, HeldIcon } from '@/app/_components/icons';
import { TableSkeleton } from '@/app/_components/skeleton';
import { StateBadge } from '@/app/_components/state-badge';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import { plural } from '@/app/_lib/words';
import type { NotionOverview, NotionProblems } from '@/lib/contracts/notion';
import { succeeded } from '../failure';
import { PlaceLink } from './accounts-card';
import { notionProblemsQuery, useMoveAccounts } from './queries';

const ConfirmDialog = lazy(() => import('../confirm-dialog'));

/** Every page that is no account, or not in full, and what Notion refused; and whose accounts are whose. */
export function ProblemsCard({ pages }: { pages: NotionOverview['pull']['pages'] }) {
  const format = useFormat();
  const problems = useQuery(notionProblemsQuery());
  const takeOver = useMoveAccounts('take-over');
  const release = useMoveAccounts('release');
  const [asking, setAsking] = useState<'take-over' | 'release' | null>(null);
  const accounts = (count: number) => `${format.number(count)} ${plural(count, 'account')}`;
  const move = async (direction: 'take-over' | 'release') => {
    const mutation = direction === 'release' ? release : takeOver;
    const moved = mutation.mutateAsync().then(({ accounts: count }) => {
      notify.success(`${accounts(count)} ${direction === 'release' ? 'belong to files' : 'belong to Notion'} now`);
    });
    await succeeded(moved, 'The accounts could not change hands');
    setAsking(null);
  };
  const found = problems.data;
  return (
    <Card
      title="What needs attention"
      note="An account belongs to one source: a file or Notion"
      actions={
        <>
          {pages.conflict > 0 ? (
            <Button size="sm" onClick={() => setAsking('take-over')}>
              Take over {accounts(pages.conflict)}…
            </Button>
          ) : null}
          {pages.linked > 0 ? (
            <Button size="sm" variant="quiet" onClick={() => setAsking('release')}>
              Give accounts to files…
            </Button>
          ) : null}
        </>
      }
      flush
    >
      {found === undefined ? (
        problems.isError ? (
          <ErrorState
            title="The list could not be loaded"
            error={problems.error}
            onRetry={() => void problems.refetch()}
            retrying={problems.isFetching}
          />
        ) : (
          <TableSkeleton label="Loading what needs attention" />
        )
      ) : found.pages.length + found.writes.length === 0 ? (
        <EmptyState title="Nothing needs attention">
          Pages that cannot be read as accounts are listed here, with what to do.
        </EmptyState>
      ) : (
        <ul className="max-h-[28rem] overflow-y-auto">
          {found.pages.map((page) => (
            <li key={`${page.url} ${page.title}`} className="border-t border-line px-4 py-2.5">
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <PlaceLink place={page} />
                <PageState state={page.state} />
              </div>
              <p className="mt-0.5 break-words text-ink-2">{page.problem}</p>
            </li>
          ))}
          {found.writes.map((write) => (
            <li key={`${write.kind} ${write.accountId} ${write.at}`} className="border-t border-line px-4 py-2.5">
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span className="font-semibold break-words">
                  {KINDS[write.kind]} of {write.accountId}
                </span>
                <StateBadge tone="red" icon={<CrossIcon />}>
                  Not written
                </StateBadge>
              </div>
              <p className="mt-0.5 break-words text-ink-2">{write.message}</p>
            </li>
          ))}
        </ul>
      )}
      {asking === null ? null : (
        <Suspense>
          <ConfirmDialog
            title={asking === 'release' ? 'Give these accounts to files?' : 'Take these accounts over?'}
            action={asking === 'release' ? 'Give to files' : 'Take over'}
            pending={takeOver.isPending || release.isPending}
            onConfirm={() => void move(asking)}
            onClose={() => setAsking(null)}
          >
            {asking === 'release'
              ? `${accounts(pages.linked)} are updated by imports from then on, and no more from Notion; no database is chosen any more. History stays.`
              : `${accounts(pages.conflict)} that came with files are updated from Notion from then on; an import leaves them alone. History stays.`}
          </ConfirmDialog>
        </Suspense>
      )}
    </Card>
  );
}

const KINDS: Record<NotionProblems['writes'][number]['kind'], string> = {
  health: 'Score',
  expansion: 'Opportunity',
  review: 'QBR',
  alert: 'Alert',
};

function PageState({ state }: { state: NotionProblems['pages'][number]['state'] }) {
  if (state === 'conflict') {
    return (
      <StateBadge tone="amber" icon={<HeldIcon />}>
        Belongs to files
      </StateBadge>
    );
  }
  if (state === 'linked') {
    return (
      <StateBadge tone="neutral" icon={<ClockIcon />}>
        Came in, in part
      </StateBadge>
    );
  }
  return (
    <StateBadge tone="red" icon={<CrossIcon />}>
      Not an account
    </StateBadge>
  );
}
