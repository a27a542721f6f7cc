import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatDate,
  formatMoney,
  formatNumber,
  formatPercent,
  parseUtcDay,
  utcDay,
} from '../../../lib/domain/format';

describe('formatMoney', () => {
  it.each([
    [1_200_000, 'USD', '$12,000'],
    [0, 'USD', '$0'],
    [750, 'USD', '$7.50'],
    [5, 'USD', '$0.05'],
    [99_999, 'USD', '$999.99'],
    [100_000, 'USD', '$1,000'],
    [123_456_789_00, 'USD', '$123,456,789'],
    [-2_400_050, 'USD', '-$24,000.50'],
    [1_200_000, 'EUR', '€12,000'],
    [1_200_050, 'GBP', '£12,000.50'],
    [120_000, 'CHF', 'CHF\u00a01,200'],
    [120_000, 'XQZ', 'XQZ\u00a01,200'],
    [120_000, 'gold coins', 'gold coins\u00a01,200'],
    [120_000, '', '1,200'],
  ])('%d cents %s reads %s', (amountCents, currency, words) => {
    expect(formatMoney({ amountCents, currency })).toBe(words);
  });

  it('groups as Intl does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 15), max: 10 ** 15 }), (amountCents) => {
        const digits = amountCents % 100 === 0 ? 0 : 2;
        const format = {
          style: 'currency',
          currency: 'USD',
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
        };
        // Intl is asked for an exact decimal: amounts ÷ 100 are not exact in floating point.
        const whole = `${Math.trunc(Math.abs(amountCents) / 100)}.${String(Math.abs(amountCents) % 100).padStart(2, '0')}`;
        const exact = `${amountCents < 0 ? '-' : ''}${whole}` as Intl.StringNumericLiteral;
        expect(formatMoney({ amountCents, currency: 'USD' })).toBe(
          new Intl.NumberFormat('en-US', format as Intl.NumberFormatOptions).format(exact),
        );
      }),
    );
  });
});

describe('formatPercent and formatNumber', () => {
  it.each([
    [0, '0'],
    [0.97, '97'],
    [0.935, '93.5'],
    [0.8985, '89.9'],
    [318 / 340, '93.5'],
    [1.0183, '101.8'],
    [2, '200'],
    [0.0004, '0'],
  ])('%d reads %s %%', (rate, words) => {
    expect(formatPercent(rate)).toBe(`${words}\u00a0%`);
  });

  it.each([
    [12_345.67, '12,345.7'],
    [-3, '-3'],
    [-0.01, '0'],
    [7, '7'],
  ])('%d reads %s', (value, words) => {
    expect(formatNumber(value)).toBe(words);
  });

  it('counts with the right noun', () => {
    expect(formatCount(1, 'day')).toBe('1 day');
    expect(formatCount(0, 'day')).toBe('0 days');
    expect(formatCount(1_200, 'person', 'people')).toBe('1,200 people');
  });
});

describe('dates', () => {
  it('shows a day in UTC', () => {
    expect(formatDate(new Date('2026-11-21T23:59:59.999Z'))).toBe('21 Nov 2026');
    expect(formatDate(new Date('2027-01-01T00:00:00Z'))).toBe('1 Jan 2027');
  });

  it('reads back every day it can name', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200_000, max: 200_000 }), (day) => {
        const date = new Date(day * 86_400_000);
        expect(parseUtcDay(date.toISOString().slice(0, 10))).toBe(day);
        expect(utcDay(date)).toBe(day);
      }),
    );
  });

  it.each([
    '',
    '2027',
    '2027-13-01',
    '2027-00-10',
    '2027-02-29',
    '2027-04-31',
    '2027-01-00',
    '2027/01/01',
    '20270101',
    ' 2027-1-1 ',
    '0000-01-01',
    '2027-01-0x',
  ])('«%s» names no day', (text) => {
    expect(parseUtcDay(text)).toBeNull();
  });
});
