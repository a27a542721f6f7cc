'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Checkbox } from '@/app/_components/checkbox';
import { Dialog, DialogActions } from '@/app/_components/dialog';
import { Refusal } from '@/app/_components/door';
import { Field, Select, TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import { plural } from '@/app/_lib/words';
import type { WebhookItem, WebhookReplayRequest } from '@/lib/contracts/webhooks';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { useReplay } from './queries';

const DAY_MS = 86_400_000;
/** The field has no seconds: what happened in the present minute is in the range too. */
const MINUTE_MS = 60_000;

interface Props {
  webhook: WebhookItem;
  name: string;
  onClose: () => void;
}

/** Sends events of the past again: whatever failed, or those of a time. */
export default function ReplayDialog({ webhook, name, onClose }: Props) {
  const format = useFormat();
  const replay = useReplay();
  const [what, setWhat] = useState<'failed' | 'range'>(webhook.failed > 0 ? 'failed' : 'range');
  // The dialog opens in the browser alone, so its clock is the one to go by.
  const [from, setFrom] = useState(() => localTime(Date.now() - DAY_MS));
  const [to, setTo] = useState(() => localTime(Date.now() + MINUTE_MS));
  const [delivered, setDelivered] = useState(false);
  const wrong = fieldFailures(replay.error);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (replay.isPending) return;
    const request: WebhookReplayRequest =
      what === 'failed'
        ? { what }
        : { what, from: new Date(from).toISOString(), to: new Date(to).toISOString(), delivered };
    try {
      const { deliveries } = await replay.mutateAsync({ id: webhook.id, request });
      if (deliveries === 0) notify.success('There was nothing to replay', { description: `For ${name}.` });
      else notify.success(`${format.number(deliveries)} ${plural(deliveries, 'event is', 'events are')} on the way`);
      onClose();
    } catch {
      // The form shows it.
    }
  };

  return (
    <Dialog
      title={`Replay to ${name}`}
      description="Each event keeps its id, so that a receiver which has seen it can tell."
      onClose={onClose}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="What">
          {(control) => (
            <Select
              {...control}
              value={what}
              onChange={(event) => setWhat(event.target.value === 'failed' ? 'failed' : 'range')}
            >
              <option value="failed">All that failed for good</option>
              <option value="range">Events of a time</option>
            </Select>
          )}
        </Field>
        {what === 'failed' ? null : (
          <>
            <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
              <Field label="From">
                {(control) => (
                  <TextInput
                    {...control}
                    type="datetime-local"
                    required
                    max={to}
                    value={from}
                    onChange={(event) => setFrom(event.target.value)}
                  />
                )}
              </Field>
              <Field label="To" hint={wrong.to === undefined ? undefined : <FieldMessage>{wrong.to}</FieldMessage>}>
                {(control) => (
                  <TextInput
                    {...control}
                    type="datetime-local"
                    required
                    value={to}
                    onChange={(event) => setTo(event.target.value)}
                  />
                )}
              </Field>
            </div>
            <div className="flex items-start gap-2.5">
              <Checkbox label="Also what was delivered" checked={delivered} onChange={setDelivered} />
              <span aria-hidden="true">
                Also what was delivered
                <span className="block text-xs text-ink-3">Otherwise only what it missed.</span>
              </span>
            </div>
          </>
        )}
        {replay.isError && wrong.to === undefined ? <Refusal>{failureInWords(replay.error)}</Refusal> : null}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={replay.isPending}>
            Replay
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** As a field of local date and time takes it. */
function localTime(ms: number): string {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}
