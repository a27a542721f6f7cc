'use client';

import { type FormEvent, useEffect, useState } from 'react';
import { Button, ButtonLink } from '@/app/_components/button';
import { Door, Refusal } from '@/app/_components/door';
import { Field, TextInput } from '@/app/_components/field';
import { apiSend, isApiError } from '@/app/_lib/api-client';
import type { LinkInfo, LinkRedeem } from '@/lib/contracts';

const TITLES: Record<LinkInfo['kind'], string> = {
  setup: 'Set up Headroom',
  invitation: 'Join Headroom',
  reset: 'A new password',
  demo: 'Opening the demo',
};

const INCOMPLETE = 'It is not complete. Open it once more, or copy all of it.';

type State =
  | { step: 'looking' }
  | { step: 'asking'; link: LinkInfo; secret: string }
  | { step: 'refused'; message: string };

/** Asks for what the link needs, and nothing more; the demo needs nothing. */
export function JoinForm() {
  const [state, setState] = useState<State>({ step: 'looking' });

  useEffect(() => {
    const secret = window.location.hash.slice(1);
    // Out of the address bar and the history, before anybody looks over a shoulder.
    window.history.replaceState(null, '', window.location.pathname);
    void look(secret).then(setState);
  }, []);

  if (state.step === 'refused') {
    return (
      <Door title="This link does not work">
        <Refusal>{state.message}</Refusal>
        <ButtonLink href="/sign-in">Sign in</ButtonLink>
      </Door>
    );
  }
  if (state.step === 'looking') {
    return (
      <Door title="One moment">
        <p role="status" className="text-ink-2">
          Looking at your link …
        </p>
      </Door>
    );
  }
  return <Details {...state} onGone={(message) => setState({ step: 'refused', message })} />;
}

async function look(secret: string): Promise<State> {
  if (secret === '') return { step: 'refused', message: INCOMPLETE };
  try {
    const link = await apiSend('POST', '/links/inspect', { secret }, (c) => c.linkInfo);
    if (link.kind !== 'demo') return { step: 'asking', link, secret };
    await redeem({ secret });
    return { step: 'looking' };
  } catch (error) {
    return { step: 'refused', message: words(error) };
  }
}

async function redeem(given: LinkRedeem): Promise<void> {
  await apiSend('POST', '/links/redeem', given, (c) => c.sessionInfo);
  window.location.assign('/opportunities');
}

function words(error: unknown): string {
  if (!isApiError(error)) return 'Something went wrong.';
  if (error.code === 'invalid_input' && error.fields.some((field) => field.path === 'secret')) {
    return INCOMPLETE;
  }
  return `${error.message} ${error.remedy ?? ''}`;
}

function refusal(what: string, message: string | undefined) {
  if (message === undefined) return undefined;
  return (
    <span role="alert" className="text-red">
      {what} {message}.
    </span>
  );
}

function Details({ link, secret, onGone }: { link: LinkInfo; secret: string; onGone: (message: string) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [fields, setFields] = useState<Record<string, string>>({});
  const [pending, setPending] = useState(false);
  const isNew = link.kind !== 'reset';

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '');
    setPending(true);
    setProblem(null);
    setFields({});
    try {
      await redeem({
        secret,
        password: text('password'),
        ...(isNew ? { name: text('name') } : {}),
        ...(isNew && link.email === null ? { email: text('email') } : {}),
      });
    } catch (error) {
      setPending(false);
      if (isApiError(error) && error.status === 404) onGone(words(error));
      else if (isApiError(error) && error.fields.length > 0) {
        setFields(Object.fromEntries(error.fields.map((field) => [field.path, field.message])));
      } else setProblem(words(error));
    }
  }

  return (
    <Door title={TITLES[link.kind]}>
      {link.kind === 'setup' ? (
        <p className="text-ink-2">You become the first admin. Others join by invitation.</p>
      ) : null}
      {link.email === null ? null : <p className="text-ink-2">For {link.email}</p>}
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        {isNew ? (
          <Field label="Your name" hint={refusal('The name', fields.name)}>
            {(control) => <TextInput {...control} name="name" autoComplete="name" required maxLength={100} />}
          </Field>
        ) : null}
        {isNew && link.email === null ? (
          <Field label="Email" hint={refusal('The address', fields.email)}>
            {(control) => (
              <TextInput {...control} name="email" type="email" autoComplete="username" required maxLength={254} />
            )}
          </Field>
        ) : null}
        <Field
          label="Password"
          hint={refusal('The password', fields.password) ?? 'At least 12 characters; a few words make a good one.'}
        >
          {(control) => (
            <TextInput
              {...control}
              name="password"
              type="password"
              autoComplete="new-password"
              required
              minLength={12}
              maxLength={128}
              aria-invalid={fields.password === undefined ? undefined : true}
            />
          )}
        </Field>
        {problem === null ? null : <Refusal>{problem}</Refusal>}
        <Button type="submit" variant="primary" pending={pending}>
          {isNew ? 'Come in' : 'Save and sign in'}
        </Button>
      </form>
    </Door>
  );
}
