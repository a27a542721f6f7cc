import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { removeDirectory, temporaryDirectory } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { type GmailServer, startGmailServer } from '../helpers/gmail-server';
import { csv } from '../helpers/portfolio';
import { startServer, type TestServer } from '../helpers/server';

const CANARY = {
  password: 'canary password of seven words 4711',
  newPassword: 'second canary password of words 4712',
  wrongPassword: 'wrong canary password of words 4713',
  bootstrap: 'canary-bootstrap-key-0123456789abcdef',
  secret: 'canary-secret-of-the-server-0123456789',
  googleSecret: 'canary-google-client-secret-01234567',
  imapPassword: 'canary-imap-password-0123456789-0123456',
};
const CLIENT_ID = 'some-client';
const ADA = 'ada@people.example';
/** Tokens as the Google of these tests gives them: to refresh, to use, and codes. */
const GOOGLE_TOKENS = /1\/\/[\w-]{32}|ya29\.[\w-]{32}|4\/[\w-]{22}/;
const env = () => ({
  HEADROOM_BOOTSTRAP_API_KEY: CANARY.bootstrap,
  HEADROOM_SECRET: CANARY.secret,
  HEADROOM_GOOGLE_CLIENT_ID: CLIENT_ID,
  HEADROOM_GOOGLE_CLIENT_SECRET: CANARY.googleSecret,
  HEADROOM_GOOGLE_ISSUER: gmail.url,
  HEADROOM_GOOGLE_API_URL: gmail.url,
  HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1',
  LOG_LEVEL: 'trace',
});

let dataDir: string;
let gmail: GmailServer;
let server: TestServer;
/** Everything that may be found nowhere. */
const secrets = new Map<string, string>(Object.entries(CANARY));
const answers: string[] = [];
let cookie = '';

beforeAll(async () => {
  dataDir = await temporaryDirectory();
  gmail = await startGmailServer({ clientId: CLIENT_ID, clientSecret: CANARY.googleSecret, mailboxes: [ADA] });
  server = await startServer({ dataDir, env: env() });
});
afterAll(async () => {
  await server.stop();
  await gmail.close();
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
    await upload.upload('/api/v1/accounts/import', csv([liveOutgrowingRow('a', { rep_email: ADA })]), 'text/csv');
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
    await useMailboxes(upload);
    await ask('POST', '/api/auth/sign-in/social', {}, { provider: 'google', callbackURL: '/' });
    await ask('GET', '/api/auth/callback/google?code=x&state=y', {});
    for (const page of [
      '/opportunities',
      '/accounts/a',
      '/settings',
      '/settings/mail',
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
    expect(said.filter((answer) => GOOGLE_TOKENS.test(answer))).toEqual([]);
    expect(server.output()).not.toMatch(GOOGLE_TOKENS);
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
      if (file.startsWith(dataDir)) expect(GOOGLE_TOKENS.test(bytes.toString('latin1')), file).toBe(false);
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
    server = await startServer({ dataDir, env: { ...env(), HEADROOM_SECRET: 'another-secret-of-the-server-0123456' } });
    expect(await status({ cookie })).toBe(401);
    expect(await status({ authorization: `Bearer ${key}` })).toBe(200);
  });
});

/** Connects Gmail, leaves a draft there, loses it, and tries an IMAP server that is not to be called. */
async function useMailboxes(upload: ApiClient): Promise<void> {
  const connect = async () => {
    const asked = await ask('POST', '/api/v1/mailboxes/google/connect', { cookie }, {});
    const consent = await fetch((JSON.parse(asked.text) as { url: string }).url, { redirect: 'manual' });
    const back = new URL(consent.headers.get('location') ?? '');
    const answer = await ask('GET', `${back.pathname}${back.search}`, { cookie });
    expect(answer.headers.get('location')).toBe('/settings/mail?google=connected');
    // The browser brings the code; nobody says it again.
    answers[answers.length - 1] = answers.at(-1)?.replace(back.search, '') ?? '';
  };
  await connect();
  const opportunity = await eventually(async () => {
    const { text } = await upload.send('GET', '/api/v1/opportunities?status=open');
    return (JSON.parse(text) as { items: { id: string }[] }).items[0]?.id;
  }, 'an opportunity');
  const dispatched = await ask('POST', '/api/v1/dispatches', { cookie }, { opportunityId: opportunity });
  expect(dispatched.status).toBe(201);
  const { id } = JSON.parse(dispatched.text) as { id: string };
  expect(await gmail.drafts(ADA)).toHaveLength(1);
  await gmail.revoke(ADA);
  for (const format of ['', '?format=html', '?format=eml', '?format=json']) {
    await ask('GET', `/api/v1/dispatches/${id}/draft${format}`, { cookie });
  }
  const { items } = JSON.parse((await ask('GET', '/api/v1/mailboxes', { cookie })).text) as { items: { id: string }[] };
  await ask('POST', `/api/v1/mailboxes/${items[0]?.id}/test`, { cookie });
  const imap = { host: '10.0.0.1', user: ADA, password: CANARY.imapPassword };
  expect((await ask('POST', '/api/v1/mailboxes/imap', { cookie }, imap)).status).toBe(400);
  const closed = { ...imap, host: '127.0.0.1', port: 9, security: 'none' };
  expect((await ask('POST', '/api/v1/mailboxes/imap', { cookie }, closed)).status).toBe(400);
  await connect();
  await ask('GET', '/api/v1/audit', { cookie });
  await ask('GET', '/api/v1/agents', { cookie });
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
