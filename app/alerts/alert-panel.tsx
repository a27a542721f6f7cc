'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { AlertItem } from '@/lib/contracts/alerts';
import { AlertBadge, alertKindLabel } from '../_components/alert-badge';
import { AlertDeliveries } from '../_components/alert-deliveries';
import { AlertReasons } from '../_components/alert-reasons';
import { AlertSnooze } from '../_components/alert-snooze';
import { ButtonLink } from '../_components/button';
import { ErrorState } from '../_components/error-state';
import { PanelSection, SidePanel } from '../_components/side-panel';
import { Skeleton } from '../_components/skeleton';
import { alertQuery } from '../_lib/alerts';
import { useFormat } from '../_lib/use-format';
import { Allowed } from '../_lib/viewer';

export function AlertPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, isFetching, refetch } = useQuery(alertQuery(id));
  return (
    <SidePanel
      label={data === undefined ? 'Alert' : `Alert about ${data.account.name}`}
      contentKey={id}
      onClose={onClose}
      footer={data === undefined ? undefined : <Foot alert={data} />}
    >
      {data !== undefined ? (
        <Body alert={data} />
      ) : error !== null ? (
        <ErrorState
          title="This alert could not be loaded"
          error={error}
          onRetry={() => void refetch()}
          retrying={isFetching}
        />
      ) : (
        <div role="status" className="mt-10 flex flex-col gap-3">
          <span className="sr-only">Loading the alert</span>
          <Skeleton className="h-10" />
          <Skeleton className="h-40" />
        </div>
      )}
    </SidePanel>
  );
}

function Body({ alert }: { alert: AlertItem }) {
  const format = useFormat();
  const { account } = alert;
  return (
    <>
      <div className="flex items-center gap-2 pr-9">
        <AlertBadge alert={alert} />
        {alert.kind === 'recovered' ? null : <span className="text-xs text-ink-3">{alertKindLabel(alert.kind)}</span>}
      </div>
      <h2 className="mt-1.5 mb-0.5 text-base font-bold tracking-[-0.015em]">{account.name}</h2>
      <p className="text-xs text-ink-3">
        <Link
          href={`/accounts/${encodeURIComponent(account.id)}`}
          className="underline decoration-line-strong underline-offset-2 hover:text-ink"
        >
          Account
        </Link>
        {' · '}
        {format.dateTime(alert.createdAt)}
        {alert.told === 'digest' ? ' · told in a digest' : ''}
      </p>
      <p className="mt-3">{alert.summary}</p>
      {alert.wordedBy === null ? null : (
        <p className="mt-1 text-xs text-ink-3">Worded by {alert.wordedBy} from the facts below.</p>
      )}
      <PanelSection title="What to do next">
        <ol className="list-decimal space-y-1 pl-5 marker:text-ink-3">
          {alert.actions.map((action) => (
            <li key={action}>{action}</li>
          ))}
        </ol>
      </PanelSection>
      <PanelSection title={alert.before === null ? 'What weighs most' : 'What moved'}>
        <AlertReasons reasons={alert.reasons} />
      </PanelSection>
      <PanelSection title="Contract">
        <p className="text-ink-2">{alert.contract}</p>
      </PanelSection>
      <PanelSection title="Who was told">
        <AlertDeliveries alert={alert} />
      </PanelSection>
    </>
  );
}

function Foot({ alert }: { alert: AlertItem }) {
  const format = useFormat();
  const { account } = alert;
  const snoozed = account.snoozedUntil !== null && Date.parse(account.snoozedUntil) > Date.now();
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <span className="text-xs text-ink-3">
        {snoozed ? `Snoozed until ${format.date(account.snoozedUntil)}` : 'Nothing is sent.'}
      </span>
      <div className="flex gap-2">
        <Allowed to="opportunity.plan">
          <AlertSnooze account={account} snoozedUntil={snoozed ? account.snoozedUntil : null} />
        </Allowed>
        <ButtonLink size="sm" variant="primary" href={`/accounts/${encodeURIComponent(account.id)}`}>
          Open account
        </ButtonLink>
      </div>
    </div>
  );
}
