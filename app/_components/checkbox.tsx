'use client';

import { useEffect, useRef } from 'react';

interface Props {
  checked: boolean;
  indeterminate?: boolean;
  disabled?: boolean;
  /** Read out; the box has no text of its own. */
  label: string;
  onChange: (checked: boolean) => void;
}

/** A native checkbox in our look. The area that takes the click is 28 px. */
export function Checkbox({ checked, indeterminate = false, disabled = false, label, onChange }: Props) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = indeterminate;
  }, [indeterminate]);

  return (
    <label className="relative -m-1.5 grid size-7 place-items-center">
      <input
        ref={box}
        type="checkbox"
        aria-label={label}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
        className="peer size-[15px] appearance-none rounded-sm border-[1.5px] border-control bg-panel checked:border-accent checked:bg-accent indeterminate:border-accent indeterminate:bg-accent enabled:cursor-pointer disabled:border-line-strong disabled:bg-raise"
      />
      <svg
        viewBox="0 0 16 16"
        className="pointer-events-none absolute size-3 text-accent-ink opacity-0 peer-checked:opacity-100 peer-indeterminate:opacity-100 peer-disabled:text-ink-2"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.4"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        <path d={indeterminate ? 'M4 8h8' : 'M3.5 8.5l3 3L12.5 5'} />
      </svg>
    </label>
  );
}
