import type { Leases } from '../ports';
import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';

/** Rows of keys that nobody asks for again are kept this long, in milliseconds. */
const KEEP_MS = 86_400_000;

export function createLeases(db: Database): Leases {
  return {
    acquire(key, owner, ttlMs) {
      return db.bulk(async (tx) => {
        const until = tx.dialect.timeFromNow(ttlMs);
        const taken = await tx.$executeRaw`
          INSERT INTO "leases" ("key", "owner", "until") VALUES (${key}, ${owner}, ${until})
          ON CONFLICT ("key") DO UPDATE SET "owner" = excluded."owner", "until" = excluded."until"
          WHERE "leases"."owner" = ${owner} OR "leases"."until" <= ${tx.dialect.timeFromNow(0)}`;
        return taken > 0;
      });
    },

    async holder(key) {
      const rows = await db.rows.$queryRaw<{ owner: string }[]>`
        SELECT "owner" FROM "leases" WHERE "key" = ${key} AND "until" > ${db.rows.dialect.timeFromNow(0)}`;
      return rows[0]?.owner ?? null;
    },

    async release(key, owner) {
      await db.change(Prisma.sql`DELETE FROM "leases" WHERE "key" = ${key} AND "owner" = ${owner}`);
    },

    async owners(prefix) {
      // Not a range of keys: in most languages' order, a text with U+FFFF at its end stands before what begins with it.
      const rows = await db.rows.$queryRaw<{ owner: string }[]>`
        SELECT "owner" FROM "leases" WHERE SUBSTR("key", 1, CAST(${prefix.length} AS INTEGER)) = ${prefix}
          AND "until" > ${db.rows.dialect.timeFromNow(0)}`;
      return new Set(rows.map((row) => row.owner));
    },

    async forget() {
      await db.change(Prisma.sql`DELETE FROM "leases" WHERE "until" <= ${db.rows.dialect.timeFromNow(-KEEP_MS)}`);
    },
  };
}
