'use client';

import { useQuery } from '@tanstack/react-query';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { EmptyState } from '@/app/_components/empty-state';
import { ErrorState } from '@/app/_components/error-state';
import { PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { EndpointRow } from './endpoint-row';
import { webhooksQuery } from './queries';
import type { Tab } from './view-state';

interface Props {
  onAdd: () => void;
  onShowDeliveries: (webhookId: string, tab: Tab) => void;
}

/** The endpoints, each with how it does. */
export function Endpoints({ onAdd, onShowDeliveries }: Props) {
  const list = useQuery(webhooksQuery());
  const items = list.data?.items ?? [];
  return (
    <PageScroll>
      <Card title="Endpoints" note="Systems that are told what happens at the desk, over signed HTTP requests." flush>
        {list.isPending ? (
          <TableSkeleton label="Loading the endpoints" />
        ) : list.isError && list.data === undefined ? (
          <ErrorState
            title="The endpoints could not be loaded"
            error={list.error}
            onRetry={() => void list.refetch()}
            retrying={list.isFetching}
          />
        ) : items.length > 0 ? (
          <ul>
            {items.map((webhook) => (
              <EndpointRow
                key={webhook.id}
                webhook={webhook}
                onShowDeliveries={(tab) => onShowDeliveries(webhook.id, tab)}
              />
            ))}
          </ul>
        ) : (
          <EmptyState title="Nobody is told yet" actions={<Button onClick={onAdd}>Add endpoint</Button>}>
            Add the address of a system that should hear of new opportunities, drafts or accounts at risk: your CRM, a
            workflow tool, a service of your own.
          </EmptyState>
        )}
      </Card>
    </PageScroll>
  );
}
