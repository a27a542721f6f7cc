'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Dialog, DialogActions } from '@/app/_components/dialog';
import { Refusal } from '@/app/_components/door';
import { Field, TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import type { ChatChannelItem } from '@/lib/contracts/alerts';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { useConnectChat } from './queries';

interface Props {
  channel: ChatChannelItem['channel'];
  name: string;
  onClose: () => void;
}

const EXAMPLES: Record<ChatChannelItem['channel'], string> = {
  slack: 'https://hooks.slack.com/services/…',
  google_chat: 'https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…',
};

/** Takes the address of an incoming webhook; it is never shown again. */
export default function ChatDialog({ channel, name, onClose }: Props) {
  const connect = useConnectChat(channel);
  const [webhook, setWebhook] = useState('');
  const wrong = fieldFailures(connect.error).webhook;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (connect.isPending) return;
    try {
      await connect.mutateAsync(webhook.trim());
      notify.success(`${name} is connected`, { description: 'Send a test message to see that it works.' });
      onClose();
    } catch {
      // The form shows it.
    }
  };
  return (
    <Dialog
      title={`Post alerts in ${name}`}
      description="Whoever has the address can post there, so it is kept encrypted and not shown again."
      onClose={onClose}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field
          label="Address of the incoming webhook"
          hint={wrong === undefined ? EXAMPLES[channel] : <FieldMessage>{wrong}</FieldMessage>}
        >
          {(control) => (
            <TextInput
              {...control}
              type="password"
              required
              maxLength={2000}
              autoComplete="off"
              spellCheck={false}
              value={webhook}
              onChange={(event) => setWebhook(event.target.value)}
              aria-invalid={wrong === undefined ? undefined : true}
            />
          )}
        </Field>
        {connect.isError && wrong === undefined ? <Refusal>{failureInWords(connect.error)}</Refusal> : null}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={connect.isPending}>
            Connect
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
