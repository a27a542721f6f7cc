import clsx from 'clsx';
import type { ComponentProps, ReactNode } from 'react';

const CONTROL =
  'w-full rounded-lg border border-line-strong bg-panel px-2.5 py-1.5 text-ink placeholder:text-ink-3 placeholder:opacity-100 max-sm:text-[16px]';

/** A label above its control, with a hint below. */
export function Field({ label, hint, children }: { label: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <label className="flex flex-col gap-1">
      <span className="font-medium">{label}</span>
      {children}
      {hint === undefined ? null : <span className="text-xs text-ink-3">{hint}</span>}
    </label>
  );
}

export function TextInput({ className, ...props }: ComponentProps<'input'>) {
  return <input {...props} className={clsx(CONTROL, className)} />;
}

export function TextArea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea rows={3} {...props} className={clsx(CONTROL, 'resize-y', className)} />;
}
