import type { Database } from './client';

const INSTALLED_AT = 'installed_at';

/** Start of the last expansion check of the whole portfolio, as the database stores instants. */
export const CHECKED_AT = 'expansion_checked_at';

/** When this desk was started for the first time; written down on that occasion. */
export async function readInstalledAt(db: Database, now: Date): Promise<Date> {
  const setting = await db.write.setting.upsert({
    where: { key: INSTALLED_AT },
    create: { key: INSTALLED_AT, value: now.toISOString(), updatedAt: now },
    update: {},
  });
  return new Date(setting.value);
}
