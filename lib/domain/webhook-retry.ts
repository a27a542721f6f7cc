const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * How long a delivery that did not get through waits before its next attempt, in milliseconds: after the first attempt the
 * first of these, and so on. Close together at first, for a receiver that is being restarted; about three days in all, for
 * one that breaks on a Friday.
 */
export const RETRY_WAITS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
  24 * HOUR,
];
export const MAX_ATTEMPTS = RETRY_WAITS_MS.length + 1;
/** A wait is made longer by up to this share of it, so that what failed together does not come back together. */
const JITTER = 0.1;
/** The longest that a receiver can ask for with Retry-After. */
export const LONGEST_ASKED_MS = 24 * HOUR;

/** An endpoint that fails this often in a row is asked by one delivery at a time, with a pause after each. */
export const STRUGGLING_AFTER = 10;
const LONGEST_PAUSE_MS = MINUTE;
/** An endpoint is disabled when a delivery is given up and nothing has got through for this long. */
const DISABLED_AFTER_MS = 48 * HOUR;

/** What came of one attempt: an answer with its status, or none and why. */
export type AttemptAnswer =
  | { status: number; retryAfterMs: number | null }
  /** In words, without anything secret. */
  | { status: null; problem: string };

export type DeliveryDecision =
  | { next: 'delivered' }
  | { next: 'retry'; waitMs: number }
  | { next: 'failed' }
  /** The receiver says that there is nothing there any more, and never will be. */
  | { next: 'gone' };

/**
 * What becomes of a delivery after an attempt. Any 2xx is a success; 410 ends the endpoint; all else is tried again, not
 * before the receiver asked for.
 * @param attempt the number of the attempt that was made, from 1.
 * @param random from 0 up to 1, for the jitter.
 * @param retries whether there are any: a test has one attempt.
 */
export function decideDelivery(
  answer: AttemptAnswer,
  { attempt, random, retries }: { attempt: number; random: number; retries: boolean },
): DeliveryDecision {
  if (answer.status !== null && answer.status >= 200 && answer.status < 300) return { next: 'delivered' };
  if (answer.status === 410) return { next: 'gone' };
  const wait = RETRY_WAITS_MS[attempt - 1];
  if (!retries || wait === undefined) return { next: 'failed' };
  return { next: 'retry', waitMs: Math.max(wait * (1 + JITTER * random), askedMs(answer)) };
}

/** How long the receiver asked to be left alone, in milliseconds: 429 and 503 say so with Retry-After. */
export function askedMs(answer: AttemptAnswer): number {
  if (answer.status !== 429 && answer.status !== 503) return 0;
  return Math.min(answer.retryAfterMs ?? 0, LONGEST_ASKED_MS);
}

/** How long an endpoint rests after a failure, in milliseconds: longer the more often in a row it failed. */
export function restMs(consecutiveFailures: number): number {
  if (consecutiveFailures < STRUGGLING_AFTER) return 0;
  return Math.min(LONGEST_PAUSE_MS, SECOND * 2 ** (consecutiveFailures - STRUGGLING_AFTER));
}

/** Whether an endpoint is disabled when a delivery to it is given up. */
export function failsForLong(failingSince: Date | null, now: Date): boolean {
  return failingSince !== null && now.getTime() - failingSince.getTime() >= DISABLED_AFTER_MS;
}

/**
 * Retry-After (RFC 9110, 10.2.3) in milliseconds from now: seconds, or a date. Null for what is neither.
 */
export function parseRetryAfter(value: string | null, now: Date): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  // Only dates as HTTP writes them: `Date.parse` takes far more for a date.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime());
}
