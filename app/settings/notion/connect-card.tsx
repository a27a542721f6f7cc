'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Card } from '@/app/_components/card';
import { Refusal } from '@/app/_components/door';
import { Field, TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { useConnectNotion } from './queries';

/** The first step: a token, and how to come by one. */
export function ConnectCard() {
  return (
    <Card title="Connect Notion" note="docs/notion.md has every step">
      <p className="text-ink-2">
        Headroom reads your accounts from a Notion database and writes back what it finds. Nothing is read before you
        have seen how it would come in.
      </p>
      <ol className="mt-3 mb-4 list-decimal space-y-1 pl-5 text-ink-2 marker:text-ink-3">
        <li>
          At notion.so/profile/integrations, make an <b className="font-medium text-ink">internal</b> integration that
          may read, update and insert content, and read users with their email addresses.
        </li>
        <li>
          In Notion, open your accounts database and the page for Headroom’s own databases, and add the integration to
          each under <b className="font-medium text-ink">··· → Connections</b>.
        </li>
        <li>Paste the integration’s secret here. It is kept encrypted, and never shown again.</li>
      </ol>
      <TokenForm action="Connect" />
    </Card>
  );
}

/** Asks Notion who the token is before it is kept. */
export function TokenForm({ action, onDone }: { action: string; onDone?: () => void }) {
  const connect = useConnectNotion();
  const [token, setToken] = useState('');
  const wrong = fieldFailures(connect.error).token;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (connect.isPending) return;
    try {
      const { workspace } = await connect.mutateAsync(token.trim());
      setToken('');
      notify.success(workspace === null ? 'Notion is connected' : `${workspace} is connected`);
      onDone?.();
    } catch {
      // The form shows it.
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} className="flex max-w-lg flex-col gap-3">
      <Field
        label="Integration secret"
        hint={wrong === undefined ? 'It begins with ntn_ or secret_.' : <FieldMessage>{wrong}</FieldMessage>}
      >
        {(control) => (
          <TextInput
            {...control}
            type="password"
            required
            maxLength={500}
            autoComplete="off"
            spellCheck={false}
            value={token}
            onChange={(event) => setToken(event.target.value)}
            aria-invalid={wrong === undefined ? undefined : true}
          />
        )}
      </Field>
      {connect.isError && wrong === undefined ? <Refusal>{failureInWords(connect.error)}</Refusal> : null}
      <div>
        <Button type="submit" variant="primary" pending={connect.isPending}>
          {action}
        </Button>
      </div>
    </form>
  );
}
