import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../lib/db/client';
import { openDatabase } from '../../lib/db/client';
import { AppError } from '../../lib/errors';
import type { Mailboxes, MailDrafts } from '../../lib/ports';
import { createClock, SECOND, type TestClock } from '../helpers/clock';
import { createDatabase, databaseUrl, removeDirectory, temporaryDirectory } from '../helpers/database';
import { type DispatchDesk, openDispatchDesk, seedOpportunities, TEST_POLICY } from '../helpers/dispatch-desk';
import { eventually } from '../helpers/eventually';
import { createFaultyMail, type FaultyMail } from '../helpers/faulty-mail';

let directory: string;
let db: Database;
let clock: TestClock;

beforeEach(async () => {
  directory = await temporaryDirectory();
  await createDatabase(directory);
  db = await openDatabase(databaseUrl(directory));
  clock = createClock();
});
afterEach(async () => {
  await db.close();
  await removeDirectory(directory);
});

/** Every rep has a mailbox of their own, with few places in it. */
function mailboxesOf(boxes: Record<string, MailDrafts>, atOnce = 3): Mailboxes & { most: Map<string, number> } {
  const underWay = new Map<string, number>();
  const most = new Map<string, number>();
  return {
    most,
    route: async (rep) => ({ mailboxId: rep ?? 'eml', destination: `Drafts of ${rep}` }),
    async open(mailboxId) {
      const box = boxes[mailboxId ?? ''];
      if (box) return box;
      throw new AppError('mail_unavailable', 'No such mailbox.');
    },
    enter(mailboxId) {
      const key = mailboxId ?? '';
      if ((underWay.get(key) ?? 0) >= atOnce) return null;
      underWay.set(key, (underWay.get(key) ?? 0) + 1);
      most.set(key, Math.max(most.get(key) ?? 0, underWay.get(key) ?? 0));
      return () => underWay.set(key, (underWay.get(key) ?? 1) - 1);
    },
    atOnce: () => atOnce,
    free: (mailboxId) => atOnce - (underWay.get(mailboxId ?? '') ?? 0),
  };
}

async function seed(desk: DispatchDesk, byRep: Record<string, number>): Promise<Map<string, string[]>> {
  const ids = new Map<string, string[]>();
  for (const [rep, count] of Object.entries(byRep)) {
    const accounts = Array.from({ length: count }, (_, index) => `${rep.split('@')[0]}-${index}`);
    ids.set(rep, await seedOpportunities(db, desk, accounts, { rep_email: rep }));
  }
  return ids;
}

const states = async (rep: string) =>
  (await db.read.dispatch.findMany({ where: { recipient: rep } })).map(({ state }) => state);

describe('several mailboxes', () => {
  it('a few that hang delay none of the others, and each keeps to its own places', async () => {
    const slow = ['s1@x.example', 's2@x.example', 's3@x.example'];
    const quick = ['q1@x.example', 'q2@x.example'];
    const boxes = Object.fromEntries([...slow, ...quick].map((rep) => [rep, createFaultyMail({ clock })])) as Record<
      string,
      FaultyMail
    >;
    const mailboxes = mailboxesOf(boxes);
    const desk = openDispatchDesk({ db, mail: null, mailboxes, clock });
    const ids = await seed(desk, Object.fromEntries([...slow, ...quick].map((rep) => [rep, 30])));
    for (const box of Object.values(boxes)) box.always('unavailable');
    for (const list of ids.values()) for (const id of list) await desk.dispatch(id);
    clock.advance(10 * TEST_POLICY.backoffMs);
    for (const rep of slow) boxes[rep]?.always('hang');
    for (const rep of quick) boxes[rep]?.always('none');

    void desk.pump.run();
    for (const rep of quick) {
      await eventually(async () => (await states(rep)).every((state) => state === 'drafted'), `the drafts of ${rep}`);
    }
    for (const rep of slow) {
      expect(boxes[rep]?.inFlight()).toBe(3);
      expect((await states(rep)).filter((state) => state === 'drafting')).toHaveLength(3);
    }
    expect([...mailboxes.most.values()]).toEqual(Array.from({ length: 5 }, () => 3));
    // What comes due while they hang is taken up too.
    const [late = ''] = await seedOpportunities(db, desk, ['late'], { rep_email: 'q1@x.example' });
    boxes['q1@x.example']?.planCreates('unavailable');
    await desk.dispatch(late);
    clock.advance(TEST_POLICY.backoffMs);
    await eventually(
      async () => (await states('q1@x.example')).every((state) => state === 'drafted'),
      'the late draft',
    );
  });

  it('asks the mailbox that the dispatch went to, whoever the rep is meanwhile', async () => {
    const [before, after] = [createFaultyMail({ clock, settleMs: SECOND }), createFaultyMail({ clock })];
    const mailboxes = mailboxesOf({ 'old@x.example': before, 'new@x.example': after });
    const desk = openDispatchDesk({ db, mail: null, mailboxes, clock });
    const [id = ''] = await seedOpportunities(db, desk, ['a'], { rep_email: 'old@x.example' });
    before.planCreates('accept_then_drop');
    await desk.dispatch(id);
    await db.write.account.update({ where: { id: 'a' }, data: { repEmail: 'new@x.example' } });
    clock.advance(2 * SECOND);
    await desk.pump.run();
    const dispatch = await db.read.dispatch.findFirstOrThrow();
    expect(dispatch).toMatchObject({
      state: 'drafted',
      mailboxId: 'old@x.example',
      destination: 'Drafts of old@x.example',
    });
    expect([before.ledger.length, after.ledger.length, after.lookups.length]).toEqual([1, 0, 0]);
  });
});

describe('what a provider asks for', () => {
  const later = (seconds: number) =>
    new AppError('mail_unavailable', 'Too many requests.', { retryable: true, retryAfterSeconds: seconds });

  it('is waited for: never earlier, a little later, and counted as an attempt', async () => {
    const mail = createFaultyMail({ clock });
    let asked = 0;
    const refusing: MailDrafts = {
      ...mail,
      async createDraft(message, options) {
        asked += 1;
        if (asked === 1) throw later(120);
        return mail.createDraft(message, options);
      },
    };
    const desk = openDispatchDesk({ db, mail: refusing, clock, random: () => 0.5 });
    const [id = ''] = await seedOpportunities(db, desk, ['a']);
    const start = clock().getTime();
    await desk.dispatch(id);
    const { nextAttemptAt, attempts } = await db.read.dispatch.findFirstOrThrow();
    const wait = ((nextAttemptAt?.getTime() ?? 0) - start) / SECOND;
    expect(wait).toBeGreaterThanOrEqual(120);
    expect(wait).toBeLessThanOrEqual(150);
    expect(attempts).toBe(1);
    clock.advance(119 * SECOND);
    await desk.pump.run();
    expect(asked).toBe(1);
    clock.advance(31 * SECOND);
    await desk.pump.run();
    expect((await db.read.dispatch.findFirstOrThrow()).state).toBe('drafted');
  });

  it('is waited for in a look-up too', async () => {
    const mail = createFaultyMail({ clock, settleMs: 0 });
    let lookups = 0;
    const refusing: MailDrafts = {
      ...mail,
      async findDraft(messageId, options) {
        lookups += 1;
        if (lookups === 1) throw later(300);
        return mail.findDraft(messageId, options);
      },
    };
    mail.planCreates('accept_then_drop');
    const desk = openDispatchDesk({ db, mail: refusing, clock });
    const [id = ''] = await seedOpportunities(db, desk, ['a']);
    await desk.dispatch(id);
    await desk.pump.run();
    clock.advance(299 * SECOND);
    await desk.pump.run();
    expect(lookups).toBe(1);
    clock.advance(SECOND);
    await desk.pump.run();
    expect((await db.read.dispatch.findFirstOrThrow()).state).toBe('drafted');
    expect(mail.ledger).toHaveLength(1);
  });
});
