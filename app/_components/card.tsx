import clsx from 'clsx';
import { type ReactNode, useId } from 'react';

interface Props {
  title: string;
  /** Beside the title, quieter. */
  note?: ReactNode;
  /** At the right of the title. */
  actions?: ReactNode;
  /** The content goes from edge to edge, e.g. a table. */
  flush?: boolean;
  children: ReactNode;
}

/** A part of a page that is not one big table. */
export function Card({ title, note, actions, flush = false, children }: Props) {
  const heading = useId();
  return (
    <section aria-labelledby={heading} className="min-w-0 overflow-hidden rounded-xl border border-line bg-panel">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 px-4 pt-3.5">
        <h2 id={heading} className="font-semibold">
          {title}
        </h2>
        {note === undefined ? null : <span className="text-xs text-ink-3">{note}</span>}
        {actions === undefined ? null : <div className="ml-auto flex items-center gap-2">{actions}</div>}
      </header>
      <div className={clsx(flush ? 'pt-2' : 'px-4 pt-2.5 pb-4')}>{children}</div>
    </section>
  );
}
