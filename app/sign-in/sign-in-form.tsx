'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Door, Refusal } from '@/app/_components/door';
import { Field, TextInput } from '@/app/_components/field';
import { apiSend, isApiError } from '@/app/_lib/api-client';

interface Props {
  /** Where to go on to; a path of this desk. */
  next: string;
  google: boolean;
  /** Google said yes and the desk said no. */
  refused: boolean;
  /** Nobody can sign in yet. */
  empty: boolean;
}

export function SignInForm({ next, google, refused, empty }: Props) {
  const [problem, setProblem] = useState(
    refused ? 'That Google account has no access here. Ask an admin to invite its address.' : null,
  );
  const [pending, setPending] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setPending(true);
    setProblem(null);
    try {
      const given = { email: form.get('email'), password: form.get('password') };
      await apiSend('POST', '/session', given, (c) => c.sessionInfo);
      // A whole page load: nothing that was fetched for nobody stays.
      window.location.assign(next);
    } catch (error) {
      setProblem(isApiError(error) ? `${error.message} ${error.remedy ?? ''}` : 'That did not work.');
      setPending(false);
    }
  }

  return (
    <Door title="Sign in">
      {empty ? (
        <p className="text-ink-2">
          Nobody has set this desk up yet. Open the set-up link that the server printed where it was started; starting
          it again prints a new one.
        </p>
      ) : null}
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Email">
          {(control) => (
            <TextInput {...control} name="email" type="email" autoComplete="username" required maxLength={254} />
          )}
        </Field>
        <Field label="Password">
          {(control) => (
            <TextInput
              {...control}
              name="password"
              type="password"
              autoComplete="current-password"
              required
              maxLength={128}
            />
          )}
        </Field>
        {problem === null ? null : <Refusal>{problem}</Refusal>}
        <Button type="submit" variant="primary" pending={pending}>
          Sign in
        </Button>
      </form>
      {google ? <GoogleButton next={next} onProblem={setProblem} /> : null}
    </Door>
  );
}

function GoogleButton({ next, onProblem }: { next: string; onProblem: (problem: string) => void }) {
  const [pending, setPending] = useState(false);
  async function start() {
    setPending(true);
    const response = await fetch('/api/auth/sign-in/social', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ provider: 'google', callbackURL: next, errorCallbackURL: '/sign-in' }),
    }).catch(() => null);
    const answer = (await response?.json().catch(() => null)) as { url?: unknown } | null;
    if (response?.ok && typeof answer?.url === 'string') window.location.assign(answer.url);
    else {
      onProblem('Google cannot be reached now. Try again, or use your password.');
      setPending(false);
    }
  }
  return (
    <Button pending={pending} onClick={() => void start()}>
      Continue with Google
    </Button>
  );
}
