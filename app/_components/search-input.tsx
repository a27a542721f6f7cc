'use client';

import { useEffect, useRef, useState } from 'react';
import { SearchIcon } from './icons';

interface Props {
  /** Read out, and shown while empty. */
  label: string;
  value: string;
  onChange: (value: string) => void;
}

const PAUSE_MS = 180;

/** Tells of a change once typing pauses. `/` anywhere on the page goes to it, Esc empties it. */
export function SearchInput({ label, value, onChange }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState(value);
  const [told, setTold] = useState(value);
  // The value changed from outside (Back, «Clear filters»): follow it.
  if (value !== told) {
    setTold(value);
    setDraft(value);
  }

  useEffect(() => {
    if (draft === told) return;
    const timer = setTimeout(() => {
      setTold(draft);
      onChange(draft);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft, told, onChange]);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[aria-modal="true"]') !== null) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);

  return (
    <label className="flex h-[31px] min-w-0 items-center gap-2 rounded-lg border border-line bg-panel px-2 text-ink-3 focus-within:border-accent focus-within:outline-2 focus-within:outline-focus/40">
      <SearchIcon className="size-3.5 flex-none" />
      <span className="sr-only">{label}</span>
      <input
        ref={input}
        type="search"
        enterKeyHint="search"
        autoComplete="off"
        spellCheck={false}
        placeholder={label}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (draft === '') event.currentTarget.blur();
          else setDraft('');
        }}
        className="w-full min-w-0 bg-transparent text-ink outline-none placeholder:text-ink-3 placeholder:opacity-100 max-sm:text-[16px] [&::-webkit-search-cancel-button]:hidden"
      />
      <span
        className="rounded-[5px] border border-line px-[5px] font-sans text-[11px] font-medium max-sm:hidden"
        aria-hidden="true"
      >
        /
      </span>
    </label>
  );
}

/** Whether a key press belongs to a field rather than to a shortcut. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'checkbox' && target.type !== 'radio';
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
