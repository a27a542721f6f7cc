'use client';

import clsx from 'clsx';
import { useCurrentInView } from '../_lib/use-current-in-view';
import { useFormat } from '../_lib/use-format';

interface Props<Value extends string> {
  label: string;
  options: readonly { value: Value; label: string; count?: number | undefined }[];
  value: Value;
  onChange: (value: Value) => void;
}

/** One of a few views of a list, each with its count. Scrolls sideways where the screen is too narrow. */
export function FilterTabs<Value extends string>({ label, options, value, onChange }: Props<Value>) {
  const format = useFormat();
  const tabs = useCurrentInView<HTMLFieldSetElement>();
  return (
    <fieldset
      ref={tabs}
      aria-label={label}
      className="-mx-1 flex max-w-full min-w-0 gap-1 overflow-x-auto px-1 py-0.5 [scrollbar-width:none]"
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={clsx(
            'flex-none rounded-[7px] px-2.5 py-1 -outline-offset-2',
            option.value === value
              ? 'bg-raise font-semibold text-ink'
              : 'font-medium text-ink-2 hover:bg-raise/60 hover:text-ink',
          )}
        >
          {option.label}
          {option.count === undefined ? null : (
            <span className="ml-1 text-xs font-normal text-ink-3">{format.number(option.count)}</span>
          )}
        </button>
      ))}
    </fieldset>
  );
}
