import type { AlertSettings } from '../domain/churn-alert';
import { DEFAULT_ALERT_SETTINGS } from '../domain/churn-alert';
import { AppError } from '../errors';
import type { Database } from './client';
import { dbTime } from './sql';

const KEY = 'alerts';

export type ChatChannel = 'google_chat' | 'slack';

export interface StoredWebhook {
  channel: ChatChannel;
  /** Encrypted. */
  credentials: string;
  hint: string;
  connectedAt: Date;
  checkedAt: Date | null;
  errorMessage: string | null;
}

/** What people decide about alerts: the rules, the chats, and what is snoozed. */
export function createAlertSettingsStore(db: Database) {
  return {
    async read(): Promise<AlertSettings> {
      const setting = await db.read.setting.findUnique({ where: { key: KEY } });
      if (!setting) return DEFAULT_ALERT_SETTINGS;
      return { ...DEFAULT_ALERT_SETTINGS, ...(JSON.parse(setting.value) as Partial<AlertSettings>) };
    },

    async write(value: AlertSettings, now: Date): Promise<void> {
      const data = { value: JSON.stringify(value), updatedAt: now };
      await db.write.setting.upsert({ where: { key: KEY }, create: { key: KEY, ...data }, update: data });
    },

    async webhooks(): Promise<StoredWebhook[]> {
      const rows = await db.read.chatWebhook.findMany({ orderBy: { channel: 'asc' } });
      return rows.map((row) => ({ ...row, channel: row.channel as ChatChannel }));
    },

    async connect(
      channel: ChatChannel,
      { credentials, hint, actor, now }: { credentials: string; hint: string; actor: string; now: Date },
    ): Promise<void> {
      const data = { credentials, hint, connectedBy: actor, connectedAt: now, checkedAt: null, errorMessage: null };
      await db.write.chatWebhook.upsert({ where: { channel }, create: { channel, ...data }, update: data });
    },

    /** @returns whether it was connected. */
    async disconnect(channel: ChatChannel): Promise<boolean> {
      return (await db.write.chatWebhook.deleteMany({ where: { channel } })).count > 0;
    },

    /** What the chat said to the last message: null, it took it. */
    async checked(channel: ChatChannel, errorMessage: string | null, now: Date): Promise<void> {
      await db.write.chatWebhook.updateMany({ where: { channel }, data: { checkedAt: now, errorMessage } });
    },

    /** Encrypted anew; only where it is still what was read. */
    async replaceCredentials(channel: ChatChannel, before: string, after: string): Promise<boolean> {
      const { count } = await db.write.chatWebhook.updateMany({
        where: { channel, credentials: before },
        data: { credentials: after },
      });
      return count > 0;
    },

    /** @throws AppError `not_found`. */
    async snooze(
      accountId: string,
      { until, reason, actor, now }: { until: Date; reason: string; actor: string; now: Date },
    ): Promise<void> {
      await db.bulk(async (tx) => {
        const [account] = await tx.$queryRaw<unknown[]>`SELECT "id" FROM "accounts" WHERE "id" = ${accountId}`;
        if (!account) throw new AppError('not_found', `There is no account "${accountId}".`);
        await tx.$executeRaw`
          INSERT INTO "alert_snoozes" ("account_id", "until", "reason", "made_by", "made_at")
          VALUES (${accountId}, ${dbTime(until)}, ${reason}, ${actor}, ${dbTime(now)})
          ON CONFLICT ("account_id") DO UPDATE SET "until" = excluded."until", "reason" = excluded."reason",
            "made_by" = excluded."made_by", "made_at" = excluded."made_at"`;
        // What an earlier snooze held back goes by this one.
        await tx.$executeRaw`
          UPDATE "announced_health" SET "held_until" = ${dbTime(until)}
          WHERE "account_id" = ${accountId} AND "held_reason" = 'snoozed'`;
      });
    },

    /** The next scan decides anew. @returns whether it was snoozed. */
    async unsnooze(accountId: string, now: Date): Promise<boolean> {
      return db.bulk(async (tx) => {
        const ended = await tx.$executeRaw`DELETE FROM "alert_snoozes" WHERE "account_id" = ${accountId}`;
        await tx.$executeRaw`
          UPDATE "announced_health" SET "held_until" = ${dbTime(now)}
          WHERE "account_id" = ${accountId} AND "held_reason" = 'snoozed'`;
        return ended > 0;
      });
    },
  };
}

export type AlertSettingsStore = ReturnType<typeof createAlertSettingsStore>;
