'use client';

import { type ReactNode, useId, useRef, useState } from 'react';
import { createPortal } from 'react-dom';

/** A short explanation on hover and on focus; Esc hides it. For text that a reader can do without. */
export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const [place, setPlace] = useState<{ left: number; top: number; below: boolean } | null>(null);

  const show = () => {
    const box = anchor.current?.getBoundingClientRect();
    if (box === undefined) return;
    const below = box.top < 80;
    const left = Math.min(Math.max(box.left + box.width / 2, 140), innerWidth - 140);
    setPlace({ left, top: below ? box.bottom + 6 : box.top - 6, below });
  };
  const hide = () => setPlace(null);

  return (
    <span
      ref={anchor}
      aria-describedby={place === null ? undefined : id}
      onPointerEnter={show}
      onPointerLeave={hide}
      onFocus={show}
      onBlur={hide}
      onKeyDown={(event) => {
        if (event.key === 'Escape') hide();
      }}
    >
      {children}
      {place === null
        ? null
        : createPortal(
            <span
              id={id}
              role="tooltip"
              style={{ left: place.left, top: place.top }}
              className={`pointer-events-none fixed z-50 w-max max-w-64 -translate-x-1/2 rounded-lg border border-line-strong bg-panel px-2.5 py-1.5 text-xs text-ink shadow-pop ${place.below ? '' : '-translate-y-full'}`}
            >
              {text}
            </span>,
            document.body,
          )}
    </span>
  );
}
