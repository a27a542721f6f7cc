import type { Scope } from '../domain/access';
import { Prisma } from './generated/sqlite/client';

/** The condition that a row belongs to an account within the scope; `accountId` is the column with the account's id. */
export function within({ repEmail }: Scope, accountId: string): Prisma.Sql {
  if (repEmail === null) return Prisma.sql`TRUE`;
  return Prisma.sql`${Prisma.raw(accountId)} IN (SELECT "id" FROM "accounts" WHERE "rep_email" = ${repEmail})`;
}
