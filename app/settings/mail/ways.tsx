import type { ReactNode } from 'react';
import { Card } from '@/app/_components/card';
import { CheckIcon, MinusIcon, WarningIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import type { MailWay } from '@/lib/contracts';
import { WAY_WORDS } from './mail-words';

const BADGES: Record<MailWay['state'], ReactNode> = {
  ready: (
    <StateBadge tone="green" icon={<CheckIcon />}>
      Ready
    </StateBadge>
  ),
  not_configured: (
    <StateBadge tone="neutral" icon={<MinusIcon />}>
      Not set up
    </StateBadge>
  ),
  degraded: (
    <StateBadge tone="red" icon={<WarningIcon />}>
      Does not work
    </StateBadge>
  ),
};

/** The ways a draft can go, with what is to be done where one is not there. */
export function Ways({ ways }: { ways: readonly MailWay[] }) {
  return (
    <Card title="The ways there are" note="docs/mail.md has every step" flush>
      <ul>
        {ways.map(({ id, state, reason, remedy }) => (
          <li key={id} className="border-t border-line px-4 py-3">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span className="font-semibold">{WAY_WORDS[id]}</span>
              {BADGES[state]}
            </div>
            <p className="mt-0.5 break-words text-ink-2">
              {reason}
              {remedy === null ? null : ` ${remedy}`}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
