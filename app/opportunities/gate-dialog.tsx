'use client';

import { type FormEvent, useState } from 'react';
import type { OpportunityItem } from '@/lib/contracts';
import { Button } from '../_components/button';
import { Dialog, DialogActions } from '../_components/dialog';
import { Field, TextArea } from '../_components/field';
import { GateList } from '../_components/gate-list';
import { useDraftDestinations } from './queries';
import type { Gated } from './use-dispatching';

const SHORTEST_REASON = 3;

interface Props {
  gated: Gated;
  pending: boolean;
  /** @returns whether it was dispatched. */
  onOverride: (item: OpportunityItem, reason: string) => Promise<boolean>;
  onClose: () => void;
}

/** Names the gates that hold an opportunity and asks for a reason to pass them. */
export default function GateDialog({ gated, pending, onOverride, onClose }: Props) {
  const [destination] = useDraftDestinations([gated.item.id]);
  const [reason, setReason] = useState('');
  const ready = reason.trim().length >= SHORTEST_REASON;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (ready && !pending && (await onOverride(gated.item, reason.trim()))) onClose();
  };
  return (
    <Dialog
      title={`${gated.item.account.name} is held`}
      description="Selling to them now may do harm. You can dispatch all the same; the reason is kept with the dispatch."
      onClose={onClose}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <GateList gates={gated.gates.filter((gate) => !gate.passed)} />
        <Field label="Reason to dispatch all the same" hint="At least 3 characters. The rep does not see it.">
          {(control) => (
            <TextArea
              {...control}
              required
              minLength={SHORTEST_REASON}
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        {destination == null ? null : <p className="text-xs text-ink-3">The draft goes to: {destination}.</p>}
        <DialogActions>
          <Button onClick={onClose}>Leave it held</Button>
          <Button type="submit" variant="primary" disabled={!ready} pending={pending}>
            Dispatch all the same
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
