import { randomUUID } from 'node:crypto';

/** A UUID of version 7 (RFC 9562): ids sort by the time they were made, so new rows lie together in an index. */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  // Node keeps random bytes for randomUUID ready, which makes it far cheaper than drawing them each time.
  const random = randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
