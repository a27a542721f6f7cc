'use client';

import { type FormEvent, type ReactNode, useState } from 'react';
import { isApiError } from '../_lib/api-client';
import type { ReviewWish } from '../_lib/reviews';
import { Button } from './button';
import { Dialog, DialogActions } from './dialog';
import { Field, Select, TextArea } from './field';

interface Props {
  title: string;
  description: ReactNode;
  action: string;
  /** Periods to choose from; the first one is chosen. */
  periods: readonly { id: string; label: string }[];
  pending: boolean;
  error: unknown;
  onSubmit: (wish: ReviewWish) => void;
  onClose: () => void;
}

/** Asks of which period a review is to be made, and why. */
export default function ReviewDialog({
  title,
  description,
  action,
  periods,
  pending,
  error,
  onSubmit,
  onClose,
}: Props) {
  const [period, setPeriod] = useState(periods[0]?.id ?? '');
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!pending && period !== '') onSubmit({ period, reason: reason.trim() });
  };
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Period">
          {(control) => (
            <Select {...control} value={period} onChange={(event) => setPeriod(event.target.value)}>
              {periods.map(({ id, label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Why" hint="Optional; it is kept with the review.">
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        {error === null ? null : (
          <p role="alert" className="text-red">
            {error instanceof Error ? error.message : 'That did not work.'} {isApiError(error) ? error.remedy : null}
          </p>
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={pending}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
