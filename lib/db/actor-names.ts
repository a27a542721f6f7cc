import type { Database } from './client';

const BOOTSTRAP = 'key:bootstrap';

/**
 * Names for actors as logs and timelines keep them (`user:<id>`, `key:<id>`, or a name as it is). Somebody whose data was
 * deleted has none any more.
 */
export async function readActorNames(db: Database, actors: readonly string[]): Promise<(actor: string) => string> {
  const idsOf = (kind: string) => [
    ...new Set(actors.filter((actor) => actor.startsWith(`${kind}:`)).map((actor) => actor.slice(kind.length + 1))),
  ];
  const [userIds, keyIds] = [idsOf('user'), idsOf('key')];
  const select = { id: true, name: true } as const;
  const [users, keys] = await Promise.all([
    userIds.length === 0 ? [] : db.read.user.findMany({ where: { id: { in: userIds } }, select }),
    keyIds.length === 0 ? [] : db.read.apiKey.findMany({ where: { id: { in: keyIds } }, select }),
  ]);
  const names = new Map<string, string>([
    ...users.map((user) => [`user:${user.id}`, user.name] as const),
    ...keys.map((key) => [`key:${key.id}`, `API key «${key.name}»`] as const),
    [BOOTSTRAP, 'the bootstrap API key'] as const,
  ]);
  return (actor) => names.get(actor) ?? (actor.startsWith('user:') ? 'somebody who was deleted' : actor);
}
