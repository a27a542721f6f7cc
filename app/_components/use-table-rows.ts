'use client';

import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { isTyping } from './search-input';

const DRAW_ALL_UP_TO = 60;
const OVERSCAN = 10;
/** Rows come and go by this many, so that scrolling renders seldom. */
const STEP = 5;

interface RowWindow {
  indexes: readonly number[];
  /** Height of the rows left out above and below, in pixels. */
  before: number;
  after: number;
  reveal: (index: number) => void;
}

/** Which rows to draw: all of a short list, those near the screen of a long one. Rows are all of one height. */
export function useRowWindow(options: {
  body: RefObject<HTMLElement | null>;
  count: number;
  rowHeight: number;
}): RowWindow {
  const { body, count, rowHeight } = options;
  const virtual = count > DRAW_ALL_UP_TO;
  const [drawn, setDrawn] = useState({ first: 0, end: DRAW_ALL_UP_TO });

  useIsomorphicLayoutEffect(() => {
    if (!virtual) return;
    const update = () => {
      const rowsTop = firstRowTop(body.current);
      if (rowsTop === null) return;
      const first = Math.max(0, floorTo(STEP, -rowsTop / rowHeight) - OVERSCAN);
      const end = floorTo(STEP, (innerHeight - rowsTop) / rowHeight) + STEP + OVERSCAN;
      setDrawn((old) => (old.first === first && old.end === end ? old : { first, end }));
    };
    update();
    // Captured at the top: whether the table scrolls or the page around it depends on the screen.
    document.addEventListener('scroll', update, { capture: true, passive: true });
    window.addEventListener('resize', update);
    return () => {
      document.removeEventListener('scroll', update, { capture: true });
      window.removeEventListener('resize', update);
    };
  }, [body, virtual, rowHeight]);

  const end = virtual ? Math.min(count, drawn.end) : count;
  const first = virtual ? Math.min(drawn.first, Math.max(0, end - 1)) : 0;
  return {
    indexes: Array.from({ length: end - first }, (_, offset) => first + offset),
    before: first * rowHeight,
    after: (count - end) * rowHeight,
    reveal: (index) => revealRow(body.current, index, rowHeight),
  };
}

/** Where the first row of all is or would be, in pixels from the top of the screen. */
function firstRowTop(body: HTMLElement | null): number | null {
  const table = body?.closest('table');
  if (!table) return null;
  return table.getBoundingClientRect().top + (table.tHead?.offsetHeight ?? 0);
}

function revealRow(body: HTMLElement | null, index: number, rowHeight: number): void {
  const scroller = closestScroller(body);
  const rowsTop = firstRowTop(body);
  if (scroller === null || rowsTop === null) return;
  const view = scroller.getBoundingClientRect();
  const header = body?.closest('table')?.tHead?.offsetHeight ?? 0;
  const top = rowsTop + index * rowHeight;
  const above = top - (view.top + header);
  const below = top + rowHeight - view.bottom;
  if (above < 0) scroller.scrollTop += above;
  else if (below > 0) scroller.scrollTop += below;
}

function floorTo(step: number, value: number): number {
  return Math.floor(value / step) * step;
}

/** Calls `onReached` when the element with the returned ref comes near the view. */
export function useEndReached(enabled: boolean, onReached: (() => void) | undefined): RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null);
  const latest = useLatest(onReached);
  useEffect(() => {
    const element = end.current;
    if (!enabled || element === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) latest.current?.();
      },
      { root: closestScroller(element), rootMargin: '800px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [enabled, latest]);
  return end;
}

/** j, k and the arrows move the focus between rows; x selects. They work from anywhere but a field, a menu or a dialog. */
export function useRowKeys(options: {
  body: RefObject<HTMLElement | null>;
  count: number;
  activeIndex: number;
  reveal: (index: number) => void;
  onMove: (index: number) => void;
  onSelect: (index: number) => void;
}): void {
  const latest = useLatest(options);
  useEffect(() => {
    // Where a key that repeats is on its way to, before that row is drawn and has the focus.
    let heading = -1;
    const arrive = () => {
      heading = -1;
    };
    const press = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (document.querySelector('[aria-modal="true"],[role="menu"],[role="dialog"]') !== null) return;
      const { body, count, activeIndex, reveal, onMove, onSelect } = latest.current;
      const focused = body.current?.contains(document.activeElement)
        ? Number(document.activeElement?.closest('tr')?.dataset.index ?? -1)
        : -1;
      const arrow = event.key === 'ArrowDown' || event.key === 'ArrowUp';
      // Arrows scroll the page unless a row has the focus.
      if (arrow && focused < 0) return;
      if (event.key === 'x' && focused >= 0) {
        event.preventDefault();
        onSelect(focused);
        return;
      }
      const step =
        event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0;
      if (step === 0 || count === 0) return;
      event.preventDefault();
      const from = heading >= 0 ? heading : focused >= 0 ? focused : activeIndex;
      const to = from < 0 ? 0 : Math.min(count - 1, Math.max(0, from + step));
      reveal(to);
      heading = to;
      focusRow(body.current, to, 6, arrive);
      onMove(to);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [latest]);
}

/** A row that was out of view is there a frame or two after it was scrolled to. */
function focusRow(body: HTMLElement | null, index: number, attempts: number, arrive: () => void): void {
  const link = body?.querySelector<HTMLElement>(`[data-index="${index}"] [data-row-link]`);
  if (link) link.focus({ preventScroll: true });
  if (link || attempts === 0) arrive();
  else requestAnimationFrame(() => focusRow(body, index, attempts - 1, arrive));
}

function closestScroller(element: HTMLElement | null): HTMLElement | null {
  for (let at = element?.parentElement ?? null; at !== null; at = at.parentElement) {
    const overflow = getComputedStyle(at).overflowY;
    if (overflow === 'auto' || overflow === 'scroll') return at;
  }
  return document.documentElement;
}

function useLatest<T>(value: T): RefObject<T> {
  const ref = useRef(value);
  useEffect(() => {
    ref.current = value;
  });
  return ref;
}

const useIsomorphicLayoutEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect;
