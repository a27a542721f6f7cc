import { Prisma } from './generated/sqlite/client';
import { type SqlClient, selectRows } from './sql';

/** A count and a sum that triggers keep, so that no page counts rows. */
export interface TotalRow {
  scope: string;
  key: string;
  type: string;
  currency: string;
  count: number;
  cents: number;
}

type TotalScope = 'opportunity' | 'dispatch' | 'account' | 'health';

/** Changes added up in one statement. */
const FOLD_ROWS = 20_000;

export function readTotals(client: SqlClient, scopes: readonly TotalScope[]): Promise<TotalRow[]> {
  const wanted = Prisma.sql`"scope" IN (${Prisma.join([...scopes])})`;
  const columns = Prisma.raw('"scope", "key", "type", "currency", "count", "cents"');
  return selectRows<TotalRow>(
    client,
    {
      scope: 't."scope"',
      key: 't."key"',
      type: 't."type"',
      currency: 't."currency"',
      count: 'SUM(t."count")',
      cents: 'SUM(t."cents")',
    },
    Prisma.sql`FROM (SELECT ${columns} FROM "totals" WHERE ${wanted}
        UNION ALL SELECT ${columns} FROM "total_deltas" WHERE ${wanted}) AS t
      GROUP BY t."scope", t."key", t."type", t."currency" HAVING SUM(t."count") > 0`,
  );
}

/**
 * Adds changes to the totals, some at a time, in one statement. For PostgreSQL: on SQLite there are none. The rows are
 * chosen as an array, once: a planner that remembers this table as empty may choose them anew for every row of IN.
 * @returns whether there may be more.
 */
export async function foldTotals(client: SqlClient): Promise<boolean> {
  const [row] = await client.$queryRaw<{ folded: number }[]>`
    WITH "moved" AS (
      DELETE FROM "total_deltas" WHERE "id" = ANY(ARRAY(
        SELECT "id" FROM "total_deltas" ORDER BY "id" LIMIT ${FOLD_ROWS} ${client.dialect.skipLocked}))
      RETURNING "scope", "key", "type", "currency", "count", "cents"),
    "added" AS (
      INSERT INTO "totals" ("scope", "key", "type", "currency", "count", "cents")
      SELECT "scope", "key", "type", "currency", SUM("count"), SUM("cents") FROM "moved"
      GROUP BY "scope", "key", "type", "currency" ORDER BY "scope", "key", "type", "currency"
      ON CONFLICT ("scope", "key", "type", "currency")
      DO UPDATE SET "count" = "totals"."count" + excluded."count", "cents" = "totals"."cents" + excluded."cents")
    SELECT COUNT(*) AS "folded" FROM "moved"`;
  return (row?.folded ?? 0) >= FOLD_ROWS;
}
