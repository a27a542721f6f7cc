import { createHash, randomBytes } from 'node:crypto';
import { exportJWK, exportPKCS8, generateKeyPair, jwtVerify, SignJWT } from 'jose';

export const GMAIL_SCOPES = {
  compose: 'https://www.googleapis.com/auth/gmail.compose',
  metadata: 'https://www.googleapis.com/auth/gmail.metadata',
} as const;
const KNOWN_SCOPES: readonly string[] = [
  ...Object.values(GMAIL_SCOPES),
  'openid',
  'email',
  'profile',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
];
/** What Google wants assertions of service accounts to be addressed to, whichever way they come. */
const AUDIENCE = 'https://oauth2.googleapis.com/token';
const TOKEN_SECONDS = 3_599;

export interface Reply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface ServiceAccount {
  clientEmail: string;
  privateKey: string;
  privateKeyId: string;
}

interface Grant {
  address: string;
  scopes: string[];
}
interface AccessToken extends Grant {
  expiresAt: number;
}

export interface OAuthOptions {
  clientId: string;
  clientSecret: string;
  /** Null takes any. */
  redirectUris: string[] | null;
  clock: () => Date;
  /** Whether there is such a person in the Workspace. */
  hasMailbox: (address: string) => boolean;
}

const newKeys = () => generateKeyPair('RS256', { extractable: true });
type Keys = Awaited<ReturnType<typeof newKeys>>;
/** Made once a process: they take their time. */
let keys: Promise<[Keys, Keys]> | null = null;

/** Google's side of OAuth: consent with PKCE, refresh tokens, service accounts that act for people. Strict. */
export async function createOAuth({ clientId, clientSecret, redirectUris, clock, hasMailbox }: OAuthOptions) {
  keys ??= Promise.all([newKeys(), newKeys()]);
  const [identityKeys, accountKeys] = await keys;
  const serviceAccount: ServiceAccount = {
    clientEmail: 'headroom@desk.iam.gserviceaccount.example',
    privateKey: await exportPKCS8(accountKeys.privateKey),
    privateKeyId: 'account-key-1',
  };
  const codes = new Map<string, Grant & { challenge: string; redirectUri: string; nonce: string | null }>();
  const refreshTokens = new Map<string, Grant>();
  const accessTokens = new Map<string, AccessToken>();
  let delegated: string[] = [GMAIL_SCOPES.compose];
  let consent: { address: string; scopes: string[] | null } | 'denied' | null = null;

  function issue(grant: Grant, scopes: string[]): Record<string, unknown> {
    const token = `ya29.${randomBytes(24).toString('base64url')}`;
    accessTokens.set(token, { ...grant, scopes, expiresAt: clock().getTime() + TOKEN_SECONDS * 1_000 });
    return { access_token: token, expires_in: TOKEN_SECONDS, scope: scopes.join(' '), token_type: 'Bearer' };
  }

  function newRefreshToken(grant: Grant): string {
    const token = `1//${randomBytes(24).toString('base64url')}`;
    refreshTokens.set(token, grant);
    return token;
  }

  async function identityToken({ address, scopes }: Grant, nonce: string | null, issuer: string): Promise<string> {
    const mail = scopes.some((scope) => /email$/.test(scope)) ? { email: address, email_verified: true } : {};
    return new SignJWT({ ...mail, ...(nonce === null ? {} : { nonce }) })
      .setProtectedHeader({ alg: 'RS256', kid: 'identity-key-1' })
      .setSubject(createHash('sha256').update(address).digest('hex').slice(0, 21))
      .setIssuer(issuer)
      .setAudience(clientId)
      .setIssuedAt(Math.floor(clock().getTime() / 1_000))
      .setExpirationTime(Math.floor(clock().getTime() / 1_000) + 3_600)
      .sign(identityKeys.privateKey);
  }

  /** The consent page; here everybody answers at once, as they were told to. */
  function authorize(query: URLSearchParams): Reply {
    const known = [
      'client_id',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
      'code_challenge',
      'code_challenge_method',
      'access_type',
      'prompt',
      'login_hint',
      'include_granted_scopes',
      'hd',
      'nonce',
    ];
    const unknown = [...query.keys()].find((name) => !known.includes(name));
    const redirectUri = query.get('redirect_uri') ?? '';
    const scopes = (query.get('scope') ?? '').split(' ');
    const state = query.get('state') ?? '';
    const problem =
      (unknown && `unknown parameter ${unknown}`) ||
      (query.get('client_id') !== clientId && 'invalid_client') ||
      (query.get('response_type') !== 'code' && 'response_type must be code') ||
      (!URL.canParse(redirectUri) && 'redirect_uri is no address') ||
      (redirectUris && !redirectUris.includes(redirectUri) && 'redirect_uri_mismatch') ||
      (scopes.find((scope) => !KNOWN_SCOPES.includes(scope)) && 'invalid_scope') ||
      (state.length < 16 && 'state is missing or short') ||
      (query.get('code_challenge_method') !== 'S256' && 'PKCE with S256 is needed') ||
      (!/^[\w-]{43}$/.test(query.get('code_challenge') ?? '') && 'code_challenge is none') ||
      (query.get('access_type') !== 'offline' && 'access_type must be offline for a refresh token');
    if (problem) return { status: 400, body: { error: problem } };
    const back = new URL(redirectUri);
    const address = query.get('login_hint');
    const answer = consent ?? (address ? { address, scopes: null } : 'denied');
    if (answer === 'denied' || !hasMailbox(answer.address)) {
      back.searchParams.set('error', 'access_denied');
    } else {
      const code = `4/${randomBytes(16).toString('base64url')}`;
      const given = answer.scopes ? scopes.filter((scope) => answer.scopes?.includes(scope)) : scopes;
      codes.set(code, {
        address: answer.address,
        scopes: given,
        challenge: query.get('code_challenge') ?? '',
        redirectUri,
        nonce: query.get('nonce'),
      });
      back.searchParams.set('code', code);
      back.searchParams.set('scope', given.join(' '));
    }
    back.searchParams.set('state', state);
    return { status: 302, body: '', headers: { location: back.href } };
  }

  async function token(headers: Record<string, string | undefined>, text: string, issuer: string): Promise<Reply> {
    if (!/^application\/x-www-form-urlencoded\b/.test(headers['content-type'] ?? '')) {
      return invalid('invalid_request', 'The body must be a form.');
    }
    const form = new URLSearchParams(text);
    if (new Set(form.keys()).size !== [...form.keys()].length) return invalid('invalid_request', 'A parameter twice.');
    const type = form.get('grant_type');
    if (type === 'urn:ietf:params:oauth:grant-type:jwt-bearer') return assertion(form);
    const [id, secret] = clientOf(headers.authorization, form);
    if (id !== clientId || secret !== clientSecret) {
      return { status: 401, body: { error: 'invalid_client', error_description: 'The OAuth client was not found.' } };
    }
    if (type === 'refresh_token') return refresh(form);
    if (type === 'authorization_code') return exchange(form, issuer);
    return invalid('unsupported_grant_type', `Invalid grant_type: ${type}`);
  }

  function refresh(form: URLSearchParams): Reply {
    const unknown = unknownOf(form, ['grant_type', 'refresh_token', 'client_id', 'client_secret', 'scope']);
    if (unknown) return invalid('invalid_request', unknown);
    const grant = refreshTokens.get(form.get('refresh_token') ?? '');
    if (!grant) return invalid('invalid_grant', 'Token has been expired or revoked.');
    const scopes = form.get('scope')?.split(' ') ?? grant.scopes;
    if (!scopes.every((scope) => grant.scopes.includes(scope))) return invalid('invalid_scope', 'Bad Request');
    return { status: 200, body: issue(grant, scopes) };
  }

  async function exchange(form: URLSearchParams, issuer: string): Promise<Reply> {
    const names = ['grant_type', 'code', 'redirect_uri', 'client_id', 'client_secret', 'code_verifier'];
    const unknown = unknownOf(form, names);
    if (unknown) return invalid('invalid_request', unknown);
    const code = form.get('code') ?? '';
    const grant = codes.get(code);
    // Once, whatever comes of it.
    codes.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (grant?.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      return invalid('invalid_grant', 'Bad Request');
    }
    const { address, scopes } = grant;
    const answer: Record<string, unknown> = issue({ address, scopes }, scopes);
    answer.refresh_token = newRefreshToken({ address, scopes });
    if (scopes.includes('openid')) answer.id_token = await identityToken(grant, grant.nonce, issuer);
    return { status: 200, body: answer };
  }

  /** https://developers.google.com/identity/protocols/oauth2/service-account */
  async function assertion(form: URLSearchParams): Promise<Reply> {
    const unknown = unknownOf(form, ['grant_type', 'assertion']);
    if (unknown) return invalid('invalid_request', unknown);
    try {
      const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', accountKeys.publicKey, {
        issuer: serviceAccount.clientEmail,
        audience: AUDIENCE,
        algorithms: ['RS256'],
        currentDate: clock(),
        maxTokenAge: '1h',
        requiredClaims: ['iss', 'aud', 'exp', 'iat', 'scope', 'sub'],
      });
      const { sub = '', scope, exp = 0, iat = 0 } = payload;
      if (protectedHeader.kid !== serviceAccount.privateKeyId || exp - iat > 3_600) {
        return invalid('invalid_grant', 'Invalid JWT: Token must be a short-lived token.');
      }
      const scopes = String(scope).split(' ');
      if (!scopes.every((each) => delegated.includes(each))) {
        const description = 'Client is unauthorized to retrieve access tokens using this method.';
        return { status: 401, body: { error: 'unauthorized_client', error_description: description } };
      }
      if (!hasMailbox(sub)) return invalid('invalid_grant', 'Invalid email or User ID');
      return { status: 200, body: issue({ address: sub, scopes }, scopes) };
    } catch {
      return invalid('invalid_grant', 'Invalid JWT Signature.');
    }
  }

  function revoke(text: string): Reply {
    const token = new URLSearchParams(text).get('token') ?? '';
    const grant = refreshTokens.get(token) ?? accessTokens.get(token);
    if (!grant) return invalid('invalid_token', 'Token expired or revoked');
    revokeAll(grant.address);
    return { status: 200, body: {} };
  }

  function revokeAll(address: string): void {
    for (const [token, grant] of refreshTokens) if (grant.address === address) refreshTokens.delete(token);
    endAccess(address);
  }

  function endAccess(address: string): void {
    for (const [token, grant] of accessTokens) if (grant.address === address) accessTokens.delete(token);
  }

  return {
    serviceAccount,
    authorize,
    token,
    revoke,
    revokeAll,
    endAccess,
    grant: (address: string, scopes: string[]) => newRefreshToken({ address, scopes }),
    delegate(scopes: string[]): void {
      delegated = scopes;
    },
    answerConsent(answer: { address: string; scopes?: string[] } | 'denied'): void {
      consent = answer === 'denied' ? answer : { address: answer.address, scopes: answer.scopes ?? null };
    },
    certificates: async (): Promise<Reply> => ({
      status: 200,
      body: {
        keys: [{ ...(await exportJWK(identityKeys.publicKey)), kid: 'identity-key-1', alg: 'RS256', use: 'sig' }],
      },
    }),
    /** Whose token it is, and what it may; null where it is none or has expired. */
    holderOf(authorization: string | undefined): Grant | null {
      const found = accessTokens.get(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '');
      return found && found.expiresAt > clock().getTime() ? found : null;
    },
  };
}

function invalid(error: string, description: string): Reply {
  return { status: 400, body: { error, error_description: description } };
}

function unknownOf(form: URLSearchParams, names: string[]): string | null {
  const name = [...form.keys()].find((each) => !names.includes(each));
  return name === undefined ? null : `Unknown parameter: ${name}`;
}

function clientOf(authorization: string | undefined, form: URLSearchParams): (string | null)[] {
  const [, basic] = /^Basic (\S+)$/.exec(authorization ?? '') ?? [];
  if (!basic) return [form.get('client_id'), form.get('client_secret')];
  return Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
}
