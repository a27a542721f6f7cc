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
import { ShownOnce } from '../shown-once';
import { useMakeApiKey } from './queries';

const NEVER = 'never';
const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: NEVER, label: 'Never' },
];

/** A rep sees the accounts that carry their address; a key has none, and would see nothing. */
const KEY_ROLES = ROLE_OPTIONS.filter(({ value }) => value !== 'rep');

/** Asks for name, role and lifetime, then shows the key. */
export default function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const make = useMakeApiKey();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [lifetime, setLifetime] = useState('90');
  const wrong = fieldFailures(make.error);

  if (make.data !== undefined) {
    return (
      <ShownOnce
        title={`Key «${make.data.name}»`}
        description={
          <>
            Programs send it as <code className="font-mono text-xs">Authorization: Bearer …</code>. Keep it where
            secrets are kept.
          </>
        }
        label="Key"
        value={make.data.key}
        onClose={onClose}
      />
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (make.isPending) return;
    make.mutate({ name: name.trim(), role, expiresInDays: lifetime === NEVER ? null : Number(lifetime) });
  };
  return (
    <Dialog title="New API key" onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field
          label="Name"
          hint={
            wrong.name === undefined ? 'What uses it, e.g. Warehouse sync' : <FieldMessage>{wrong.name}</FieldMessage>
          }
        >
          {(control) => (
            <TextInput
              {...control}
              required
              maxLength={100}
              pattern=".*\S.*"
              autoComplete="off"
              value={name}
              onChange={(event) => setName(event.target.value)}
              aria-invalid={wrong.name === undefined ? undefined : true}
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
              {KEY_ROLES.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="Expires"
          hint={lifetime === NEVER ? 'It works until somebody revokes it.' : 'From then on it is refused.'}
        >
          {(control) => (
            <Select {...control} value={lifetime} onChange={(event) => setLifetime(event.target.value)}>
              {LIFETIMES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {make.isError && wrong.name === undefined ? <Refusal>{failureInWords(make.error)}</Refusal> : null}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" pending={make.isPending}>
            Make the key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
