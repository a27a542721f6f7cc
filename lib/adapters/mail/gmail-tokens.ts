import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { AppError, isAppError } from '../../errors';
import { addressRefused, failureCode, type HttpCall, retryAfterSeconds } from './gmail-http';

/** The one scope that drafts need. Google has none for drafts alone: this one could send, and gmail-guard.ts forbids it. */
export const GMAIL_COMPOSE = 'https://www.googleapis.com/auth/gmail.compose';

const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';
/** A token is not used in its last moments, or it would expire on its way. */
const MARGIN_MS = 60_000;
const TIMEOUT_MS = 15_000;

/** Access to one mailbox. */
export interface TokenSource {
  /**
   * The token in use, or a new one; callers at the same time share one request.
   * @throws AppError `mail_reconnect` where the credentials let nobody in any more, `mail_unavailable` where Google
   * could not be asked.
   */
  accessToken(signal: AbortSignal): Promise<string>;
  /** Gmail refused this token: it is not handed out again. */
  discard(token: string): void;
}

export interface TokenSourceOptions {
  http: HttpCall;
  clock: () => Date;
  tokenUrl?: string;
  timeoutMs?: number;
}

export interface RefreshTokenOptions extends TokenSourceOptions {
  clientId: string;
  clientSecret: string;
  refreshToken: string;
}

/**
 * Tokens of a person who gave consent. Each is asked for with the scope of drafts alone, whatever else was granted: a
 * token that also carries `gmail.metadata` may neither search nor read drafts.
 */
export function createRefreshTokenSource(options: RefreshTokenOptions): TokenSource {
  const { clientId, clientSecret, refreshToken } = options;
  return createTokenSource(
    options,
    () => ({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      scope: GMAIL_COMPOSE,
    }),
    'Connect the mailbox again in Settings → Mail.',
  );
}

export interface ServiceAccountOptions extends TokenSourceOptions {
  clientEmail: string;
  /** PEM. */
  privateKey: string;
  privateKeyId?: string;
  /** Whose mailbox: the address of a person in the Workspace that has delegated access to the service account. */
  subject: string;
  /** Whom the assertion is for: Google, even where its endpoint is reached through another address. */
  audience?: string;
}

/** Tokens by a service account with domain-wide delegation, acting for `subject` (RFC 7523). */
export function createServiceAccountTokenSource(options: ServiceAccountOptions): TokenSource {
  const { clientEmail, privateKeyId, subject, audience = GOOGLE_TOKEN_URL, clock } = options;
  const key = readKey(options.privateKey);
  return createTokenSource(
    options,
    () => {
      const issuedAt = Math.floor(clock().getTime() / 1_000);
      const header = { alg: 'RS256', typ: 'JWT', ...(privateKeyId === undefined ? {} : { kid: privateKeyId }) };
      const claims = {
        iss: clientEmail,
        sub: subject,
        scope: GMAIL_COMPOSE,
        aud: audience,
        iat: issuedAt,
        exp: issuedAt + 3_600,
      };
      const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      const signature = sign('RSA-SHA256', Buffer.from(content), key).toString('base64url');
      return {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: `${content}.${signature}`,
      };
    },
    `Check in Google’s admin console, under domain-wide delegation, that ${clientEmail} may use ${GMAIL_COMPOSE}, and that ${subject} has a mailbox.`,
  );
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause may quote the key.
    throw new AppError('mail_reconnect', 'The private key of the Google service account cannot be read.', {
      remedy: 'Make a new JSON key for the service account in Google’s console and set it.',
    });
  }
}

/**
 * Written here rather than taken from google-auth-library: that one has Google's address and audience fixed for service
 * accounts, and its errors carry the request with its secrets.
 */
function createTokenSource(
  { http, clock, tokenUrl = GOOGLE_TOKEN_URL, timeoutMs = TIMEOUT_MS }: TokenSourceOptions,
  form: () => Record<string, string>,
  remedy: string,
): TokenSource {
  let current: { token: string; expiresAt: number } | null = null;
  let asking: Promise<string> | null = null;

  async function ask(): Promise<string> {
    const answer = await callTokenEndpoint(http, new URL(tokenUrl), form(), timeoutMs);
    const body = await readJson(answer);
    if (answer.status !== 200) throw tokenRefused(answer, body, clock(), remedy);
    const { access_token: token, expires_in: seconds } = body;
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw unavailable('an answer without a token');
    const lifetime = typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : MARGIN_MS;
    current = { token, expiresAt: clock().getTime() + lifetime };
    return token;
  }

  return {
    async accessToken(signal) {
      if (current && current.expiresAt - MARGIN_MS > clock().getTime()) return current.token;
      // The request belongs to all who wait: one who gives up does not take it from the others.
      asking ??= ask().finally(() => {
        asking = null;
      });
      return orAborted(asking, signal);
    },
    discard(token) {
      if (current?.token === token) current = null;
    },
  };
}

async function callTokenEndpoint(
  http: HttpCall,
  url: URL,
  form: Record<string, string>,
  timeoutMs: number,
): Promise<Response> {
  try {
    return await http(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch(addressRefused);
  } catch (error) {
    throw isAppError(error) ? error : unavailable(failureCode(error));
  }
}

async function readJson(answer: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await answer.json();
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Whether Google refused the credentials or could not answer. Whatever it was, no draft was created. */
function tokenRefused(answer: Response, body: Record<string, unknown>, now: Date, remedy: string): AppError {
  const error = typeof body.error === 'string' ? body.error : '';
  if (answer.status === 429 || answer.status >= 500 || error === '') {
    return unavailable(`status ${answer.status}`, retryAfterSeconds(answer.headers.get('retry-after'), now));
  }
  if (error === 'invalid_client' || error === 'deleted_client' || error === 'disabled_client') {
    return new AppError('mail_reconnect', 'Google does not know the desk’s client id and secret.', {
      remedy: 'An admin must correct the desk’s Google client id and secret.',
    });
  }
  const [text, act] =
    error === 'invalid_scope' || error === 'unauthorized_client' || error === 'access_denied'
      ? ['Google does not let the desk create drafts in this mailbox: the permission was not given.', remedy]
      : ['Google does not accept the mailbox’s credentials any more: they were revoked or have expired.', remedy];
  return new AppError('mail_reconnect', text, { remedy: act });
}

function unavailable(why: string, seconds?: number): AppError {
  return new AppError('mail_unavailable', `Google’s token endpoint could not be asked (${why}).`, {
    retryable: true,
    remedy: 'Nothing, if it lasts a moment; else check that the desk reaches Google.',
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  });
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
