import { AppError } from '../errors';
import { Prisma } from './generated/client';

export type SortValue = string | number;

/** One sort order of a list: columns that together are unique, all in one direction, so that a cursor is a position. */
export interface SortOrder {
  columns: readonly string[];
  direction: 'ASC' | 'DESC';
}

export function orderBy({ columns, direction }: SortOrder): Prisma.Sql {
  return Prisma.raw(`ORDER BY ${columns.map((column) => `${column} ${direction}`).join(', ')}`);
}

/** Rows after the position; TRUE at the start. */
export function after({ columns, direction }: SortOrder, position: readonly SortValue[] | null): Prisma.Sql {
  if (!position) return Prisma.sql`TRUE`;
  const operator = direction === 'ASC' ? '>' : '<';
  return Prisma.sql`(${Prisma.raw(columns.join(', '))}) ${Prisma.raw(operator)} (${Prisma.join([...position])})`;
}

/** A cursor belongs to one sort order; under another it would skip rows in silence, so it carries its name. */
export function encodeCursor(sort: string, position: readonly SortValue[]): string {
  return Buffer.from(JSON.stringify([sort, ...position])).toString('base64url');
}

/** @throws AppError `invalid_input` for anything but a cursor of this sort order. */
export function decodeCursor(
  cursor: string | undefined,
  sort: string,
  types: readonly ('string' | 'number')[],
): SortValue[] | null {
  if (cursor === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed[0] === sort && parsed.length === types.length + 1) {
      const position = parsed.slice(1);
      if (position.every((value, index) => typeof value === types[index])) return position as SortValue[];
    }
  } catch {
    // Falls through to the one answer for every cursor that is not ours.
  }
  throw foreignCursor();
}

export function foreignCursor(): AppError {
  return new AppError('invalid_input', 'The cursor does not belong to this list.', {
    issues: [{ path: 'cursor', message: 'use nextCursor of a list with the same sort, or leave it out' }],
  });
}
