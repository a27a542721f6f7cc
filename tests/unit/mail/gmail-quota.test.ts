import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGmailQuota, type GmailQuota } from '../../../lib/adapters/mail/gmail-quota';
import type { AppError } from '../../../lib/errors';
import { createClock, MINUTE, SECOND } from '../../helpers/clock';

function refusal(quota: GmailQuota, operation: Parameters<GmailQuota['take']>[0] = 'drafts.create'): AppError | null {
  try {
    quota.take(operation);
    return null;
  } catch (error) {
    return error as AppError;
  }
}

describe('the quota of a mailbox', () => {
  it('is 600 drafts a minute, and says when the next may come', () => {
    const clock = createClock();
    const quota = createGmailQuota({ clock, random: () => 0 });
    for (let draft = 0; draft < 600; draft += 1) expect(refusal(quota)).toBeNull();
    clock.advance(20 * SECOND);
    const refused = refusal(quota);
    expect(refused).toMatchObject({ code: 'mail_unavailable', retryable: true, retryAfterSeconds: 40 });
    clock.advance(40 * SECOND);
    expect(refusal(quota)).toBeNull();
  });

  it('counts what each operation costs', () => {
    const quota = createGmailQuota({ clock: createClock(), random: () => 0, unitsPerMinute: 35 });
    for (const operation of ['drafts.create', 'drafts.list', 'drafts.get', 'drafts.create'] as const)
      quota.take(operation);
    expect(refusal(quota, 'drafts.create')).not.toBeNull();
    expect(refusal(quota, 'drafts.get')).toBeNull();
    expect(refusal(quota, 'drafts.get')).not.toBeNull();
  });

  it('lets nothing out before the time that Gmail named', () => {
    const clock = createClock();
    const quota = createGmailQuota({ clock, random: () => 0 });
    quota.pause(30);
    quota.pause(10);
    expect(refusal(quota)?.retryAfterSeconds).toBe(30);
    clock.advance(30 * SECOND);
    expect(refusal(quota)).toBeNull();
  });

  it('spreads those who wait', () => {
    const quota = createGmailQuota({ clock: createClock(), random: () => 0.999 });
    quota.pause(30);
    expect(refusal(quota)?.retryAfterSeconds).toBe(35);
  });

  it('is never exceeded in any minute, and whoever waits as told gets through when nobody else came', () => {
    const operation = fc.constantFrom('drafts.create', 'drafts.list', 'drafts.get', 'drafts.update', 'drafts.delete');
    const units = { 'drafts.create': 10, 'drafts.list': 5, 'drafts.get': 5, 'drafts.update': 15, 'drafts.delete': 10 };
    const step = fc.record({ operation, wait: fc.oneof(fc.constant(0), fc.nat(20 * SECOND)) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
        const clock = createClock();
        const quota = createGmailQuota({ clock, random: () => 0, unitsPerMinute: 100 });
        const passed: { at: number; units: number }[] = [];
        for (const { operation, wait } of steps) {
          clock.advance(wait);
          let refused = refusal(quota, operation);
          if (refused) {
            clock.advance((refused.retryAfterSeconds ?? 0) * SECOND);
            refused = refusal(quota, operation);
            expect(refused).toBeNull();
          }
          passed.push({ at: clock().getTime(), units: units[operation] });
        }
        for (const { at } of passed) {
          const minute = passed.filter((each) => each.at > at - MINUTE && each.at <= at);
          expect(minute.reduce((sum, each) => sum + each.units, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
