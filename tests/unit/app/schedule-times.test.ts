import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronOf, timesOf } from '../../../app/settings/schedule/times';
import { parseCron } from '../../../lib/domain/cron';
import { anyCron } from '../../helpers/wall-clock';

describe('the times that a form offers', () => {
  it.each([
    ['0 7 * * *', { rhythm: 'daily', time: '07:00' }],
    ['5 16 * * 1-5', { rhythm: 'weekdays', time: '16:05' }],
    ['0 7 * * 0', { rhythm: 'weekly', weekday: 0 }],
    ['0 4 15 * *', { rhythm: 'monthly', day: 15 }],
    ['0 4 1 1,4,7,10 *', { rhythm: 'quarterly', day: 1 }],
    ['0 4 31 * *', { rhythm: 'cron' }],
    ['*/5 * * * *', { rhythm: 'cron' }],
    ['0 7 1 * 1', { rhythm: 'cron' }],
    ['not one', { rhythm: 'cron', cron: 'not one' }],
  ])('say «%s» as %o', (cron, times) => {
    expect(timesOf(cron)).toMatchObject(times);
  });

  it('say back the expression that they were read from', () => {
    fc.assert(fc.property(anyCron, (cron) => void expect(cronOf(timesOf(cron))).toBe(cron)));
  });

  it('are no expression while the time is not whole', () => {
    expect(parseCron(cronOf({ ...timesOf('0 7 * * *'), time: '' })).ok).toBe(false);
  });
});
