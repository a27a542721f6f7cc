import type { ApiKeyItem, ApiKeyMade, ApiKeyRequest } from '../contracts';
import { readActorNames } from '../db/actor-names';
import type { Database } from '../db/client';
import type { ApiKey } from '../db/generated/sqlite/client';
import { newId } from '../db/ids';
import type { Role } from '../domain/access';
import { AppError } from '../errors';
import { digestOf, newSecret } from './digest';
import { makerIsAdmin } from './makers';

/** Tells people and secret scanners what it is. */
const PREFIX = 'hr_';
const SHOWN_CHARACTERS = 9;
const DAY_MS = 86_400_000;

/** Keys for programs. */
export function createApiKeys(db: Database, clock: () => Date) {
  async function toItem(key: ApiKey, names?: (actor: string) => string): Promise<ApiKeyItem> {
    const nameOf = names ?? (await readActorNames(db, [key.createdBy]));
    return {
      id: key.id,
      name: key.name,
      start: key.start,
      role: key.role as Role,
      createdBy: nameOf(key.createdBy),
      createdAt: key.createdAt.toISOString(),
      expiresAt: key.expiresAt?.toISOString() ?? null,
      lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
      revokedAt: key.revokedAt?.toISOString() ?? null,
      suspended: !(await makerIsAdmin(db, key.createdBy)),
    };
  }

  return {
    async make({ name, role, expiresInDays }: ApiKeyRequest, createdBy: string): Promise<ApiKeyMade> {
      const key = `${PREFIX}${newSecret()}`;
      const createdAt = clock();
      const expiresAt = expiresInDays === null ? null : new Date(createdAt.getTime() + expiresInDays * DAY_MS);
      const row = await db.write.apiKey.create({
        data: {
          id: newId(),
          name,
          start: key.slice(0, SHOWN_CHARACTERS),
          secretHash: digestOf(key),
          role,
          createdBy,
          createdAt,
          expiresAt,
        },
      });
      return { ...(await toItem(row)), key };
    },

    async list(): Promise<ApiKeyItem[]> {
      const keys = await db.read.apiKey.findMany({ orderBy: { createdAt: 'desc' }, take: 500 });
      const names = await readActorNames(
        db,
        keys.map((key) => key.createdBy),
      );
      return Promise.all(keys.map((key) => toItem(key, names)));
    },

    async revoke(id: string): Promise<void> {
      const { count } = await db.write.apiKey.updateMany({
        where: { id, revokedAt: null },
        data: { revokedAt: clock() },
      });
      if (count === 0) throw new AppError('not_found', `There is no API key "${id}" that could be revoked.`);
    },
  };
}
