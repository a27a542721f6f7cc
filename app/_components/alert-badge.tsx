import type { AlertItem } from '@/lib/contracts/alerts';
import { CheckIcon, TrendDownIcon, WarningIcon } from './icons';
import { StateBadge } from './state-badge';

const LEVELS: Record<AlertItem['level'], string> = {
  critical: 'Critical',
  high: 'High risk',
  red: 'Health is RED',
  none: 'No risk',
};

const KINDS: Record<AlertItem['kind'], string> = { new_risk: 'New risk', worse: 'Got worse', recovered: 'Recovered' };

export function alertKindLabel(kind: AlertItem['kind']): string {
  return KINDS[kind];
}

/** What changed, in a shape and words: the level of a risk, or that it has passed. */
export function AlertBadge({ alert }: { alert: Pick<AlertItem, 'kind' | 'level'> }) {
  if (alert.kind === 'recovered') {
    return (
      <StateBadge tone="green" icon={<CheckIcon />}>
        Recovered
      </StateBadge>
    );
  }
  return (
    <StateBadge
      tone={alert.level === 'high' ? 'amber' : 'red'}
      icon={alert.kind === 'worse' ? <TrendDownIcon /> : <WarningIcon />}
    >
      {LEVELS[alert.level]}
    </StateBadge>
  );
}
