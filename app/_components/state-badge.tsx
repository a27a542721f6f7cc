import clsx from 'clsx';
import type { ReactNode } from 'react';
import type { DispatchItem, OpportunityItem, RunItem } from '@/lib/contracts';
import {
  CheckIcon,
  ClockIcon,
  CrossIcon,
  DispatchesIcon,
  HeldIcon,
  MinusIcon,
  OpportunitiesIcon,
  QuestionIcon,
  SpinnerIcon,
  StarIcon,
  WarningIcon,
} from './icons';

type Tone = 'neutral' | 'accent' | 'green' | 'amber' | 'red';

interface Look {
  label: string;
  tone: Tone;
  icon: ReactNode;
}

const TONES: Record<Tone, string> = {
  neutral: 'bg-raise text-ink-2',
  accent: 'bg-accent-soft text-accent',
  green: 'bg-green-soft text-green',
  amber: 'bg-amber-soft text-amber',
  red: 'bg-red-soft text-red',
};

/** A state in words, with a shape of its own beside the colour. */
export function StateBadge({ tone, icon, children }: { tone: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span
      className={clsx(
        'inline-flex items-center gap-1 rounded-md py-px pr-[7px] pl-1.5 font-medium whitespace-nowrap [&>svg]:size-3',
        TONES[tone],
      )}
    >
      {icon}
      {children}
    </span>
  );
}

const OPPORTUNITY: Record<OpportunityItem['status'], Look> = {
  open: { label: 'Ready', tone: 'accent', icon: <OpportunitiesIcon /> },
  held: { label: 'Held', tone: 'amber', icon: <HeldIcon /> },
  queued: { label: 'Queued', tone: 'neutral', icon: <ClockIcon /> },
  drafted: { label: 'Drafted', tone: 'accent', icon: <DispatchesIcon /> },
  accepted: { label: 'Accepted', tone: 'green', icon: <CheckIcon /> },
  won: { label: 'Won', tone: 'green', icon: <StarIcon /> },
  lost: { label: 'Lost', tone: 'neutral', icon: <CrossIcon /> },
  snoozed: { label: 'Snoozed', tone: 'neutral', icon: <ClockIcon /> },
  dismissed: { label: 'Dismissed', tone: 'neutral', icon: <MinusIcon /> },
  withdrawn: { label: 'Withdrawn', tone: 'neutral', icon: <MinusIcon /> },
};

const DISPATCH: Record<DispatchItem['state'], Look> = {
  queued: { label: 'Queued', tone: 'neutral', icon: <ClockIcon /> },
  drafting: { label: 'Drafting', tone: 'neutral', icon: <SpinnerIcon /> },
  uncertain: { label: 'Checking', tone: 'amber', icon: <QuestionIcon /> },
  retrying: { label: 'Retrying', tone: 'amber', icon: <ClockIcon /> },
  drafted: { label: 'Drafted', tone: 'green', icon: <CheckIcon /> },
  failed: { label: 'Failed', tone: 'red', icon: <CrossIcon /> },
};

const RUN: Record<RunItem['state'], Look> = {
  queued: { label: 'Queued', tone: 'neutral', icon: <ClockIcon /> },
  running: { label: 'Running', tone: 'accent', icon: <SpinnerIcon /> },
  succeeded: { label: 'Succeeded', tone: 'green', icon: <CheckIcon /> },
  failed: { label: 'Failed', tone: 'red', icon: <WarningIcon /> },
  cancelled: { label: 'Cancelled', tone: 'neutral', icon: <MinusIcon /> },
};

export function OpportunityStatusBadge({ status }: { status: OpportunityItem['status'] }) {
  return <LookBadge look={OPPORTUNITY[status]} />;
}

export function DispatchStateBadge({ state }: { state: DispatchItem['state'] }) {
  return <LookBadge look={DISPATCH[state]} />;
}

export function RunStateBadge({ state }: { state: RunItem['state'] }) {
  return <LookBadge look={RUN[state]} />;
}

function LookBadge({ look }: { look: Look }) {
  return (
    <StateBadge tone={look.tone} icon={look.icon}>
      {look.label}
    </StateBadge>
  );
}
