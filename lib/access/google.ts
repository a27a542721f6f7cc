import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import * as z from 'zod';
import type { GoogleConfig } from '../config';
import { googleEndpoints } from '../google-endpoints';
import type { Outgoing } from '../outgoing';

export const GOOGLE = 'google';
/** How long Google may take to answer with its keys, in milliseconds. */
const KEYS_TIMEOUT_MS = 5_000;

const tokenAnswer = z.object({ id_token: z.string() });

/** What of an identity token decides whether somebody may come in. */
export interface GoogleProfile {
  email: string;
  emailVerified: boolean;
  /** The Workspace domain that the account belongs to; null for a private one, whatever its address. */
  hostedDomain: string | null;
}

/** Sign-in with Google: authorization code with PKCE, its identity token checked here. Nothing is asked at start. */
export function googlePlugin({ clientId, clientSecret, issuer }: GoogleConfig, outgoing: Outgoing) {
  const { issuers, authorizationUrl, tokenUrl, keysUrl } = googleEndpoints(issuer);
  const keys = createRemoteJWKSet(new URL(keysUrl), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    [customFetch]: (url, { headers, signal }) => outgoing(url, { headers: Object.fromEntries(headers), signal }),
  });
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
        async getToken({ code, redirectURI, codeVerifier }) {
          const form = { grant_type: 'authorization_code', code, redirect_uri: redirectURI, client_id: clientId };
          const answer = await outgoing(tokenUrl, {
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
            body: new URLSearchParams({
              ...form,
              client_secret: clientSecret,
              code_verifier: codeVerifier ?? '',
            }).toString(),
          });
          if (!answer.ok) throw new Error(`The token endpoint answered ${answer.status}.`);
          // The identity token is all that is wanted of it; nothing is called in the person's name.
          const { id_token: idToken } = tokenAnswer.parse(await answer.json());
          return { idToken };
        },
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
