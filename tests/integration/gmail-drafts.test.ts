import { inspect } from 'node:util';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GmailDraftsOptions } from '../../lib/adapters/mail/gmail';
import { createGmailQuota } from '../../lib/adapters/mail/gmail-quota';
import { composeOutreach } from '../../lib/domain/outreach';
import type { DraftMessage, DraftReference, MailDrafts } from '../../lib/ports';
import { createClock, SECOND, type TestClock } from '../helpers/clock';
import { DANA, danasDrafts, danasToken, localHttp } from '../helpers/gmail-desk';
import { type Fault, GMAIL_FAULTS } from '../helpers/gmail-faults';
import { GMAIL_SCOPES } from '../helpers/gmail-oauth';
import { type GmailServer, startGmailServer } from '../helpers/gmail-server';

const MESSAGE: DraftMessage = {
  messageId: 'a1b2c3@drafts.headroom.invalid',
  dispatchId: '01999999-0000-7000-8000-000000000001',
  to: { address: 'tom@headroom.example', name: null },
  subject: '[CSM Expansion] Acme — seats opportunity',
  text: '97 of 100 seats in use\n',
  html: '<p>97 of 100 seats in use</p>',
  date: new Date('2026-11-22T09:30:00Z'),
};
const signal = new AbortController().signal;

let server: GmailServer;
let clock: TestClock;
let drafts: MailDrafts;
let since: Date;
beforeEach(async () => {
  clock = createClock();
  since = clock();
  server = await startGmailServer({ clock });
  drafts = await open();
});
afterEach(() => server.close());

const open = async (more: Partial<GmailDraftsOptions> = {}) =>
  danasDrafts(server, { clock, token: await danasToken(server, { clock }), timeoutMs: 800, ...more });
const create = (more: Partial<DraftMessage> = {}, port = drafts) =>
  port.createDraft({ ...MESSAGE, ...more }, { idempotencyKey: MESSAGE.dispatchId, signal });
const find = (port = drafts) => port.findDraft(MESSAGE.messageId, { dispatchId: MESSAGE.dispatchId, since, signal });
const locate = (draft: DraftReference) => drafts.locateDraft({ ...draft, messageId: MESSAGE.messageId }, { signal });
const created = async () => (await server.ledger()).creates.length;
const requests = async () => (await server.ledger()).requests.filter(({ path }) => path !== '/token');

/** A draft of somebody else, as Gmail writes it. */
const stranger = (index: number, more = '') =>
  `Message-ID: <CA+${index}@mail.gmail.com>\r\n${more}From: dana@headroom.example\r\nSubject: Lunch\r\n\r\nHi\r\n`;
async function fill(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await server.addDraft(DANA, stranger(index));
}

describe('a draft in Gmail', () => {
  it('is where the rep works, in words and in fact, and from the rep', async () => {
    expect(drafts).toMatchObject({ provider: 'gmail', destination: 'Dana Okafor’s Gmail drafts', settleMs: 60_800 });
    expect((await open({ displayName: null })).destination).toBe('Gmail drafts of dana@headroom.example');
    const draft = await create();
    expect(draft).toEqual({ provider: 'gmail', location: DANA, draftId: expect.stringMatching(/^r-?\d+$/) });
    const [stored] = await server.drafts(DANA);
    const mail = await simpleParser(Buffer.from(stored?.raw ?? '', 'latin1'));
    expect(mail.from?.value).toEqual([{ address: DANA, name: 'Dana Okafor' }]);
  });

  it('opens by its Message-ID, also when an edit has given it another', async () => {
    const draft = await create();
    const search = (messageId: string) =>
      `https://mail.google.com/mail/?authuser=dana%40headroom.example#search/${encodeURIComponent(`in:drafts rfc822msgid:${messageId}`)}`;
    expect(await locate(draft)).toEqual({ outcome: 'open', href: search(MESSAGE.messageId) });
    await server.edit(DANA, draft.draftId);
    const [edited] = await server.drafts(DANA);
    const [, messageId = ''] = /^Message-ID: <(.+)>\r$/m.exec(edited?.raw ?? '') ?? [];
    expect(messageId).toMatch(/@mail\.gmail\.com$/);
    expect(await locate(draft)).toEqual({ outcome: 'open', href: search(messageId) });
  });

  it('opens the drafts folder where there is no Message-ID, or no answer', async () => {
    const folder = 'https://mail.google.com/mail/?authuser=dana%40headroom.example#drafts';
    const draft = await create();
    await server.tamper(DANA, draft.draftId, `Message-ID: <${MESSAGE.messageId}>\r\n`, '');
    expect(await locate(draft)).toEqual({ outcome: 'open', href: folder });
    await server.always('get', GMAIL_FAULTS.hang);
    expect(await locate(draft)).toEqual({ outcome: 'unknown', href: folder });
  });

  it('is gone when it was sent, deleted or thrown away', async () => {
    const [sent, discarded] = [await create(), await create({ messageId: 'other@x.invalid', dispatchId: 'other' })];
    await server.remove(DANA, sent.draftId);
    await server.discard(DANA, discarded.draftId);
    for (const draft of [sent, discarded, { ...sent, draftId: '../send' }]) {
      expect(await locate(draft)).toEqual({ outcome: 'gone' });
      expect(await drafts.readDraft(draft)).toBeNull();
    }
  });

  it('is not gone because something on the way says 404', async () => {
    const draft = await create();
    await server.always('get', { effect: 'none', answer: { status: 404, body: '<html>Not found</html>' } });
    expect(await locate(draft)).toMatchObject({ outcome: 'unknown' });
    await expect(drafts.readDraft(draft)).rejects.toMatchObject({ code: 'mail_rejected' });
  });

  it('asks for the mailbox to be connected anew where the access has ended', async () => {
    const draft = await create();
    await server.revoke(DANA);
    const calls = [
      () => create({ messageId: 'm2@x.invalid' }),
      find,
      () => locate(draft),
      () => drafts.readDraft(draft),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'mail_reconnect' });
    expect(await created()).toBe(1);
  });

  it('goes on with a new token where Gmail ended the old one, and still creates once', async () => {
    await create();
    await server.endAccess(DANA);
    await create({ messageId: 'm2@x.invalid', dispatchId: 'd-2' });
    await server.always('create', { effect: 'none', answer: { status: 401 } });
    await expect(create({ messageId: 'm3@x.invalid', dispatchId: 'd-3' })).rejects.toMatchObject({
      code: 'mail_reconnect',
    });
    expect(await created()).toBe(2);
  });
});

/** What the caller is told; how many drafts there are then; what looking for it says, once all has settled. */
const CREATE_FAULTS: [string, Fault, string, number, string][] = [
  ['429', GMAIL_FAULTS.rateLimited, 'mail_unavailable', 0, 'absent'],
  ['403 for the rate', GMAIL_FAULTS.userRate, 'mail_unavailable', 0, 'absent'],
  ['403 for the day', GMAIL_FAULTS.dailyLimit, 'mail_unavailable', 0, 'absent'],
  ['403 for good', GMAIL_FAULTS.noPermission, 'mail_rejected', 0, 'absent'],
  ['403 by policy', GMAIL_FAULTS.domainPolicy, 'mail_rejected', 0, 'absent'],
  ['500', GMAIL_FAULTS.serverError, 'outcome_unknown', 0, 'absent'],
  ['503', GMAIL_FAULTS.unavailable, 'outcome_unknown', 0, 'absent'],
  ['503 when it was stored', GMAIL_FAULTS.serverErrorAfter, 'outcome_unknown', 1, 'found'],
  ['a reset', GMAIL_FAULTS.resetBefore, 'outcome_unknown', 0, 'absent'],
  ['a reset when it was stored', GMAIL_FAULTS.resetAfter, 'outcome_unknown', 1, 'found'],
  ['half an answer', GMAIL_FAULTS.half, 'outcome_unknown', 1, 'found'],
  ['an answer that is cut', GMAIL_FAULTS.cut, 'outcome_unknown', 1, 'found'],
  ['an answer without an id', { effect: 'done', answer: { status: 200 } }, 'outcome_unknown', 1, 'found'],
  ['silence', GMAIL_FAULTS.hang, 'timeout', 0, 'absent'],
  ['silence when it was stored', GMAIL_FAULTS.hangAfter, 'timeout', 1, 'found'],
  ['silence, stored late', GMAIL_FAULTS.late, 'timeout', 1, 'found'],
];

describe('a fault while a draft is created', () => {
  it.each(CREATE_FAULTS)('%s', async (_, fault, code, count, outcome) => {
    await server.plan('create', fault);
    const error = await create().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(
      /ya29|1\/\/|GOCSPX|97 of 100|RnJvbT|authorization/i,
    );
    // Asked once: nothing below repeats a request that creates.
    expect((await requests()).filter(({ method }) => method === 'POST')).toHaveLength(1);
    clock.advance(2 * 3_600 * SECOND);
    expect(await find()).toMatchObject({ outcome });
    expect(await created()).toBe(count);
    // Who tries again, as a person does with Retry, ends up with one draft.
    const draft = await create().catch((reason: unknown) => reason);
    expect(draft).toMatchObject({ provider: 'gmail' });
    expect(await created()).toBe(1);
  });

  it('says how long to wait, and asks nothing before', async () => {
    await server.plan('create', GMAIL_FAULTS.rateLimited);
    await expect(create()).rejects.toMatchObject({ code: 'mail_unavailable', retryAfterSeconds: 7 });
    const before = (await requests()).length;
    await expect(create()).rejects.toMatchObject({ code: 'mail_unavailable', retryAfterSeconds: 7 });
    expect(await requests()).toHaveLength(before);
    clock.advance(7 * SECOND);
    await create();
  });

  it.each<[string, Fault]>([
    ['429', GMAIL_FAULTS.rateLimited],
    ['503', GMAIL_FAULTS.unavailable],
    ['a reset', GMAIL_FAULTS.resetBefore],
    ['half an answer', GMAIL_FAULTS.half],
    ['an answer that is cut', GMAIL_FAULTS.cut],
    ['silence', GMAIL_FAULTS.hang],
  ])('creates nothing where the look before it meets %s, and says so', async (_, fault) => {
    await server.plan('list', fault);
    await expect(create()).rejects.toMatchObject({ code: 'mail_unavailable', retryable: true });
    expect(await created()).toBe(0);
  });

  it('creates nothing where nobody listens, and says so', async () => {
    const port = await open({ endpoints: { api: 'http://127.0.0.1:9' } });
    await expect(create({}, port)).rejects.toMatchObject({
      code: 'mail_unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('gives up when the caller does', async () => {
    await server.always('create', GMAIL_FAULTS.hang);
    const impatient = drafts.createDraft(MESSAGE, { idempotencyKey: 'k', signal: AbortSignal.timeout(50) });
    await expect(impatient).rejects.toMatchObject({ code: 'timeout' });
  });

  it('passes the words on that say what is wrong with the address', async () => {
    await expect(create({ to: { address: 'tom@localhost', name: null } })).rejects.toMatchObject({
      code: 'mail_rejected',
      remedy: 'Correct the rep’s address in the account and press Retry.',
    });
  });

  it('tells over its quota without a request', async () => {
    const quota = createGmailQuota({ clock, random: () => 0, unitsPerMinute: 15 });
    const port = await open({ quota });
    await create({}, port);
    const before = (await requests()).length;
    await expect(create({ messageId: 'm2@x.invalid' }, port)).rejects.toMatchObject({
      code: 'mail_unavailable',
      retryAfterSeconds: 60,
    });
    expect(await requests()).toHaveLength(before);
  });
});

describe('looking for a draft', () => {
  it('finds it past the lag of the search', async () => {
    await server.behave({ searchLagMs: 3_600_000 });
    const draft = await create();
    expect(await find()).toEqual({ outcome: 'found', draft });
  });

  it('finds it where Gmail has put a Message-ID of its own on it', async () => {
    await server.behave({ rewriteMessageIds: true });
    await fill(3);
    const draft = await create();
    expect(await find()).toEqual({ outcome: 'found', draft });
  });

  it('finds it among others when the filter is ignored', async () => {
    await fill(50);
    const draft = await create();
    await server.behave({ ignoreFilter: true });
    expect(await find()).toEqual({ outcome: 'found', draft });
  });

  it('adopts no stranger when the filter is ignored, and reads no more than a few', async () => {
    await fill(1_000);
    clock.advance(3_600_000);
    since = clock();
    await server.behave({ ignoreFilter: true });
    expect(await find()).toEqual({ outcome: 'unknown' });
    expect((await requests()).length).toBeLessThanOrEqual(8);
    expect((await requests()).filter(({ path }) => path.includes('pageToken'))).toEqual([]);
  });

  it('says absent in a full mailbox, having read back to before the attempt', async () => {
    await fill(1_000);
    clock.advance(3_600_000);
    since = clock();
    await fill(12);
    expect(await find()).toEqual({ outcome: 'absent' });
    expect((await requests()).length).toBe(2 + 12 + 1);
  });

  it('says absent where it has read every draft there is', async () => {
    await fill(20);
    expect(await find()).toEqual({ outcome: 'absent' });
  });

  it('cannot say where more drafts are newer than it reads, and finds ours among fewer, whatever the search says', async () => {
    await server.behave({ searchLagMs: 3_600_000 });
    const draft = await create();
    await fill(60);
    expect(await find()).toEqual({ outcome: 'found', draft });
    await fill(60);
    expect(await find()).toEqual({ outcome: 'unknown' });
  });

  it.each([
    ['the dispatch of another', 'X-Headroom-Dispatch: 01999999-0000-7000-8000-000000000002\r\n'],
    ['no dispatch', ''],
    ['the dispatch twice', `X-Headroom-Dispatch: ${MESSAGE.dispatchId}\r\n`.repeat(2)],
  ])('does not adopt a draft with our Message-ID and %s', async (_, header) => {
    await server.addDraft(DANA, stranger(1, header).replace(/^.*\r\n/, `Message-ID: <${MESSAGE.messageId}>\r\n`));
    expect(await find()).toEqual({ outcome: 'unknown' });
  });

  it('does not adopt a draft with our dispatch and a Message-ID that is neither ours nor Gmail’s', async () => {
    const header = `X-Headroom-Dispatch: ${MESSAGE.dispatchId}\r\n`;
    await server.addDraft(DANA, stranger(1, header).replace('mail.gmail.com', 'evil.example'));
    expect(await find()).toEqual({ outcome: 'unknown' });
  });

  it('says absent where what was listed is gone by the time it is read', async () => {
    await create();
    await server.plan('get', { effect: 'none', answer: { status: 404, body: { error: { code: 404 } } } });
    await server.plan('list', null, { effect: 'none', answer: { status: 200, body: {} } });
    expect(await find()).toEqual({ outcome: 'absent' });
  });

  it('finds it with a token that may not search', async () => {
    // Google may hand out all that was granted, whatever was asked for.
    const both = [GMAIL_SCOPES.compose, GMAIL_SCOPES.metadata];
    const refreshToken = await server.grant(DANA, both);
    const token = await danasToken(server, {
      refreshToken,
      http: (url, { body = '', ...request }) => localHttp(url, { ...request, body: body.replace(/&scope=[^&]*/, '') }),
    });
    const port = await open({ token });
    const draft = await create({}, port);
    expect(await find(port)).toEqual({ outcome: 'found', draft });
    await server.remove(DANA, draft.draftId);
    expect(await find(port)).toEqual({ outcome: 'unknown' });
  });

  it.each<[string, Fault]>([
    ['429', GMAIL_FAULTS.rateLimited],
    ['500', GMAIL_FAULTS.serverError],
    ['a reset', GMAIL_FAULTS.resetBefore],
    ['half an answer', GMAIL_FAULTS.half],
    ['an answer that is cut', GMAIL_FAULTS.cut],
    ['silence', GMAIL_FAULTS.hang],
  ])('never says absent on %s', async (_, fault) => {
    await create();
    for (const operation of ['list', 'get'] as const) {
      await server.plan(operation, fault);
      await expect(find()).rejects.toMatchObject({ code: 'mail_unavailable' });
      clock.advance(60 * SECOND);
    }
    expect(await find()).toMatchObject({ outcome: 'found' });
  });

  it.each([
    ['nothing', {}],
    ['no list', { drafts: 'x' }],
    ['drafts without an id', { drafts: [{}, null, 7, { id: 8 }] }],
    ['ids that are paths', { drafts: [{ id: '../messages/send' }, { id: 'send' }] }],
    ['more than it was asked for', { drafts: Array.from({ length: 400 }, (_, index) => ({ id: `r${index}` })) }],
  ])('copes with a list of %s', async (_, body) => {
    await server.always('list', { effect: 'none', answer: { status: 200, body } });
    expect(['absent', 'unknown']).toContain((await find()).outcome);
    expect((await requests()).length).toBeLessThanOrEqual(107);
    expect((await server.ledger()).sends).toEqual([]);
  });
});

describe('correct mail, by what Gmail received', () => {
  it.each([
    ['international', 'Żółć Gęślą 株式会社 — «Nord»'],
    ['right to left', 'شركة النور للتقنية (97 من 100)'],
    ['turned about', 'Acme \u202egnp.exe\u202c \u2066Ltd\u2069'],
    ['emoji', '🚀 Rocket 👩‍👩‍👧‍👦 Labs 🏳️‍🌈'],
    ['like HTML', '<script>alert(1)</script> & "Sons" <b>Ltd</b>'],
    ['like a header', 'Acme\r\nBcc: thief@evil.example\r\n\r\nHello'],
    ['like an encoded word', 'Acme =?utf-8?Q?=0D=0ABcc=3A_thief=40evil.example?='],
    ['long', `${'Überlange Gesellschaft für Straßenbau '.repeat(20)}mbH`],
  ])('an account name that is %s', async (_, accountName) => {
    const outreach = composeOutreach({
      accountName,
      opportunityType: 'seats',
      impact: { amountCents: 720_000, currency: 'USD' },
      evidence: ['97 of 100 seats in use', accountName],
      talkTrack: `${accountName}\n${'Ask about the renewal in spring. '.repeat(3_200)}\n${'ü'.repeat(3_000)}`,
      confidence: 'high',
    });
    expect(Buffer.byteLength(outreach.text)).toBeGreaterThan(100_000);
    const draft = await create(outreach);
    const [stored] = await server.drafts(DANA);
    const raw = Buffer.from(stored?.raw ?? '', 'latin1');
    const mail = await simpleParser(raw);
    expect(mail.subject?.replace(/\s+/g, ' ')).toBe(outreach.subject.replaceAll('=?', '= ?').replace(/\s+/g, ' '));
    expect(mail.text).toBe(outreach.text);
    expect(mail.html).toBe(outreach.html);
    expect(mail.html).not.toMatch(/<script|<b>/);
    expect([mail.cc, mail.bcc, mail.attachments]).toEqual([undefined, undefined, []]);
    expect(Buffer.from((await drafts.readDraft(draft)) ?? '')).toEqual(raw);
  });
});
