import { randomUUID } from 'node:crypto';
import type { EventBus } from './ports';

/** @returns how far the events of this process are: between two positions that are the same, nothing was told. */
export function followPosition(events: EventBus): () => string {
  const process = randomUUID();
  let told = 0;
  events.subscribe(() => {
    told += 1;
  });
  return () => `${process}.${told}`;
}
