import clsx from 'clsx';
import Link from 'next/link';
import type { ComponentProps } from 'react';
import { SpinnerIcon } from './icons';

type Variant = 'default' | 'primary' | 'quiet' | 'danger';
type Size = 'md' | 'sm';

interface Look {
  variant?: Variant;
  size?: Size;
}

export function buttonClass({ variant = 'default', size = 'md' }: Look = {}): string {
  return clsx(
    'inline-flex items-center justify-center gap-1.5 border font-medium whitespace-nowrap select-none',
    'transition-colors duration-75 disabled:cursor-default disabled:opacity-55 aria-disabled:opacity-55',
    size === 'md' ? 'min-h-[31px] rounded-lg px-[11px] py-[5px]' : 'min-h-[27px] rounded-[7px] px-[9px] py-[3px]',
    {
      default: 'border-line-strong bg-panel text-ink enabled:hover:bg-raise [a&]:hover:bg-raise',
      primary: 'border-accent bg-accent text-accent-ink enabled:hover:bg-accent-hover [a&]:hover:bg-accent-hover',
      quiet: 'border-transparent text-ink-2 enabled:hover:bg-raise enabled:hover:text-ink [a&]:hover:bg-raise',
      danger: 'border-line-strong bg-panel text-red enabled:hover:bg-red-soft',
    }[variant],
  );
}

interface ButtonProps extends ComponentProps<'button'>, Look {
  /** Shows a spinner and takes no further clicks; the button keeps its focus. */
  pending?: boolean;
}

export function Button({ variant, size, pending = false, className, children, onClick, ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      aria-disabled={pending || undefined}
      onClick={pending ? (event) => event.preventDefault() : onClick}
      className={clsx(buttonClass({ variant, size }), className)}
    >
      {pending ? <SpinnerIcon width={13} height={13} /> : null}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ variant, size, className, ...props }: ComponentProps<typeof Link> & Look) {
  return <Link prefetch={false} {...props} className={clsx(buttonClass({ variant, size }), className)} />;
}
