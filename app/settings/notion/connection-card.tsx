'use client';

import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { CheckIcon, ClockIcon, WarningIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import type { NotionOverview } from '@/lib/contracts/notion';
import { ago } from '../ago';
import { succeeded } from '../failure';
import { TokenForm } from './connect-card';
import { useDisconnectNotion } from './queries';

const ConfirmDialog = lazy(() => import('../confirm-dialog'));

const BADGES: Record<Exclude<NotionOverview['state'], 'not_connected'>, ReactNode> = {
  connected: (
    <StateBadge tone="green" icon={<CheckIcon />}>
      Works
    </StateBadge>
  ),
  not_chosen: (
    <StateBadge tone="amber" icon={<ClockIcon />}>
      Nothing chosen yet
    </StateBadge>
  ),
  problem: (
    <StateBadge tone="red" icon={<WarningIcon />}>
      Needs attention
    </StateBadge>
  ),
};

/** Which workspace, and the token that opens it. */
export function ConnectionCard({ overview }: { overview: NotionOverview }) {
  const format = useFormat();
  const disconnect = useDisconnectNotion();
  const [asking, setAsking] = useState<'token' | 'disconnect' | null>(
    [overview.pull.problem, overview.push.problem].some((problem) => problem?.code === 'notion_reconnect')
      ? 'token'
      : null,
  );
  const leave = async () => {
    if (await succeeded(disconnect.mutateAsync(), 'Notion could not be disconnected')) {
      notify.success('Notion is disconnected', { description: 'Accounts stay as they are.' });
    }
    setAsking(null);
  };
  return (
    <Card
      title={overview.workspace ?? 'Notion'}
      note={overview.connectedAt === null ? undefined : `connected ${ago(format, overview.connectedAt)}`}
      actions={
        <>
          <Button size="sm" onClick={() => setAsking(asking === 'token' ? null : 'token')}>
            New token
          </Button>
          <Button size="sm" variant="danger" onClick={() => setAsking('disconnect')}>
            Disconnect
          </Button>
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {overview.state === 'not_connected' ? null : BADGES[overview.state]}
        <p className="min-w-0 flex-1 basis-64 text-ink-2">
          Notion wins for the facts of an account, Headroom for its scores: what you edit there comes in, and a score
          that somebody types there is written over.
        </p>
      </div>
      {asking === 'token' ? (
        <div className="mt-4 border-t border-line pt-4">
          <TokenForm action="Keep this token" onDone={() => setAsking(null)} />
        </div>
      ) : null}
      {asking === 'disconnect' ? (
        <Suspense>
          <ConfirmDialog
            title="Disconnect Notion?"
            action="Disconnect"
            pending={disconnect.isPending}
            onConfirm={() => void leave()}
            onClose={() => setAsking(null)}
          >
            The token is deleted here. Accounts stay as they are and are not updated any more; pages in Notion stay too.
          </ConfirmDialog>
        </Suspense>
      ) : null}
    </Card>
  );
}
