import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { tooMany } from './throttle';

/** What a request counts against. */
export type LimitClass = 'read' | 'write' | 'sign_in';

/** Requests a minute. Reading is cheap; signing in is what passwords are guessed with. */
const PER_MINUTE: Record<LimitClass, number> = { read: 3_000, write: 1_200, sign_in: 30 };

export interface RateState {
  limit: number;
  remaining: number;
  resetSeconds: number;
}

/** Limits of this process, by key, person or address; `factor` scales them. */
export function createRateLimits(factor: number) {
  const limiters = Object.fromEntries(
    Object.entries(PER_MINUTE).map(([name, points]) => [
      name,
      new RateLimiterMemory({ points: Math.round(points * factor), duration: 60, keyPrefix: name }),
    ]),
  ) as Record<LimitClass, RateLimiterMemory>;

  return {
    /** @throws AppError `too_many_requests`, with the time to wait. */
    async take(name: LimitClass, who: string): Promise<RateState> {
      const limiter = limiters[name];
      const answer = await limiter.consume(who).catch((refused: RateLimiterRes) => refused);
      const resetSeconds = Math.ceil(answer.msBeforeNext / 1000);
      if (answer.consumedPoints > limiter.points) throw tooMany(answer.msBeforeNext, 'There were too many requests.');
      return { limit: limiter.points, remaining: answer.remainingPoints, resetSeconds };
    },
  };
}
