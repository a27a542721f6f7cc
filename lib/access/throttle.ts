import type { Database } from '../db/client';
import { AppError } from '../errors';
import { digestOf } from './digest';

/** Wrong passwords in a row before an address has to wait. */
const FREE_FAILURES = 5;
/** An origin serves many people, so it may fail more often. */
const FREE_FAILURES_OF_ORIGIN = 50;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;
/** After this long without a failure, counting starts again. */
const FORGET_MS = 24 * 3_600_000;

export interface Attempt {
  email: string;
  /** Null where it is not known. */
  ip: string | null;
}

/** Failed sign-ins, counted by address, whether or not it is known here, and by origin; both survive a restart. */
export function createThrottle(db: Database, clock: () => Date) {
  const keysOf = ({ email, ip }: Attempt) => [
    { key: digestOf(`email:${email}`), free: FREE_FAILURES },
    ...(ip === null ? [] : [{ key: digestOf(`ip:${ip}`), free: FREE_FAILURES_OF_ORIGIN }]),
  ];

  return {
    /**
     * Counts an attempt as failed before it is made, so that many at once cannot get past the limit.
     * @throws AppError `too_many_requests` while the address or the origin has to wait.
     */
    async begin(attempt: Attempt): Promise<void> {
      const now = clock();
      const keys = keysOf(attempt);
      const waits = await db.exclusive(async (tx) => {
        const rows = await tx.signInThrottle.findMany({ where: { key: { in: keys.map(({ key }) => key) } } });
        const locked = rows.filter((row) => row.lockedUntil !== null && row.lockedUntil > now);
        if (locked.length > 0) return locked.map((row) => Number(row.lockedUntil) - now.getTime());
        for (const { key, free } of keys) {
          const row = rows.find((other) => other.key === key);
          const recent = row && now.getTime() - row.lastFailure.getTime() < FORGET_MS ? row.failures : 0;
          const failures = recent + 1;
          const wait = failures < free ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - free));
          const lockedUntil = wait === 0 ? null : new Date(now.getTime() + wait);
          const data = { failures, lastFailure: now, lockedUntil };
          await tx.signInThrottle.upsert({ where: { key }, create: { key, ...data }, update: data });
        }
        return [];
      });
      if (waits.length === 0) return;
      throw tooMany(Math.max(...waits), 'There were too many failed sign-ins.');
    },
    /** The attempt was good after all: the address starts afresh, the origin has this one taken back. */
    async succeeded(attempt: Attempt): Promise<void> {
      const [email, origin] = keysOf(attempt);
      if (email) await db.write.signInThrottle.deleteMany({ where: { key: email.key } });
      if (origin) {
        await db.write.signInThrottle.updateMany({
          where: { key: origin.key, failures: { gt: 0 } },
          data: { failures: { decrement: 1 }, lockedUntil: null },
        });
      }
    },
  };
}

export function tooMany(waitMs: number, message: string): AppError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError('too_many_requests', message, {
    retryable: true,
    retryAfterSeconds: seconds,
    remedy: `Try again in ${seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}.`,
  });
}
