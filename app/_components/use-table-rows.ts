'use client';

import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { isTyping } from './search-input';

const DRAW_ALL_UP_TO = 60;

interface RowWindow {
  indexes: readonly number[];
  /** Height of the rows left out above and below, in pixels. */
  before: number;
  after: number;
  reveal: (index: number) => void;
}

/** Which rows to draw: all of a short list, those near the view of a long one. */
export function useRowWindow(options: {
  body: RefObject<HTMLElement | null>;
  count: number;
  rowHeight: number;
}): RowWindow {
  const { body, count, rowHeight } = options;
  const [place, setPlace] = useState<{ scroller: HTMLElement | null; margin: number }>({ scroller: null, margin: 0 });
  const virtual = count > DRAW_ALL_UP_TO;

  // What scrolls depends on the screen: the table itself, or the page around it.
  useIsomorphicLayoutEffect(() => {
    const measure = () => {
      const scroller = closestScroller(body.current);
      if (scroller === null || body.current === null) return;
      const margin =
        body.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
      setPlace((old) => (old.scroller === scroller && Math.abs(old.margin - margin) < 2 ? old : { scroller, margin }));
    };
    measure();
    window.addEventListener('resize', measure);
    return () => window.removeEventListener('resize', measure);
  }, [body, virtual]);

  const virtualizer = useVirtualizer({
    count: virtual ? count : 0,
    getScrollElement: () => place.scroller,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollMargin: place.margin,
    // The sticky header covers the first row's height.
    scrollPaddingStart: 40,
  });

  const scrollTo = (index: number) => {
    const row = body.current?.querySelector(`[data-index="${index}"]`);
    if (row) row.scrollIntoView({ block: 'nearest' });
    else if (virtual) virtualizer.scrollToIndex(index, { align: 'auto' });
  };

  if (!virtual || place.scroller === null) {
    return { indexes: range(virtual ? DRAW_ALL_UP_TO : count), before: 0, after: 0, reveal: scrollTo };
  }
  const items = virtualizer.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  return {
    indexes: items.map((item) => item.index),
    before: first === undefined ? 0 : first.start - place.margin,
    after: last === undefined ? count * rowHeight : virtualizer.getTotalSize() - (last.end - place.margin),
    reveal: scrollTo,
  };
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

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

const useIsomorphicLayoutEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect;
