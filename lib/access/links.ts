import type { LinkInfo, LinkMade } from '../contracts';
import type { Database } from '../db/client';
import { newId } from '../db/ids';
import type { Role } from '../domain/access';
import { AppError } from '../errors';
import { digestOf, newSecret } from './digest';
import { makerIsAdmin } from './makers';

const HOUR_MS = 3_600_000;
/** How long an unused link lets somebody in, in milliseconds. */
const LIFETIME_MS = { setup: 24 * HOUR_MS, invitation: 7 * 24 * HOUR_MS, reset: HOUR_MS, demo: 24 * HOUR_MS };
export type LinkKind = keyof typeof LIFETIME_MS;

export interface LinkRequest {
  kind: LinkKind;
  /** `user:<id>` and the like. */
  createdBy: string;
  email?: string;
  role?: Role;
  userId?: string;
}

export interface Link {
  id: string;
  kind: LinkKind;
  email: string | null;
  role: Role | null;
  userId: string | null;
  expiresAt: Date;
}

/**
 * Links that let somebody in once. The secret stands behind `#`, which browsers send to no server and put into no
 * referrer; the desk keeps its digest alone.
 */
export function createLinks(db: Database, clock: () => Date, baseUrl: () => string) {
  return {
    /** A new link takes the place of those before it for the same purpose. */
    async make({ kind, createdBy, email, role, userId }: LinkRequest): Promise<LinkMade> {
      const secret = newSecret();
      const now = clock();
      const expiresAt = new Date(now.getTime() + LIFETIME_MS[kind]);
      const purpose = { kind, email: email ?? null, userId: userId ?? null };
      const row = { id: newId(), ...purpose, role: role ?? null, createdBy, createdAt: now, expiresAt };
      await db.exclusive(async (tx) => {
        await tx.oneTimeLink.deleteMany({ where: { ...purpose, usedAt: null } });
        await tx.oneTimeLink.create({ data: { ...row, secretHash: digestOf(secret) } });
      });
      return { id: row.id, link: `${baseUrl()}/join#${secret}`, expiresAt: expiresAt.toISOString() };
    },

    /** @throws AppError `not_found` for a link that was used, replaced, revoked, has expired, whose maker is no admin any more, or never was. */
    async find(secret: string): Promise<Link> {
      const row = await db.write.oneTimeLink.findUnique({ where: { secretHash: digestOf(secret) } });
      if (!row || row.usedAt || row.expiresAt <= clock() || !(await makerIsAdmin(db, row.createdBy))) throw gone();
      const { id, email, userId, expiresAt } = row;
      return { id, kind: row.kind as LinkKind, email, role: row.role as Role | null, userId, expiresAt };
    },

    /** Uses it up. Of several at once one succeeds; the others are told that it is gone. */
    async consume(id: string): Promise<void> {
      const now = clock();
      const { count } = await db.write.oneTimeLink.updateMany({
        where: { id, usedAt: null, expiresAt: { gt: now } },
        data: { usedAt: now },
      });
      if (count === 0) throw gone();
    },

    /** Makes it usable again after what it was used for failed. */
    async giveBack(id: string): Promise<void> {
      await db.write.oneTimeLink.updateMany({ where: { id }, data: { usedAt: null } });
    },

    describe: ({ kind, email, role, expiresAt }: Link): LinkInfo => ({
      kind,
      email,
      role,
      expiresAt: expiresAt.toISOString(),
    }),
  };
}

export type Links = ReturnType<typeof createLinks>;

function gone(): AppError {
  return new AppError('not_found', 'This link cannot be used: it was used before, has expired or was replaced.', {
    remedy: 'Ask whoever gave it to you for a new one.',
  });
}
