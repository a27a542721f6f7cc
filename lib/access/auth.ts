import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { genericOAuth } from 'better-auth/plugins';
import type { Config } from '../config';
import type { Database } from '../db/client';
import { newId } from '../db/ids';
import type { Role } from '../domain/access';
import type { Log } from '../ports';

/** How long a sign-in lasts, in seconds; a session is not prolonged by being used. */
const SESSION_SECONDS = 7 * 24 * 3600;
/** Characters; the longest keeps the hash from being made to work for an attacker. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const;
export const GOOGLE = 'google';

export interface AuthOptions {
  db: Database;
  config: Config;
  secret: string;
  log: Log;
  /** The role of somebody who comes over Google for the first time; null sends them away. */
  admit(person: { email: string; verified: boolean }): Promise<Role | null>;
}

/** better-auth on the desk's own tables: passwords (scrypt), sessions and Google. Nobody can sign up. */
export function createAuth({ db, config, secret, log, admit }: AuthOptions) {
  const [publicUrl] = config.publicUrls;
  const baseURL = publicUrl ?? `http://localhost:${config.port}`;
  const google = config.google;
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
    database: prismaAdapter(db.write, { provider: 'sqlite', transaction: false }),
    user: {
      additionalFields: {
        role: { type: 'string', input: false, defaultValue: 'viewer' },
        disabledAt: { type: 'date', input: false, required: false },
      },
    },
    account: { modelName: 'authAccount', accountLinking: { trustedProviders: [GOOGLE] }, storeAccountCookie: false },
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
            const role = await admit({ email: user.email.toLowerCase(), verified: user.emailVerified });
            return role === null ? false : { data: { ...user, email: user.email.toLowerCase(), role } };
          },
        },
      },
      // Google's own tokens are of no use after the sign-in, so they are not kept.
      account: { create: { before: async (account) => ({ data: { ...account, ...WITHOUT_TOKENS } }) } },
    },
    plugins: google
      ? [
          genericOAuth({
            config: [
              {
                providerId: GOOGLE,
                clientId: google.clientId,
                clientSecret: google.clientSecret,
                discoveryUrl: `${google.issuer}/.well-known/openid-configuration`,
                scopes: ['openid', 'email', 'profile'],
                pkce: true,
                overrideUserInfo: false,
              },
            ],
          }),
        ]
      : [],
  });
}

const WITHOUT_TOKENS = { accessToken: null, refreshToken: null, idToken: null };

export type Auth = ReturnType<typeof createAuth>;
