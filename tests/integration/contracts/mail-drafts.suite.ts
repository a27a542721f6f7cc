import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DraftMessage, DraftReference, MailDrafts } from '../../../lib/ports';

/**
 * What may go wrong, whoever provides the mailbox: `busy` it says to come later, `unreachable` nobody answers, `refused` it
 * does not take the draft, `locked_out` the credentials let nobody in, `lost` the connection ends before the draft is
 * stored and `unanswered` after it, `silent` it is stored and no answer comes, `filter_ignored` a search finds everything.
 */
export type MailFault =
  | 'busy'
  | 'unreachable'
  | 'refused'
  | 'locked_out'
  | 'lost'
  | 'unanswered'
  | 'silent'
  | 'filter_ignored';

/** What a provider's own test must supply for the suite to run on it. */
export interface MailboxUnderTest {
  drafts: MailDrafts;
  /** Makes what stands at the draft's place carry another Message-ID. */
  tamper(message: DraftMessage, draft: DraftReference): Promise<void>;
  /** Takes the draft away, as a rep does. */
  remove?(draft: DraftReference): Promise<void>;
  /** Lets the next `createDraft` meet the fault, and for `filter_ignored` every search; all is well afterwards. */
  inject?(fault: MailFault): Promise<void>;
  /** All is well again. */
  heal?(): Promise<void>;
  /** How many drafts of our Message-ID the mailbox holds, doubles included. */
  count?(messageId: string): Promise<number>;
  /** Puts drafts of somebody else in. */
  fill?(count: number): Promise<void>;
  close?(): Promise<void>;
}

const MESSAGE: DraftMessage = {
  messageId: 'a1b2c3@drafts.headroom.invalid',
  dispatchId: '01999999-0000-7000-8000-000000000001',
  to: { address: 'tom@headroom.example', name: null },
  subject: '[CSM Expansion] Acme — seats opportunity',
  text: 'Evidence\n- 97 of 100 seats in use\n',
  html: '<p>97 of 100 seats in use</p>',
  date: new Date('2026-11-22T09:30:00Z'),
};

/** Ways to break out of a header, or to make it read as another. */
const INJECTIONS: [string, string][] = [
  ['CRLF', 'Acme\r\nBcc: thief@evil.example'],
  ['LF', 'Acme\nBcc: thief@evil.example'],
  ['CR', 'Acme\rBcc: thief@evil.example'],
  ['an empty line', 'Acme\r\n\r\n<script>alert(1)</script>'],
  ['NUL', 'Acme\u0000Bcc: thief@evil.example'],
  ['a line separator', 'Acme\u2028Bcc: thief@evil.example'],
  ['a paragraph separator', 'Acme\u2029Bcc: thief@evil.example'],
  ['a next line', 'Acme\u0085Bcc: thief@evil.example'],
  ['a turned reading direction', 'Acme \u202egnp.exe\u202c \u2066x\u2069'],
  ['an encoded word', 'Acme =?utf-8?Q?=0D=0ABcc=3A_thief=40evil.example?='],
  ['folding', 'Acme\r\n Bcc: thief@evil.example'],
];

const ADDRESSES_REFUSED = [
  '',
  'no-at-sign',
  'two@at@signs.example',
  'tom@headroom.example\r\nBcc: thief@evil.example',
  'tom@headroom.example\nBcc: thief@evil.example',
  'tom@headroom.example, thief@evil.example',
  'tom@headroom.example; thief@evil.example',
  'Tom <tom@headroom.example>',
  '"tom thief"@headroom.example',
  'tom @headroom.example',
  'tom@head\u2028room.example',
  'tom@head\u202eroom.example',
  'tom\u200b@headroom.example',
  `${'x'.repeat(65)}@headroom.example`,
  '@headroom.example',
  'tom@',
];

const NAMES = [
  'Żółć Gęślą',
  '株式会社ヘッドルーム',
  'شركة النور',
  'Ægir & Søn A/S «Nord»',
  '🚀 Rocket 👩‍👩‍👧‍👦 Labs',
  'O’Brien, "Quotes" \\ Ltd.',
];

/** Each fault: what `createDraft` throws, null for anything but a sure «nothing was created»; and how many drafts stay. */
const FAULTS: Record<Exclude<MailFault, 'filter_ignored'>, { code: string | null; drafts: number }> = {
  busy: { code: 'mail_unavailable', drafts: 0 },
  unreachable: { code: 'mail_unavailable', drafts: 0 },
  refused: { code: 'mail_rejected', drafts: 0 },
  locked_out: { code: 'mail_reconnect', drafts: 0 },
  lost: { code: null, drafts: 0 },
  unanswered: { code: null, drafts: 1 },
  silent: { code: null, drafts: 1 },
};

/**
 * What every mailbox must do, whoever provides it.
 * @param faults those that the provider can have.
 */
export function describeMailDrafts(
  name: string,
  open: () => Promise<MailboxUnderTest>,
  faults: readonly MailFault[] = [],
): void {
  describe(`mail drafts: ${name}`, () => {
    let mailbox: MailboxUnderTest;
    let drafts: MailDrafts;
    beforeEach(async () => {
      mailbox = await open();
      drafts = mailbox.drafts;
    });
    afterEach(async () => {
      await mailbox.close?.();
    });

    const signal = new AbortController().signal;
    const create = (more: Partial<DraftMessage> = {}) => {
      const message = { ...MESSAGE, ...more };
      return drafts.createDraft(message, { idempotencyKey: message.dispatchId, signal });
    };
    const find = (messageId = MESSAGE.messageId, dispatchId = MESSAGE.dispatchId) =>
      drafts.findDraft(messageId, { dispatchId, since: MESSAGE.date, signal });
    const read = async (draft: DraftReference): Promise<{ raw: string; mail: ParsedMail }> => {
      const content = await drafts.readDraft(draft);
      if (!content) throw new Error('The draft is gone.');
      return { raw: Buffer.from(content).toString('latin1'), mail: await simpleParser(Buffer.from(content)) };
    };

    it('creates, finds and reads back a draft that a mail program opens to edit', async () => {
      const draft = await create();
      expect(draft.provider).toBe(drafts.provider);
      expect(await find()).toEqual({ outcome: 'found', draft });
      const { mail, raw } = await read(draft);
      expect(mail.subject).toBe(MESSAGE.subject);
      expect(mail.text).toBe(MESSAGE.text);
      expect(mail.html).toBe(MESSAGE.html);
      expect((mail.to as AddressObject).value).toEqual([{ address: 'tom@headroom.example', name: '' }]);
      expect(mail.messageId).toBe(`<${MESSAGE.messageId}>`);
      expect(mail.date).toEqual(MESSAGE.date);
      expect(mail.headers.get('x-unsent')).toBe('1');
      expect(mail.headers.get('x-headroom-dispatch')).toBe(MESSAGE.dispatchId);
      expect(mail.attachments).toEqual([]);
      expect(raw).not.toMatch(/[^\r]\n|\r[^\n]/);
      expect([mail.cc, mail.bcc]).toEqual([undefined, undefined]);
    });

    it('leaves the recipient out where there is none', async () => {
      const { mail, raw } = await read(await create({ to: null }));
      expect(mail.to).toBeUndefined();
      expect(raw).not.toMatch(/^to:/im);
    });

    it('gives the same draft for the same key, once or side by side', async () => {
      const first = await create();
      expect(await create()).toEqual(first);
      const other = { messageId: 'other@drafts.headroom.invalid', dispatchId: '01999999-0000-7000-8000-000000000002' };
      const racing = await Promise.all(Array.from({ length: 8 }, () => create(other)));
      expect(new Set(racing.map((draft) => draft.draftId)).size).toBe(1);
      expect(racing[0]?.draftId).not.toBe(first.draftId);
    });

    it('says absent where there is no such draft, and null where it cannot be read', async () => {
      const draft = await create();
      expect(await find('nobody@drafts.headroom.invalid', 'nobody')).toEqual({ outcome: 'absent' });
      expect(await drafts.readDraft({ ...draft, draftId: 'f'.repeat(64) })).toBeNull();
      expect(await drafts.readDraft({ ...draft, draftId: '../../etc/passwd' })).toBeNull();
    });

    it('does not adopt a draft whose header is another’s', async () => {
      const draft = await create();
      await mailbox.tamper(MESSAGE, draft);
      expect(await find()).toEqual({ outcome: 'unknown' });
    });

    it.each(INJECTIONS)('lets %s break out of neither subject nor name', async (_, text) => {
      const { mail, raw } = await read(
        await create({ subject: text, to: { address: 'tom@headroom.example', name: text } }),
      );
      const header = raw.slice(0, raw.indexOf('\r\n\r\n'));
      expect(header).not.toMatch(/^\s*bcc:/im);
      expect(header).toMatch(/^x-headroom-dispatch: /im);
      expect(mail.bcc).toBeUndefined();
      expect(mail.html).toBe(MESSAGE.html);
      const [to, ...more] = (mail.to as AddressObject).value;
      expect(more).toEqual([]);
      expect(to?.address).toBe('tom@headroom.example');
      for (const shown of [mail.subject ?? '', to?.name ?? '']) {
        expect(shown).toMatch(/^Acme/);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      }
    });

    it.each(ADDRESSES_REFUSED)('refuses the address %j for good', async (address) => {
      await expect(create({ to: { address, name: null } })).rejects.toMatchObject({ code: 'mail_rejected' });
      expect(await find()).toEqual({ outcome: 'absent' });
    });

    it.each(NAMES)('carries the name %s', async (text) => {
      const subject = `[CSM Expansion] ${text} — seats opportunity`;
      const { mail, raw } = await read(
        await create({
          subject,
          text,
          html: `<p>${text.replace(/[&"]/g, '')}</p>`,
          to: { address: 'tom@headroom.example', name: text },
        }),
      );
      expect(mail.subject).toBe(subject);
      expect(mail.text?.trim()).toBe(text);
      expect((mail.to as AddressObject).value).toEqual([{ address: 'tom@headroom.example', name: text }]);
      expect(raw).toMatch(/^[\t\r\n\u0020-\u007e]*$/);
    });

    it('keeps an international address', async () => {
      const { mail } = await read(await create({ to: { address: 'zoë@bücher.example', name: null } }));
      const address = (mail.to as AddressObject).value[0]?.address ?? '';
      expect(['zoë@bücher.example', 'zoë@xn--bcher-kva.example']).toContain(address);
    });

    it('keeps a talk track of 100 kB with lines of any length, and no line of the message past its limit', async () => {
      const text = `${'Ask about the renewal. '.repeat(2_000)}\n${'ü'.repeat(20_000)}\n.\n..dots\nFrom here\n${'x'.repeat(34_000)}\n`;
      const { mail, raw } = await read(await create({ text, html: `<p>${'🚀'.repeat(10_000)}</p>` }));
      expect(Buffer.byteLength(text)).toBeGreaterThan(100_000);
      expect(mail.text).toBe(text);
      expect(mail.html).toBe(`<p>${'🚀'.repeat(10_000)}</p>`);
      expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    });

    it('has a long subject folded, not cut', async () => {
      const subject = `[CSM Expansion] ${'Ünïcödé '.repeat(40)}— seats opportunity`;
      const { mail, raw } = await read(await create({ subject }));
      expect(mail.subject).toBe(subject);
      const header = raw.slice(0, raw.indexOf('\r\n\r\n'));
      expect(Math.max(...header.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
    });

    it('answers null for a draft that a person has taken away', async () => {
      const draft = await create();
      if (!mailbox.remove) return;
      await mailbox.remove(draft);
      expect(await drafts.readDraft(draft)).toBeNull();
      expect(await find()).toEqual({ outcome: 'absent' });
    });

    it('says where a draft opens, and that it is gone', async () => {
      const draft = await create();
      const locate = () => drafts.locateDraft({ ...draft, messageId: MESSAGE.messageId }, { signal });
      const location = await locate();
      expect(['open', 'local']).toContain(location.outcome);
      if (location.outcome === 'open') expect(new URL(location.href).protocol).toBe('https:');
      if (!mailbox.remove) return;
      await mailbox.remove(draft);
      expect(await locate()).toEqual({ outcome: 'gone' });
    });

    const ofCreation = faults.filter((fault) => fault !== 'filter_ignored');
    it.each(ofCreation)('tells what became of the draft when it is %s', async (fault) => {
      const { code, drafts: expected } = FAULTS[fault];
      await mailbox.inject?.(fault);
      const error = await create().then(
        () => null,
        (reason: unknown) => reason,
      );
      if (code === null) {
        expect(error).toBeInstanceOf(Error);
        expect(String((error as { code?: unknown }).code)).not.toMatch(/^mail_/);
      } else {
        expect(error).toMatchObject({ code });
      }
      await mailbox.heal?.();
      const found = await find();
      expect(found.outcome).toBe(expected === 0 ? 'absent' : 'found');
      expect(await mailbox.count?.(MESSAGE.messageId)).toBe(expected);
      // What comes next in each case, and then it is there once.
      if (expected === 0) await create();
      expect(await find()).toMatchObject({ outcome: 'found' });
      expect(await mailbox.count?.(MESSAGE.messageId)).toBe(1);
    });

    if (faults.includes('filter_ignored')) {
      it('adopts no stranger’s draft when the search finds everything', async () => {
        await mailbox.fill?.(200);
        await mailbox.inject?.('filter_ignored');
        expect(await find()).toEqual({ outcome: 'unknown' });
      });
    }

    it('has no way to send', () => {
      const members = new Set<string>();
      for (
        let object: object | null = drafts;
        object && object !== Object.prototype;
        object = Object.getPrototypeOf(object)
      ) {
        for (const key of Reflect.ownKeys(object)) members.add(String(key));
      }
      const port = ['createDraft', 'findDraft', 'readDraft', 'locateDraft', 'provider', 'destination', 'settleMs'];
      expect([...members]).toEqual(expect.arrayContaining(port));
      expect([...members].filter((member) => /send|submit|deliver|smtp|transport/i.test(member))).toEqual([]);
    });
  });
}
