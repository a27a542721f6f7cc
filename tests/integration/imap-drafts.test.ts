import { execFile } from 'node:child_process';
import path from 'node:path';
import { inspect, promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createImapDrafts, type ImapDraftsOptions, testImapLogin } from '../../lib/adapters/mail/imap';
import type { DraftMessage } from '../../lib/ports';
import { type Dovecot, isDovecotInstalled, PASSWORD, QUOTA, startDovecot } from '../helpers/dovecot';
import { eventually } from '../helpers/eventually';
import { type AnswerEdit, startImapProxy } from '../helpers/imap-proxy';

const signal = new AbortController().signal;
const MESSAGE: DraftMessage = {
  messageId: 'a1b2c3@drafts.headroom.invalid',
  dispatchId: '01999999-0000-7000-8000-000000000001',
  to: { address: 'tom@headroom.example', name: 'Tom' },
  subject: '[CSM Expansion] Acme — seats opportunity',
  text: '97 of 100 seats in use\n',
  html: '<p>97 of 100 seats in use</p>',
  date: new Date('2026-11-22T09:30:00Z'),
};
/** More messages than are looked at one by one. */
const MANY = 210;

describe.skipIf(!isDovecotInstalled)('drafts over IMAP, on a Dovecot of its own', () => {
  let dovecot: Dovecot;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    await dovecot?.close();
  });

  /** A rep's account, a way to it that can be harmed, and the adapter under test. */
  async function desk({ folders, ...more }: Partial<ImapDraftsOptions> & { folders?: string[] } = {}) {
    const account = await dovecot.account(folders);
    const proxy = await startImapProxy(dovecot);
    const login: ImapDraftsOptions = {
      ...{ host: '127.0.0.1', port: proxy.port, security: 'none', user: account.user, password: PASSWORD },
      ...{ address: 'dana@headroom.example', destination: 'Dana’s drafts', timeoutMs: 3_000 },
      ...more,
    };
    const drafts = createImapDrafts(login);
    closing.push(
      () => proxy.close(),
      () => drafts.close(),
    );
    return {
      ...{ account, proxy, drafts, login },
      create: (changes: Partial<DraftMessage> = {}, stop = signal) =>
        drafts.createDraft({ ...MESSAGE, ...changes }, { idempotencyKey: 'k', signal: stop }),
      find: (stop = signal) =>
        drafts.findDraft(MESSAGE.messageId, { dispatchId: MESSAGE.dispatchId, since: new Date(0), signal: stop }),
    };
  }

  const stranger = (more = '') => `Message-ID: <${MESSAGE.messageId}>\r\n${more}Subject: Mine\r\n\r\nHands off\r\n`;

  describe('the way in', () => {
    const over = (security: 'tls' | 'starttls', more: Partial<ImapDraftsOptions> = {}) =>
      desk({ security, port: security === 'tls' ? dovecot.tlsPort : dovecot.port, ca: dovecot.ca, ...more });

    it.each(['tls', 'starttls'] as const)('stores a draft over %s', async (security) => {
      const { create, account } = await over(security);
      expect(await create()).toMatchObject({ provider: 'imap', location: 'Drafts' });
      expect(await account.messages()).toMatchObject([{ flags: ['\\Draft', '\\Seen'] }]);
    });

    it.each([
      ['an unknown authority', 'tls', { ca: undefined }],
      ['an unknown authority', 'starttls', { ca: undefined }],
      ['another name', 'tls', { servername: 'mail.example' }],
      ['another name', 'starttls', { servername: 'mail.example' }],
    ] as const)('does not log in where the certificate is of %s (%s)', async (_, security, more) => {
      const { create, account } = await over(security, more as Partial<ImapDraftsOptions>);
      await expect(create()).rejects.toMatchObject({
        code: 'mail_unavailable',
        message: expect.stringMatching(/certificate .* is not trusted/),
      });
      expect(await account.messages()).toEqual([]);
    });

    it('says no password where somebody on the way hides that the server offers STARTTLS', async () => {
      const { proxy, login } = await desk({ security: 'starttls' });
      proxy.edit((line) => line.replaceAll(' STARTTLS', ''));
      expect(await testImapLogin(login)).toMatchObject({
        ok: false,
        code: 'mail_unavailable',
        message: expect.stringContaining('STARTTLS'),
      });
      expect(proxy.commands).toEqual([]);
    });

    it.each(['imap.example', '10.0.0.7', '127.0.0.1.example', 'localhost.example', '::2'])(
      'is not in the clear to %s',
      async (host) => {
        await expect(desk({ host })).rejects.toMatchObject({ code: 'invalid_input' });
      },
    );

    it('says what is wrong with host, port, password and folder, and what is right', async () => {
      const { login, account, proxy } = await desk({ folders: ['Drafts', 'Sent'] });
      expect(await testImapLogin(login)).toMatchObject({ ok: true, mailbox: 'Drafts', foundBy: 'special_use' });
      expect(await testImapLogin({ ...login, mailbox: 'sent' })).toMatchObject({ mailbox: 'Sent', foundBy: 'setting' });
      const wrong = { ...login, password: 'wrong' };
      expect(await testImapLogin(wrong)).toMatchObject({ ok: false, code: 'mail_reconnect' });
      expect(await testImapLogin({ ...login, mailbox: 'Entwürfe' })).toMatchObject({
        code: 'mail_rejected',
        message: 'There is no folder «Entwürfe» in this mailbox. There are: «INBOX», «Sent», «Drafts».',
      });
      await account.allowStoring(false);
      expect(await testImapLogin(login)).toMatchObject({
        code: 'mail_rejected',
        message: expect.stringContaining('not store drafts'),
      });
      await proxy.plan('refuse');
      expect(await testImapLogin(login)).toMatchObject({
        code: 'mail_unavailable',
        message: expect.stringContaining('refuses connections'),
      });
      const nowhere = { ...login, host: 'mail.invalid', security: 'tls' } as const;
      expect(await testImapLogin(nowhere)).toMatchObject({ message: expect.stringContaining('is not known') });
      expect(await account.messages()).toEqual([]);
    });

    it('tells nobody the password, whatever the server says', async () => {
      const { create, proxy } = await desk();
      const repeated = Buffer.from(PASSWORD).toString('latin1');
      proxy.edit((line, { name, tag }) =>
        name === 'AUTHENTICATE' && line.startsWith(tag) ? `${tag} NO [AUTHENTICATIONFAILED] Not ${repeated}!` : line,
      );
      const error = await create().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'mail_reconnect', message: expect.stringContaining('«Not …!»') });
      const everything = inspect(error, { depth: 10, showHidden: true });
      for (const form of [PASSWORD, Buffer.from(`\0rep\0${PASSWORD}`).toString('base64').slice(8)]) {
        expect(everything).not.toContain(form);
      }
    });
  });

  describe('the folder', () => {
    it.each(['Entwürfe', 'Brouillons', 'Черновики', '下書き'])('is found by its name, %s', async (folder) => {
      const { create, account, login } = await desk({ folders: ['Archive', folder] });
      expect(await testImapLogin(login)).toMatchObject({ ok: true, mailbox: folder, foundBy: 'name' });
      expect(await create()).toMatchObject({ location: folder });
      expect(await account.messages(folder)).toHaveLength(1);
    });

    it('is asked for where there is none, with the names of those that there are', async () => {
      const { create, account } = await desk({ folders: ['Projects', 'Projects/2026'] });
      await expect(create()).rejects.toMatchObject({
        code: 'mail_rejected',
        message: 'This mailbox has no folder for drafts. There are: «INBOX», «Projects», «Projects/2026».',
        remedy: expect.stringContaining('Create a folder called Drafts'),
      });
      await account.createFolder('Drafts');
      expect(await create()).toMatchObject({ location: 'Drafts' });
    });

    it('is looked for again when it is gone', async () => {
      const { create, account, drafts, find } = await desk();
      const draft = await create();
      await account.removeFolder('Drafts');
      await account.createFolder('Brouillons');
      expect(await find()).toEqual({ outcome: 'absent' });
      expect(await drafts.readDraft(draft)).toBeNull();
      expect(await create({ dispatchId: 'd-2', messageId: 'other@x.invalid' })).toMatchObject({
        location: 'Brouillons',
      });
    });

    it('says whose mailbox is full', async () => {
      const { create, account, find } = await desk();
      await account.put(`Subject: Holiday pictures\r\n\r\n${'x'.repeat(QUOTA - 2_000)}\r\n`, 'INBOX');
      await expect(create({ text: 'y'.repeat(10_000) })).rejects.toMatchObject({
        code: 'mail_rejected',
        message: expect.stringContaining(`The mailbox of ${account.user} is full`),
      });
      expect(await find()).toEqual({ outcome: 'absent' });
    });

    it('says that a message is too large before it is sent there', async () => {
      const { create, proxy } = await desk();
      proxy.edit((line) => line.replace(' UIDPLUS', ' UIDPLUS APPENDLIMIT=200'));
      await expect(create()).rejects.toMatchObject({
        code: 'mail_rejected',
        message: expect.stringContaining('does not take a message of this size'),
      });
      expect(proxy.commands).not.toContain('APPEND');
    });
  });

  describe('finding', () => {
    it.each([
      ['nobody’s', ''],
      ['another dispatch’s', 'X-Headroom-Dispatch: d-other\r\n'],
      ['one that claims two', `X-Headroom-Dispatch: ${MESSAGE.dispatchId}\r\nX-Headroom-Dispatch: d-other\r\n`],
    ])('adopts no draft with our Message-ID that is %s, and stores none beside it', async (_, header) => {
      const { create, find, account } = await desk();
      await account.put(stranger(header));
      expect(await find()).toEqual({ outcome: 'unknown' });
      await expect(create()).rejects.toMatchObject({
        code: 'mail_rejected',
        remedy: expect.stringContaining('«Drafts»'),
      });
      expect(await account.messages()).toHaveLength(1);
    });

    const ofOtherMessage = stranger(`X-Headroom-Dispatch: ${MESSAGE.dispatchId}\r\n`).replace(
      MESSAGE.messageId,
      'new@phone.example',
    );

    it('is not sure where a draft has our dispatch and another Message-ID', async () => {
      const { find, account } = await desk();
      await account.put(ofOtherMessage);
      expect(await find()).toEqual({ outcome: 'unknown' });
    });

    it('finds ours beside a stranger’s', async () => {
      const { create, find, account } = await desk();
      const draft = await create();
      await account.put(stranger());
      expect(await find()).toEqual({ outcome: 'found', draft });
    });

    const refuseSearch: AnswerEdit = (line, { name, tag }) =>
      name === 'UID SEARCH' && line.startsWith(tag) ? `${tag} NO [CANNOT] Not by header` : line;
    const findNothing: AnswerEdit = (line) => (line.startsWith('* SEARCH') ? '* SEARCH' : line);

    it.each([
      ['refuses to search headers', refuseSearch],
      ['has not indexed them yet', findNothing],
    ])('looks through the newest messages where the server %s', async (_, answer) => {
      const { create, find, proxy, account } = await desk();
      await account.put(stranger().replace(MESSAGE.messageId, 'other@elsewhere.example'));
      proxy.edit(answer);
      expect(await find()).toEqual({ outcome: 'absent' });
      const draft = await create();
      expect(await find()).toEqual({ outcome: 'found', draft });
      expect(await create()).toEqual(draft);
      expect(await account.messages()).toHaveLength(2);
    });

    it('says «unknown» where the server cannot search and there are too many messages to look through', async () => {
      const { create, find, proxy, account } = await desk();
      await create();
      await account.put(ofOtherMessage);
      for (let index = 0; index < MANY; index += 1)
        await account.put(`Message-ID: <n${index}@x.example>\r\n\r\nHi\r\n`);
      proxy.edit(refuseSearch);
      const before = proxy.commands.length;
      expect(await find()).toEqual({ outcome: 'unknown' });
      expect(proxy.commands.slice(before)).toEqual(['EXAMINE', 'UID SEARCH', 'FETCH']);
      proxy.edit(null);
      expect(await find()).toMatchObject({ outcome: 'found' });
      // That which is searched for is found, however old.
      const [{ uid = 0 } = {}] = await account.messages();
      await account.remove(uid);
      expect(await find()).toEqual({ outcome: 'unknown' });
    });

    it('learns the UID by header where the server does not tell it (no UIDPLUS)', async () => {
      const { create, find, proxy, account } = await desk();
      proxy.edit((line) => line.replace(/\[APPENDUID [^\]]+\] /, ''));
      const draft = await create();
      const [stored] = await account.messages();
      expect(draft.draftId).toMatch(new RegExp(`^\\d+:${stored?.uid}:`));
      expect(await find()).toEqual({ outcome: 'found', draft });
    });

    it('takes no goodbye for an empty mailbox', async () => {
      const { create, find, proxy } = await desk();
      const draft = await create();
      const goodbye = '* BYE Shutting down';
      for (const during of ['EXAMINE', 'UID SEARCH']) {
        for (const isFirst of [true, false]) {
          proxy.edit((line, { name, tag }) => {
            if (name !== during || !line.startsWith(`${tag} OK`)) return findNothing(line, { name, tag });
            return isFirst ? [goodbye, line] : [line, goodbye];
          });
          await expect(find(), during).rejects.toMatchObject({ code: 'mail_unavailable' });
        }
      }
      proxy.edit(null);
      expect(await find()).toEqual({ outcome: 'found', draft });
    });
  });

  describe('opening', () => {
    const place = { messageId: MESSAGE.messageId };

    it('follows a draft that a mail program stored anew, without our header', async () => {
      const { create, account, drafts } = await desk();
      const draft = await create();
      const [{ uid = 0, source = '' } = {}] = await account.messages();
      await account.put(source.replace(/^X-Headroom-Dispatch: .*\r\n/m, '').replaceAll('97 of 100', '98 of 100'));
      await account.remove(uid);
      expect(await drafts.locateDraft({ ...draft, ...place }, { signal })).toEqual({ outcome: 'local' });
      expect(Buffer.from((await drafts.readDraft(draft)) ?? []).toString()).toContain('98 of 100 seats');
    });

    it('trusts no UID of another life of the folder', async () => {
      const { create, account, drafts } = await desk();
      const draft = await create();
      const [{ source = '' } = {}] = await account.messages();
      await account.removeFolder('Drafts');
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await account.createFolder('Drafts');
      await account.put('Subject: Lunch\r\n\r\nHi\r\n');
      expect(await drafts.locateDraft({ ...draft, ...place }, { signal })).toEqual({ outcome: 'gone' });
      expect(await drafts.readDraft(draft)).toBeNull();
      await account.put(source);
      expect(await drafts.locateDraft({ ...draft, ...place }, { signal })).toEqual({ outcome: 'local' });
      expect(Buffer.from((await drafts.readDraft(draft)) ?? []).toString('latin1')).toBe(source);
    });
  });

  describe('the connection', () => {
    it('is one for all calls, is left when nobody needs it, and is made again', async () => {
      const { create, find, proxy } = await desk({ idleMs: 100 });
      await Promise.all([create(), find(), find()]);
      expect(proxy.total()).toBe(1);
      await eventually(() => proxy.open() === 0, 'the connection to be left');
      expect(proxy.commands.at(-1)).toBe('LOGOUT');
      expect(await find()).toMatchObject({ outcome: 'found' });
      expect(proxy.total()).toBe(2);
    });

    it('outlives a server that is restarted in between, and a network that forgets it', async () => {
      const { create, find, proxy } = await desk();
      const draft = await create();
      await dovecot.stop();
      await expect(find()).rejects.toMatchObject({ code: 'mail_unavailable' });
      await dovecot.start();
      expect(await find()).toEqual({ outcome: 'found', draft });
      // Told of it only by the next call.
      proxy.cut();
      expect(await find()).toEqual({ outcome: 'found', draft });
    });

    it.each(['cut_at_append', 'cut_in_message', 'cut_after_append', 'hang_after_append'] as const)(
      'leaves the outcome unknown when it fails while storing: %s',
      async (fault) => {
        const { create, find, proxy, account } = await desk({ timeoutMs: 1_000 });
        await find();
        await proxy.plan(fault);
        await expect(create()).rejects.toMatchObject({ code: 'outcome_unknown' });
        const stored = await account.messages();
        expect(stored).toHaveLength(fault === 'cut_after_append' || fault === 'hang_after_append' ? 1 : 0);
        await create();
        expect(await account.messages()).toHaveLength(1);
        expect(proxy.commands.filter((command) => command === 'APPEND')).toHaveLength(2 - stored.length);
      },
    );

    it('stores each of many drafts once over a slow line, and delays no other mailbox', async () => {
      const [slow, quick] = [await desk({ timeoutMs: 10_000 }), await desk()];
      await slow.proxy.plan('slow');
      const storing = Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          slow.create({ messageId: `m${index % 3}@x.invalid`, dispatchId: `d-${index % 3}` }),
        ),
      );
      let isStored = false;
      void storing.then(() => {
        isStored = true;
      });
      await quick.create();
      expect(isStored).toBe(false);
      await storing;
      expect(await slow.account.messages()).toHaveLength(3);
    });

    it('is given up at once when the caller is, wherever it stands', async () => {
      const { create, find, proxy, account } = await desk({ timeoutMs: 30_000 });
      const stop = new AbortController();
      const began = Date.now();
      await proxy.plan('mute');
      const calls = [find(stop.signal), create({}, stop.signal)];
      await eventually(() => proxy.open() === 1, 'the connection');
      stop.abort();
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'mail_unavailable' });
      await expect(create({}, stop.signal)).rejects.toMatchObject({ code: 'mail_unavailable' });
      expect(await account.messages()).toEqual([]);

      await proxy.plan('hang_after_append');
      const later = new AbortController();
      const storing = create({}, later.signal);
      storing.catch(() => {});
      await eventually(async () => (await account.messages()).length === 1, 'the draft');
      later.abort();
      await expect(storing).rejects.toMatchObject({ code: 'outcome_unknown' });
      expect(await find()).toMatchObject({ outcome: 'found' });
      expect(Date.now() - began).toBeLessThan(5_000);
    });

    it('takes no call after it was closed, and closes twice', async () => {
      const { create, drafts, proxy } = await desk();
      const storing = create();
      await eventually(() => proxy.total() === 1, 'the connection');
      await Promise.all([drafts.close(), drafts.close()]);
      expect(await storing).toMatchObject({ provider: 'imap' });
      await eventually(() => proxy.open() === 0, 'the connection to be left');
      await expect(create()).rejects.toMatchObject({ code: 'mail_unavailable' });
    });

    it('keeps no process alive', async () => {
      const { login, account } = await desk();
      const program = `
        import { createImapDrafts } from './lib/adapters/mail/imap.ts';
        const { login, message } = JSON.parse(process.argv[1]);
        const drafts = createImapDrafts(login);
        drafts.createDraft({ ...message, date: new Date(message.date) }, { idempotencyKey: 'k', signal: new AbortController().signal })
          .then(({ location }) => console.log(location));`;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', program, JSON.stringify({ login, message: MESSAGE })],
        { cwd: path.resolve(import.meta.dirname, '../..'), timeout: 20_000 },
      );
      expect(stdout.trim()).toBe('Drafts');
      expect(await account.messages()).toHaveLength(1);
    });
  });
});
