import { Card } from '@/app/_components/card';
import { CheckIcon, MinusIcon, WarningIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import type { AgentsResponse } from '@/lib/contracts';

type Integration = AgentsResponse['integrations'][number];

/** What Headroom is connected to, and plainly what it is not. */
export function Integrations({ integrations }: { integrations: readonly Integration[] }) {
  return (
    <Card title="Integrations" note="What is not configured is skipped; everything else goes on" flush>
      {integrations.length === 0 ? (
        <p className="px-4 pb-4 text-ink-2">This version connects to nothing outside.</p>
      ) : (
        <ul>
          {integrations.map((integration) => (
            <li
              key={integration.id}
              className="grid grid-cols-[1fr_auto] items-baseline gap-x-3 gap-y-0.5 border-t border-line px-4 py-2.5 sm:grid-cols-[160px_1fr_auto]"
            >
              <span className="font-semibold">{integration.name}</span>
              <span className="text-ink-2 max-sm:order-last max-sm:col-span-2">{integration.reason}</span>
              <IntegrationState state={integration.state} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function IntegrationState({ state }: { state: Integration['state'] }) {
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
    case 'not_configured':
      return (
        <StateBadge tone="neutral" icon={<MinusIcon />}>
          Not configured
        </StateBadge>
      );
  }
}
