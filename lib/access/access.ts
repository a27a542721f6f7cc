import type { Config } from '../config';
import type { LinkMade, LinkRedeem, SessionInfo } from '../contracts';
import type { Database } from '../db/client';
import type { Role, Viewer } from '../domain/access';
import { AppError } from '../errors';
import type { Log } from '../ports';
import { createApiKeys } from './api-keys';
import { createAudit } from './audit';
import { createAuth } from './auth';
import type { GoogleProfile } from './google';
import { createIdentity, type Identified } from './identity';
import { createLinks } from './links';
import { makerIsAdmin } from './makers';
import { createPeople } from './people';
import { createRateLimits } from './rate-limits';
import { readSecret } from './secret';
import { createThrottle } from './throttle';

/** Where a request comes from, for sessions and the audit log. */
export interface Origin {
  ip: string | null;
  userAgent: string | null;
  requestId: string | null;
}

export interface SignedIn {
  viewer: Viewer;
  /** Values for `set-cookie`. */
  cookies: string[];
}

/** Everything about who may come in. */
export async function createAccess({
  db,
  config,
  clock,
  asked,
  log,
}: {
  db: Database;
  config: Config;
  /** Told of each request of somebody who may come in. */
  asked: () => void;
  clock: () => Date;
  log: Log;
}) {
  const secret = await readSecret(config.dataDir, config.secret);
  const audit = createAudit(db, clock);
  const auth = createAuth({ db, config, secret, log, admit, joined });
  let port = config.port;
  const links = createLinks(db, clock, () => config.publicUrls[0] ?? `http://localhost:${port}`);
  const people = createPeople({ db, auth, links, clock });
  const { bootstrapApiKey: bootstrapKey, metricsToken } = config;
  const identity = createIdentity({ db, auth, clock, bootstrapKey, metricsToken });
  const throttle = createThrottle(db, clock);

  const openInvitation = (email: string) => ({ kind: 'invitation', email, usedAt: null, expiresAt: { gt: clock() } });

  /** Who comes over Google: invited, or with an account of a Workspace domain that is allowed. */
  async function admit({ email, emailVerified, hostedDomain }: GoogleProfile): Promise<Role | null> {
    if (!emailVerified) return null;
    const invitation = await db.write.oneTimeLink.findFirst({ where: openInvitation(email) });
    if (invitation && (await makerIsAdmin(db, invitation.createdBy))) return invitation.role as Role;
    const domain = email.slice(email.lastIndexOf('@') + 1);
    return domain === hostedDomain && config.google?.allowedDomains.includes(domain) ? 'viewer' : null;
  }

  async function joined(email: string): Promise<void> {
    await db.write.oneTimeLink.updateMany({ where: openInvitation(email), data: { usedAt: clock() } });
  }

  async function openSession(email: string, password: string, origin: Origin): Promise<SignedIn | null> {
    const headers = new Headers();
    if (origin.userAgent) headers.set('user-agent', origin.userAgent.slice(0, 300));
    if (origin.ip) headers.set('x-headroom-client-ip', origin.ip);
    const response = await auth.api.signInEmail({ body: { email, password }, headers, asResponse: true });
    if (!response.ok) return null;
    const cookies = response.headers.getSetCookie();
    const cookie = cookies.map((value) => value.split(';')[0]).join('; ');
    const found = await identity.identify(new Headers({ cookie }));
    return found ? { viewer: found.viewer, cookies } : null;
  }

  return {
    audit,
    people,
    links,
    keys: createApiKeys(db, clock),
    limits: createRateLimits(config.rateLimitFactor),
    async identify(headers: Headers): Promise<Identified | null> {
      const found = await identity.identify(headers);
      if (found) asked();
      return found;
    },
    /** The routes of Google's sign-in. */
    provider: auth.handler,

    methods: (): SessionInfo['methods'] => ({ password: true, google: config.google !== null }),

    /**
     * @throws AppError `unauthenticated`, the same and after the same work whether the address is known or not;
     * `too_many_requests`.
     */
    async signIn(given: { email: string; password: string }, origin: Origin): Promise<SignedIn> {
      const attempt = { email: given.email, ip: origin.ip };
      try {
        await throttle.begin(attempt);
      } catch (error) {
        await audit.record({ actor: 'anonymous', action: 'sign_in.throttled', ...about(origin) });
        throw error;
      }
      const signedIn = await openSession(given.email, given.password, origin);
      if (!signedIn) {
        const known = await db.read.user.findUnique({ where: { email: given.email }, select: { id: true } });
        const subject = known ? { type: 'user', id: known.id } : null;
        await audit.record({ actor: 'anonymous', action: 'sign_in.failed', subject, ...about(origin) });
        throw new AppError('unauthenticated', 'Address or password are not right.', {
          remedy: 'Check both, or ask an admin for a link to a new password.',
        });
      }
      await throttle.succeeded(attempt);
      await audit.record({ actor: `user:${signedIn.viewer.id}`, action: 'sign_in.succeeded', ...about(origin) });
      return signedIn;
    },

    /** Writes down a sign-in over Google that has just succeeded or failed. */
    async noteProviderSignIn(answer: Response, origin: Origin): Promise<void> {
      const cookie = answer.headers
        .getSetCookie()
        .map((value) => value.split(';')[0])
        .join('; ');
      const found = await identity.identify(new Headers({ cookie }));
      const actor = found ? `user:${found.viewer.id}` : 'anonymous';
      const action = found ? 'sign_in.succeeded' : 'sign_in.failed';
      await audit.record({ actor, action, detail: { provider: 'google' }, ...about(origin) });
    },

    /** Ends the session of these headers. @returns the cookies that take it out of the browser. */
    async signOut(headers: Headers, origin: Origin): Promise<string[]> {
      const cookie = headers.get('cookie') ?? '';
      const found = await identity.identify(new Headers({ cookie }));
      const response = await auth.api.signOut({ headers: new Headers({ cookie }), asResponse: true });
      if (found) await audit.record({ actor: `user:${found.viewer.id}`, action: 'sign_out', ...about(origin) });
      return response.headers.getSetCookie();
    },

    /** Uses a one-time link up and signs in whoever has it. */
    async redeem(given: LinkRedeem, origin: Origin): Promise<SignedIn> {
      const { link, email, password, userId } = await people.redeem(given);
      const subject = { type: 'link', id: link.id };
      await audit.record({ actor: `user:${userId}`, action: `link.${link.kind}_used`, subject, ...about(origin) });
      const signedIn = await openSession(email, password, origin);
      if (signedIn) return signedIn;
      throw new AppError('forbidden', 'This user is disabled.', { remedy: 'Ask an admin.' });
    },

    /** The link that makes the first admin, where there is nobody yet; printed by whoever started the server. */
    async makeStartLink(kind: 'setup' | 'demo', actualPort: number): Promise<LinkMade | null> {
      port = actualPort;
      if (kind === 'setup' && (await people.count()) > 0) return null;
      return links.make({ kind, createdBy: 'system' });
    },
  };
}

export type Access = Awaited<ReturnType<typeof createAccess>>;

function about({ ip, requestId }: Origin): { ip: string | null; requestId: string | null } {
  return { ip, requestId };
}
