'use client';

import type { FormEvent } from 'react';
import { Button } from '@/app/_components/button';
import { Refusal } from '@/app/_components/door';
import { Field, TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import { failureInWords, fieldFailures } from './failure';
import { FieldMessage } from './field-message';
import { useChangePassword } from './queries';

const FIELDS = ['currentPassword', 'newPassword'] as const;

/** Changes one's own password. */
export function PasswordForm({ email }: { email: string }) {
  const change = useChangePassword();
  const wrong = fieldFailures(change.error);
  const atAField = FIELDS.some((name) => wrong[name] !== undefined);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (change.isPending) return;
    const form = event.currentTarget;
    const given = new FormData(form);
    const text = (name: (typeof FIELDS)[number]) => String(given.get(name) ?? '');
    change.mutate(
      { currentPassword: text('currentPassword'), newPassword: text('newPassword') },
      {
        onSuccess: () => {
          form.reset();
          notify.success('Your password is changed', { description: 'Your other sessions have ended.' });
        },
      },
    );
  };

  return (
    <form onSubmit={submit} className="flex max-w-sm flex-col gap-3">
      {/* Tells a password manager whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <Field
        label="Current password"
        hint={wrong.currentPassword === undefined ? undefined : <FieldMessage>{wrong.currentPassword}</FieldMessage>}
      >
        {(control) => (
          <TextInput
            {...control}
            name="currentPassword"
            type="password"
            autoComplete="current-password"
            required
            maxLength={128}
            aria-invalid={wrong.currentPassword === undefined ? undefined : true}
          />
        )}
      </Field>
      <Field
        label="New password"
        hint={
          wrong.newPassword === undefined ? (
            'At least 12 characters; a few words make a good one.'
          ) : (
            <FieldMessage>{wrong.newPassword}</FieldMessage>
          )
        }
      >
        {(control) => (
          <TextInput
            {...control}
            name="newPassword"
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={128}
            aria-invalid={wrong.newPassword === undefined ? undefined : true}
          />
        )}
      </Field>
      {change.isError && !atAField ? <Refusal>{failureInWords(change.error)}</Refusal> : null}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button type="submit" pending={change.isPending}>
          Change password
        </Button>
        <span className="text-xs text-ink-3">Your other sessions end.</span>
      </div>
    </form>
  );
}
