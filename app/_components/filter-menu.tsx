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
export function FilterMenu<Value extends string>(filter: FilterProps<Value>) {
  const { label, options, selected, onChange } = filter;
  const entries = optionEntries(filter);
  if (selected.length > 0) {
    entries.push(
      { kind: 'separator', id: '-' },
      { kind: 'action', id: '-any', label: 'Any', onSelect: () => onChange([]) },
    );
  }
  return (
    <MenuButton label={label} entries={entries} size="sm" chevron={false} className={edge(selected.length > 0)}>
      {label}
      {selected.length > 0 ? <Chosen options={options} selected={selected} /> : null}
    </MenuButton>
  );
}

interface GroupedProps<A extends string, B extends string, C extends string> {
  label: string;
  groups: readonly [FilterProps<A>, FilterProps<B>, FilterProps<C>];
}

/** Three filters behind one button, for where there is little room. */
export function GroupedFilterMenu<A extends string, B extends string, C extends string>(props: GroupedProps<A, B, C>) {
  const { label, groups } = props;
  const [a, b, c] = groups;
  const count = a.selected.length + b.selected.length + c.selected.length;
  const entries: MenuEntry[] = [
    { kind: 'heading', id: 'a', label: a.label },
    ...optionEntries(a),
    { kind: 'heading', id: 'b', label: b.label },
    ...optionEntries(b),
    { kind: 'heading', id: 'c', label: c.label },
    ...optionEntries(c),
  ];
  return (
    <MenuButton label={label} entries={entries} size="sm" chevron={false} className={edge(count > 0)}>
      {label}
      {count > 0 ? <span className="text-accent">{count}</span> : null}
    </MenuButton>
  );
}

function optionEntries<Value extends string>({ label, options, selected, onChange }: FilterProps<Value>): MenuEntry[] {
  return options.map((option) => ({
    kind: 'checkbox',
    id: `${label} ${option.value}`,
    label: option.label,
    checked: selected.includes(option.value),
    onChange: (checked) =>
      onChange(checked ? [...selected, option.value] : selected.filter((value) => value !== option.value)),
  }));
}

function edge(active: boolean): string {
  return active ? 'border-accent!' : 'border-line! text-ink-2';
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
      chevron={emptyLabel === undefined}
      className={edge(!any && emptyLabel !== undefined)}
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
