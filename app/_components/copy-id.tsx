'use client';

import { useState } from 'react';

/** An id that the log knows, to be handed to whoever looks into it. */
export function CopyId({ label, value }: { label: string; value: string }) {
  const [said, setSaid] = useState<'Copied' | 'Select and copy it' | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setSaid('Copied');
    } catch {
      // Over plain HTTP from another machine there is no clipboard.
      setSaid('Select and copy it');
    }
  };
  return (
    <p className="text-xs text-ink-3">
      {label} <code className="font-sans select-all">{value}</code>{' '}
      <button
        type="button"
        onClick={() => void copy()}
        aria-label={`Copy ${label.toLowerCase()} ${value}`}
        className="rounded-sm font-medium text-ink-2 underline underline-offset-2 hover:text-ink"
      >
        Copy
      </button>{' '}
      <span role="status">{said}</span>
    </p>
  );
}
