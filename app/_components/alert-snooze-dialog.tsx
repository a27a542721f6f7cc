'use client';

import { addDays, addYears, format, startOfDay } from 'date-fns';
import { type FormEvent, useState } from 'react';
import { Button } from './button';
import { Dialog, DialogActions } from './dialog';
import { Field, TextArea, TextInput } from './field';

interface Props {
  name: string;
  pending: boolean;
  onSnooze: (until: Date, reason: string) => void;
  onClose: () => void;
}

const DAY = 'yyyy-MM-dd';

/** Asks for a day and a reason: whoever wonders why nobody was told finds both. */
export default function AlertSnoozeDialog({ name, pending, onSnooze, onClose }: Props) {
  const now = new Date();
  const [day, setDay] = useState(format(addDays(now, 14), DAY));
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const until = startOfDay(new Date(`${day}T00:00:00`));
    if (!pending && !Number.isNaN(until.getTime())) onSnooze(until, reason.trim());
  };
  return (
    <Dialog
      title={`Snooze alerts of ${name}`}
      description="Nobody is told of it before that day. What is still different then is told after the next scan."
      onClose={onClose}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Until">
          {(control) => (
            <TextInput
              {...control}
              type="date"
              required
              min={format(addDays(now, 1), DAY)}
              max={format(addYears(now, 1), DAY)}
              value={day}
              onChange={(event) => setDay(event.target.value)}
            />
          )}
        </Field>
        <Field label="Why" hint="It is kept in the audit log and shown on the account.">
          {(control) => (
            <TextArea
              {...control}
              required
              minLength={3}
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={pending}>
            Snooze
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
