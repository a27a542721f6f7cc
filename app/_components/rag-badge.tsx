import clsx from 'clsx';
import type { Rag } from '@/lib/contracts';

const LOOK: Record<Rag, { label: string; className: string; shape: React.ReactNode }> = {
  GREEN: { label: 'Green', className: 'bg-green-soft text-green', shape: <circle cx="5" cy="5" r="5" /> },
  AMBER: { label: 'Amber', className: 'bg-amber-soft text-amber', shape: <path d="M5 0l5 10H0z" /> },
  RED: { label: 'Red', className: 'bg-red-soft text-red', shape: <rect width="10" height="10" rx="2" /> },
};

export function ragLabel(rag: Rag): string {
  return LOOK[rag].label;
}

/** Health as shape, colour and words: circle, triangle, square. `full` also shows the word. */
export function RagBadge({ rag, score, full = false }: { rag: Rag | null; score: number | null; full?: boolean }) {
  if (rag === null) return <span className="text-ink-3">Not scored</span>;
  const { label, className, shape } = LOOK[rag];
  const rounded = score === null ? '' : Math.round(score);
  return (
    <span
      className={clsx('inline-flex items-center gap-1.5 rounded-md py-px pr-[7px] pl-1.5 font-semibold', className)}
      title={full ? undefined : label}
    >
      <svg viewBox="0 0 10 10" width="9" height="9" fill="currentColor" aria-hidden="true">
        {shape}
      </svg>
      <span>
        <span className={full ? undefined : 'sr-only'}>{label} </span>
        {rounded}
      </span>
    </span>
  );
}
