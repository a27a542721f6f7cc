'use client';

import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useDeferredValue, useId, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Checkbox } from '@/app/_components/checkbox';
import { Refusal } from '@/app/_components/door';
import { Field, Select, TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import type { JobSettings } from '@/lib/contracts/schedule';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { NextTimes } from './next-times';
import { previewQuery, useChangeSchedule } from './queries';
import { cronOf, RHYTHMS, type Rhythm, type Times, timesOf, WEEKDAYS } from './times';

const LONGEST_GRACE_HOURS = 336;

interface Props {
  job: JobSettings;
  timeZone: string;
  onSaved: () => void;
}

/** When a job runs and what becomes of a run that was missed, with the next five times as they would be. */
export function JobForm({ job, timeZone, onSaved }: Props) {
  const change = useChangeSchedule();
  const [times, setTimes] = useState<Times>(() => timesOf(job.cron));
  const [catchUp, setCatchUp] = useState(job.catchUp);
  const [grace, setGrace] = useState(String(job.graceHours));
  const missed = useId();
  const cron = cronOf(times);
  const graceHours = Number(grace);
  const changed = {
    ...(cron === job.cron ? {} : { cron }),
    ...(catchUp === job.catchUp ? {} : { catchUp }),
    ...(graceHours === job.graceHours ? {} : { graceHours }),
  };
  // An empty field asks too, and hears what it lacks.
  const asked = useDeferredValue(cron.trim() === '' ? '-' : cron);
  const preview = useQuery(previewQuery(asked, timeZone));
  const wrong = fieldFailures(change.error);
  const problem = preview.data?.problem ?? null;
  const cronFailure = wrong[`jobs.${job.job}.cron`] ?? (problem === null ? undefined : `It ${problem}.`);
  const atAField = Object.keys(wrong).some((path) => path.startsWith(`jobs.${job.job}`));

  const store = async (setting: typeof changed | null) => {
    try {
      const saved = await change.mutateAsync({ jobs: { [job.job]: setting } });
      const now = saved.jobs.find((each) => each.job === job.job);
      if (now) {
        setTimes(timesOf(now.cron));
        setCatchUp(now.catchUp);
        setGrace(String(now.graceHours));
      }
      notify.success('Saved', { description: `${job.name} goes by it from now on, on every instance.` });
      if (setting !== null) onSaved();
    } catch {
      // The form shows it.
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!change.isPending && Object.keys(changed).length > 0) void store(changed);
  };

  return (
    <form onSubmit={submit} className="mt-3 grid gap-x-8 gap-y-4 rounded-lg bg-raise/60 p-3 md:grid-cols-2">
      <div className="flex flex-col gap-3">
        <TimesFields times={times} onChange={setTimes} />
        <Field
          label="Cron expression"
          hint={
            cronFailure === undefined ? (
              'Minute, hour, day of the month, month, day of the week.'
            ) : (
              <FieldMessage>{cronFailure}</FieldMessage>
            )
          }
        >
          {(control) => (
            <TextInput
              {...control}
              aria-invalid={cronFailure === undefined ? undefined : true}
              value={cron}
              maxLength={120}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) =>
                setTimes({ ...timesOf(event.target.value), rhythm: 'cron', cron: event.target.value })
              }
              className="font-mono"
            />
          )}
        </Field>
        {job.canBeMissed ? (
          <fieldset className="flex flex-col gap-1.5">
            <legend className="mb-1 font-medium">A run that was missed</legend>
            <span className="flex items-center gap-2">
              <Checkbox checked={catchUp} label={`Make up for a missed run of ${job.name}`} onChange={setCatchUp} />
              <span aria-hidden="true">is made up for</span>
            </span>
            {catchUp ? (
              <span className="flex items-center gap-2">
                <label htmlFor={missed}>within</label>
                <TextInput
                  id={missed}
                  type="number"
                  inputMode="decimal"
                  min={0}
                  max={LONGEST_GRACE_HOURS}
                  step="any"
                  required
                  value={grace}
                  onChange={(event) => setGrace(event.target.value)}
                  className="w-24! text-right tabular-nums"
                />
                hours, the latest one alone
              </span>
            ) : null}
          </fieldset>
        ) : null}
        {change.isError && !atAField ? <Refusal>{failureInWords(change.error)}</Refusal> : null}
        <div className="flex flex-wrap gap-2">
          <Button
            type="submit"
            variant="primary"
            pending={change.isPending}
            disabled={Object.keys(changed).length === 0 || problem !== null}
          >
            Save
          </Button>
          {job.set ? (
            <Button variant="quiet" onClick={() => void store(null)}>
              Reset to default
            </Button>
          ) : null}
        </div>
      </div>
      <NextTimes preview={preview} timeZone={timeZone} name={job.name} off={!job.enabled} />
    </form>
  );
}

function TimesFields({ times, onChange }: { times: Times; onChange: (times: Times) => void }) {
  return (
    <div className="flex flex-wrap items-end gap-2">
      <Field label="How often">
        {(control) => (
          <Select
            {...control}
            value={times.rhythm}
            onChange={(event) => onChange({ ...times, cron: cronOf(times), rhythm: event.target.value as Rhythm })}
          >
            {RHYTHMS.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {times.rhythm === 'weekly' ? (
        <Field label="On">
          {(control) => (
            <Select
              {...control}
              value={times.weekday}
              onChange={(event) => onChange({ ...times, weekday: Number(event.target.value) })}
            >
              {WEEKDAYS.map((name, index) => (
                <option key={name} value={index}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : null}
      {times.rhythm === 'monthly' || times.rhythm === 'quarterly' ? (
        <Field label="On day">
          {(control) => (
            <Select
              {...control}
              value={times.day}
              onChange={(event) => onChange({ ...times, day: Number(event.target.value) })}
            >
              {Array.from({ length: 28 }, (_, index) => index + 1).map((day) => (
                <option key={day} value={day}>
                  {day}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : null}
      {times.rhythm === 'cron' ? null : (
        <Field label="At">
          {(control) => (
            <TextInput
              {...control}
              type="time"
              required
              value={times.time}
              onChange={(event) => onChange({ ...times, time: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  );
}
