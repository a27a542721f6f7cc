import { type RefObject, useEffect, useRef } from 'react';

/**
 * For a row that scrolls sideways: brings into view the place that the page was opened at.
 * @returns the ref of the row.
 */
export function useCurrentInView<Row extends HTMLElement>(): RefObject<Row | null> {
  const row = useRef<Row>(null);
  useEffect(() => {
    const current = row.current?.querySelector('[aria-current="page"], [aria-pressed="true"]');
    if (!row.current || !current) return;
    const middle = (element: Element) =>
      element.getBoundingClientRect().left + element.getBoundingClientRect().width / 2;
    // The row alone: scrolling the element into view would move the page too, where the row is below its end.
    row.current.scrollLeft += middle(current) - middle(row.current);
  }, []);
  return row;
}
