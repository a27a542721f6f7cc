import { setTimeout } from 'node:timers/promises';

/** How long requests are let in, in milliseconds. */
const BREATH_MS = 5;

/**
 * Lets requests in, between two steps of a long task in the thread that answers them. A turn of the event loop is not
 * enough: a request takes several, and would wait for a step in each.
 */
export function breathe(): Promise<void> {
  return setTimeout(BREATH_MS);
}
