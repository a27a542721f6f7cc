import clsx from 'clsx';
import type { AccountItem } from '@/lib/contracts';

type Level = NonNullable<AccountItem['churnRiskLevel']>;

const LOOK: Record<Level, { label: string; filled: number; colour: string; text: string }> = {
  low: { label: 'Low', filled: 1, colour: 'bg-ink-3', text: 'text-ink-2' },
  medium: { label: 'Medium', filled: 2, colour: 'bg-ink-3', text: 'text-ink' },
  high: { label: 'High', filled: 3, colour: 'bg-amber', text: 'text-amber font-medium' },
  critical: { label: 'Critical', filled: 4, colour: 'bg-red', text: 'text-red font-semibold' },
};

export function churnRiskLabel(level: Level): string {
  return LOOK[level].label;
}

/** The risk in words, with as many of four dashes as it is high. */
export function ChurnRisk({ level }: { level: Level | null }) {
  if (level === null) return <span className="text-ink-3">–</span>;
  const { label, filled, colour, text } = LOOK[level];
  return (
    <span className={clsx('inline-flex items-center gap-1.5', text)}>
      <span aria-hidden="true" className="inline-flex gap-px">
        {DASHES.map((dash) => (
          <i key={dash} className={clsx('h-2.5 w-[3px] rounded-[1px]', dash <= filled ? colour : 'bg-line-strong')} />
        ))}
      </span>
      {label}
    </span>
  );
}

const DASHES = [1, 2, 3, 4];
