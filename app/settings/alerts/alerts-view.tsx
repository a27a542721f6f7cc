'use client';

import { useQuery } from '@tanstack/react-query';
import { Card } from '@/app/_components/card';
import { ErrorState } from '@/app/_components/error-state';
import { CheckIcon, MinusIcon } from '@/app/_components/icons';
import { PageScroll } from '@/app/_components/page';
import { TableSkeleton } from '@/app/_components/skeleton';
import { StateBadge } from '@/app/_components/state-badge';
import type { AlertSettingsView } from '@/lib/contracts/alerts';
import { SettingsPage } from '../settings-page';
import { ChatRow } from './chat-row';
import { alertSettingsQuery } from './queries';
import { RulesForm } from './rules-form';

/** Who is told when an account gets into danger, where, and how often. */
export function AlertSettings() {
  const settings = useQuery(alertSettingsQuery());
  return (
    <SettingsPage>
      <PageScroll>
        <div className="flex max-w-3xl flex-col gap-5">
          {settings.data !== undefined ? (
            <Loaded view={settings.data} />
          ) : settings.isError ? (
            <ErrorState
              title="The settings could not be loaded"
              error={settings.error}
              onRetry={() => void settings.refetch()}
              retrying={settings.isFetching}
            />
          ) : (
            <TableSkeleton label="Loading the settings" />
          )}
        </div>
      </PageScroll>
    </SettingsPage>
  );
}

function Loaded({ view }: { view: AlertSettingsView }) {
  return (
    <>
      <Card title="When somebody is told" note="after each scan, of what changed" flush>
        <RulesForm saved={view.settings} timeZone={view.timeZone} />
      </Card>
      <Card title="Where" note="each channel on its own: one that fails keeps none waiting" flush>
        <ul>
          {view.chat.map((channel) => (
            <ChatRow key={channel.channel} channel={channel} />
          ))}
          <Other
            name="Notion"
            state={view.notionProblem === null}
            what={view.notionProblem ?? 'A page for each alert in the connected workspace.'}
          />
          <Other
            name="Events"
            state
            what="churn.alert, health.scored and health.rag_changed, for systems that listen to the desk."
          />
        </ul>
      </Card>
    </>
  );
}

function Other({ name, what, state }: { name: string; what: string; state: boolean }) {
  return (
    <li className="border-t border-line px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-semibold">{name}</span>
        <StateBadge tone={state ? 'green' : 'neutral'} icon={state ? <CheckIcon /> : <MinusIcon />}>
          {state ? 'On' : 'Skipped'}
        </StateBadge>
      </div>
      <p className="text-ink-2">{what}</p>
    </li>
  );
}
