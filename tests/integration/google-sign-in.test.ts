import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Claims, startGoogle, type TestGoogle } from '../helpers/google';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

const CLIENT = { id: 'client-of-these-tests', secret: 'secret-of-these-tests' };
const BASE = 'http://localhost:3000';
const PASSWORD = 'seven plain words are long enough';
const FROM = { ip: '192.0.2.7', userAgent: 'Tests/1.0', requestId: 'request-1' };

let google: TestGoogle;
let desk: TestRuntime;
beforeEach(async () => {
  google = await startGoogle(CLIENT.id, CLIENT.secret);
  desk = await openRuntime({
    env: {
      HEADROOM_GOOGLE_CLIENT_ID: CLIENT.id,
      HEADROOM_GOOGLE_CLIENT_SECRET: CLIENT.secret,
      HEADROOM_GOOGLE_SIGN_IN_DOMAINS: 'headroom.example',
      HEADROOM_GOOGLE_ISSUER: google.issuer,
      HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1',
    },
  });
});
afterEach(async () => {
  await desk.close();
  await google.close();
});

const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((value) => value.split(';')[0])
    .join('; ');

async function begin(callbackURL = '/opportunities') {
  const response = await desk.runtime.access.provider(
    new Request(`${BASE}/api/auth/sign-in/social`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: BASE },
      body: JSON.stringify({ provider: 'google', callbackURL, errorCallbackURL: '/sign-in' }),
    }),
  );
  const { url } = (await response.json()) as { url?: string };
  return { status: response.status, url: url ?? '', cookie: cookiesOf(response) };
}

function comeBack(answer: URLSearchParams, cookie: string) {
  return desk.runtime.access.provider(
    new Request(`${BASE}/api/auth/callback/google?${answer}`, { headers: { cookie } }),
  );
}

async function signIn(claims: Claims, changes?: { audience?: string; issuer?: string }) {
  const { url, cookie } = await begin();
  const back = await comeBack(google.approve(url, claims, changes), cookie);
  const found = await desk.runtime.access.identify(new Headers({ cookie: cookiesOf(back) }));
  return { viewer: found?.viewer ?? null, location: back.headers.get('location') ?? '' };
}

const kim: Claims = {
  sub: 'kim',
  email: 'Kim@headroom.example',
  email_verified: true,
  name: 'Kim',
  hd: 'headroom.example',
};

describe('signing in with Google', () => {
  it('lets in who belongs to an allowed Workspace domain, as a viewer, again and again', async () => {
    const first = await signIn(kim);
    expect(first.viewer).toMatchObject({ email: 'kim@headroom.example', role: 'viewer', name: 'Kim' });
    expect(first.location).toMatch(/\/opportunities$/);
    expect((await signIn(kim)).viewer?.id).toBe(first.viewer?.id);
    const accounts = await desk.db.read.authAccount.findMany();
    expect(accounts).toHaveLength(1);
    expect(accounts[0]).toMatchObject({ accessToken: null, refreshToken: null, idToken: null, password: null });
  });

  it('lets in who was invited, with that role, and uses the invitation up', async () => {
    const { access } = desk.runtime;
    await access.people.invite('dana@elsewhere.example', 'csm', 'system');
    const dana: Claims = { sub: 'dana', email: 'dana@elsewhere.example', email_verified: true };
    expect((await signIn(dana)).viewer?.role).toBe('csm');
    expect(await access.people.invitations()).toEqual([]);
  });

  it.each<[string, Claims]>([
    ['of another domain', { ...kim, email: 'kim@evil.example', hd: 'evil.example' }],
    ['whose address is of the domain, but not the account', { ...kim, hd: undefined as never }],
    ['whose address Google did not verify', { ...kim, email_verified: false }],
  ])('sends away somebody %s', async (_name, claims) => {
    const { viewer, location } = await signIn(claims);
    expect(viewer).toBeNull();
    expect(location).toMatch(/\/sign-in\?error=/);
    expect(await desk.runtime.access.people.count()).toBe(0);
  });

  it('never opens an account that is there with an address that Google did not verify', async () => {
    const { access } = desk.runtime;
    const made = await access.makeStartLink('setup', 3000);
    const given = { secret: new URL(made?.link ?? '').hash.slice(1), name: 'Ada', email: 'ada@headroom.example' };
    await access.redeem({ ...given, password: PASSWORD }, FROM);
    const stranger: Claims = {
      sub: 'evil',
      email: 'ada@headroom.example',
      email_verified: false,
      hd: 'headroom.example',
    };
    expect((await signIn(stranger)).viewer).toBeNull();
    expect((await signIn({ ...stranger, sub: 'ada', email_verified: true })).viewer).toMatchObject({ role: 'admin' });
  });

  it('keeps out who was disabled', async () => {
    const { viewer } = await signIn(kim);
    await desk.runtime.access.people.change(viewer?.id ?? '', { disabled: true });
    expect((await signIn(kim)).viewer).toBeNull();
    expect(await desk.db.read.session.count()).toBe(0);
  });

  it('takes no token that was made for somebody else, and no answer to a question that it did not ask', async () => {
    expect((await signIn(kim, { audience: 'another-client' })).viewer).toBeNull();
    expect((await signIn(kim, { issuer: 'https://evil.example' })).viewer).toBeNull();
    const mine = await begin();
    const theirs = await begin();
    const stolen = await comeBack(google.approve(mine.url, kim), theirs.cookie);
    expect(await desk.runtime.access.identify(new Headers({ cookie: cookiesOf(stolen) }))).toBeNull();
    const answer = google.approve(theirs.url, kim);
    await comeBack(answer, theirs.cookie);
    const replayed = await comeBack(answer, theirs.cookie);
    expect(await desk.runtime.access.identify(new Headers({ cookie: cookiesOf(replayed) }))).toBeNull();
  });

  it('does not call an issuer inside a private network, unless that is allowed', async () => {
    const { dataDir } = desk;
    const strict = await openRuntime({ dataDir, config: { ...desk.config, allowedPrivateRanges: [] } });
    try {
      const start = await strict.runtime.access.provider(
        new Request(`${BASE}/api/auth/sign-in/social`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: BASE },
          body: JSON.stringify({ provider: 'google', callbackURL: '/', errorCallbackURL: '/sign-in' }),
        }),
      );
      const { url } = (await start.json()) as { url: string };
      const answer = google.approve(url, kim);
      const back = await strict.runtime.access.provider(
        new Request(`${BASE}/api/auth/callback/google?${answer}`, { headers: { cookie: cookiesOf(start) } }),
      );
      expect(await strict.runtime.access.identify(new Headers({ cookie: cookiesOf(back) }))).toBeNull();
      expect(await strict.runtime.access.people.count()).toBe(0);
    } finally {
      await strict.close();
    }
  });

  it('leads nowhere but to this desk', async () => {
    expect((await begin('https://evil.example/')).status).toBe(403);
  });
});
