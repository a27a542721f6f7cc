import { AppError } from '../errors';
import { Prisma } from './generated/sqlite/client';

export type SortValue = string | number;

/**
 * What a value of a position must be: an `integer` has 32 bits, `cents` are whole and exact, a time is as the database
 * stores it. SQLite compares anything with anything; PostgreSQL refuses what the column could not hold.
 */
export type SortType = 'string' | 'number' | 'integer' | 'cents' | 'time';

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
export function decodeCursor(cursor: string | undefined, sort: string, types: readonly SortType[]): SortValue[] | null {
  if (cursor === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed[0] === sort && parsed.length === types.length + 1) {
      const position = parsed.slice(1);
      if (position.every((value, index) => fits(value, types[index]))) return position as SortValue[];
    }
  } catch {
    // Falls through to the one answer for every cursor that is not ours.
  }
  throw foreignCursor();
}

// No NUL, which PostgreSQL has no place for in a text.
const TEXT = /^[^\0]{0,1000}$/;
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}(Z|\+00:00)$/;

function fits(value: unknown, type: SortType | undefined): boolean {
  switch (type) {
    case 'number':
      return Number.isFinite(value);
    case 'integer':
      return (value as number) === ((value as number) | 0);
    case 'cents':
      return Number.isSafeInteger(value);
    case 'time':
      return typeof value === 'string' && TIME.test(value) && isInCalendar(value);
    default:
      return typeof value === 'string' && TEXT.test(value);
  }
}

/** The year 0 is in no calendar of PostgreSQL's, nor is 30 February, which JavaScript takes for 2 March. */
function isInCalendar(time: string): boolean {
  const date = new Date(time);
  return time >= '0001' && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(time.slice(0, 19));
}

function foreignCursor(): AppError {
  return new AppError('invalid_input', 'The cursor does not belong to this list.', {
    issues: [{ path: 'cursor', message: 'use nextCursor of a list with the same sort, or leave it out' }],
  });
}
