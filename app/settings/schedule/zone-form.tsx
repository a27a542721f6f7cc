'use client';

import { type FormEvent, useId, useState } from 'react';
import { Button } from '@/app/_components/button';
import { Refusal } from '@/app/_components/door';
import { TextInput } from '@/app/_components/field';
import { notify } from '@/app/_lib/notify';
import type { ScheduleSettings } from '@/lib/contracts/schedule';
import { failureInWords, fieldFailures } from '../failure';
import { FieldMessage } from '../field-message';
import { useChangeSchedule } from './queries';

/** The zone whose clocks the schedule goes by. */
export function ZoneForm({ schedule }: { schedule: ScheduleSettings }) {
  const change = useChangeSchedule();
  const [draft, setDraft] = useState<string | null>(null);
  const [zones, setZones] = useState<readonly string[]>([]);
  const id = useId();
  const value = draft ?? schedule.timeZone;
  const wrong = fieldFailures(change.error).timeZone;

  const store = async (timeZone: string | null) => {
    try {
      const saved = await change.mutateAsync({ timeZone });
      setDraft(null);
      notify.success('Saved', { description: `The schedule goes by the clocks of ${inWords(saved.timeZone)}.` });
    } catch {
      // The form shows it.
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!change.isPending && value !== schedule.timeZone) void store(value);
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <p className="text-ink-2">
        All times below are on the clocks of this zone. A time that comes twice as clocks are put back is one run, one
        that does not come as they are put forward is none.
      </p>
      <div className="flex flex-wrap items-start gap-2">
        <div className="flex w-72 max-w-full flex-col gap-1">
          <TextInput
            aria-label="Time zone of the schedule"
            aria-describedby={`${id}-hint`}
            aria-invalid={wrong === undefined ? undefined : true}
            list={`${id}-zones`}
            value={value}
            required
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            onFocus={() => setZones(Intl.supportedValuesOf('timeZone'))}
            onChange={(event) => setDraft(event.target.value)}
          />
          <datalist id={`${id}-zones`}>
            {zones.map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
          <span id={`${id}-hint`} className="text-xs text-ink-3">
            {wrong !== undefined ? (
              <FieldMessage>{wrong}</FieldMessage>
            ) : schedule.timeZoneSet ? (
              `Set here; the configuration says ${schedule.defaultTimeZone}.`
            ) : (
              'As configured.'
            )}
          </span>
        </div>
        <Button type="submit" variant="primary" pending={change.isPending} disabled={value === schedule.timeZone}>
          Save
        </Button>
        {schedule.timeZoneSet ? (
          <Button variant="quiet" onClick={() => void store(null)}>
            Reset to default
          </Button>
        ) : null}
      </div>
      {change.isError && wrong === undefined ? <Refusal>{failureInWords(change.error)}</Refusal> : null}
    </form>
  );
}

function inWords(timeZone: string): string {
  return timeZone.replaceAll('_', ' ');
}
