'use client';

import { Menu } from '@base-ui/react/menu';
import clsx from 'clsx';
import type { ReactNode, RefObject } from 'react';
import { CheckIcon } from './icons';

export type MenuEntry =
  | { kind: 'checkbox'; id: string; label: ReactNode; checked: boolean; onChange: (checked: boolean) => void }
  | { kind: 'radio'; id: string; label: ReactNode; checked: boolean; onSelect: () => void }
  | { kind: 'action'; id: string; label: ReactNode; onSelect: () => void; disabled?: boolean }
  | { kind: 'heading'; id: string; label: string }
  | { kind: 'separator'; id: string };

interface Props {
  anchor: RefObject<HTMLButtonElement | null>;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  label: string;
  entries: readonly MenuEntry[];
}

const ITEM =
  'flex cursor-default items-center gap-2 rounded-md py-[5px] pr-3 pl-2 text-ink outline-none select-none data-disabled:text-ink-3 data-highlighted:bg-raise max-sm:py-2';

/** Fetched on demand by {@link MenuButton}, which is what to use. */
export default function MenuPopup({ anchor, open, onOpenChange, label, entries }: Props) {
  const radios = entries.filter((entry) => entry.kind === 'radio');
  return (
    <Menu.Root
      open={open}
      onOpenChange={(next, details) => {
        // A press on the button itself is the button's business, which closes the menu.
        const target = details.event.target;
        const onAnchor = target instanceof Node && anchor.current?.contains(target) === true;
        if (!next && onAnchor && details.reason === 'outside-press') return;
        onOpenChange(next);
      }}
    >
      <Menu.Portal>
        <Menu.Positioner anchor={anchor} sideOffset={5} align="start" collisionPadding={8} className="z-50">
          <Menu.Popup
            aria-label={label}
            finalFocus={anchor}
            // A long menu scrolls, and what scrolls must be in reach of the keyboard.
            tabIndex={0}
            className="max-h-[min(28rem,var(--available-height))] min-w-44 overflow-y-auto rounded-[10px] border border-line-strong bg-panel p-1 text-sm shadow-pop outline-none"
          >
            <Menu.RadioGroup
              value={radios.find((entry) => entry.checked)?.id ?? null}
              onValueChange={(id) => radios.find((entry) => entry.id === id)?.onSelect()}
            >
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} />
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Entry({ entry }: { entry: MenuEntry }) {
  switch (entry.kind) {
    case 'checkbox':
      return (
        <Menu.CheckboxItem
          checked={entry.checked}
          onCheckedChange={entry.onChange}
          closeOnClick={false}
          className={ITEM}
        >
          <span
            className={clsx(
              'grid size-[15px] flex-none place-items-center rounded-sm border-[1.5px]',
              entry.checked ? 'border-accent bg-accent text-accent-ink' : 'border-control',
            )}
          >
            {entry.checked ? <CheckIcon className="size-2.5" strokeWidth="2.6" /> : null}
          </span>
          {entry.label}
        </Menu.CheckboxItem>
      );
    case 'radio':
      return (
        <Menu.RadioItem value={entry.id} closeOnClick className={ITEM}>
          <CheckIcon className={clsx('size-3.5 flex-none text-accent', !entry.checked && 'invisible')} />
          {entry.label}
        </Menu.RadioItem>
      );
    case 'action':
      return (
        <Menu.Item onClick={entry.onSelect} disabled={entry.disabled} className={ITEM}>
          {entry.label}
        </Menu.Item>
      );
    case 'heading':
      return <div className="px-2 pt-1.5 pb-1 text-xs text-ink-3">{entry.label}</div>;
    case 'separator':
      return <Menu.Separator className="my-1 h-px bg-line" />;
  }
}
