'use client';

import { Button } from '@/app/_components/button';
import { notify } from '@/app/_lib/notify';
import type { AccountDetail } from '@/lib/contracts';
import { useScanAccount } from '../queries';

/** Scores the account now and looks for opportunities, without waiting for the schedule. */
export function ScanNow({ account }: { account: AccountDetail }) {
  const scan = useScanAccount(account.id);
  const press = () =>
    scan.mutate(undefined, {
      onSuccess: () =>
        void notify.success(`${account.name} is scanned`, { description: 'Score and opportunities are up to date.' }),
      onError: (error) => void notify.failure(`${account.name} could not be scanned`, error),
    });
  return (
    <Button onClick={press} pending={scan.isPending}>
      {scan.isPending ? 'Scanning' : 'Scan now'}
    </Button>
  );
}
