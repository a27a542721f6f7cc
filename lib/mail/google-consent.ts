import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { GMAIL_COMPOSE } from '../adapters/mail/gmail-tokens';
import type { GoogleConfig } from '../config';
import { googleEndpoints } from '../google-endpoints';
import type { Outgoing } from '../outgoing';

const tokenAnswer = z.object({
  access_token: z.string().min(1).max(4_000),
  refresh_token: z.string().min(1).max(4_000).optional(),
  scope: z.string().default(''),
});
const profileAnswer = z.object({ emailAddress: z.string().min(3).max(320) });

/** What is asked for at Google's consent page, to be remembered until the browser comes back. */
export interface ConsentRequest {
  url: string;
  state: string;
  verifier: string;
}

export interface Consent {
  /** Of the mailbox that the person chose, lower case. */
  address: string;
  refreshToken: string;
  scopes: string[];
}

/**
 * Why a consent came to nothing: `no_scope` the person did not tick the box for drafts, `no_offline` Google gave no lasting
 * access, `no_gmail` the account has no mailbox or the API is off, `client` Google does not know the desk, `refused` the
 * code was no good, `unavailable` Google did not answer.
 */
export type ConsentProblem = 'no_scope' | 'no_offline' | 'no_gmail' | 'client' | 'refused' | 'unavailable';

/** A person's consent to leave drafts in their Gmail: authorization code with state and PKCE (RFC 7636), offline. */
export interface GoogleConsent {
  ask(options: { redirectUri: string; loginHint: string | null }): ConsentRequest;
  /** Exchanges the code that the browser came back with, and finds out whose mailbox it is. */
  redeem(given: { code: string; verifier: string; redirectUri: string }): Promise<Consent | ConsentProblem>;
  /** Takes the consent back at Google. @returns whether Google has taken it back. */
  revoke(refreshToken: string): Promise<boolean>;
}

export function createGoogleConsent(google: GoogleConfig, gmailApi: string, outgoing: Outgoing): GoogleConsent {
  const { clientId, clientSecret, issuer } = google;
  const { authorizationUrl, tokenUrl, revokeUrl } = googleEndpoints(issuer);

  /** Null where there is no answer; what was sent is secret, and an error could carry it on. */
  const call = (url: string, request: Parameters<Outgoing>[1]) => outgoing(url, request).catch(() => null);

  const post = (url: string, form: Record<string, string>) =>
    call(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
    });

  return {
    ask({ redirectUri, loginHint }) {
      const [state, verifier] = [randomBytes(32).toString('base64url'), randomBytes(48).toString('base64url')];
      const url = new URL(authorizationUrl);
      const asked: Record<string, string> = {
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: GMAIL_COMPOSE,
        access_type: 'offline',
        // Without it Google gives a refresh token only to who connects for the first time.
        prompt: 'consent',
        include_granted_scopes: 'false',
        state,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...(loginHint === null ? {} : { login_hint: loginHint }),
      };
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
      return { url: url.href, state, verifier };
    },

    async redeem({ code, verifier, redirectUri }) {
      const answer = await post(tokenUrl, {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: redirectUri,
        client_id: clientId,
        client_secret: clientSecret,
      });
      if (!answer || answer.status >= 500 || answer.status === 429) return 'unavailable';
      const body = await readJson(answer);
      const parsed = tokenAnswer.safeParse(body);
      if (!answer.ok || !parsed.success) return isInvalidClient(body) ? 'client' : 'refused';
      const { access_token: accessToken, refresh_token: refreshToken, scope } = parsed.data;
      const scopes = scope.split(' ').filter((each) => each !== '');
      if (!scopes.includes(GMAIL_COMPOSE)) return 'no_scope';
      if (refreshToken === undefined) return 'no_offline';
      const profile = await call(`${gmailApi}/gmail/v1/users/me/profile`, {
        headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
      });
      if (!profile || profile.status >= 500 || profile.status === 429) return 'unavailable';
      const known = profileAnswer.safeParse(await readJson(profile));
      if (!profile.ok || !known.success) return 'no_gmail';
      return { address: known.data.emailAddress.toLowerCase(), refreshToken, scopes };
    },

    async revoke(refreshToken) {
      const answer = await post(revokeUrl, { token: refreshToken });
      // A token that Google does not know any more is as good as taken back.
      return answer !== null && (answer.ok || answer.status === 400);
    },
  };
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return (await answer.json()) as unknown;
  } catch {
    return null;
  }
}

function isInvalidClient(body: unknown): boolean {
  return z.object({ error: z.literal('invalid_client') }).safeParse(body).success;
}
