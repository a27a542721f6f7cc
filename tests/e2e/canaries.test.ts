import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { removeDirectory, temporaryDirectory } from '../helpers/database';
import { csv } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

const CANARY = {
  password: 'canary password of seven words 4711',
  newPassword: 'second canary password of words 4712',
  wrongPassword: 'wrong canary password of words 4713',
  bootstrap: 'canary-bootstrap-key-0123456789abcdef',
  secret: 'canary-secret-of-the-server-0123456789',
  googleSecret: 'canary-google-client-secret-01234567',
};
const ENV = {
  HEADROOM_BOOTSTRAP_API_KEY: CANARY.bootstrap,
  HEADROOM_SECRET: CANARY.secret,
  HEADROOM_GOOGLE_CLIENT_ID: 'some-client',
  HEADROOM_GOOGLE_CLIENT_SECRET: CANARY.googleSecret,
  HEADROOM_GOOGLE_ISSUER: 'http://127.0.0.1:9',
  LOG_LEVEL: 'trace',
};

let dataDir: string;
let server: TestServer;
/** Everything that may be found nowhere. */
const secrets = new Map<string, string>(Object.entries(CANARY));
const answers: string[] = [];
let cookie = '';

beforeAll(async () => {
  dataDir = await temporaryDirectory();
  server = await startServer({ dataDir, env: ENV });
});
afterAll(async () => {
  await server.stop();
  await removeDirectory(dataDir);
});

async function ask(method: string, target: string, headers: Record<string, string>, body?: unknown) {
  const answer = await createApiClient(server.url, headers).send(method, target, body);
  answers.push(
    `${method} ${target} ${answer.status} ${JSON.stringify([...answer.headers].filter(([name]) => name !== 'set-cookie'))} ${answer.text}`,
  );
  return answer;
}

const cookieOf = (headers: Headers) => headers.getSetCookie()[0]?.split(';')[0] ?? '';

describe('secrets', () => {
  it('are used in every way there is', async () => {
    const admin = { authorization: `Bearer ${CANARY.bootstrap}` };
    const upload = createApiClient(server.url, admin);
    await upload.upload('/api/v1/accounts/import', csv([liveOutgrowingRow('a')]), 'text/csv');
    // The two answers that show a secret this once are not kept among the others.
    const invited = await upload.send('POST', '/api/v1/invitations', { email: 'ada@people.example', role: 'admin' });
    const link = new URL((JSON.parse(invited.text) as { link: string }).link).hash.slice(1);
    const made = await upload.send('POST', '/api/v1/api-keys', { name: 'CI', role: 'admin', expiresInDays: 1 });
    const { key } = JSON.parse(made.text) as { key: string };
    secrets.set('link', link).set('key', key);
    const redeemed = await ask(
      'POST',
      '/api/v1/links/redeem',
      {},
      { secret: link, name: 'Ada', password: CANARY.password },
    );
    expect(redeemed.status).toBe(200);
    await ask('POST', '/api/v1/links/redeem', {}, { secret: link, name: 'Ada', password: CANARY.password });
    const email = 'ada@people.example';
    expect((await ask('POST', '/api/v1/session', {}, { email, password: CANARY.wrongPassword })).status).toBe(401);
    const signedIn = await ask('POST', '/api/v1/session', {}, { email, password: CANARY.password });
    cookie = cookieOf(signedIn.headers);
    const [token = '', signature = ''] = decodeURIComponent(cookie.split('=')[1] ?? '').split('.');
    secrets.set('token', token).set('signature', signature.replace(/=+$/, ''));
    const change = { currentPassword: CANARY.password, newPassword: CANARY.newPassword };
    expect((await ask('POST', '/api/v1/password', { cookie }, change)).status).toBe(204);
    await ask('POST', '/api/v1/password', { cookie }, { currentPassword: CANARY.wrongPassword, newPassword: 'short' });
    for (const headers of [
      admin,
      { authorization: `Bearer ${key}` },
      { cookie },
      { authorization: `Bearer ${key}x` },
    ]) {
      for (const target of [
        'opportunities',
        'users',
        'api-keys',
        'invitations',
        'audit',
        'sessions',
        'session',
        'nothing',
      ]) {
        await ask('GET', `/api/v1/${target}`, headers as Record<string, string>);
      }
      await ask('POST', '/api/v1/dispatches', headers as Record<string, string>, {
        opportunityId: key,
        nonsense: CANARY.wrongPassword.length,
      });
      await ask('GET', '/api/v1/accounts/a/export', headers as Record<string, string>);
    }
    await ask('POST', '/api/auth/sign-in/social', {}, { provider: 'google', callbackURL: '/' });
    await ask('GET', '/api/auth/callback/google?code=x&state=y', {});
    for (const page of [
      '/opportunities',
      '/accounts/a',
      '/settings',
      '/settings/people',
      '/settings/api-keys',
      '/settings/audit',
      '/sign-in',
    ]) {
      const response = await fetch(new URL(page, server.url), { headers: { cookie } });
      answers.push(await response.text());
    }
    expect(answers.length).toBeGreaterThan(40);
  });

  it('are in no answer, no page and no log', () => {
    // A request that names a secret where none belongs gets its own words back, and nobody else does.
    const said = answers.filter((answer) => !answer.startsWith('POST /api/v1/dispatches'));
    for (const [name, value] of secrets) {
      expect(
        said.filter((answer) => answer.includes(value)),
        name,
      ).toEqual([]);
      // The link that makes the first admin is printed on purpose; none of these is that one.
      expect(server.output().includes(value), `${name} in the log`).toBe(false);
    }
  });

  it('are in no file: database, write-ahead log, drafts, or build', async () => {
    const files = [
      ...(await filesBelow(dataDir)),
      ...(await filesBelow(path.resolve('.next/static'))),
      ...(await filesBelow(path.resolve('.next/server'))),
    ];
    expect(files.some((file) => file.endsWith('headroom.db'))).toBe(true);
    for (const file of files) {
      const bytes = await readFile(file);
      for (const [name, value] of secrets) expect(bytes.includes(value), `${name} in ${file}`).toBe(false);
    }
  });

  it('open nothing once a single character is changed, or the secret is another', async () => {
    const status = async (headers: Record<string, string>) =>
      (await createApiClient(server.url, headers).send('GET', '/api/v1/accounts')).status;
    const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    const [name = '', value = ''] = cookie.split('=');
    const key = secrets.get('key') ?? '';
    expect(await status({ cookie })).toBe(200);
    expect(await status({ authorization: `Bearer ${key}` })).toBe(200);
    for (const at of [0, 5, 20, 31, 34, 50, 70]) {
      expect(await status({ cookie: `${name}=${flip(value, at)}` }), `cookie at ${at}`).toBe(401);
      if (at < key.length) expect(await status({ authorization: `Bearer ${flip(key, at)}` }), `key at ${at}`).toBe(401);
    }
    await server.stop();
    server = await startServer({ dataDir, env: { ...ENV, HEADROOM_SECRET: 'another-secret-of-the-server-0123456' } });
    expect(await status({ cookie })).toBe(401);
    expect(await status({ authorization: `Bearer ${key}` })).toBe(200);
  });
});

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
