'use client';

import type { ReactNode } from 'react';
import { MenuButton } from './menu-button';
import type { MenuEntry } from './menu-popup';

interface FilterProps<Value extends string> {
  /** What is filtered by, e.g. `Type`. */
  label: string;
  options: readonly { value: Value; label: ReactNode; text?: string }[];
  selected: readonly Value[];
  onChange: (selected: Value[]) => void;
}

/** Several of some values; none chosen means any. The button names what is chosen. */
export function FilterMenu<Value extends string>({ label, options, selected, onChange }: FilterProps<Value>) {
  const entries: MenuEntry[] = options.map((option) => ({
    kind: 'checkbox',
    id: option.value,
    label: option.label,
    checked: selected.includes(option.value),
    onChange: (checked) =>
      onChange(checked ? [...selected, option.value] : selected.filter((value) => value !== option.value)),
  }));
  if (selected.length > 0) {
    entries.push(
      { kind: 'separator', id: '-' },
      { kind: 'action', id: '-any', label: 'Any', onSelect: () => onChange([]) },
    );
  }
  return (
    <MenuButton
      label={label}
      entries={entries}
      size="sm"
      className={selected.length > 0 ? 'border-accent!' : 'border-line! text-ink-2'}
    >
      {label}
      {selected.length > 0 ? <Chosen options={options} selected={selected} /> : null}
    </MenuButton>
  );
}

function Chosen<Value extends string>({ options, selected }: Pick<FilterProps<Value>, 'options' | 'selected'>) {
  const only = selected.length === 1 ? options.find((option) => option.value === selected[0]) : undefined;
  return (
    <span className="max-w-32 truncate text-accent">
      {only === undefined ? `${selected.length}` : (only.text ?? only.label ?? only.value)}
    </span>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  options: readonly { value: Value; label: string }[];
  value: Value;
  onChange: (value: Value) => void;
  /** What the button shows while the first option, which means «any», is chosen. */
  emptyLabel?: string;
}

/** One of some values, e.g. the order of a list. The button shows the value. */
export function ChoiceMenu<Value extends string>({ label, options, value, onChange, emptyLabel }: ChoiceProps<Value>) {
  const current = options.find((option) => option.value === value);
  const any = emptyLabel !== undefined && value === options[0]?.value;
  return (
    <MenuButton
      label={label}
      size="sm"
      className={any || emptyLabel === undefined ? 'border-line! text-ink-2' : 'border-accent!'}
      entries={options.map((option) => ({
        kind: 'radio',
        id: option.value,
        label: option.label,
        checked: option.value === value,
        onSelect: () => onChange(option.value),
      }))}
    >
      {any ? null : <span className="sr-only">{label}: </span>}
      {any ? emptyLabel : (current?.label ?? value)}
    </MenuButton>
  );
}
