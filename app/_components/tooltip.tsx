'use client';

import { type FocusEvent, type KeyboardEvent, type PointerEvent, type ReactNode, useId, useState } from 'react';
import { createPortal } from 'react-dom';

interface AnchorProps {
  'aria-describedby': string | undefined;
  onPointerEnter: (event: PointerEvent<HTMLElement>) => void;
  onPointerLeave: () => void;
  onFocus: (event: FocusEvent<HTMLElement>) => void;
  onBlur: () => void;
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

interface Props {
  text: ReactNode;
  /** What it explains; give a focusable element these attributes. */
  children: (anchor: AnchorProps) => ReactNode;
}

/** A short explanation on hover and on focus; Esc hides it. For text that a reader can do without. */
export function Tooltip({ text, children }: Props) {
  const id = useId();
  const [place, setPlace] = useState<{ left: number; top: number; below: boolean } | null>(null);

  const show = (event: { currentTarget: HTMLElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const below = box.top < 80;
    const left = Math.min(Math.max(box.left + box.width / 2, 140), innerWidth - 140);
    setPlace({ left, top: below ? box.bottom + 6 : box.top - 6, below });
  };
  const hide = () => setPlace(null);

  return (
    <>
      {children({
        'aria-describedby': place === null ? undefined : id,
        onPointerEnter: show,
        onPointerLeave: hide,
        onFocus: show,
        onBlur: hide,
        onKeyDown: (event) => {
          if (event.key === 'Escape') hide();
        },
      })}
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
    </>
  );
}
