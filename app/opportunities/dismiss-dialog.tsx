'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '../_components/button';
import { Dialog, DialogActions } from '../_components/dialog';
import { Field, TextArea } from '../_components/field';
import { DISMISS_WORDS, type DismissReason } from './dismiss-words';

const REASONS = ['not_a_fit', 'no_budget', 'bad_timing', 'already_in_talks', 'wrong_data', 'other'] as const;

interface Props {
  pending: boolean;
  onDismiss: (reason: DismissReason, note: string) => Promise<void>;
  onClose: () => void;
}

/** Asks why: the same opportunity is then not raised again. */
export default function DismissDialog({ pending, onDismiss, onClose }: Props) {
  const [reason, setReason] = useState<DismissReason>('not_a_fit');
  const [note, setNote] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!pending) void onDismiss(reason, note.trim());
  };
  return (
    <Dialog
      title="Dismiss this opportunity?"
      description="It is not raised again while the contract runs. You can reopen it."
      onClose={onClose}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <fieldset>
          <legend className="mb-1 font-medium">Why</legend>
          {REASONS.map((value) => (
            <label key={value} className="flex items-center gap-2 py-1">
              <input
                type="radio"
                name="reason"
                value={value}
                checked={reason === value}
                onChange={() => setReason(value)}
                className="size-[15px] accent-accent"
              />
              {DISMISS_WORDS[value]}
            </label>
          ))}
        </fieldset>
        <Field label="Note" hint="Optional">
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              maxLength={1000}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          )}
        </Field>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={pending}>
            Dismiss
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
