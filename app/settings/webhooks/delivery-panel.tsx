'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Button } from '@/app/_components/button';
import { ErrorState } from '@/app/_components/error-state';
import { ScrollRegion } from '@/app/_components/scroll-region';
import { PanelSection, SidePanel } from '@/app/_components/side-panel';
import { Skeleton } from '@/app/_components/skeleton';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import type { DeliveryDetail } from '@/lib/contracts/webhooks';
import { succeeded } from '../failure';
import { DeliveryStateBadge } from './delivery-state';
import { deliveryQuery, useReplay } from './queries';

/** One delivery: what was sent, every attempt and its answer. */
export function DeliveryPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, isFetching, refetch } = useQuery(deliveryQuery(id));
  return (
    <SidePanel
      label={data === undefined ? 'Delivery' : `Delivery of ${data.type}`}
      contentKey={id}
      onClose={onClose}
      footer={data === undefined ? undefined : <Foot delivery={data} />}
    >
      {data !== undefined ? (
        <Body delivery={data} />
      ) : error !== null ? (
        <ErrorState
          title="This delivery could not be loaded"
          error={error}
          onRetry={() => void refetch()}
          retrying={isFetching}
        />
      ) : (
        <div role="status" className="mt-10 flex flex-col gap-3">
          <span className="sr-only">Loading the delivery</span>
          <Skeleton className="h-10" />
          <Skeleton className="h-40" />
        </div>
      )}
    </SidePanel>
  );
}

function Body({ delivery }: { delivery: DeliveryDetail }) {
  const format = useFormat();
  const { account, attempts, maxAttempts, nextAttemptAt, error, state } = delivery;
  return (
    <>
      <div className="pr-9">
        <DeliveryStateBadge state={state} />
      </div>
      <h2 className="mt-1.5 mb-0.5 text-base font-bold tracking-[-0.015em]">{delivery.type}</h2>
      <p className="text-xs text-ink-3">
        {format.dateTime(delivery.occurredAt)}
        {account === null ? null : (
          <>
            {' · '}
            <Link
              href={`/accounts/${encodeURIComponent(account.id)}`}
              prefetch={false}
              className="underline decoration-line-strong underline-offset-2 hover:text-ink"
            >
              {account.name ?? account.id}
            </Link>
          </>
        )}
      </p>
      {error === null || state === 'delivered' ? null : (
        <div role="alert" className="mt-3.5 rounded-[10px] bg-red-soft px-3 py-2 break-words text-red">
          {error}
        </div>
      )}
      <PanelSection title="Details">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          <Detail label="To">{delivery.request.url}</Detail>
          <Detail label="Attempts">
            {format.number(attempts)} of {format.number(maxAttempts)}
          </Detail>
          {nextAttemptAt === null ? null : (
            <Detail label="Next attempt">
              {format.relative(nextAttemptAt)}, {format.dateTime(nextAttemptAt)}
            </Detail>
          )}
          {state === 'paused' ? <Detail label="Next attempt">once its endpoint is enabled</Detail> : null}
          <Detail label="Event id">{delivery.eventId}</Detail>
        </dl>
      </PanelSection>
      <PanelSection title="Attempts">
        {delivery.history.length === 0 ? (
          <p className="text-ink-3">None yet.</p>
        ) : (
          <ol className="flex flex-col gap-2">
            {[...delivery.history].reverse().map((attempt) => (
              <Attempt key={`${attempt.at} ${attempt.ms}`} attempt={attempt} />
            ))}
          </ol>
        )}
      </PanelSection>
      <PanelSection title="Request">
        <Code label="Request body">{pretty(delivery.request.body)}</Code>
      </PanelSection>
    </>
  );
}

function Attempt({ attempt }: { attempt: DeliveryDetail['history'][number] }) {
  const format = useFormat();
  const { at, ms, status, error, body } = attempt;
  return (
    <li className="rounded-[10px] border px-3 py-2">
      <div className="flex flex-wrap justify-between gap-x-3">
        <span className={status !== null && error === null ? 'font-medium' : 'font-medium text-red'}>
          {status === null ? 'No answer' : `Answered ${status}`}
        </span>
        <span className="text-xs text-ink-3 tabular-nums">
          {format.dateTime(at)} · {format.number(ms)} ms
        </span>
      </div>
      {status === null && error !== null ? <p className="text-xs break-words text-ink-2">{error}</p> : null}
      {body === null ? null : <Code label="Answer">{body}</Code>}
    </li>
  );
}

function Detail({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0 break-all select-text">{children}</dd>
    </>
  );
}

function Code({ label, children }: { label: string; children: string }) {
  return (
    <ScrollRegion label={label} className="mt-1 max-h-72 overflow-auto rounded-lg bg-raise p-2.5">
      <pre className="font-mono text-xs break-words whitespace-pre-wrap select-text">{children}</pre>
    </ScrollRegion>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function Foot({ delivery }: { delivery: DeliveryDetail }) {
  const replay = useReplay();
  const { webhookId, eventId, state } = delivery;
  const press = async () => {
    const replayed = replay.mutateAsync({ id: webhookId, request: { what: 'event', eventId } });
    if (await succeeded(replayed, 'The event could not be sent again')) notify.success('The event is on its way');
  };
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="text-xs text-ink-3">It keeps its id, so that the receiver can tell.</span>
      <Button variant="primary" pending={replay.isPending} disabled={state === 'sending'} onClick={() => void press()}>
        {state === 'waiting' ? 'Send now' : 'Replay'}
      </Button>
    </div>
  );
}
