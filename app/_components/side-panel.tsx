'use client';

import { type KeyboardEvent, type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';
import { CrossIcon } from './icons';

interface Props {
  /** What the panel is about, read out when it opens. */
  label: string;
  onClose: () => void;
  /** Key of the row that it shows. A change scrolls back to the top; closing hands the focus to that row. */
  contentKey: string;
  children: ReactNode;
  /** Stays at the foot. */
  footer?: ReactNode;
}

const NARROW = '(max-width: 68.74rem)';
const FOCUSABLE =
  'a[href],button:not(:disabled),input:not(:disabled),textarea:not(:disabled),select,iframe,[tabindex="0"]';

/**
 * Detail beside a list. Wide screens: a column that leaves the list in use. Narrow ones: a sheet over everything that
 * keeps the focus. Opening moves the focus in, Esc or the cross closes and hands it back.
 */
export function SidePanel({ label, onClose, contentKey, children, footer }: Props) {
  const panel = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const modal = useSyncExternalStore(onNarrowChange, isNarrow, () => false);

  const lastKey = useRef(contentKey);
  useEffect(() => {
    lastKey.current = contentKey;
  }, [contentKey]);

  useEffect(() => {
    const before = document.activeElement;
    // A page that opens with its panel leaves the focus where the browser put it.
    if (before !== null && before !== document.body) panel.current?.focus({ preventScroll: true });
    return () => {
      const row = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(lastKey.current)}"] [data-row-link]`);
      if (row !== null) row.focus({ preventScroll: true });
      else if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  useEffect(() => {
    if (contentKey !== '') scroller.current?.scrollTo({ top: 0 });
  }, [contentKey]);

  useEffect(() => {
    const close = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      // An open dialog or menu above takes the key first.
      if (document.querySelector('[role="menu"],[role="dialog"]:not([data-side-panel])') !== null) return;
      onClose();
    };
    document.addEventListener('keydown', close);
    return () => document.removeEventListener('keydown', close);
  }, [onClose]);

  return (
    <section
      ref={panel}
      data-side-panel=""
      {...(modal ? { role: 'dialog', 'aria-modal': true } : undefined)}
      aria-label={label}
      tabIndex={-1}
      onKeyDown={modal ? keepFocus : undefined}
      className="flex animate-panel flex-col bg-panel outline-none max-[68.74rem]:fixed max-[68.74rem]:inset-0 max-[68.74rem]:z-30 min-[68.75rem]:w-[432px] min-[68.75rem]:flex-none min-[68.75rem]:border-l"
    >
      <button
        type="button"
        onClick={onClose}
        className="absolute top-3.5 right-4 z-10 grid size-8 place-items-center rounded-md bg-panel text-ink-3 hover:bg-raise hover:text-ink"
      >
        <CrossIcon className="size-4" />
        <span className="sr-only">Close</span>
      </button>
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-5 py-[18px] max-sm:px-4">
        {children}
      </div>
      {footer === undefined ? null : (
        <div className="flex-none border-t px-5 py-3 max-sm:px-4 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
          {footer}
        </div>
      )}
    </section>
  );
}

/** A part of a panel under a quiet heading. */
export function PanelSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mt-5 mb-2 text-xs font-semibold text-ink-3">{title}</h3>
      {children}
    </section>
  );
}

function keepFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'Tab') return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => element.offsetParent !== null,
  );
  const first = stops[0];
  const last = stops.at(-1);
  const from = event.shiftKey ? first : last;
  const to = event.shiftKey ? last : first;
  if (document.activeElement !== from && !(event.shiftKey && document.activeElement === event.currentTarget)) return;
  event.preventDefault();
  to?.focus();
}

function isNarrow(): boolean {
  return matchMedia(NARROW).matches;
}

function onNarrowChange(listener: () => void): () => void {
  const query = matchMedia(NARROW);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
