'use client';

import { type ReactNode, useRef, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Dialog, DialogActions } from '@/app/_components/dialog';
import { Field, TextInput } from '@/app/_components/field';

interface Props {
  title: string;
  description: ReactNode;
  /** What the value is, e.g. `Link`. */
  label: string;
  value: string;
  /** Why it must be kept now. */
  once?: string;
  onClose: () => void;
}

const ONCE = 'It is shown this once: Headroom keeps no copy.';

/** Shows a secret that cannot be had again. Esc or a click beside it only reminds of that, until it was copied. */
export function ShownOnce({ title, description, label, value, once = ONCE, onClose }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<'new' | 'copied' | 'by_hand' | 'reminded'>('new');

  const copy = async () => {
    input.current?.select();
    // Browsers give no clipboard to pages that come over plain HTTP from another machine.
    const copied = await writeClipboard(value);
    setState(copied ? 'copied' : 'by_hand');
  };

  return (
    <Dialog
      title={title}
      description={description}
      onClose={() => (state === 'new' ? setState('reminded') : onClose())}
    >
      <Field label={label}>
        {(control) => (
          <div className="flex gap-2">
            <TextInput
              {...control}
              ref={input}
              readOnly
              value={value}
              spellCheck={false}
              onFocus={(event) => event.currentTarget.select()}
              className="min-w-0 flex-1 text-ellipsis"
            />
            <Button variant="primary" onClick={() => void copy()}>
              {state === 'copied' ? 'Copied' : 'Copy'}
            </Button>
          </div>
        )}
      </Field>
      <p role="status" className="text-xs text-ink-3">
        {messageOf(state, once)}
      </p>
      <DialogActions>
        <Button onClick={onClose}>Done</Button>
      </DialogActions>
    </Dialog>
  );
}

function messageOf(state: 'new' | 'copied' | 'by_hand' | 'reminded', once: string): string {
  if (state === 'copied') return `Copied. ${once}`;
  if (state === 'by_hand') return 'The browser did not let it be copied: it is selected, press Ctrl+C or ⌘C.';
  if (state === 'new') return once;
  return 'Copy it first: it is not shown again. Press Esc once more, or Done, to close without it.';
}

async function writeClipboard(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false;
  }
}
