import { AppError } from '../errors';
import type { SqlClient } from './sql';

/** The setting in which a database remembers that it was filled from another one, and how far that is. */
export const MOVE_KEY = 'moved_from';

/** The place of a row in the order of its table's key, as the source stores it. */
export type Key = readonly (string | number)[];

export interface MoveMark {
  /** SHA-256 of the file that is moved: the same file is the same move. */
  source: string;
  /** Its path, for whoever reads this. */
  file: string;
  startedAt: string;
  /** When every row had been compared; null until then. */
  finishedAt: string | null;
  /** By table: how many rows are there, and the last of them. */
  copied: Record<string, { rows: number; after: Key }>;
}

/** Null where the database was not filled from another one. */
export async function readMoveMark(client: SqlClient): Promise<MoveMark | null> {
  const [row] = await client.$queryRaw<{ value: string }[]>`SELECT "value" FROM "settings" WHERE "key" = ${MOVE_KEY}`;
  return row ? (JSON.parse(row.value) as MoveMark) : null;
}

/**
 * For a desk that starts.
 * @throws AppError `conflict` where only a part of what is moved here has arrived: its gaps would be taken for facts.
 */
export async function refuseHalfMoved(client: SqlClient): Promise<void> {
  const mark = await readMoveMark(client);
  if (!mark || mark.finishedAt !== null) return;
  throw new AppError('conflict', `The move of ${mark.file} into this database has not finished.`, {
    remedy:
      'Run npm run migrate:to-postgres again until it says that everything is moved, or set DATABASE_URL to another database.',
  });
}
