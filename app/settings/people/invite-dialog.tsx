'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Dialog, DialogActions } from '@/app/_components/dialog';
import { Refusal } from '@/app/_components/door';
import { Field, Select, TextInput } from '@/app/_components/field';
import type { Role } from '@/lib/contracts';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { isRole, ROLE_OPTIONS, ROLE_WORDS } from '../roles';
import LinkDialog from './link-dialog';
import { useInvite } from './queries';

/** Asks whom to invite as what, then shows the link. */
export default function InviteDialog({ onClose }: { onClose: () => void }) {
  const invite = useInvite();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('csm');
  const wrong = fieldFailures(invite.error);

  if (invite.data !== undefined) {
    return (
      <LinkDialog
        title={`Invitation for ${email}`}
        made={invite.data}
        note={`Whoever opens it joins as ${ROLE_WORDS[role].name}.`}
        onClose={onClose}
      />
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!invite.isPending) invite.mutate({ email: email.trim(), role });
  };
  return (
    <Dialog title="Invite somebody" description="You get a link to give to them." onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field
          label="Address"
          hint={wrong.email === undefined ? undefined : <FieldMessage>{wrong.email}</FieldMessage>}
        >
          {(control) => (
            <TextInput
              {...control}
              type="email"
              required
              maxLength={254}
              autoComplete="off"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
              aria-invalid={wrong.email === undefined ? undefined : true}
            />
          )}
        </Field>
        <Field label="Role" hint={ROLE_WORDS[role].may}>
          {(control) => (
            <Select
              {...control}
              value={role}
              onChange={(event) => {
                if (isRole(event.target.value)) setRole(event.target.value);
              }}
            >
              {ROLE_OPTIONS.map(({ value, name }) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {role === 'rep' ? (
          <p className="text-xs text-ink-3">They see the accounts that carry this address as their rep.</p>
        ) : null}
        {invite.isError && wrong.email === undefined ? <Refusal>{failureInWords(invite.error)}</Refusal> : null}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={invite.isPending}>
            Make the link
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
