import clsx from 'clsx';
import { type ComponentProps, type ReactNode, useId } from 'react';

const CONTROL =
  'w-full rounded-lg border border-control bg-panel px-2.5 py-1.5 text-ink placeholder:text-ink-3 placeholder:opacity-100 max-sm:text-[16px]';

interface Props {
  label: string;
  hint?: ReactNode;
  /** The control; give it these attributes. */
  children: (control: { id: string; 'aria-describedby': string | undefined }) => ReactNode;
}

/** A label above its control, with a hint below. */
export function Field({ label, hint, children }: Props) {
  const id = useId();
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({ id, 'aria-describedby': hintId })}
      {hint === undefined ? null : (
        <span id={hintId} className="text-xs text-ink-3">
          {hint}
        </span>
      )}
    </div>
  );
}

export function TextInput({ className, ...props }: ComponentProps<'input'>) {
  return <input {...props} className={clsx(CONTROL, className)} />;
}

export function TextArea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea rows={3} {...props} className={clsx(CONTROL, 'resize-y', className)} />;
}

export function Select({ className, ...props }: ComponentProps<'select'>) {
  return <select {...props} className={clsx(CONTROL, className)} />;
}
