import type { BetterAuthOptions, DBAdapter } from 'better-auth';
import { digestOf } from './digest';

type Factory = (options: BetterAuthOptions) => DBAdapter;
type Condition = { field: string; value: unknown };
/** The part of a query that matters here; everything else goes through as it is. */
type Query = { model: string; where?: Condition[]; data?: Record<string, unknown> };
type Operation = (query: Query) => Promise<unknown>;

const ONE = ['findOne', 'update', 'consumeOne', 'incrementOne'];
const MANY = ['findMany', 'delete', 'deleteMany', 'updateMany', 'count'];

/**
 * Keeps the digest of a session's token alone in the database, while better-auth goes on to see the token: whoever has
 * the database, and even the secret that cookies are signed with, can make no cookie from it.
 */
export function hashSessionTokens(factory: Factory): Factory {
  return (options) => {
    const adapter = factory(options);
    // The object itself is kept: better-auth knows it again.
    const operations = adapter as unknown as Record<string, Operation>;
    const inner = { ...operations };
    const call = (name: string, query: Query) => (inner[name] as Operation)(query);
    operations.create = async (query) => {
      if (query.model !== 'session') return call('create', query);
      const token = String(query.data?.token);
      return withToken(await call('create', { ...query, data: { ...query.data, token: digestOf(token) } }), token);
    };
    for (const name of ONE) {
      if (inner[name] === undefined) continue;
      operations[name] = async (query) => {
        const found = await call(name, hashed(query));
        return query.model === 'session' ? withToken(found, tokenOf(query)) : found;
      };
    }
    for (const name of MANY) operations[name] = (query) => call(name, hashed(query));
    return adapter;
  };
}

function hashed(query: Query): Query {
  if (query.model !== 'session' || query.where === undefined) return query;
  const where = query.where.map((condition) => {
    if (condition.field !== 'token') return condition;
    const { value } = condition;
    return {
      ...condition,
      value: Array.isArray(value) ? value.map((one) => digestOf(String(one))) : digestOf(String(value)),
    };
  });
  return { ...query, where };
}

function tokenOf({ where }: Query): unknown {
  return where?.find(({ field, value }) => field === 'token' && !Array.isArray(value))?.value;
}

function withToken(row: unknown, token: unknown): unknown {
  return row && token !== undefined ? { ...row, token } : row;
}
