import { CheckIcon, MinusIcon, WarningIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import { inWords } from '@/app/_lib/runs';
import type { AgentsResponse } from '@/lib/contracts';

type Agent = AgentsResponse['agents'][number];

/** The two agents, whether each works, and what it can do. */
export function AgentCards({ agents }: { agents: readonly Agent[] }) {
  return (
    <section aria-label="Agents" className="@container">
      <ul className="grid gap-3 @2xl:grid-cols-2">
        {agents.map((agent) => (
          <li key={agent.id} className="min-w-0 rounded-xl border border-line bg-panel px-4 py-3.5">
            <div className="flex items-center gap-2">
              <h2 className="font-semibold">{agent.name}</h2>
              <span className="ml-auto">
                <AgentState state={agent.state} />
              </span>
            </div>
            <dl className="mt-2 grid gap-1.5">
              {agent.capabilities.map((capability) => (
                <div key={capability.type}>
                  <dt className="font-medium">{inWords(capability.type)}</dt>
                  <dd className="text-ink-2">{capability.description}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    </section>
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
