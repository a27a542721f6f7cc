/** Time as a test tells it. */
export interface TestClock {
  (): Date;
  /** Moves on, in milliseconds. */
  advance(ms: number): void;
  set(time: Date | string): void;
}

export const NOW = new Date('2026-11-22T09:30:00.000Z');
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function createClock(start: Date | string = NOW): TestClock {
  let now = new Date(start).getTime();
  return Object.assign(() => new Date(now), {
    advance(ms: number) {
      now += ms;
    },
    set(time: Date | string) {
      now = new Date(time).getTime();
    },
  });
}
