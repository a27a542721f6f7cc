'use client';

import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Checkbox } from '@/app/_components/checkbox';
import { Refusal } from '@/app/_components/door';
import { TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import type { AlertSettingsBody } from '@/lib/contracts/alerts';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { useSaveAlertSettings } from './queries';

type Level = AlertSettingsBody['levels'][number];

const LEVELS: readonly { level: Level; name: string; what: string }[] = [
  { level: 'critical', name: 'Critical', what: 'the renewal is near and the account is RED, or usage falls as well' },
  { level: 'high', name: 'High', what: 'the renewal is near, or usage falls, and the account is not GREEN' },
  { level: 'red', name: 'RED', what: 'the health is RED, and nothing says that the customer is about to leave' },
];
const DEFAULT_QUIET = { from: '19:00', to: '07:30' };

/** Numbers as they are typed. */
interface Draft extends Omit<AlertSettingsBody, 'coolDownDays' | 'singlesPerScan'> {
  coolDownDays: string;
  singlesPerScan: string;
}

/** Which changes are told, how often, and when not. */
export function RulesForm({ saved, timeZone }: { saved: AlertSettingsBody; timeZone: string }) {
  const save = useSaveAlertSettings();
  const [draft, setDraft] = useState<Draft | null>(null);
  const fields = draft ?? toDraft(saved);
  const change = (part: Partial<Draft>) => setDraft({ ...fields, ...part });
  const changed = JSON.stringify(fields) !== JSON.stringify(toDraft(saved));
  const wrong = fieldFailures(save.error);
  const quietWrong = wrong['quietHours.to'] ?? wrong['quietHours.from'];
  const atAField = wrong.coolDownDays ?? wrong.singlesPerScan ?? quietWrong;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (save.isPending || !changed) return;
    try {
      await save.mutateAsync({
        ...fields,
        coolDownDays: Number(fields.coolDownDays),
        singlesPerScan: Number(fields.singlesPerScan),
      });
      setDraft(null);
      notify.success('Saved', { description: 'It applies from the next scan.' });
    } catch {
      // The form shows it.
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Row
        name="Levels"
        what={
          fields.levels.length === 0
            ? 'None: nobody is told of a new risk.'
            : 'Which risks somebody is told of. A change to less is never told; that a risk has passed is.'
        }
      >
        <ul className="flex flex-col gap-1.5">
          {LEVELS.map(({ level, name, what }) => (
            <li key={level}>
              <Choice
                label={name}
                hint={what}
                checked={fields.levels.includes(level)}
                onChange={(checked) =>
                  change({
                    levels: LEVELS.map((entry) => entry.level).filter((each) =>
                      each === level ? checked : fields.levels.includes(each),
                    ),
                  })
                }
              />
            </li>
          ))}
        </ul>
      </Row>
      <Row
        name="Alone or in a digest"
        what="The accounts of a scan with the most revenue at stake are told of alone, all others together."
      >
        <NumberField
          label="told alone after a scan, at most"
          value={fields.singlesPerScan}
          maximum={50}
          failure={wrong.singlesPerScan}
          onChange={(singlesPerScan) => change({ singlesPerScan })}
        />
      </Row>
      <Row
        name="Cool-down"
        what="For so long the same account is not told of again, unless it got worse than it was in the last alert."
      >
        <NumberField
          label="days"
          value={fields.coolDownDays}
          maximum={90}
          failure={wrong.coolDownDays}
          onChange={(coolDownDays) => change({ coolDownDays })}
        />
      </Row>
      <Row name="Quiet hours" what={`What falls into them is told when they end. Times in ${timeZone}.`}>
        <Choice
          label="Be quiet for a part of the day"
          checked={fields.quietHours !== null}
          onChange={(checked) => change({ quietHours: checked ? DEFAULT_QUIET : null })}
        />
        {fields.quietHours === null ? null : (
          <div className="mt-2 flex flex-wrap items-center gap-2">
            <TimeField
              label="Quiet from"
              value={fields.quietHours.from}
              onChange={(from) => change({ quietHours: { from, to: fields.quietHours?.to ?? '' } })}
            />
            <span aria-hidden="true">to</span>
            <TimeField
              label="Quiet until"
              value={fields.quietHours.to}
              onChange={(to) => change({ quietHours: { from: fields.quietHours?.from ?? '', to } })}
            />
          </div>
        )}
        {quietWrong === undefined ? null : <FieldMessage>{quietWrong}</FieldMessage>}
      </Row>
      <Row name="Drafts" what="A draft in the mailbox of whoever looks after the account. Nothing is ever sent.">
        <div className="flex flex-col gap-1.5">
          <Choice
            label="For the CSM"
            checked={fields.draftsForCsm}
            onChange={(draftsForCsm) => change({ draftsForCsm })}
          />
          <Choice
            label="For the rep"
            checked={fields.draftsForRep}
            onChange={(draftsForRep) => change({ draftsForRep })}
          />
        </div>
      </Row>
      <div className="flex flex-col gap-3 border-t border-line px-4 py-3">
        {save.isError && atAField === undefined ? <Refusal>{failureInWords(save.error)}</Refusal> : null}
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
    </form>
  );
}

function Row({ name, what, children }: { name: string; what: string; children: ReactNode }) {
  return (
    <fieldset className="flex flex-wrap items-start gap-x-6 gap-y-2 border-t border-line px-4 py-3">
      <legend className="sr-only">{name}</legend>
      <div className="min-w-0 flex-1 basis-56">
        <p aria-hidden="true" className="font-semibold">
          {name}
        </p>
        <p className="text-ink-2">{what}</p>
      </div>
      <div className="w-80 max-w-full">{children}</div>
    </fieldset>
  );
}

function Choice({
  label,
  hint,
  checked,
  onChange,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <div className="flex items-start gap-2">
      <div className="pt-0.5">
        <Checkbox label={label} checked={checked} onChange={onChange} />
      </div>
      <button type="button" tabIndex={-1} aria-hidden="true" onClick={() => onChange(!checked)} className="text-left">
        {label}
        {hint === undefined ? null : <span className="block text-xs text-ink-3">{hint}</span>}
      </button>
    </div>
  );
}

function NumberField({
  label,
  value,
  maximum,
  failure,
  onChange,
}: {
  label: string;
  value: string;
  maximum: number;
  failure: string | undefined;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <>
      <div className="flex items-center gap-2">
        <TextInput
          id={id}
          type="number"
          inputMode="numeric"
          required
          min={0}
          max={maximum}
          step={1}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={failure === undefined ? undefined : true}
          className="w-20! text-right tabular-nums"
        />
        <label htmlFor={id}>{label}</label>
      </div>
      {failure === undefined ? null : <FieldMessage>{failure}</FieldMessage>}
    </>
  );
}

function TimeField({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <TextInput
      type="time"
      aria-label={label}
      required
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="w-32! tabular-nums"
    />
  );
}

function toDraft(settings: AlertSettingsBody): Draft {
  return {
    ...settings,
    coolDownDays: String(settings.coolDownDays),
    singlesPerScan: String(settings.singlesPerScan),
  };
}
