'use client';

import { useState } from 'react';
import { Button } from '@/app/_components/button';
import { Dialog, DialogActions } from '@/app/_components/dialog';
import { Refusal } from '@/app/_components/door';
import { Field, Select } from '@/app/_components/field';
import type { WebhookItem } from '@/lib/contracts/webhooks';
import { failureInWords } from '../failure';
import { NewSecret } from './endpoint-dialog';
import { useNewSecret } from './queries';

interface Props {
  webhook: WebhookItem;
  name: string;
  onClose: () => void;
}

/** Makes a new secret, then shows it. */
export default function SecretDialog({ webhook, name, onClose }: Props) {
  const make = useNewSecret();
  const [oldSecret, setOldSecret] = useState<'keep_for_a_day' | 'end_now'>('keep_for_a_day');
  if (make.data !== undefined) return <NewSecret secret={make.data.secret} onClose={onClose} />;
  return (
    <Dialog
      title={`A new secret for ${name}?`}
      description="From now on it signs every request. Give it to the receiver."
      onClose={onClose}
    >
      <Field
        label="The secret of before"
        hint={
          oldSecret === 'keep_for_a_day'
            ? 'The receiver can be changed in peace: until then it accepts what either has signed.'
            : 'For one that has leaked. Until the receiver knows the new one, it refuses what is sent; that is tried again.'
        }
      >
        {(control) => (
          <Select
            {...control}
            value={oldSecret}
            onChange={(event) => setOldSecret(event.target.value === 'end_now' ? 'end_now' : 'keep_for_a_day')}
          >
            <option value="keep_for_a_day">Signs too for 24 hours</option>
            <option value="end_now">Ends now</option>
          </Select>
        )}
      </Field>
      {make.isError ? <Refusal>{failureInWords(make.error)}</Refusal> : null}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant={oldSecret === 'end_now' ? 'danger' : 'primary'}
          pending={make.isPending}
          onClick={() => make.mutate({ id: webhook.id, oldSecret })}
        >
          Make a new secret
        </Button>
      </DialogActions>
    </Dialog>
  );
}
