import type { AccountAdoption, AdoptionCell } from '@/lib/contracts/adoption';

type Row = AccountAdoption['map']['rows'][number];

/** Two figures that matter where it is small: 0.043, 1.2, 12. */
export function perSeat(value: number, number: (value: number) => string): string {
  if (value <= 0) return number(0);
  return number(
    value < 1 ? Number(value.toPrecision(2)) : value < 10 ? Math.round(value * 10) / 10 : Math.round(value),
  );
}

/** What one week of one feature says: `412 uses, 5.1 per seat, up to 38 people; the peers’ median is 4.2 per seat`. */
export function cellInWords(
  cell: AdoptionCell | null,
  { seats, row, number }: { seats: number | null; row: Row; number: (value: number) => string },
): string {
  if (cell === null) return 'nothing reported';
  if (cell.uses === 0 && cell.limitHits === 0) return 'not used';
  const parts = [`${number(cell.uses)} ${cell.uses === 1 ? 'use' : 'uses'}`];
  if (seats !== null && seats > 0) parts.push(`${perSeat(cell.uses / seats, number)} per seat`);
  if (cell.activeUsers !== null) {
    parts.push(`up to ${number(cell.activeUsers)} ${cell.activeUsers === 1 ? 'person' : 'people'}`);
  }
  if (cell.limitHits > 0) parts.push(`plan limit reached ${number(cell.limitHits)}×`);
  const peers =
    row.peerWeeklyUses === null ? '' : `; the peers’ median is ${perSeat(row.peerWeeklyUses, number)} per seat`;
  return parts.join(', ') + peers;
}

export const STANDING_WORDS: Record<Row['standing'], string> = {
  in_use: 'in use',
  under_used: 'under-used',
  unused: 'not used',
  not_owned: 'not owned',
};
