import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttemptAnswer,
  decideDelivery,
  failsForLong,
  LONGEST_ASKED_MS,
  MAX_ATTEMPTS,
  parseRetryAfter,
  RETRY_WAITS_MS,
  restMs,
  STRUGGLING_AFTER,
} from '../../../lib/domain/webhook-retry';
import { DAY, HOUR, MINUTE, NOW, SECOND } from '../../helpers/clock';

const status = fc.integer({ min: 200, max: 599 });
const answer: fc.Arbitrary<AttemptAnswer> = fc.oneof(
  fc.record({ status, retryAfterMs: fc.option(fc.integer({ min: 0, max: 30 * DAY })) }),
  fc.constant({ status: null, problem: 'No answer.' }),
);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('what becomes of a delivery', () => {
  it('is over with any 2xx, whatever the attempt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 299 }), fc.integer({ min: 1, max: 50 }), (code, attempt) => {
        const decision = decideDelivery({ status: code, retryAfterMs: null }, { attempt, random: 0, retries: true });
        expect(decision).toEqual({ next: 'delivered' });
      }),
    );
  });

  it('is tried again within the schedule, never before the receiver asked for, and never for ever', () => {
    const failing = answer.filter(({ status: code }) => code === null || ((code < 200 || code >= 300) && code !== 410));
    fc.assert(
      fc.property(failing, fc.integer({ min: 1, max: 40 }), random, (given, attempt, chance) => {
        const decision = decideDelivery(given, { attempt, random: chance, retries: true });
        if (attempt >= MAX_ATTEMPTS) {
          expect(decision).toEqual({ next: 'failed' });
          return;
        }
        const wait = RETRY_WAITS_MS[attempt - 1] ?? 0;
        expect(decision.next).toBe('retry');
        if (decision.next !== 'retry') return;
        expect(decision.waitMs).toBeGreaterThanOrEqual(wait);
        const asked = given.status === 429 || given.status === 503 ? (given.retryAfterMs ?? 0) : 0;
        expect(decision.waitMs).toBeGreaterThanOrEqual(Math.min(asked, LONGEST_ASKED_MS));
        expect(decision.waitMs).toBeLessThanOrEqual(Math.max(wait * 1.1, Math.min(asked, LONGEST_ASKED_MS)));
      }),
    );
  });

  it('waits longer each time, about three days in all', () => {
    for (const [index, wait] of RETRY_WAITS_MS.entries()) {
      expect(wait).toBeGreaterThanOrEqual(RETRY_WAITS_MS[index - 1] ?? 0);
    }
    const total = RETRY_WAITS_MS.reduce((sum, wait) => sum + wait, 0);
    expect(total).toBeGreaterThan(2.75 * DAY);
    expect(total * 1.1).toBeLessThan(3.5 * DAY);
    // A restart of the receiver is made up for within the minute.
    expect(RETRY_WAITS_MS.slice(0, 2)).toEqual([5 * SECOND, 30 * SECOND]);
  });

  it('does not come back in step', () => {
    const waits = [0, 0.3, 0.9].map((chance) =>
      decideDelivery({ status: 500, retryAfterMs: null }, { attempt: 4, random: chance, retries: true }),
    );
    expect(new Set(waits.map((decision) => JSON.stringify(decision))).size).toBe(3);
  });

  it('ends the endpoint where the receiver is gone, and after one attempt for a test', () => {
    expect(decideDelivery({ status: 410, retryAfterMs: null }, { attempt: 1, random: 0, retries: true }).next).toBe(
      'gone',
    );
    expect(decideDelivery({ status: 500, retryAfterMs: null }, { attempt: 1, random: 0, retries: false }).next).toBe(
      'failed',
    );
  });
});

describe('an endpoint that fails', () => {
  it('rests after many failures in a row, longer each time, up to a minute', () => {
    expect(restMs(STRUGGLING_AFTER - 1)).toBe(0);
    expect([10, 11, 12].map(restMs)).toEqual([SECOND, 2 * SECOND, 4 * SECOND]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (failures) => {
        expect(restMs(failures + 1)).toBeGreaterThanOrEqual(restMs(failures));
        expect(restMs(failures)).toBeLessThanOrEqual(MINUTE);
      }),
    );
  });

  it('fails for long after two days without a success', () => {
    const ago = (ms: number) => new Date(NOW.getTime() - ms);
    expect(failsForLong(null, NOW)).toBe(false);
    expect(failsForLong(ago(47 * HOUR), NOW)).toBe(false);
    expect(failsForLong(ago(48 * HOUR), NOW)).toBe(true);
  });
});

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    expect(parseRetryAfter('120', NOW)).toBe(120 * SECOND);
    expect(parseRetryAfter(' 0 ', NOW)).toBe(0);
    expect(parseRetryAfter('Sun, 22 Nov 2026 09:31:00 GMT', NOW)).toBe(MINUTE);
    // Long ago: now.
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', NOW)).toBe(0);
  });

  it.each([null, '', '-1', '1.5', 'soon', '1e3', '2026-11-22T09:31:00Z', 'Sun, 99 Foo 2026 09:31:00 GMT', '９'])(
    'is nothing where it is %s',
    (value) => expect(parseRetryAfter(value, NOW)).toBeNull(),
  );

  it('never throws, and never lies in the past', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseRetryAfter(text, NOW);
        if (parsed !== null) expect(parsed).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
