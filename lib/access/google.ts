import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { GoogleConfig } from '../config';

export const GOOGLE = 'google';
const GOOGLE_ISSUER = 'https://accounts.google.com';
/** How long Google may take to answer with its keys, in milliseconds. */
const KEYS_TIMEOUT_MS = 5_000;

/** https://accounts.google.com/.well-known/openid-configuration, which need not be asked at every start. */
function endpointsOf(issuer: string) {
  if (issuer !== GOOGLE_ISSUER) {
    return {
      issuers: [issuer],
      authorizationUrl: `${issuer}/o/oauth2/v2/auth`,
      tokenUrl: `${issuer}/token`,
      keysUrl: `${issuer}/oauth2/v3/certs`,
    };
  }
  return {
    issuers: [GOOGLE_ISSUER, 'accounts.google.com'],
    authorizationUrl: `${GOOGLE_ISSUER}/o/oauth2/v2/auth`,
    tokenUrl: 'https://oauth2.googleapis.com/token',
    keysUrl: 'https://www.googleapis.com/oauth2/v3/certs',
  };
}

/** What of an identity token decides whether somebody may come in. */
export interface GoogleProfile {
  email: string;
  emailVerified: boolean;
  /** The Workspace domain that the account belongs to; null for a private one, whatever its address. */
  hostedDomain: string | null;
}

/** Sign-in with Google: authorization code with PKCE, its identity token checked here. Nothing is asked at start. */
export function googlePlugin({ clientId, clientSecret, issuer }: GoogleConfig) {
  const { issuers, authorizationUrl, tokenUrl, keysUrl } = endpointsOf(issuer);
  const keys = createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: KEYS_TIMEOUT_MS });
  return genericOAuth({
    config: [
      {
        providerId: GOOGLE,
        clientId,
        clientSecret,
        authorizationUrl,
        tokenUrl,
        scopes: ['openid', 'email', 'profile'],
        pkce: true,
        async getUserInfo({ idToken }) {
          if (!idToken) return null;
          try {
            const { payload } = await jwtVerify(idToken, keys, {
              issuer: issuers,
              audience: clientId,
              algorithms: ['RS256'],
              maxTokenAge: '10m',
            });
            const { sub, email, name } = payload;
            if (!sub || typeof email !== 'string') return null;
            const emailVerified = payload.email_verified === true;
            return { ...payload, id: sub, email, name: typeof name === 'string' ? name : email, emailVerified };
          } catch {
            return null;
          }
        },
      },
    ],
  });
}

export function readProfile(profile: Record<string, unknown> | undefined): GoogleProfile {
  return {
    email: typeof profile?.email === 'string' ? profile.email.toLowerCase() : '',
    emailVerified: profile?.email_verified === true,
    hostedDomain: typeof profile?.hd === 'string' ? profile.hd.toLowerCase() : null,
  };
}
