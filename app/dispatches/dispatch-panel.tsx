'use client';

import Link from 'next/link';
import type { DispatchDetail } from '@/lib/contracts';
import { Button } from '../_components/button';
import { DraftLink } from '../_components/draft-link';
import { DraftPreview } from '../_components/draft-preview';
import { ErrorState } from '../_components/error-state';
import { PanelSection, SidePanel } from '../_components/side-panel';
import { Skeleton } from '../_components/skeleton';
import { DispatchStateBadge } from '../_components/state-badge';
import { Timeline } from '../_components/timeline';
import { useFormat } from '../_lib/use-format';
import { Allowed } from '../_lib/viewer';
import { originInWords, personName } from '../_lib/words';
import { useDispatch } from './queries';
import { needsPerson, ResolveDispatch } from './resolve-dispatch';
import { useRetry } from './use-retry';

export function DispatchPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, isFetching, refetch } = useDispatch(id);
  return (
    <SidePanel
      label={data === undefined ? 'Dispatch' : `Dispatch for ${data.account.name}`}
      contentKey={id}
      onClose={onClose}
      footer={data === undefined ? undefined : <Foot dispatch={data} />}
    >
      {data !== undefined ? (
        <Body dispatch={data} />
      ) : error !== null ? (
        <ErrorState
          title="This dispatch could not be loaded"
          error={error}
          onRetry={() => void refetch()}
          retrying={isFetching}
        />
      ) : (
        <div role="status" className="mt-10 flex flex-col gap-3">
          <span className="sr-only">Loading the dispatch</span>
          <Skeleton className="h-10" />
          <Skeleton className="h-40" />
        </div>
      )}
    </SidePanel>
  );
}

function Body({ dispatch }: { dispatch: DispatchDetail }) {
  const format = useFormat();
  return (
    <>
      <div className="pr-9">
        <DispatchStateBadge state={dispatch.state} />
      </div>
      <h2 className="mt-1.5 mb-0.5 text-base font-bold tracking-[-0.015em]">
        {dispatch.account.name}: {dispatch.title}
      </h2>
      <p className="text-xs text-ink-3">
        <Link
          href={`/accounts/${encodeURIComponent(dispatch.account.id)}`}
          className="underline decoration-line-strong underline-offset-2 hover:text-ink"
        >
          Account
        </Link>
        {' · '}
        <Link
          href={`/opportunities?tab=all&id=${encodeURIComponent(dispatch.opportunityId)}`}
          className="underline decoration-line-strong underline-offset-2 hover:text-ink"
        >
          Opportunity
        </Link>
        {dispatch.impact === null ? '' : ` · ${format.money(dispatch.impact)} ARR`}
      </p>
      {dispatch.error === null || dispatch.state === 'drafted' ? null : (
        <div role="alert" className="mt-3.5 rounded-[10px] bg-red-soft px-3 py-2 text-red">
          {dispatch.error.message}
          {dispatch.error.code === 'mail_reconnect' ? (
            <p className="mt-0.5 text-ink-2">
              It waits and counts as no attempt: once the mailbox is connected again in Settings → Mail, it goes on by
              itself.
            </p>
          ) : null}
        </div>
      )}
      {needsPerson(dispatch) ? <ResolveDispatch dispatch={dispatch} /> : null}
      {dispatch.overrideReason === null ? null : (
        <PanelSection title="Gates overridden because">
          <p className="border-l-2 border-amber py-px pl-3">{dispatch.overrideReason}</p>
        </PanelSection>
      )}
      {dispatch.draft === null ? null : (
        <PanelSection title="Draft">
          <DraftPreview dispatchId={dispatch.id} />
        </PanelSection>
      )}
      <PanelSection title="Details">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          <Detail label="Draft for">{dispatch.recipient ?? 'Left empty for the rep'}</Detail>
          {dispatch.destination === null ? null : <Detail label="Goes to">{dispatch.destination}</Detail>}
          <Detail label="Asked for by">{dispatch.requestedBy}</Detail>
          <Detail label="Asked for">{format.dateTime(dispatch.createdAt)}</Detail>
          {dispatch.draftedAt === null ? null : <Detail label="Drafted">{format.dateTime(dispatch.draftedAt)}</Detail>}
          {dispatch.talkTrackOrigin === null ? null : (
            <Detail label="Talk track">{originInWords(dispatch.talkTrackOrigin)}</Detail>
          )}
          <Detail label="Attempts">{format.number(dispatch.attempts)}</Detail>
          {dispatch.nextAttemptAt === null ? null : (
            <Detail label="Next attempt">
              {dispatch.error?.code === 'mail_reconnect'
                ? 'once its mailbox is connected again'
                : format.relative(dispatch.nextAttemptAt)}
            </Detail>
          )}
          {dispatch.draft === null ? null : (
            <Detail label="Draft id">
              {dispatch.draft.provider}, {dispatch.draft.draftId}
            </Detail>
          )}
          <Detail label="Message-ID">{dispatch.messageId}</Detail>
        </dl>
      </PanelSection>
      <PanelSection title="Timeline">
        <Timeline events={dispatch.timeline} />
      </PanelSection>
    </>
  );
}

function Detail({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{label}</dt>
      <dd className="min-w-0 break-words select-text">{children}</dd>
    </>
  );
}

function Foot({ dispatch }: { dispatch: DispatchDetail }) {
  const { retry, pending } = useRetry(dispatch);
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="text-xs text-ink-3">
        {dispatch.recipient === null ? 'No recipient yet' : `For ${personName(dispatch.recipient)}`}. Nothing is sent.
      </span>
      {dispatch.draft !== null ? (
        <DraftLink href={dispatch.draft.href} />
      ) : dispatch.state === 'failed' ? (
        <Allowed to="dispatch">
          <Button variant="primary" pending={pending} onClick={retry}>
            Retry
          </Button>
        </Allowed>
      ) : null}
    </div>
  );
}
