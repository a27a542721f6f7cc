'use client';

import clsx from 'clsx';
import { Button } from '@/app/_components/button';
import { ChoiceMenu } from '@/app/_components/filter-menu';
import type { AuditItem } from '@/lib/contracts';
import { ACTION_OPTIONS, actionInWords, actorInWords, SYSTEM_ACTORS } from './audit-words';
import { type AuditState, type AuditStateChange, isAuditFiltered, NO_FILTERS } from './view-state';

interface Props {
  state: AuditState;
  /** Names those who are users no more. */
  rows: readonly AuditItem[];
  names: ReadonlyMap<string, string>;
  onChange: (change: AuditStateChange) => void;
}

export function AuditFilters({ state, rows, names, onChange }: Props) {
  return (
    <>
      <ChoiceMenu
        label="Action"
        emptyLabel="Action"
        options={withChosen([{ value: '', label: 'Any action' }, ...ACTION_OPTIONS], state.action, actionInWords)}
        value={state.action}
        onChange={(action) => onChange({ action: action || null })}
      />
      <ActorFilter state={state} rows={rows} names={names} onChange={onChange} />
      <DayInput label="From" value={state.from} max={state.to} onChange={(from) => onChange({ from })} />
      <DayInput label="To" value={state.to} min={state.from} onChange={(to) => onChange({ to })} />
      {state.subject === '' ? null : (
        <Button size="sm" className="border-accent!" onClick={() => onChange({ subject: null })}>
          One record
          <span aria-hidden="true">×</span>
          <span className="sr-only">, show all</span>
        </Button>
      )}
      {isAuditFiltered(state) ? (
        <Button variant="quiet" size="sm" onClick={() => onChange(NO_FILTERS)}>
          Clear
        </Button>
      ) : null}
    </>
  );
}

function ActorFilter({ state, rows, names, onChange }: Props) {
  const nameOf = (actor: string) => {
    const item = rows.find((row) => row.actor === actor);
    return item === undefined ? actor : actorInWords(item);
  };
  const options = [
    { value: '', label: 'Anybody' },
    ...[...names].map(([value, label]) => ({ value, label })),
    ...SYSTEM_ACTORS,
  ];
  return (
    <ChoiceMenu
      label="Who"
      emptyLabel="Who"
      options={withChosen(options, state.actor, nameOf)}
      value={state.actor}
      onChange={(actor) => onChange({ actor: actor || null })}
    />
  );
}

interface Option {
  value: string;
  label: string;
}

/** What a shared link asks for stays visible, whether it is in the list or not. */
function withChosen(options: readonly Option[], chosen: string, nameOf: (value: string) => string): Option[] {
  const known = options.some(({ value }) => value === chosen);
  return known ? [...options] : [...options, { value: chosen, label: nameOf(chosen) }];
}

interface DayProps {
  label: string;
  value: string | null;
  min?: string | null;
  max?: string | null;
  onChange: (day: string | null) => void;
}

function DayInput({ label, value, min, max, onChange }: DayProps) {
  return (
    <label
      className={clsx(
        'flex min-h-[27px] items-center gap-1.5 rounded-[7px] border bg-panel pr-1 pl-[9px] font-medium focus-within:outline-2 focus-within:outline-focus/40',
        value === null ? 'border-line text-ink-2' : 'border-accent text-ink',
      )}
    >
      {label}
      <input
        type="date"
        value={value ?? ''}
        min={min ?? undefined}
        max={max ?? undefined}
        onChange={(event) => onChange(event.target.value || null)}
        className="w-[7.75rem] bg-transparent font-normal text-ink outline-none max-sm:text-[16px]"
      />
    </label>
  );
}
