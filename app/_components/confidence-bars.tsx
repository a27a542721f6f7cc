import clsx from 'clsx';
import type { OpportunityItem } from '@/lib/contracts';

type Confidence = OpportunityItem['confidence'];

const LEVEL: Record<Confidence, number> = { low: 1, medium: 2, high: 3 };
const LABEL: Record<Confidence, string> = { low: 'Low', medium: 'Medium', high: 'High' };
const HEIGHTS = ['h-[5px]', 'h-2', 'h-3'];

export function confidenceLabel(confidence: Confidence): string {
  return LABEL[confidence];
}

export function ConfidenceBars({ confidence }: { confidence: Confidence }) {
  return (
    <span className="inline-flex h-3 items-end gap-0.5" title={`${LABEL[confidence]} confidence`}>
      {HEIGHTS.map((height, index) => (
        <i
          key={height}
          aria-hidden="true"
          className={clsx('w-1 rounded-[1px]', height, index < LEVEL[confidence] ? 'bg-accent' : 'bg-line-strong')}
        />
      ))}
      <span className="sr-only">{LABEL[confidence]}</span>
    </span>
  );
}
