'use client';

import { useQuery } from '@tanstack/react-query';
import { ErrorState } from '@/app/_components/error-state';
import { PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { SettingsPage } from '../settings-page';
import { AccountsCard } from './accounts-card';
import { ConnectCard } from './connect-card';
import { ConnectionCard } from './connection-card';
import { ProblemsCard } from './problems-card';
import { notionQuery } from './queries';
import { SyncCard } from './sync-card';
import { TargetsCard } from './targets-card';

/** Accounts from Notion, and what the desk writes there: set up from top to bottom, then how it goes. */
export function NotionView() {
  const overview = useQuery(notionQuery());
  return (
    <SettingsPage>
      <PageScroll>
        <div className="flex max-w-3xl flex-col gap-5">
          {overview.data === undefined ? (
            overview.isError ? (
              <ErrorState
                title="The connection could not be loaded"
                error={overview.error}
                onRetry={() => void overview.refetch()}
                retrying={overview.isFetching}
              />
            ) : (
              <TableSkeleton label="Loading the connection" />
            )
          ) : overview.data.state === 'not_connected' ? (
            <ConnectCard />
          ) : (
            <>
              <ConnectionCard overview={overview.data} />
              {overview.data.accounts === null ? null : <SyncCard overview={overview.data} />}
              <AccountsCard overview={overview.data} />
              {overview.data.accounts === null ? null : (
                <>
                  <TargetsCard targets={overview.data.targets} />
                  <ProblemsCard pages={overview.data.pull.pages} />
                </>
              )}
            </>
          )}
        </div>
      </PageScroll>
    </SettingsPage>
  );
}
