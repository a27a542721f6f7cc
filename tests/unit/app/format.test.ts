import { describe, expect, it } from 'vitest';
import { createFormatter } from '../../../app/_lib/format';

const NOW = Date.parse('2026-11-25T00:04:00Z');
const formatter = (locale: string) => createFormatter({ locale, timeZone: 'UTC', now: NOW });

describe('What the screen shows of times and amounts', () => {
  it.each(['en-US', 'en-GB', 'de-DE'])('has 24 hours in %s, beside a time as within a date', (locale) => {
    const { dateTime, time } = formatter(locale);
    expect(time('2026-11-24T23:56:00Z')).toBe('23:56');
    expect(dateTime('2026-11-24T23:56:00Z')).toMatch(/23:56$/);
    expect(dateTime('2026-11-25T00:02:00Z')).toMatch(/00:02$/);
  });

  it.each([
    [[], '$0'],
    [[{ amountCents: 28_430_000, currency: 'USD' }], '$284,300'],
    [
      [
        { amountCents: 28_430_000, currency: 'USD' },
        { amountCents: 1_200_000, currency: 'EUR' },
      ],
      '$284,300 + €12k',
    ],
    [[{ amountCents: 99_999_999_900, currency: 'JPY' }], '¥999,999,999'],
    [[{ amountCents: 9_107_199_275_408_200, currency: 'USD' }], '$91.1T'],
  ])('writes sums that fit a tile: %j', (values, expected) => {
    expect(formatter('en-US').moneyList(values)).toBe(expected);
  });
});
