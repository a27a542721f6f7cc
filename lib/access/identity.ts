import { timingSafeEqual } from 'node:crypto';
import type { Database } from '../db/client';
import type { Role, Viewer } from '../domain/access';
import type { Auth } from './auth';
import { digestOf } from './digest';
import { makerIsAdmin } from './makers';

/** How far behind «last used» may be, in milliseconds: it is not worth a write a request. */
const USED_STEP_MS = 60_000;
const REMEMBERED = 1_000;

export interface IdentityOptions {
  db: Database;
  auth: Auth;
  clock: () => Date;
  bootstrapKey: string | null;
  /** Reads the metrics and nothing else. */
  metricsToken: string | null;
}

export interface Identified {
  viewer: Viewer;
  /** The session of a person; null for a key. */
  sessionId: string | null;
}

/** Recognises who asks by the session cookie or the API key of a request. */
export function createIdentity({ db, auth, clock, bootstrapKey, metricsToken }: IdentityOptions) {
  const configured = [
    fromEnvironment(bootstrapKey, { id: 'bootstrap', name: 'HEADROOM_BOOTSTRAP_API_KEY', role: 'admin' }),
    fromEnvironment(metricsToken, {
      id: 'metrics',
      name: 'HEADROOM_METRICS_TOKEN',
      role: 'viewer',
      only: 'metrics.read',
    }),
  ].flat();
  const remembered = new Map<string, { identified: Identified; until: number }>();
  const usedAt = new Map<string, number>();
  let version = '';

  /** Answers stay true while nothing is committed: a session that is revoked is gone with the commit that does it. */
  async function recall(key: string, find: () => Promise<{ identified: Identified; until: number } | null>) {
    const now = await db.version();
    if (now !== version || remembered.size > REMEMBERED) remembered.clear();
    version = now;
    const known = remembered.get(key);
    const found = known ?? (await find());
    if (!found || found.until <= clock().getTime()) return null;
    if (!known && version === now) remembered.set(key, found);
    return found.identified;
  }

  async function findSession(headers: Headers) {
    const found = await auth.api.getSession({ headers });
    if (!found) return null;
    const { user, session } = found;
    if (user.disabledAt) return null;
    const viewer: Viewer = { kind: 'user', id: user.id, name: user.name, email: user.email, role: user.role as Role };
    return { identified: { viewer, sessionId: session.id }, until: session.expiresAt.getTime() };
  }

  async function findKey(secretHash: string) {
    const key = await db.read.apiKey.findUnique({ where: { secretHash } });
    if (!key || key.revokedAt || !(await makerIsAdmin(db, key.createdBy))) return null;
    const viewer: Viewer = { kind: 'key', id: key.id, name: key.name, email: null, role: key.role as Role };
    return { identified: { viewer, sessionId: null }, until: key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY };
  }

  async function byKey(secret: string): Promise<Identified | null> {
    const hash = digestOf(secret);
    const known = configured.find((one) => timingSafeEqual(one.hash, Buffer.from(hash, 'hex')));
    if (known) return { viewer: known.viewer, sessionId: null };
    const identified = await recall(`key ${hash}`, () => findKey(hash));
    if (identified) await markUsed(identified.viewer.id);
    return identified;
  }

  async function markUsed(id: string): Promise<void> {
    const now = clock();
    if (now.getTime() - (usedAt.get(id) ?? 0) < USED_STEP_MS) return;
    usedAt.set(id, now.getTime());
    await db.write.apiKey.updateMany({ where: { id }, data: { lastUsedAt: now } });
  }

  return {
    /** @returns null where there is neither, or it is not valid (any more). A key that is given is the one that counts. */
    async identify(headers: Headers): Promise<Identified | null> {
      const authorization = headers.get('authorization');
      if (authorization !== null) {
        const [, secret] = /^Bearer +([\w.~+/=-]{16,200})$/i.exec(authorization) ?? [];
        return secret === undefined ? null : byKey(secret);
      }
      const cookie = headers.get('cookie');
      if (cookie === null || !cookie.includes('headroom.session_token')) return null;
      return recall(`cookie ${digestOf(cookie)}`, () => findSession(new Headers({ cookie })));
    },
  };
}

/** A key that comes from the environment and has no row; only its digest stays in memory here. */
function fromEnvironment(secret: string | null, viewer: Omit<Viewer, 'kind' | 'email'>) {
  if (secret === null) return [];
  return [{ hash: Buffer.from(digestOf(secret), 'hex'), viewer: { ...viewer, kind: 'key', email: null } as Viewer }];
}
