'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { AlertBadge } from '@/app/_components/alert-badge';
import { AlertSnooze } from '@/app/_components/alert-snooze';
import { Card } from '@/app/_components/card';
import { accountAlertsQuery } from '@/app/_lib/alerts';
import { useFormat } from '@/app/_lib/use-format';
import { Allowed } from '@/app/_lib/viewer';
import type { AccountDetail } from '@/lib/contracts';
import type { AccountAlerts as Alerts } from '@/lib/contracts/alerts';

/** The last churn alert of the account, and what is snoozed or held back. */
export function AccountAlerts({ account }: { account: AccountDetail }) {
  const alerts = useQuery(accountAlertsQuery(account.id));
  if (alerts.data === undefined) {
    return (
      <Card title="Churn alerts">
        <p className="text-ink-2">
          {alerts.isError ? `They could not be loaded: ${alerts.error.message}` : 'Loading the alerts'}
        </p>
      </Card>
    );
  }
  const { snooze } = alerts.data;
  return (
    <Card
      title="Churn alerts"
      actions={
        <Allowed to="opportunity.plan">
          <AlertSnooze account={account} snoozedUntil={snooze?.until ?? null} />
        </Allowed>
      }
    >
      <Held alerts={alerts.data} />
      <Latest alerts={alerts.data} />
    </Card>
  );
}

function Held({ alerts: { snooze, held } }: { alerts: Alerts }) {
  const format = useFormat();
  if (snooze !== null) {
    return (
      <div className="mb-3 rounded-[10px] bg-raise px-3 py-2">
        <p className="font-medium">Snoozed until {format.date(snooze.until)}</p>
        <p className="break-words text-ink-2">
          «{snooze.reason}» · {snooze.by}, {format.date(snooze.at)}
          {held === null ? '' : ' · A change is held back.'}
        </p>
      </div>
    );
  }
  if (held === null) return null;
  return (
    <p className="mb-3 rounded-[10px] bg-raise px-3 py-2 text-ink-2">
      {held.reason === 'cool_down'
        ? `A change is held back until ${format.dateTime(held.until)}: the account was told of a few days ago and is not worse than then.`
        : 'A change was held back by a snooze; the next scan decides anew.'}
    </p>
  );
}

function Latest({ alerts: { latest } }: { alerts: Alerts }) {
  const format = useFormat();
  if (latest === null) return <p className="text-ink-2">Nobody was told that this account is at risk.</p>;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <AlertBadge alert={latest} />
        <time dateTime={latest.createdAt} className="text-xs text-ink-3">
          {format.dateTime(latest.createdAt)}
        </time>
      </div>
      <p className="mt-1.5 text-ink-2">{latest.summary}</p>
      <p className="mt-2">
        <Link
          href={`/alerts?account=${encodeURIComponent(latest.account.id)}&id=${encodeURIComponent(latest.id)}`}
          prefetch={false}
          className="rounded-sm font-medium text-accent hover:underline"
        >
          Why, and who was told
        </Link>
      </p>
    </>
  );
}
