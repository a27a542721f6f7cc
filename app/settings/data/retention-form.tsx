'use client';

import { type FormEvent, lazy, Suspense, useId, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Refusal } from '@/app/_components/door';
import { Select, TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import { useFormat } from '@/app/_lib/use-format';
import type { Retention } from '@/lib/contracts';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { useSaveRetention } from './queries';

const ConfirmDialog = lazy(() => import('../confirm-dialog'));

type Kind = keyof Retention;

const KINDS: readonly { kind: Kind; name: string; what: string; minimum: number; start: number }[] = [
  {
    kind: 'snapshotDays',
    name: 'Snapshots and scores',
    what: 'The signals of an account as they once were, and the scores made from them: the history of its health, and the alerts told of it.',
    minimum: 90,
    start: 730,
  },
  {
    kind: 'runDays',
    name: 'Runs',
    what: 'What the agents did when, with counts and errors.',
    minimum: 7,
    start: 90,
  },
  {
    kind: 'auditDays',
    name: 'Audit log',
    what: 'Who signed in, changed or exported what.',
    minimum: 90,
    start: 730,
  },
  {
    kind: 'eventDays',
    name: 'Events and deliveries',
    what: 'What webhooks were told, and how it went: as far back as they can be replayed.',
    minimum: 7,
    start: 30,
  },
  {
    kind: 'reviewDays',
    name: 'Earlier versions of reviews',
    what: 'What a business review said before it was made again. The current version stays.',
    minimum: 30,
    start: 730,
  },
];
const MAXIMUM = 3650;

/** What is in the fields: digits, or null for ever. */
type Draft = Record<Kind, string | null>;

export function RetentionForm({ saved }: { saved: Retention }) {
  const save = useSaveRetention();
  const [draft, setDraft] = useState<Draft | null>(null);
  const [asking, setAsking] = useState<Retention | null>(null);
  const fields = draft ?? toDraft(saved);
  const wrong = fieldFailures(save.error);
  const atAField = KINDS.some(({ kind }) => wrong[kind] !== undefined);
  const changed = KINDS.some(({ kind }) => fields[kind] !== toDraft(saved)[kind]);

  const store = async (value: Retention) => {
    try {
      await save.mutateAsync(value);
      setDraft(null);
      notify.success('Saved', { description: 'It applies from the next clean-up, once a day unless set otherwise.' });
    } catch {
      // The form shows it.
    } finally {
      setAsking(null);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending || !changed) return;
    const value = toRetention(fields);
    if (shortened(saved, value).length > 0) setAsking(value);
    else void store(value);
  };

  return (
    <form onSubmit={submit}>
      {KINDS.map((entry) => (
        <KindRow
          key={entry.kind}
          {...entry}
          value={fields[entry.kind]}
          failure={wrong[entry.kind]}
          onChange={(value) => setDraft({ ...fields, [entry.kind]: value })}
        />
      ))}
      <div className="flex flex-col gap-3 border-t border-line px-4 py-3">
        {save.isError && !atAField ? <Refusal>{failureInWords(save.error)}</Refusal> : null}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" pending={save.isPending} disabled={!changed}>
            Save
          </Button>
          {changed ? (
            <Button
              variant="quiet"
              onClick={() => {
                setDraft(null);
                save.reset();
              }}
            >
              Take back
            </Button>
          ) : null}
        </div>
      </div>
      {asking === null ? null : (
        <Suspense>
          <ConfirmDialog
            title="Keep less history?"
            action="Save, and delete what is older"
            pending={save.isPending}
            onConfirm={() => void store(asking)}
            onClose={() => setAsking(null)}
          >
            <Shortened saved={saved} value={asking} />
          </ConfirmDialog>
        </Suspense>
      )}
    </form>
  );
}

interface RowProps {
  name: string;
  what: string;
  minimum: number;
  start: number;
  value: string | null;
  failure: string | undefined;
  onChange: (value: string | null) => void;
}

function KindRow({ name, what, minimum, start, value, failure, onChange }: RowProps) {
  const format = useFormat();
  const hint = useId();
  return (
    <fieldset className="flex flex-wrap items-start gap-x-6 gap-y-2 border-t border-line px-4 py-3">
      <legend className="sr-only">{name}</legend>
      <div className="min-w-0 flex-1 basis-64">
        <p aria-hidden="true" className="font-semibold">
          {name}
        </p>
        <p className="text-ink-2">{what}</p>
      </div>
      <div className="flex w-64 max-w-full flex-col gap-1">
        <div className="flex items-center gap-2">
          <Select
            aria-label={`How long: ${name}`}
            aria-describedby={hint}
            value={value === null ? 'ever' : 'days'}
            onChange={(event) => onChange(event.target.value === 'ever' ? null : String(start))}
            className="w-28!"
          >
            <option value="ever">For ever</option>
            <option value="days">For</option>
          </Select>
          {value === null ? null : (
            <>
              <TextInput
                aria-label={`Days: ${name}`}
                aria-describedby={hint}
                aria-invalid={failure === undefined ? undefined : true}
                type="number"
                inputMode="numeric"
                required
                min={minimum}
                max={MAXIMUM}
                step={1}
                value={value}
                onChange={(event) => onChange(event.target.value)}
                className="w-24! text-right tabular-nums"
              />
              <span aria-hidden="true">days</span>
            </>
          )}
        </div>
        <span id={hint} className="text-xs text-ink-3">
          {failure === undefined ? (
            value === null ? (
              'Nothing is deleted.'
            ) : (
              `${format.number(minimum)} to ${format.number(MAXIMUM)} days.`
            )
          ) : (
            <FieldMessage>{failure}</FieldMessage>
          )}
        </span>
      </div>
    </fieldset>
  );
}

function Shortened({ saved, value }: { saved: Retention; value: Retention }) {
  const format = useFormat();
  return (
    <>
      <p>The next clean-up deletes, for good:</p>
      <ul className="mt-1 list-disc pl-4">
        {shortened(saved, value).map(({ kind, name, days }) => (
          <li key={kind}>
            {name} older than {format.number(days)} days
          </li>
        ))}
      </ul>
    </>
  );
}

/** The kinds of which less is kept than before. */
function shortened(before: Retention, after: Retention): { kind: Kind; name: string; days: number }[] {
  return KINDS.flatMap(({ kind, name }) => {
    const days = after[kind];
    return days !== null && days < (before[kind] ?? Number.POSITIVE_INFINITY) ? [{ kind, name, days }] : [];
  });
}

function toDraft(saved: Retention): Draft {
  return byKind((kind) => {
    const days = saved[kind];
    return days === null ? null : String(days);
  });
}

function toRetention(draft: Draft): Retention {
  return byKind((kind) => {
    const days = draft[kind];
    return days === null ? null : Number(days);
  });
}

function byKind<T>(of: (kind: Kind) => T): Record<Kind, T> {
  return Object.fromEntries(KINDS.map(({ kind }) => [kind, of(kind)])) as Record<Kind, T>;
}
