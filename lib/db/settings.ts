import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { dbTime } from './sql';

const INSTALLED_AT = 'installed_at';

/** Start of the last expansion check of the whole portfolio, as the database stores instants. */
export const CHECKED_AT = 'expansion_checked_at';

/** When this desk was started for the first time; written down on that occasion. */
export async function readInstalledAt(db: Database, now: Date): Promise<Date> {
  // In one statement: several instances may start for the first time together.
  await db.change(Prisma.sql`
    INSERT INTO "settings" ("key", "value", "updated_at") VALUES (${INSTALLED_AT}, ${now.toISOString()}, ${dbTime(now)})
    ON CONFLICT ("key") DO NOTHING`);
  const setting = await db.read.setting.findUniqueOrThrow({ where: { key: INSTALLED_AT } });
  return new Date(setting.value);
}
