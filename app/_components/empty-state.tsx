import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** What it means and what to do next. */
  children?: ReactNode;
  /** Buttons. */
  actions?: ReactNode;
}

export function EmptyState({ title, children, actions }: Props) {
  return (
    <div className="flex flex-col items-center gap-1 px-5 py-14 text-center">
      <h2 className="text-base font-semibold">{title}</h2>
      {children === undefined ? null : <div className="max-w-md text-ink-2">{children}</div>}
      {actions === undefined ? null : <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
