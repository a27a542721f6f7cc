import clsx from 'clsx';
import type { ImportKind } from '@/lib/contracts';
import { IMPORT_KINDS } from './columns';

interface Props {
  value: ImportKind;
  disabled: boolean;
  onChange: (kind: ImportKind) => void;
}

export function KindPicker({ value, disabled, onChange }: Props) {
  return (
    <fieldset disabled={disabled} className="min-w-0">
      <legend className="sr-only">What the file holds</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {IMPORT_KINDS.map((info) => (
          <div
            key={info.kind}
            className={clsx(
              'rounded-xl border bg-panel has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus',
              info.kind === value ? 'border-accent shadow-[inset_0_0_0_1px_var(--accent)]' : 'border-line',
            )}
          >
            <label className="block cursor-pointer px-4 pt-3">
              <span className="flex items-center gap-2 font-semibold">
                <input
                  type="radio"
                  name="kind"
                  value={info.kind}
                  checked={info.kind === value}
                  onChange={() => onChange(info.kind)}
                  className="size-3.5 accent-accent outline-none"
                />
                {info.label}
              </span>
              <span className="mt-1 block text-ink-2">{info.rowMeans}</span>
            </label>
            <p className="px-4 pt-1.5 pb-3">
              <a href={info.template} download className="rounded-sm font-medium text-accent hover:underline">
                Template<span className="sr-only"> for {info.label.toLowerCase()} as CSV</span>
              </a>
            </p>
          </div>
        ))}
      </div>
    </fieldset>
  );
}
