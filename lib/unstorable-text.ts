/** NUL and halves of characters: not every database can hold them, and none gives the halves back. */
const UNSTORABLE = /[\0\p{Cs}]/u;
const MOST_NAMED = 20;
const DEEPEST_NAMED = 10;

interface Step {
  value: unknown;
  key: string;
  within: Step | null;
}

/**
 * Where in a parsed value there is text that a database cannot hold, as paths such as `accounts.3.name`; at most 20, each to the tenth key. A
 * key counts as text of what it is in. Takes no stack, so that no depth is too deep.
 */
export function unstorableText(given: unknown): string[] {
  const found: string[] = [];
  const open: Step[] = [{ value: given, key: '', within: null }];
  for (let step = open.pop(); step !== undefined && found.length < MOST_NAMED; step = open.pop()) {
    const { value } = step;
    if (typeof value === 'string' && UNSTORABLE.test(value)) found.push(pathOf(step));
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (UNSTORABLE.test(key)) found.push(pathOf(step));
      else open.push({ value: inner, key, within: step });
    }
  }
  return found;
}

function pathOf(step: Step): string {
  const keys: string[] = [];
  for (let at: Step | null = step; at?.within; at = at.within) keys.push(at.key);
  const path = keys.reverse().slice(0, DEEPEST_NAMED).join('.');
  return keys.length > DEEPEST_NAMED ? `${path}.…` : path;
}
