import { type RefObject, useEffect, useRef } from 'react';

/**
 * For a row that scrolls sideways: brings into view the place that the page was opened at.
 * @returns the ref of the row.
 */
export function useCurrentInView<Row extends HTMLElement>(): RefObject<Row | null> {
  const row = useRef<Row>(null);
  useEffect(() => {
    const current = row.current?.querySelector('[aria-current="page"], [aria-pressed="true"]');
    current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, []);
  return row;
}
