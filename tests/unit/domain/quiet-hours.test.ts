import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfQuietHours } from '../../../lib/domain/quiet-hours';

const NIGHT = { from: '19:00', to: '07:30' };

describe('quiet hours', () => {
  it.each([
    // [now, quiet, zone, told at]
    ['2026-11-22T12:00:00Z', NIGHT, 'UTC', '2026-11-22T12:00:00Z'],
    ['2026-11-22T19:00:00Z', NIGHT, 'UTC', '2026-11-23T07:30:00Z'],
    ['2026-11-22T18:59:59Z', NIGHT, 'UTC', '2026-11-22T18:59:59Z'],
    ['2026-11-23T03:12:44Z', NIGHT, 'UTC', '2026-11-23T07:30:00Z'],
    ['2026-11-23T07:30:00Z', NIGHT, 'UTC', '2026-11-23T07:30:00Z'],
    ['2026-11-22T23:00:00Z', NIGHT, 'Europe/Berlin', '2026-11-23T06:30:00Z'],
    ['2026-11-22T14:00:00Z', { from: '13:00', to: '15:00' }, 'UTC', '2026-11-22T15:00:00Z'],
    ['2026-11-22T20:00:00Z', NIGHT, 'Asia/Kolkata', '2026-11-23T02:00:00Z'],
  ])('at %s with %j in %s let through at %s', (now, quiet, zone, expected) => {
    expect(endOfQuietHours(new Date(now), quiet, zone)).toEqual(new Date(expected));
  });

  it.each([
    // Clocks go forward at 02:00 in Berlin on 28 March 2027: the night is an hour shorter.
    ['2027-03-27T20:00:00Z', { from: '21:00', to: '07:00' }, 'Europe/Berlin', '2027-03-28T05:00:00Z'],
    // 02:30 does not exist that night: quiet ends with the first time after it.
    ['2027-03-28T00:30:00Z', { from: '23:00', to: '02:30' }, 'Europe/Berlin', '2027-03-28T01:00:00Z'],
    // And back at 03:00 on 25 October 2026: the night is an hour longer.
    ['2026-10-24T20:00:00Z', { from: '21:00', to: '07:00' }, 'Europe/Berlin', '2026-10-25T06:00:00Z'],
    // 02:30 comes twice: the first one ends it, the second passage through 02:00 is quiet again.
    ['2026-10-25T00:00:00Z', { from: '23:00', to: '02:30' }, 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['2026-10-25T01:10:00Z', { from: '23:00', to: '02:30' }, 'Europe/Berlin', '2026-10-25T01:30:00Z'],
    ['2027-03-14T05:00:00Z', { from: '20:00', to: '08:00' }, 'America/New_York', '2027-03-14T12:00:00Z'],
    ['2026-11-01T05:00:00Z', { from: '20:00', to: '08:00' }, 'America/New_York', '2026-11-01T13:00:00Z'],
  ])('heed the change of the clocks: %s with %j in %s is let through at %s', (now, quiet, zone, expected) => {
    expect(endOfQuietHours(new Date(now), quiet, zone)).toEqual(new Date(expected));
  });

  it('let everything through where there are none', () => {
    const now = new Date('2026-11-22T03:12:44.321Z');
    expect(endOfQuietHours(now, null, 'UTC')).toBe(now);
    expect(endOfQuietHours(now, { from: '08:00', to: '08:00' }, 'UTC')).toBe(now);
  });

  it('end at a time that is not quiet, and no earlier time since would have been', () => {
    const minute = fc.integer({ min: 0, max: 1439 }).map((value) => {
      return `${String(Math.floor(value / 60)).padStart(2, '0')}:${String(value % 60).padStart(2, '0')}`;
    });
    const around = fc.constantFrom('2027-03-28T01:00:00Z', '2026-10-25T01:00:00Z', '2026-11-22T12:00:00Z');
    fc.assert(
      fc.property(around, fc.integer({ min: -2000, max: 2000 }), minute, minute, (near, minutes, from, to) => {
        fc.pre(from !== to);
        const now = new Date(Date.parse(near) + minutes * 60_000);
        const zone = 'Europe/Berlin';
        const end = endOfQuietHours(now, { from, to }, zone);
        expect(end.getTime()).toBeGreaterThanOrEqual(now.getTime());
        expect(end.getTime() - now.getTime()).toBeLessThan(25 * 3_600_000);
        // Asked again then, it lets through at once; asked a minute before, it says the same.
        expect(endOfQuietHours(end, { from, to }, zone)).toEqual(end);
        if (end > now) expect(endOfQuietHours(new Date(end.getTime() - 60_000), { from, to }, zone)).toEqual(end);
      }),
      { numRuns: 60 },
    );
  });
});
