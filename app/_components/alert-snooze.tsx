'use client';

import { lazy, Suspense, useState } from 'react';
import { useSnoozeAlerts } from '../_lib/alerts';
import { notify } from '../_lib/notify';
import { useFormat } from '../_lib/use-format';
import { Button } from './button';

const SnoozeDialog = lazy(() => import('./alert-snooze-dialog'));

/** Snoozes the alerts of an account until a day, for a reason; or ends that. */
export function AlertSnooze({
  account,
  snoozedUntil,
}: {
  account: { id: string; name: string };
  /** Null where it is not snoozed. */
  snoozedUntil: string | null;
}) {
  const format = useFormat();
  const snooze = useSnoozeAlerts(account.id);
  const [asking, setAsking] = useState(false);

  const end = async () => {
    try {
      await snooze.mutateAsync(null);
      notify.success(`${account.name} is heard of again`, { description: 'The next scan decides anew.' });
    } catch (error) {
      notify.failure('The snooze was not ended', error);
    }
  };
  const begin = async (until: Date, reason: string) => {
    try {
      await snooze.mutateAsync({ until: until.toISOString(), reason });
      setAsking(false);
      notify.success(`Alerts of ${account.name} are snoozed until ${format.date(until.toISOString())}`);
    } catch (error) {
      notify.failure('The alerts were not snoozed', error);
    }
  };

  if (snoozedUntil !== null) {
    return (
      <Button size="sm" pending={snooze.isPending} onClick={() => void end()}>
        End the snooze<span className="sr-only"> of {account.name}</span>
      </Button>
    );
  }
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)}>
        Snooze alerts<span className="sr-only"> of {account.name}</span>
      </Button>
      {asking ? (
        <Suspense>
          <SnoozeDialog
            name={account.name}
            pending={snooze.isPending}
            onSnooze={(until, reason) => void begin(until, reason)}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      ) : null}
    </>
  );
}
