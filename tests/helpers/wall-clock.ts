import fc from 'fast-check';

/** Zones with an instant at which their clocks are put forward or back. */
export const CHANGES: readonly (readonly [timeZone: string, edge: string])[] = [
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['Europe/Berlin', '2027-03-28T01:00:00Z'],
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['America/New_York', '2027-03-14T07:00:00Z'],
  ['Australia/Lord_Howe', '2027-04-03T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
  ['Africa/Cairo', '2027-04-29T22:00:00Z'],
  ['Asia/Kolkata', '2026-11-22T00:00:00Z'],
  ['UTC', '2026-11-22T00:00:00Z'],
];

/** Expressions that fire often enough to be watched around a change. */
export const anyCron: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.nat({ max: 59 }), fc.nat({ max: 23 })).map(([minute, hour]) => `${minute} ${hour} * * *`),
  fc.tuple(fc.nat({ max: 59 }), fc.integer({ min: 0, max: 4 })).map(([minute, hour]) => `${minute} ${hour} * * *`),
  fc
    .tuple(fc.constantFrom(0, 15, 30, 45), fc.subarray([0, 1, 2, 3, 12], { minLength: 1 }))
    .map(([minute, hours]) => `${minute} ${hours.join(',')} * * *`),
  fc.constantFrom(
    '*/20 * * * *',
    '7 * * * *',
    '*/30 1-3 * * *',
    '30 2 * * 0',
    '0 7 * * 1-5',
    '15 1 L * *',
    '* 2 * * *',
  ),
);

export function wallOf(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
}
