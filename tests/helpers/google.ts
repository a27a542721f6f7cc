import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface Claims {
  sub: string;
  email: string;
  email_verified: boolean;
  name?: string;
  hd?: string;
}

export interface TestGoogle {
  issuer: string;
  /** What the account says yes to, at the address that the desk sent the browser to. @returns what comes back with it. */
  approve(authorizationUrl: string, claims: Claims, changes?: { audience?: string; issuer?: string }): URLSearchParams;
  close(): Promise<void>;
}

/** Speaks as much OpenID Connect as a sign-in needs, and insists on state, PKCE (S256) and each code being used once. */
export async function startGoogle(clientId: string, clientSecret: string): Promise<TestGoogle> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const key = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' };
  const grants = new Map<
    string,
    { claims: Claims; challenge: string; redirectUri: string; audience: string; issuer: string }
  >();
  let codes = 0;
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    let text = '';
    for await (const chunk of request) text += String(chunk);
    if (request.method === 'GET' && request.url === '/oauth2/v3/certs') return answer(200, { keys: [key] });
    if (request.method !== 'POST' || request.url !== '/token') return answer(404, {});
    const form = new URLSearchParams(text);
    const grant = grants.get(form.get('code') ?? '');
    grants.delete(form.get('code') ?? '');
    const basic = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
    const secret = form.get('client_secret') ?? basic.split(':')[1];
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const fits =
      grant?.challenge === challenge && grant.redirectUri === form.get('redirect_uri') && secret === clientSecret;
    if (!grant || !fits) return answer(400, { error: 'invalid_grant' });
    const { sub, ...claims } = grant.claims;
    const idToken = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'key-1' })
      .setSubject(sub)
      .setIssuer(grant.issuer)
      .setAudience(grant.audience)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
    answer(200, {
      access_token: 'google-access-token',
      refresh_token: 'google-refresh-token',
      token_type: 'Bearer',
      expires_in: 3600,
      id_token: idToken,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    approve(authorizationUrl, claims, changes = {}) {
      const url = new URL(authorizationUrl);
      const asked = url.searchParams;
      if (url.origin !== issuer || url.pathname !== '/o/oauth2/v2/auth') throw new Error(`Not Google: ${url}`);
      if (asked.get('client_id') !== clientId || asked.get('response_type') !== 'code')
        throw new Error('Not our client.');
      if (asked.get('code_challenge_method') !== 'S256') throw new Error('PKCE is needed.');
      codes += 1;
      const code = `code-${codes}`;
      grants.set(code, {
        claims,
        challenge: asked.get('code_challenge') ?? '',
        redirectUri: asked.get('redirect_uri') ?? '',
        audience: changes.audience ?? clientId,
        issuer: changes.issuer ?? issuer,
      });
      return new URLSearchParams({ code, state: asked.get('state') ?? '' });
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
