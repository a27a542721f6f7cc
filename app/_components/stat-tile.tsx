import clsx from 'clsx';
import type { ReactNode } from 'react';

/** A strip of figures; the first may be wide. On narrow screens two a row. */
export function StatTiles({ children, label }: { children: ReactNode; label: string }) {
  return (
    <section aria-label={label} className="@container mx-5 flex-none max-sm:mx-4">
      <div className="grid grid-cols-[1.4fr_1fr] gap-px overflow-hidden rounded-xl border border-line bg-line @2xl:flex">
        {children}
      </div>
    </section>
  );
}

interface Props {
  label: string;
  value: ReactNode;
  /** Beside the value, quieter: a count. */
  note?: ReactNode;
  wide?: boolean | undefined;
  children?: ReactNode;
}

export function StatTile({ label, value, note, wide = false, children }: Props) {
  return (
    <div className={clsx('min-w-0 bg-panel px-4 pt-3 pb-[13px]', wide ? '@2xl:flex-[2.3]' : '@2xl:flex-1')}>
      <div className="mb-0.5 text-ink-2">{label}</div>
      <div className="flex flex-wrap items-baseline gap-x-1.5">
        <strong className="text-xl font-semibold tracking-[-0.02em]">{value}</strong>
        {note === undefined ? null : <span className="text-ink-3">{note}</span>}
      </div>
      {children}
    </div>
  );
}
