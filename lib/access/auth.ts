import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { APIError } from 'better-auth/api';
import type { Config } from '../config';
import type { Database } from '../db/client';
import { newId } from '../db/ids';
import type { Role } from '../domain/access';
import { createOutgoing } from '../outgoing';
import type { Log } from '../ports';
import { type GoogleProfile, googlePlugin, readProfile } from './google';
import { hashSessionTokens } from './hashed-tokens';

/** How long a sign-in lasts, in seconds; a session is not prolonged by being used. */
const SESSION_SECONDS = 7 * 24 * 3600;
/** Characters; the longest keeps the hash from being made to work for an attacker. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const;

export interface AuthOptions {
  db: Database;
  config: Config;
  secret: string;
  log: Log;
  /** The role of somebody who comes over Google for the first time; null sends them away. */
  admit(person: GoogleProfile): Promise<Role | null>;
  /** Somebody came over Google for the first time. */
  joined(email: string): Promise<void>;
}

/** better-auth on the desk's own tables: passwords (scrypt), sessions and Google. Nobody can sign up. */
export function createAuth({ db, config, secret, log, admit, joined }: AuthOptions) {
  const [publicUrl] = config.publicUrls;
  const baseURL = publicUrl ?? `http://localhost:${config.port}`;
  return betterAuth({
    appName: 'Headroom',
    baseURL,
    basePath: '/api/auth',
    secret,
    trustedOrigins: [...config.publicUrls, baseURL],
    telemetry: { enabled: false },
    // Where it meets nothing unexpected it has nothing to say: a wrong password is in the audit log.
    logger: { level: 'error', log: (_level, message) => log.error({}, `Sign-in: ${message}`) },
    // The writing connection takes single statements in turn; a transaction that waits for another part would hold it.
    database: hashSessionTokens(prismaAdapter(db.write, { provider: db.engine, transaction: false })),
    user: {
      additionalFields: {
        role: { type: 'string', input: false, defaultValue: 'viewer' },
        disabledAt: { type: 'date', input: false, required: false },
      },
      // Asked at every sign-in over Google, and before a Google account is tied to a user.
      validateUserInfo: async ({ source }) => {
        if (source.method !== 'oauth') return;
        const profile = readProfile(source.oauth?.profile);
        if (!profile.emailVerified) return { error: 'email_not_verified' };
        if (source.action === 'create-user' && (await admit(profile)) === null) return { error: 'not_invited' };
      },
    },
    account: {
      modelName: 'authAccount',
      updateAccountOnSignIn: false,
      // No provider is trusted beyond what it says: an address that it did not verify opens nobody's account.
      accountLinking: { enabled: true, requireLocalEmailVerified: true, allowDifferentEmails: false },
    },
    verification: { modelName: 'authVerification' },
    session: { expiresIn: SESSION_SECONDS, disableSessionRefresh: true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
    },
    // The desk's own limits see the client's real address.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'headroom',
      // Its default depends on how the process was started.
      disableOriginCheck: false,
      useSecureCookies: baseURL.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: ['x-headroom-client-ip'] },
      database: { generateId: () => newId() },
    },
    databaseHooks: {
      user: {
        create: {
          // Only Google comes this way: whom the desk itself lets in, it writes down itself.
          before: async (user) => {
            const email = user.email.toLowerCase();
            const role = await admit({ email, emailVerified: user.emailVerified, hostedDomain: domainOf(email) });
            return { data: { ...user, email, role: role ?? 'viewer' } };
          },
          after: async (user) => joined(user.email.toLowerCase()),
        },
      },
      // Google's own tokens are of no use after the sign-in, so they are not kept.
      account: {
        create: { before: async (account) => ({ data: { ...account, ...WITHOUT_TOKENS } }) },
        update: { before: async (account) => ({ data: { ...account, ...WITHOUT_TOKENS } }) },
      },
      session: {
        create: {
          before: async (session) => {
            const user = await db.read.user.findUnique({ where: { id: session.userId }, select: { disabledAt: true } });
            if (user && user.disabledAt === null) return;
            throw new APIError('FORBIDDEN', { code: 'user_disabled', message: 'This user is disabled.' });
          },
        },
      },
    },
    onAPIError: { errorURL: `${baseURL}/sign-in`, onError: () => {} },
    plugins: config.google
      ? [googlePlugin(config.google, createOutgoing({ allowedRanges: config.allowedPrivateRanges }))]
      : [],
  });
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}

const WITHOUT_TOKENS = { accessToken: null, refreshToken: null, idToken: null };

export type Auth = ReturnType<typeof createAuth>;
