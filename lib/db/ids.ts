import { randomUUID } from 'node:crypto';

/** Ids that one millisecond has room for. */
const COUNTER_END = 0x1000;
let last = { time: 0, counter: 0 };

/**
 * A UUID of version 7 (RFC 9562) with a counter that begins anew each millisecond (section 6.2, method 1): the ids that a
 * thread makes sort in the order they were made, so new rows lie together in an index.
 */
export function newId(): string {
  const now = Date.now();
  // A clock that is put back, or a millisecond that is full, goes on from where the last id was.
  if (now > last.time) last = { time: now, counter: 0 };
  else if (last.counter + 1 < COUNTER_END) last.counter += 1;
  else last = { time: last.time + 1, counter: 0 };
  const time = last.time.toString(16).padStart(12, '0');
  const counter = last.counter.toString(16).padStart(3, '0');
  // Node keeps random bytes for randomUUID ready, which makes it far cheaper than drawing them each time.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}${randomUUID().slice(18)}`;
}
