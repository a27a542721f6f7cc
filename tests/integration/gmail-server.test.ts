import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { createGmailDrafts } from '../../lib/adapters/mail/gmail';
import { DANA, danasToken, localHttp } from '../helpers/gmail-desk';
import { GMAIL_FAULTS } from '../helpers/gmail-faults';
import { GMAIL_SCOPES } from '../helpers/gmail-oauth';
import { connectGmailServer, type GmailServer, startGmailServer } from '../helpers/gmail-server';

// The test server stands for Google in many tests: it must itself be strict where Google is.

let server: GmailServer;
let child: ChildProcess | null = null;
afterEach(async () => {
  await server?.close();
  child?.kill();
  child = null;
});

const VERIFIER = 'a-verifier-of-at-least-43-characters-as-RFC-7636-wants';
const REDIRECT = 'https://headroom.example.com/api/v1/mailboxes/google/callback';
const asked = () => ({
  client_id: server.clientId,
  redirect_uri: REDIRECT,
  response_type: 'code',
  scope: `openid email ${GMAIL_SCOPES.compose}`,
  state: 'a-state-that-is-long-enough',
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
  code_challenge_method: 'S256',
  access_type: 'offline',
  prompt: 'consent',
});

async function consent(changes: Record<string, string> = {}): Promise<{ status: number; back: URLSearchParams }> {
  const url = `${server.endpoints.authorize}?${new URLSearchParams({ ...asked(), ...changes })}`;
  const answer = await fetch(url, { redirect: 'manual' });
  const location = answer.headers.get('location');
  return { status: answer.status, back: location ? new URL(location).searchParams : new URLSearchParams() };
}

async function exchange(code: string, changes: Record<string, string> = {}) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT,
    client_id: server.clientId,
    client_secret: server.clientSecret,
    code_verifier: VERIFIER,
    ...changes,
  });
  const answer = await fetch(server.endpoints.token, { method: 'POST', body });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

describe('the consent page of the test server', () => {
  it('gives a code for a refresh token, once', async () => {
    server = await startGmailServer();
    await server.answerConsent({ address: DANA });
    const { status, back } = await consent();
    expect([status, back.get('state')]).toEqual([302, 'a-state-that-is-long-enough']);
    const first = await exchange(back.get('code') ?? '');
    expect(first.body).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) });
    expect(decodeJwt(first.body.id_token ?? '')).toMatchObject({
      email: DANA,
      email_verified: true,
      aud: server.clientId,
    });
    expect(await exchange(back.get('code') ?? '')).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('gives what the person leaves ticked, or nothing', async () => {
    server = await startGmailServer();
    await server.answerConsent({ address: DANA, scopes: ['openid', 'email'] });
    expect((await consent()).back.get('scope')).toBe('openid email');
    await server.answerConsent('denied');
    expect((await consent()).back.get('error')).toBe('access_denied');
  });

  it.each([
    ['code_challenge_method', 'plain'],
    ['code_challenge', 'short'],
    ['state', ''],
    ['client_id', 'another'],
    ['scope', 'https://mail.google.com/'],
    ['access_type', 'online'],
    ['redirect_uri', 'https://evil.example/callback'],
    ['surprise', '1'],
  ])('refuses %s=%s', async (name, value) => {
    server = await startGmailServer({ redirectUris: [REDIRECT] });
    await server.answerConsent({ address: DANA });
    expect((await consent({ [name]: value })).status).toBe(400);
  });

  it.each([
    ['code_verifier', 'another-verifier-of-at-least-43-characters-as-it-must'],
    ['redirect_uri', 'https://evil.example/callback'],
    ['client_secret', 'wrong'],
    ['surprise', '1'],
  ])('exchanges nothing for %s=%s', async (name, value) => {
    server = await startGmailServer();
    await server.answerConsent({ address: DANA });
    const { back } = await consent();
    expect((await exchange(back.get('code') ?? '', { [name]: value })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('the Gmail API of the test server', () => {
  const call = (path: string, token: string, init: RequestInit = {}) =>
    fetch(`${server.url}/gmail/v1/users/me/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
    });
  const raw = (text: string) => JSON.stringify({ message: { raw: Buffer.from(text).toString('base64url') } });
  const MAIL = 'From: dana@headroom.example\r\nTo: tom@headroom.example\r\n\r\nHello\r\n';

  it.each<[number, string, RequestInit]>([
    [200, 'drafts', { method: 'POST', body: raw(MAIL) }],
    [400, 'drafts', { method: 'POST', body: raw(MAIL.replace('tom@headroom.example', 'tom')) }],
    [400, 'drafts', { method: 'POST', body: raw(MAIL.replaceAll('\r\n', '\n')) }],
    [400, 'drafts', { method: 'POST', body: raw(`${MAIL}${'x'.repeat(999)}\r\n`) }],
    [400, 'drafts', { method: 'POST', body: JSON.stringify({ message: { raw: 'not base64url!' } }) }],
    [400, 'drafts', { method: 'POST', body: JSON.stringify({ message: { raw: 'QQ', labelIds: ['SENT'] } }) }],
    [400, 'drafts', { method: 'POST', body: raw(MAIL), headers: { 'content-type': 'text/plain' } }],
    [200, 'drafts?maxResults=5', {}],
    [400, 'drafts?max=5', {}],
    [400, 'drafts?q=is%3Aunread', {}],
    [404, 'drafts/r1?format=raw', {}],
    [404, 'threads', {}],
    [404, 'drafts/send', { method: 'POST', body: raw(MAIL) }],
    [401, 'drafts', { headers: { authorization: 'Bearer guessed' } }],
    [403, 'messages/19a0?format=metadata', {}],
    [200, 'profile', {}],
  ])('answers %i to %s', async (status, path, init) => {
    server = await startGmailServer();
    const token = await (await danasToken(server)).accessToken(new AbortController().signal);
    expect((await call(path, token, init)).status).toBe(status);
    expect((await server.ledger()).sends).toHaveLength(path === 'drafts/send' ? 1 : 0);
  });
});

describe('the test server in a process of its own', () => {
  it('is told what to do, and tells what it saw', async () => {
    child = spawn(process.execPath, ['--import', 'tsx', 'tests/helpers/gmail-server.ts', '0', 'sam@headroom.example'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    const { url, clientId, clientSecret } = JSON.parse(line.toString()) as Record<
      'url' | 'clientId' | 'clientSecret',
      string
    >;
    const remote = connectGmailServer(url);
    const refreshToken = await remote.grant('sam@headroom.example', [GMAIL_SCOPES.compose]);
    const drafts = createGmailDrafts({
      address: 'sam@headroom.example',
      displayName: null,
      token: await danasToken({ ...remote, clientId, clientSecret }, { refreshToken }),
      http: localHttp,
      endpoints: remote.endpoints,
      clock: () => new Date(),
      random: Math.random,
    });
    const identity = { messageId: 'm@drafts.headroom.invalid', dispatchId: 'd-1' };
    const message = { ...identity, to: null, subject: 's', text: 't', html: '<p>h</p>', date: new Date() };
    const signal = new AbortController().signal;
    await remote.plan('create', GMAIL_FAULTS.resetAfter);
    await expect(drafts.createDraft(message, { idempotencyKey: 'd-1', signal })).rejects.toMatchObject({
      code: 'outcome_unknown',
    });
    const lookup = await drafts.findDraft(identity.messageId, { dispatchId: 'd-1', since: new Date(0), signal });
    const { creates, sends } = await remote.ledger();
    expect(creates).toMatchObject([{ address: 'sam@headroom.example', dispatchId: 'd-1' }]);
    expect(lookup).toMatchObject({ outcome: 'found', draft: { draftId: creates[0]?.draftId } });
    expect(sends).toEqual([]);
  });
});
