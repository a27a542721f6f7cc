import { AppError } from '../../errors';
import type { GmailOperation } from './gmail-guard';

/** https://developers.google.com/workspace/gmail/api/reference/quota */
const UNITS: Record<GmailOperation, number> = {
  'drafts.create': 10,
  'drafts.list': 5,
  'drafts.get': 5,
  'drafts.update': 15,
  'drafts.delete': 10,
};
const UNITS_PER_MINUTE = 6_000;
const MINUTE_MS = 60_000;
/** Calls that were told to wait come back spread over this time, in milliseconds. */
const SPREAD_MS = 5_000;

export interface GmailQuotaOptions {
  clock: () => Date;
  /** 0 ≤ n < 1. */
  random: () => number;
  unitsPerMinute?: number;
}

/** What one mailbox may be asked for. One process counts for itself; Gmail's own refusal stands for the others. */
export interface GmailQuota {
  /**
   * Counts a request that is about to leave.
   * @throws AppError `mail_unavailable` with `retryAfterSeconds` where it would go over the quota, or too early.
   */
  take(operation: GmailOperation): void;
  /** Gmail said to wait: nothing leaves for so long. */
  pause(seconds: number): void;
}

/** Counts the units of the minute that has just passed, so that no minute ever has more than the quota. */
export function createGmailQuota({ clock, random, unitsPerMinute = UNITS_PER_MINUTE }: GmailQuotaOptions): GmailQuota {
  const taken: { at: number; units: number }[] = [];
  let sum = 0;
  let pausedUntil = 0;

  function forget(now: number): void {
    while (taken[0] && taken[0].at <= now - MINUTE_MS) sum -= taken.shift()?.units ?? 0;
  }

  /** When enough of what was taken is a minute old. */
  function roomAt(units: number): number {
    let over = sum + units - unitsPerMinute;
    for (const each of taken) {
      over -= each.units;
      if (over <= 0) return each.at + MINUTE_MS;
    }
    return 0;
  }

  return {
    take(operation) {
      const now = clock().getTime();
      const units = UNITS[operation];
      forget(now);
      const from = Math.max(pausedUntil, sum + units > unitsPerMinute ? roomAt(units) : 0);
      if (from > now) throw waitFor(from - now + random() * SPREAD_MS);
      sum += units;
      const last = taken.at(-1);
      if (last?.at === now) last.units += units;
      else taken.push({ at: now, units });
    },
    pause(seconds) {
      pausedUntil = Math.max(pausedUntil, clock().getTime() + seconds * 1_000);
    },
  };
}

function waitFor(ms: number): AppError {
  return new AppError('mail_unavailable', 'Gmail takes no more requests for this mailbox just now.', {
    retryable: true,
    retryAfterSeconds: Math.ceil(ms / 1_000),
    remedy: 'Nothing: the draft is created as soon as Gmail’s quota allows.',
  });
}
