import type { ReactNode } from 'react';
import { CheckIcon, ClockIcon, CrossIcon, HeldIcon, SpinnerIcon } from '@/app/_components/icons';
import { StateBadge } from '@/app/_components/state-badge';
import type { DeliveryItem } from '@/lib/contracts/webhooks';

const BADGES: Record<DeliveryItem['state'], ReactNode> = {
  waiting: (
    <StateBadge tone="amber" icon={<ClockIcon />}>
      Waiting
    </StateBadge>
  ),
  sending: (
    <StateBadge tone="accent" icon={<SpinnerIcon />}>
      Sending
    </StateBadge>
  ),
  delivered: (
    <StateBadge tone="green" icon={<CheckIcon />}>
      Delivered
    </StateBadge>
  ),
  failed: (
    <StateBadge tone="red" icon={<CrossIcon />}>
      Failed
    </StateBadge>
  ),
  paused: (
    <StateBadge tone="neutral" icon={<HeldIcon />}>
      Paused
    </StateBadge>
  ),
};

export function DeliveryStateBadge({ state }: { state: DeliveryItem['state'] }) {
  return BADGES[state];
}
