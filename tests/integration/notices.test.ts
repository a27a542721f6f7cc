import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInProcessEventBus } from '../../lib/adapters/events/in-process';
import { createNoticing, type Noticing } from '../../lib/agents/noticing';
import { createMailboxStore } from '../../lib/db/mailbox-store';
import { createNoticeLog } from '../../lib/db/notice-log';
import { AppError } from '../../lib/errors';
import { singleMailbox } from '../../lib/mail/single-mailbox';
import { createNoticeDesk } from '../../lib/notices';
import type { DraftMessage, DraftReference, MailDrafts } from '../../lib/ports';
import type { Notice } from '../../lib/ports/drafting';
import { createClock, HOUR, MINUTE, NOW, type TestClock } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { silentLog, TEST_POLICY } from '../helpers/dispatch-desk';

const SETTLE_MS = 2 * MINUTE;
type Outcome = 'made' | 'answer lost' | 'nothing made' | 'away' | 'refused' | 'reconnect' | 'hangs';

/** A mailbox that does as it is told, keeps what it took, and says when it was given the same twice. */
function createMailbox(clock: TestClock) {
  const drafts = new Map<string, { message: DraftMessage; at: number }>();
  const plan: Outcome[] = [];
  const box = { drafts, plan, made: 0, lookup: 'knows' as 'knows' | 'cannot say' };
  const put = (message: DraftMessage): DraftReference => {
    box.made += 1;
    drafts.set(message.messageId, { message, at: clock().getTime() });
    return { provider: 'test', draftId: `d-${box.made}`, location: 'box' };
  };
  const mail: MailDrafts = {
    provider: 'test',
    destination: 'A test mailbox',
    settleMs: SETTLE_MS,
    async createDraft(message) {
      const outcome = plan.shift() ?? 'made';
      if (outcome === 'away') throw new AppError('mail_unavailable', 'The mailbox is away.', { retryable: true });
      if (outcome === 'reconnect') throw new AppError('mail_reconnect', 'Nobody is let in.');
      if (outcome === 'refused') throw new AppError('mail_rejected', 'The mailbox refuses.');
      if (outcome === 'nothing made') throw new Error('socket hang up');
      if (outcome === 'hangs') return new Promise(() => {});
      const draft = put(message);
      if (outcome === 'answer lost') throw new Error('socket hang up');
      return draft;
    },
    async findDraft(messageId, { dispatchId }) {
      if (box.lookup === 'cannot say') return { outcome: 'unknown' };
      const found = drafts.get(messageId);
      if (!found || found.message.dispatchId !== dispatchId) return { outcome: 'absent' };
      return { outcome: 'found', draft: { provider: 'test', draftId: 'd-1', location: 'box' } };
    },
    readDraft: async () => new TextEncoder().encode('Subject: as it lies there\r\n\r\nHello'),
    locateDraft: async () => ({ outcome: 'open', href: 'https://mail.example/d-1' }),
  };
  return Object.assign(box, { mail });
}

const NOTICE: Notice = {
  key: 'alert:1:draft_csm:dana@headroom.example',
  kind: 'churn_alert',
  accountId: null,
  to: { address: 'dana@headroom.example', name: null },
  subject: '[Churn risk] Acme',
  text: 'It is at risk.',
  html: '<p>It is at risk.</p>',
};

let place: TemporaryDatabase;
let clock: TestClock;
let box: ReturnType<typeof createMailbox>;
const dead = new Set<string>();
const opened: Noticing[] = [];
beforeEach(async () => {
  place = await openTemporaryDatabase();
  clock = createClock();
  box = createMailbox(clock);
  dead.clear();
});
afterEach(async () => {
  for (const noticing of opened.splice(0)) await noticing.stop();
  await place.close();
});

/** As one process has it. */
function open(owner = 'desk-1', policy: Partial<typeof TEST_POLICY> = {}): Noticing {
  const noticing = createNoticing({
    log: createNoticeLog(place.db),
    mailboxes: singleMailbox(box.mail),
    events: createInProcessEventBus(silentLog),
    policy: { ...TEST_POLICY, ...policy },
    owner,
    isOwnerGone: (other) => dead.has(other),
    clock,
    random: () => 0,
    logger: silentLog,
  });
  opened.push(noticing);
  return noticing;
}

const stored = () => place.db.read.notice.findMany({ orderBy: { id: 'asc' } });
async function settle(noticing: Noticing, rounds = 12): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await noticing.run();
    clock.advance(10 * MINUTE);
  }
}

describe('a notice', () => {
  it('is one draft, however often and by however many it is left', async () => {
    const [one, two] = [open('desk-1'), open('desk-2')];
    const left = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 ? one : two).drafts.leave(NOTICE, clock())),
    );
    await Promise.all([one.run(), two.run()]);
    expect(new Set(left.map(({ noticeId }) => noticeId)).size).toBe(1);
    expect(await stored()).toMatchObject([
      { state: 'drafted', attempts: 1, provider: 'test', destination: 'A test mailbox' },
    ]);
    expect(box.made).toBe(1);
    const [draft] = box.drafts.values();
    expect(draft?.message).toMatchObject({
      dispatchId: left[0]?.noticeId,
      to: { address: 'dana@headroom.example' },
      subject: NOTICE.subject,
      text: NOTICE.text,
      html: NOTICE.html,
    });
  });

  it('is on disk before anything is done', async () => {
    const noticing = open();
    box.plan.push('hangs');
    const { noticeId } = await noticing.drafts.leave(NOTICE, clock());
    expect(await stored()).toMatchObject([{ id: noticeId, createdAt: NOW }]);
    await place.db.write.notice.deleteMany();
  });

  it.each<[string, Outcome[], number]>([
    ['the mailbox is away', ['away', 'away'], 3],
    ['nothing was made', ['nothing made'], 2],
    ['the answer is lost', ['answer lost'], 1],
  ])('has its one draft in the end where %s', async (_name, plan, attempts) => {
    const noticing = open();
    box.plan.push(...plan);
    await noticing.drafts.leave(NOTICE, clock());
    await settle(noticing);
    expect(await stored()).toMatchObject([{ state: 'drafted', attempts }]);
    expect(box.drafts.size).toBe(1);
    expect(box.made).toBe(1);
  });

  it('waits out the quarantine before it is made again', async () => {
    const noticing = open();
    box.plan.push('answer lost');
    await noticing.drafts.leave(NOTICE, clock());
    await noticing.run();
    expect(await stored()).toMatchObject([{ state: 'uncertain', nextAttemptAt: new Date(NOW.getTime() + SETTLE_MS) }]);
    clock.advance(SETTLE_MS - 1);
    await noticing.run();
    expect(await stored()).toMatchObject([{ state: 'uncertain' }]);
  });

  it('fails for good where it is refused, and a person tries it again', async () => {
    const noticing = open();
    box.plan.push('refused');
    const { noticeId } = await noticing.drafts.leave(NOTICE, clock());
    await noticing.run();
    expect(await stored()).toMatchObject([{ state: 'failed', errorCode: 'mail_rejected' }]);
    const desk = deskOf(noticing);
    await desk.retry(noticeId, { repEmail: null });
    expect(await stored()).toMatchObject([{ state: 'drafted' }]);
    await expect(desk.retry(noticeId, { repEmail: null })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('waits uncounted for a mailbox that lets nobody in', async () => {
    const noticing = open();
    box.plan.push('reconnect', 'reconnect', 'reconnect', 'reconnect');
    await noticing.drafts.leave(NOTICE, clock());
    for (let round = 0; round < 4; round += 1) {
      await noticing.run();
      clock.advance(HOUR);
    }
    expect(await stored()).toMatchObject([{ state: 'retrying', attempts: 0, errorCode: 'mail_reconnect' }]);
    await noticing.run();
    expect(await stored()).toMatchObject([{ state: 'drafted', attempts: 1 }]);
  });

  it('is left to a person where the mailbox cannot say, and is never made twice by itself', async () => {
    const noticing = open();
    box.lookup = 'cannot say';
    box.plan.push('answer lost');
    const { noticeId } = await noticing.drafts.leave(NOTICE, clock());
    await settle(noticing);
    expect(await stored()).toMatchObject([{ state: 'uncertain', nextAttemptAt: null, errorCode: 'needs_person' }]);
    const desk = deskOf(noticing);
    await desk.resolve(noticeId, 'there', { repEmail: null });
    expect(await stored()).toMatchObject([{ state: 'drafted' }]);
    expect(box.made).toBe(1);
    await expect(desk.resolve(noticeId, 'there', { repEmail: null })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is taken over from a process that died in the middle, and looked for before it is made again', async () => {
    const first = open('desk-1', { timeoutMs: 60_000 });
    await first.drafts.leave(NOTICE, clock());
    const log = createNoticeLog(place.db);
    const [row] = await stored();
    // Killed after the mailbox had taken it, before anybody wrote that down.
    const claimed = await log.claimAttempt(row?.id ?? '', {
      now: clock(),
      lease: { owner: 'desk-1', until: new Date(clock().getTime() + HOUR) },
    });
    if (claimed) {
      const { id, messageId, notice, createdAt } = claimed;
      await box.mail.createDraft(
        { messageId, dispatchId: id, ...notice, date: createdAt },
        { idempotencyKey: id, signal: new AbortController().signal },
      );
    }
    dead.add('desk-1');
    const second = open('desk-2');
    await settle(second, 4);
    expect(await stored()).toMatchObject([{ state: 'drafted' }]);
    expect(box.made).toBe(1);
  });

  it('moves on when its mailbox is disconnected, and counts as waiting there until then', async () => {
    const noticing = open();
    box.plan.push('away');
    await noticing.drafts.leave(NOTICE, clock());
    await noticing.run();
    await place.db.write.notice.updateMany({ data: { mailboxId: 'imap.1' } });
    const store = createMailboxStore(place.db);
    expect((await store.countWaiting(['imap.1'])).get('imap.1')).toBe(1);
    const [waiting] = await store.withoutDraft('imap.1');
    expect(waiting).toMatchObject({ of: 'notice', recipient: 'dana@headroom.example' });
    if (waiting) await store.reroute(waiting, 'imap.1', { mailboxId: 'eml', destination: 'Local drafts' }, clock());
    expect(await stored()).toMatchObject([{ mailboxId: 'eml', destination: 'Local drafts', nextAttemptAt: NOW }]);
  });

  it('opens where it lies, and is a copy where the mailbox gives nothing', async () => {
    const noticing = open();
    const { noticeId } = await noticing.drafts.leave(NOTICE, clock());
    await noticing.run();
    const desk = deskOf(noticing);
    expect(await desk.locate(noticeId, { repEmail: null })).toEqual({
      outcome: 'open',
      href: 'https://mail.example/d-1',
    });
    const read = await desk.read(noticeId, { repEmail: 'dana@headroom.example' });
    expect(new TextDecoder().decode(read.content)).toContain('as it lies there');
    box.mail.readDraft = async () => null;
    expect(await desk.read(noticeId, { repEmail: null })).toMatchObject({ copy: true });
    await expect(desk.read(noticeId, { repEmail: 'eve@headroom.example' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(desk.locate('nothing', { repEmail: null })).rejects.toMatchObject({ code: 'not_found' });
  });
});

function deskOf(noticing: Noticing) {
  return createNoticeDesk({
    db: place.db,
    notices: createNoticeLog(place.db),
    noticing,
    mailboxes: singleMailbox(box.mail),
    buildMessage: async ({ subject }) => new TextEncoder().encode(`Subject: ${subject}`),
    clock,
    log: silentLog,
  });
}
