'use client';

import { addDays, addMonths, format, startOfDay } from 'date-fns';
import { type FormEvent, useState } from 'react';
import { Button } from '../_components/button';
import { Dialog, DialogActions } from '../_components/dialog';
import { Field, TextInput } from '../_components/field';

interface Props {
  pending: boolean;
  onSnooze: (until: Date) => Promise<void>;
  onClose: () => void;
}

/** Asks for a day; the opportunity is back when it begins. */
export default function SnoozeDialog({ pending, onSnooze, onClose }: Props) {
  const tomorrow = isoDay(addDays(new Date(), 1));
  const [day, setDay] = useState(isoDay(addMonths(new Date(), 1)));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const until = startOfDay(new Date(`${day}T00:00:00`));
    if (!pending && !Number.isNaN(until.getTime())) void onSnooze(until);
  };
  return (
    <Dialog title="Snooze until" description="It comes back on that day, if it is still true." onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Day">
          {(control) => (
            <TextInput
              {...control}
              type="date"
              required
              min={tomorrow}
              value={day}
              onChange={(event) => setDay(event.target.value)}
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

function isoDay(date: Date): string {
  return format(date, 'yyyy-MM-dd');
}
