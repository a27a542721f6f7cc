'use client';

import clsx from 'clsx';
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react';
import { buttonClass } from './button';
import { ChevronDownIcon } from './icons';
import type { MenuEntry } from './menu-popup';

const loadPopup = () => import('./menu-popup');
const MenuPopup = lazy(loadPopup);

interface Props {
  /** What the button shows. */
  children: ReactNode;
  /** Name of the menu, read out. */
  label: string;
  entries: readonly MenuEntry[];
  variant?: 'default' | 'quiet';
  size?: 'md' | 'sm';
  chevron?: boolean;
  disabled?: boolean;
  className?: string;
}

/** A button that opens a menu. The menu's code is fetched when the pointer or the focus comes near. */
export function MenuButton({ children, label, entries, variant, size, chevron, disabled, className }: Props) {
  const anchor = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  // Stays mounted after the first opening, so that closing can hand the focus back.
  const [wanted, setWanted] = useState(false);
  return (
    <>
      <button
        ref={anchor}
        type="button"
        aria-haspopup="menu"
        aria-expanded={open}
        disabled={disabled}
        onPointerEnter={() => void loadPopup()}
        onFocus={() => void loadPopup()}
        onClick={() => {
          setWanted(true);
          setOpen(!open);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          setWanted(true);
          setOpen(true);
        }}
        className={clsx(buttonClass({ variant, size }), className)}
      >
        {children}
        {chevron === false ? null : <ChevronDownIcon className="-mr-0.5 size-3 opacity-70" />}
      </button>
      {wanted ? (
        <Suspense>
          <MenuPopup anchor={anchor} open={open} onOpenChange={setOpen} label={label} entries={entries} />
        </Suspense>
      ) : null}
    </>
  );
}
