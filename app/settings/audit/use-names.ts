import { useQuery } from '@tanstack/react-query';
import { apiKeysQuery } from '../api-keys/queries';
import { usersQuery } from '../people/queries';

/** Names of users and keys, by actor: `user:<id>`, `key:<id>`. */
export function useNames(): ReadonlyMap<string, string> {
  const users = useQuery(usersQuery()).data?.items ?? [];
  const keys = useQuery(apiKeysQuery()).data?.items ?? [];
  return new Map([
    ...users.map(({ id, name }) => [`user:${id}`, name] as const),
    ...keys.map(({ id, name }) => [`key:${id}`, `API key «${name}»`] as const),
  ]);
}
