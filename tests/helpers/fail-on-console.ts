import { afterEach, beforeEach, expect } from 'vitest';

// An error or warning on the console that no test asked for fails the test. One that is part of the behaviour is
// expected with `vi.spyOn(console, 'error').mockImplementation(…)`, which takes this recorder's place.
const original = { error: console.error, warn: console.warn };
let printed: unknown[][] = [];

beforeEach(() => {
  printed = [];
  for (const level of ['error', 'warn'] as const) {
    console[level] = (...content: unknown[]) => {
      printed.push([`console.${level}`, ...content]);
    };
  }
});

afterEach(() => {
  Object.assign(console, original);
  expect(printed, 'Unexpected output on the console').toEqual([]);
});
