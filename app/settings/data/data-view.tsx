'use client';

import { useQuery } from '@tanstack/react-query';
import { ButtonLink } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { ErrorState } from '@/app/_components/error-state';
import { PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { SettingsPage } from '../settings-page';
import { retentionQuery } from './queries';
import { RetentionForm } from './retention-form';

/** How long history is kept, and how to take data out. */
export function DataSettings() {
  const retention = useQuery(retentionQuery());
  return (
    <SettingsPage>
      <PageScroll>
        <div className="flex max-w-3xl flex-col gap-5">
          <Card title="How long history is kept" flush>
            {retention.data !== undefined ? (
              <RetentionForm saved={retention.data} />
            ) : retention.isError ? (
              <ErrorState
                title="The setting could not be loaded"
                error={retention.error}
                onRetry={() => void retention.refetch()}
                retrying={retention.isFetching}
              />
            ) : (
              <TableSkeleton label="Loading the setting" />
            )}
          </Card>
          <Card title="Kept in any case">
            <ul className="list-disc space-y-1 pl-4 text-ink-2 marker:text-ink-3">
              <li>Accounts, opportunities with their timeline, dispatches and the catalogue.</li>
              <li>The newest signals and the newest score of every account, however old.</li>
              <li>Snapshots that no scan has looked at yet, and runs that have not finished.</li>
            </ul>
          </Card>
          <Card title="Taking data out">
            <p className="text-ink-2">
              All that is known of one customer is exported from the page of their account. The audit log is exported
              from its own page.
            </p>
            <div className="mt-3 flex flex-wrap gap-2">
              <ButtonLink href="/accounts">Accounts</ButtonLink>
              <ButtonLink href="/settings/audit">Audit log</ButtonLink>
            </div>
          </Card>
        </div>
      </PageScroll>
    </SettingsPage>
  );
}
