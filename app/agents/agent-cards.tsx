import type { UseQueryResult } from '@tanstack/react-query';
import { Button } from '@/app/_components/button';
import { CheckIcon, MinusIcon, WarningIcon } from '@/app/_components/icons';
import { Skeleton } from '@/app/_components/skeleton';
import { RunStateBadge, StateBadge } from '@/app/_components/state-badge';
import { inWords } from '@/app/_lib/runs';
import { useFormat } from '@/app/_lib/use-format';
import type { AgentsResponse } from '@/lib/contracts';
import type { AgentActivity } from '@/lib/contracts/agent-activity';
import { modelSumInWords } from './activity-words';
import { spanInWords } from './run-words';

type Agent = AgentsResponse['agents'][number];
type Capability = AgentActivity['capabilities'][number];

interface Props {
  agents: readonly Agent[];
  activity: UseQueryResult<AgentActivity>;
  /** Opens the tasks of a capability, by `agent.type`. */
  onOpen: (capability: string) => void;
}

/** The agents, whether each works, what it can do, and how that went last. */
export function AgentCards({ agents, activity, onOpen }: Props) {
  return (
    <section aria-label="Agents" className="@container">
      <ul className="grid items-start gap-3 @3xl:grid-cols-2">
        {agents.map((agent) => (
          <li key={agent.id} className="min-w-0 rounded-xl border border-line bg-panel pt-3.5 pb-1">
            <div className="flex items-center gap-2 px-4 pb-2.5">
              <h2 className="font-semibold">{agent.name}</h2>
              <span className="ml-auto">
                <AgentState state={agent.state} />
              </span>
            </div>
            {activity.isError && activity.data === undefined ? (
              <p role="alert" className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-2.5 text-ink-2">
                How its tasks went could not be loaded.
                <Button size="sm" onClick={() => void activity.refetch()} pending={activity.isFetching}>
                  Retry
                </Button>
              </p>
            ) : null}
            <ul>
              {agent.capabilities.map(({ type, description }) => (
                <li key={type} data-key={`${agent.id}.${type}`} className="border-t border-line px-4 py-2.5">
                  <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <h3 className="font-medium">
                      <button
                        type="button"
                        data-row-link=""
                        onClick={() => onOpen(`${agent.id}.${type}`)}
                        className="rounded-sm hover:underline"
                      >
                        {inWords(type)}
                        <span className="sr-only">, its tasks</span>
                      </button>
                    </h3>
                    <span className="ml-auto text-xs text-ink-3">
                      <LastTask
                        loading={activity.isPending}
                        capability={activity.data?.capabilities.find(
                          (known) => known.agent === agent.id && known.type === type,
                        )}
                      />
                    </span>
                  </div>
                  <p className="mt-0.5 text-ink-2">{description}</p>
                  <ModelLine
                    capability={activity.data?.capabilities.find(
                      (known) => known.agent === agent.id && known.type === type,
                    )}
                  />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function LastTask({ capability, loading }: { capability: Capability | undefined; loading: boolean }) {
  const format = useFormat();
  const last = capability?.lastTasks[0];
  if (loading) return <Skeleton className="h-4 w-28" />;
  if (capability === undefined) return null;
  if (last === undefined) return 'Never yet';
  const took = spanInWords(last.startedAt, last.finishedAt);
  return (
    <span className="inline-flex items-center gap-2">
      <RunStateBadge state={last.state} />
      <span title={format.dateTime(last.startedAt)}>
        {format.relative(last.finishedAt ?? last.startedAt)}
        {took === null ? '' : ` · ${took}`}
      </span>
    </span>
  );
}

function ModelLine({ capability }: { capability: Capability | undefined }) {
  const format = useFormat();
  if (capability === undefined || capability.model.last30Days.calls === 0) return null;
  const { today, last30Days } = capability.model;
  return (
    <p className="mt-0.5 text-xs text-ink-3">
      Language model: {modelSumInWords(today, format)} today · {modelSumInWords(last30Days, format)} in 30 days
    </p>
  );
}

function AgentState({ state }: { state: Agent['state'] }) {
  switch (state) {
    case 'ready':
      return (
        <StateBadge tone="green" icon={<CheckIcon />}>
          Ready
        </StateBadge>
      );
    case 'degraded':
      return (
        <StateBadge tone="amber" icon={<WarningIcon />}>
          Degraded
        </StateBadge>
      );
    case 'stopped':
      return (
        <StateBadge tone="neutral" icon={<MinusIcon />}>
          Stopped
        </StateBadge>
      );
  }
}
