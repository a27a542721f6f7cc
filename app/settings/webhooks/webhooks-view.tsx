'use client';

import { useQueryStates } from 'nuqs';
import { lazy, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { FilterTabs } from '@/app/_components/filter-tabs';
import { SettingsPage } from '../settings-page';
import { Deliveries, DeliveryFilters } from './deliveries';
import { DeliveryPanel } from './delivery-panel';
import { Endpoints } from './endpoints';
import { webhooksState } from './view-state';

const EndpointDialog = lazy(() => import('./endpoint-dialog'));

const VIEWS = [
  { value: 'endpoints', label: 'Endpoints' },
  { value: 'deliveries', label: 'Deliveries' },
] as const;

/** Who outside is told of events, and how that went. */
export function WebhooksView() {
  const [state, setState] = useQueryStates(webhooksState);
  const [adding, setAdding] = useState(false);
  const add = () => setAdding(true);
  const deliveries = state.view === 'deliveries';
  return (
    <SettingsPage
      actions={
        <Button variant="primary" onClick={add}>
          Add endpoint
        </Button>
      }
      tools={
        <>
          <FilterTabs
            label="What is shown"
            options={VIEWS}
            value={state.view}
            onChange={(view) => void setState({ view, id: null }, { history: 'push' })}
          />
          {deliveries ? <DeliveryFilters state={state} onChange={(change) => void setState(change)} /> : null}
        </>
      }
      panel={
        deliveries && state.id !== null ? (
          <DeliveryPanel id={state.id} onClose={() => void setState({ id: null })} />
        ) : null
      }
    >
      {deliveries ? (
        <Deliveries state={state} onChange={(change, options) => void setState(change, options)} />
      ) : (
        <Endpoints
          onAdd={add}
          onShowDeliveries={(webhook, tab) =>
            void setState({ view: 'deliveries', webhook, state: tab, type: null, id: null }, { history: 'push' })
          }
        />
      )}
      {adding ? (
        <Suspense>
          <EndpointDialog onClose={() => setAdding(false)} />
        </Suspense>
      ) : null}
    </SettingsPage>
  );
}
