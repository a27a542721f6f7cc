import type { AccountRange } from '../ports';
import { Prisma } from './generated/sqlite/client';

/**
 * Joins the health `h` of the accounts `a` of a range. The bounds are said twice: PostgreSQL does not carry them over to
 * the joined table, and would read all of it for every range.
 */
export function healthIn(range: AccountRange): Prisma.Sql {
  return Prisma.sql`LEFT JOIN "account_health" h ON h."account_id" = a."id"
    AND h."account_id" > ${range.after} AND h."account_id" <= ${range.through}`;
}
