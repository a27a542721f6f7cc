'use client';

import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Checkbox } from '@/app/_components/checkbox';
import { Dialog, DialogActions } from '@/app/_components/dialog';
import { Refusal } from '@/app/_components/door';
import { Field, TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import type { WebhookEventType, WebhookItem } from '@/lib/contracts/webhooks';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { ShownOnce } from '../shown-once';
import { EVENT_TYPES, EVENT_WORDS } from './event-words';
import { useAddWebhook, useChangeWebhook } from './queries';

/** Asks for the address and the events of an endpoint; of a new one it shows the secret then. */
export default function EndpointDialog({ webhook, onClose }: { webhook?: WebhookItem; onClose: () => void }) {
  const add = useAddWebhook();
  const change = useChangeWebhook();
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [types, setTypes] = useState<readonly WebhookEventType[]>(webhook?.eventTypes ?? ['expansion.detected']);
  const error = add.error ?? change.error;
  const wrong = fieldFailures(error);
  const hint = (field: string, otherwise: ReactNode) =>
    wrong[field] === undefined ? otherwise : <FieldMessage>{wrong[field]}</FieldMessage>;

  if (add.data !== undefined) return <NewSecret secret={add.data.secret} onClose={onClose} />;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (add.isPending || change.isPending) return;
    const given = { url: url.trim(), description: description.trim(), eventTypes: [...types] };
    try {
      if (webhook === undefined) {
        await add.mutateAsync(given);
      } else {
        await change.mutateAsync({ id: webhook.id, patch: given });
        notify.success('Saved');
        onClose();
      }
    } catch {
      // The form shows it.
    }
  };

  return (
    <Dialog
      title={webhook === undefined ? 'Add an endpoint' : 'Edit the endpoint'}
      description="Each event is sent there as a signed POST request."
      onClose={onClose}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Address" hint={hint('url', 'https, unless it lies in a network that the server may reach')}>
          {(control) => (
            <TextInput
              {...control}
              type="url"
              inputMode="url"
              required
              maxLength={2000}
              placeholder="https://example.com/hooks/headroom"
              autoComplete="off"
              spellCheck={false}
              value={url}
              onChange={(event) => setUrl(event.target.value)}
              aria-invalid={wrong.url === undefined ? undefined : true}
            />
          )}
        </Field>
        <Field label="Description" hint={hint('description', 'What listens there, e.g. Deal room automation')}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={200}
              autoComplete="off"
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
          )}
        </Field>
        <EventChoice chosen={types} onChange={setTypes} failure={wrong.eventTypes} />
        {error !== null && Object.keys(wrong).length === 0 ? <Refusal>{failureInWords(error)}</Refusal> : null}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            pending={add.isPending || change.isPending}
            disabled={types.length === 0}
          >
            {webhook === undefined ? 'Add' : 'Save'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  chosen: readonly WebhookEventType[];
  onChange: (chosen: readonly WebhookEventType[]) => void;
  failure: string | undefined;
}

function EventChoice({ chosen, onChange, failure }: ChoiceProps) {
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Events</legend>
      <ul className="flex flex-col gap-1.5">
        {EVENT_TYPES.map((type) => (
          <li key={type} className="flex items-start gap-2.5">
            <Checkbox
              label={type}
              checked={chosen.includes(type)}
              onChange={(checked) =>
                onChange(EVENT_TYPES.filter((each) => (each === type ? checked : chosen.includes(each))))
              }
            />
            <span className="min-w-0">
              <code className="block font-mono text-xs">{type}</code>
              <span className="block text-xs text-ink-3">{EVENT_WORDS[type]}</span>
            </span>
          </li>
        ))}
      </ul>
      {failure !== undefined || chosen.length === 0 ? (
        <p className="mt-1 text-xs">
          <FieldMessage>{failure ?? 'Choose at least one event.'}</FieldMessage>
        </p>
      ) : null}
    </fieldset>
  );
}

/** The secret that the receiver checks signatures with. */
export function NewSecret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <ShownOnce
      title="The secret of the endpoint"
      description={
        <>
          The receiver checks with it that a request comes from this desk (
          <code className="font-mono text-xs">webhook-signature</code>, Standard Webhooks). Keep it where secrets are
          kept.
        </>
      }
      label="Secret"
      value={secret}
      once="It is shown this once. A new one can be made at any time."
      onClose={onClose}
    />
  );
}
