import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createServiceAccountTokenSource,
  GMAIL_COMPOSE,
  type ServiceAccountOptions,
} from '../../lib/adapters/mail/gmail-tokens';
import { createOutgoing } from '../../lib/outgoing';
import { createClock, HOUR, MINUTE, type TestClock } from '../helpers/clock';
import { DANA, danasDrafts, danasToken, localHttp } from '../helpers/gmail-desk';
import { type Fault, GMAIL_FAULTS } from '../helpers/gmail-faults';
import { GMAIL_SCOPES } from '../helpers/gmail-oauth';
import { type GmailServer, startGmailServer } from '../helpers/gmail-server';

let server: GmailServer;
let clock: TestClock;
beforeEach(async () => {
  clock = createClock();
  server = await startGmailServer({ clock });
});
afterEach(() => server.close());

const signal = new AbortController().signal;
const asked = async () => (await server.ledger()).requests.filter(({ path }) => path === '/token').length;

async function serviceAccount(more: Partial<ServiceAccountOptions> = {}) {
  const account = await server.serviceAccount();
  return createServiceAccountTokenSource({
    http: localHttp,
    clock,
    tokenUrl: server.endpoints.token,
    ...account,
    subject: DANA,
    ...more,
  });
}

describe('access by consent', () => {
  it('asks once for as long as a token lasts, and once for all who wait', async () => {
    const source = await danasToken(server, { clock });
    const tokens = await Promise.all(Array.from({ length: 10 }, () => source.accessToken(signal)));
    expect(new Set(tokens).size).toBe(1);
    expect(await asked()).toBe(1);
    clock.advance(58 * MINUTE);
    expect(await source.accessToken(signal)).toBe(tokens[0]);
    // A minute before its end a token is not used any more.
    clock.advance(MINUTE);
    expect(await source.accessToken(signal)).not.toBe(tokens[0]);
    expect(await asked()).toBe(2);
  });

  it('forgets a token that was refused, and no other', async () => {
    const source = await danasToken(server, { clock });
    const token = await source.accessToken(signal);
    source.discard('another');
    expect(await source.accessToken(signal)).toBe(token);
    source.discard(token);
    expect(await source.accessToken(signal)).not.toBe(token);
  });

  it('asks for drafts alone, where more was granted', async () => {
    const token = await danasToken(server, { scopes: [GMAIL_SCOPES.compose, GMAIL_SCOPES.metadata] });
    const drafts = await danasDrafts(server, { token });
    const identity = { messageId: 'm@drafts.headroom.invalid', dispatchId: 'd-1' };
    const message = { ...identity, to: null, subject: 's', text: 't', html: '<p>h</p>', date: new Date() };
    const draft = await drafts.createDraft(message, { idempotencyKey: 'd-1', signal });
    // With a token that carries `gmail.metadata`, neither of these would be answered.
    expect(await drafts.findDraft(identity.messageId, { dispatchId: 'd-1', since: new Date(0), signal })).toMatchObject(
      {
        outcome: 'found',
      },
    );
    expect(await drafts.readDraft(draft)).not.toBeNull();
  });

  it('must be connected anew once the person has taken the consent back, and works again when it was', async () => {
    const source = await danasToken(server, { clock });
    const token = await source.accessToken(signal);
    await server.revoke(DANA);
    source.discard(token);
    const error = await source.accessToken(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'mail_reconnect', remedy: 'Connect the mailbox again in Settings → Mail.' });
    await expect((await danasToken(server)).accessToken(signal)).resolves.toMatch(/^ya29\./);
  });

  it('must be connected anew where the right to draft was not given', async () => {
    const source = await danasToken(server, { scopes: [GMAIL_SCOPES.metadata] });
    await expect(source.accessToken(signal)).rejects.toMatchObject({
      code: 'mail_reconnect',
      message: expect.stringContaining('the permission was not given'),
    });
  });

  it('sends an admin to the desk’s own secret where that is wrong', async () => {
    const source = await danasToken(server, { clientSecret: 'wrong' });
    await expect(source.accessToken(signal)).rejects.toMatchObject({
      code: 'mail_reconnect',
      remedy: expect.stringContaining('An admin must correct'),
    });
  });
});

describe('access by a service account', () => {
  it('acts in the name of the rep', async () => {
    const source = await serviceAccount();
    const drafts = await danasDrafts(server, { token: source });
    const message = {
      messageId: 'm@x.invalid',
      dispatchId: 'd',
      to: null,
      subject: 's',
      text: 't',
      html: 'h',
      date: clock(),
    };
    await drafts.createDraft(message, { idempotencyKey: 'd', signal });
    expect((await server.ledger()).creates).toMatchObject([{ address: DANA, dispatchId: 'd' }]);
    clock.advance(HOUR);
    await drafts.findDraft('m@x.invalid', { dispatchId: 'd', since: new Date(0), signal });
    expect(await asked()).toBe(2);
  });

  it.each<[string, Partial<ServiceAccountOptions>]>([
    ['there is no such person', { subject: 'nobody@headroom.example' }],
    ['the account is another', { clientEmail: 'other@desk.iam.gserviceaccount.example' }],
    ['the key is another', { privateKey: newKey() }],
    ['the key was deleted', { privateKeyId: 'account-key-0' }],
    ['the assertion is for another', { audience: 'https://evil.example/token' }],
    ['the clock is an hour behind', { clock: () => new Date(clock().getTime() - 61 * MINUTE) }],
  ])('is refused where %s', async (_, changes) => {
    const source = await serviceAccount(changes);
    await expect(source.accessToken(signal)).rejects.toMatchObject({
      code: 'mail_reconnect',
      remedy: expect.stringContaining('domain-wide delegation'),
    });
  });

  it('names the permission that the Workspace did not delegate', async () => {
    await server.delegate([GMAIL_SCOPES.metadata]);
    await expect((await serviceAccount()).accessToken(signal)).rejects.toMatchObject({
      code: 'mail_reconnect',
      remedy: expect.stringContaining(GMAIL_COMPOSE),
    });
  });

  it('says that a key cannot be read, without the key', async () => {
    const privateKey = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
    const error = await serviceAccount({ privateKey }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'mail_reconnect', message: expect.stringContaining('cannot be read') });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('c2VjcmV0');
  });
});

describe('a token endpoint in trouble', () => {
  const text = (status: number, body: unknown = '', headers = {}): Fault => ({
    effect: 'none',
    answer: { status, body, headers },
  });
  it.each<[string, Fault, string]>([
    ['resets', GMAIL_FAULTS.resetBefore, 'ECONNRESET'],
    ['resets when it has answered', GMAIL_FAULTS.resetAfter, 'ECONNRESET'],
    ['answers by half', GMAIL_FAULTS.half, 'ECONNRESET'],
    ['answers with a broken JSON', GMAIL_FAULTS.cut, 'an answer without a token'],
    ['hangs', GMAIL_FAULTS.hang, 'no answer'],
    ['fails', text(500, { error: 'internal_failure' }), 'status 500'],
    ['is busy', text(429, { error: 'rate_limit_exceeded' }), 'status 429'],
    ['is another’s page', text(403, '<html>Proxy</html>'), 'status 403'],
    ['gives a token that breaks a header', text(200, { access_token: 'a\r\nb: c' }), 'an answer without a token'],
    ['gives none', text(200, { access_token: 7 }), 'an answer without a token'],
  ])('leaves the mailbox for later when it %s', async (_, fault, why) => {
    await server.plan('token', fault);
    const source = await danasToken(server, { timeoutMs: 300 });
    const error = await source.accessToken(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'mail_unavailable', retryable: true, message: expect.stringContaining(why) });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/GOCSPX|1\/\/|ya29/);
    await expect(source.accessToken(signal)).resolves.toMatch(/^ya29\./);
  });

  it('waits as long as it was told', async () => {
    await server.plan('token', text(503, {}, { 'retry-after': '11' }));
    await expect((await danasToken(server)).accessToken(signal)).rejects.toMatchObject({ retryAfterSeconds: 11 });
  });

  it('lets one who gives up go, and answers the others', async () => {
    await server.plan('token', { effect: { lateMs: 0 }, answer: 'hang' });
    const source = await danasToken(server, { timeoutMs: 2_000 });
    const impatient = source.accessToken(AbortSignal.timeout(100));
    const patient = source.accessToken(signal);
    await expect(impatient).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(patient).rejects.toMatchObject({ code: 'mail_unavailable' });
    expect(await asked()).toBe(1);
    await expect(source.accessToken(AbortSignal.abort(new Error('given up')))).rejects.toThrow('given up');
  });

  it('says why an address is not called', async () => {
    const source = await danasToken(server, { http: createOutgoing({ allowedRanges: [] }) });
    await expect(source.accessToken(signal)).rejects.toMatchObject({
      code: 'mail_unavailable',
      remedy: expect.stringContaining('HEADROOM_ALLOWED_PRIVATE_RANGES'),
    });
  });
});

function newKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
}
