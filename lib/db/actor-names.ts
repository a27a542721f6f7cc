import type { Database } from './client';
import { Prisma } from './generated/sqlite/client';
import { among } from './sql';

const BOOTSTRAP = 'key:bootstrap';

/**
 * Names for actors as logs and timelines keep them (`user:<id>`, `key:<id>`, or a name as it is). Somebody whose data was
 * deleted has none any more.
 */
export async function readActorNames(db: Database, actors: readonly string[]): Promise<(actor: string) => string> {
  const idsOf = (kind: string) => [
    ...new Set(actors.filter((actor) => actor.startsWith(`${kind}:`)).map((actor) => actor.slice(kind.length + 1))),
  ];
  const [userIds, keyIds] = [idsOf('user'), idsOf('key').filter((id) => `key:${id}` !== BOOTSTRAP)];
  const names = new Map([[BOOTSTRAP, 'the bootstrap API key']]);
  if (userIds.length + keyIds.length > 0) {
    const rows = await db.rows.$queryRaw<{ kind: string; id: string; name: string }[]>(Prisma.sql`
      SELECT 'user' AS "kind", "id", "name" FROM "users" WHERE "id" ${among(db.rows, userIds)}
      UNION ALL SELECT 'key', "id", "name" FROM "api_keys" WHERE "id" ${among(db.rows, keyIds)}`);
    for (const { kind, id, name } of rows) names.set(`${kind}:${id}`, kind === 'key' ? `API key «${name}»` : name);
  }
  return (actor) => names.get(actor) ?? (actor.startsWith('user:') ? 'somebody who was deleted' : actor);
}
