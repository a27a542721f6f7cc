import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClock, MINUTE, NOW, SECOND, type TestClock } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { controlDeadlines, type Deadlines } from '../helpers/deadlines';
import { type DispatchDesk, openDispatchDesk, seedOpportunities, TEST_POLICY } from '../helpers/dispatch-desk';
import { type CreateFault, createFaultyMail, type FaultyMail, type FindFault } from '../helpers/faulty-mail';
import { expectOneDraftEach, expectOrderedTimelines, expectTotalsToAdd } from '../helpers/ledger';

const SETTLE = 5 * MINUTE;

let database: TemporaryDatabase;
let clock: TestClock;
let mail: FaultyMail;
let desk: DispatchDesk;
let deadlines: Deadlines;
let opportunityId: string;
let account = 0;

beforeAll(async () => {
  deadlines = controlDeadlines();
  database = await openTemporaryDatabase();
});
afterAll(async () => {
  deadlines.restore();
  await database.close();
});
beforeEach(async () => {
  await database.db.write.account.deleteMany();
  // Time starts over, so what the last check saw is still to come.
  await database.db.write.setting.deleteMany();
  clock = createClock();
  mail = createFaultyMail({
    clock,
    whenStuck: deadlines.expire,
    settleMs: SETTLE,
    searchLagMs: 2 * MINUTE,
    lateMs: 2 * MINUTE,
  });
  desk = openDispatchDesk({ db: database.db, mail, clock });
  opportunityId = await seedOne(desk);
});
afterEach(async () => {
  await expectOneDraftEach(database.db, mail);
  await expectOrderedTimelines(database.db);
  await expectTotalsToAdd(database.db);
});

async function seedOne(on: DispatchDesk): Promise<string> {
  const [id] = await seedOpportunities(database.db, on, [`a-${++account}`]);
  if (id === undefined) throw new Error('The seed found no opportunity.');
  return id;
}

async function dispatched() {
  const dispatch = await database.db.read.dispatch.findUniqueOrThrow({ where: { opportunityId } });
  const { status } = await database.db.read.opportunity.findUniqueOrThrow({ where: { id: opportunityId } });
  return { ...dispatch, status, error: dispatch.errorCode, drafts: mail.count(dispatch.messageId) };
}

async function kinds(): Promise<string[]> {
  const events = await database.db.read.timelineEvent.findMany({ where: { opportunityId }, orderBy: { id: 'asc' } });
  return events.map((event) => event.kind);
}

describe('a mailbox that fails', () => {
  it('makes an unavailable mailbox wait twice as long each time, fail at the limit, and work again on Retry', async () => {
    mail.always('unavailable');
    await desk.dispatch(opportunityId);
    for (const [attempt, wait] of [
      [1, 500],
      [2, 1_000],
    ] as const) {
      const now = clock();
      expect(await dispatched()).toMatchObject({ state: 'retrying', attempts: attempt, error: 'mail_unavailable' });
      expect((await dispatched()).nextAttemptAt?.getTime()).toBe(now.getTime() + wait);
      clock.advance(wait - 1);
      expect(await desk.pump.run()).toBe(0);
      expect(mail.creates).toHaveLength(attempt);
      clock.advance(1);
      expect(await desk.pump.run()).toBe(1);
    }
    expect(await dispatched()).toMatchObject({ state: 'failed', attempts: 3, status: 'queued', drafts: 0 });
    clock.advance(MINUTE);
    expect(await desk.pump.run()).toBe(0);
    mail.always('none');
    const { id } = await dispatched();
    expect(await desk.retry(id)).toBe(true);
    expect(await dispatched()).toMatchObject({
      state: 'drafted',
      attempts: 1,
      status: 'drafted',
      error: null,
      drafts: 1,
    });
    expect(await desk.retry(id)).toBe(false);
    expect(await kinds()).toEqual([
      ...['queued', 'drafting', 'retrying', 'drafting', 'retrying', 'drafting', 'failed'],
      ...['retrying', 'drafting', 'drafted'],
    ]);
  });

  it('spreads the retries with jitter between half and the whole of the wait', async () => {
    mail.always('unavailable');
    const waits: number[] = [];
    for (const random of [0, 0.5, 0.999]) {
      const other = openDispatchDesk({ db: database.db, mail, clock, random: () => random });
      opportunityId = await seedOne(other);
      await other.dispatch(opportunityId);
      waits.push(((await dispatched()).nextAttemptAt?.getTime() ?? 0) - clock().getTime());
    }
    expect(waits).toEqual([500, 750, 999]);
  });

  it('fails at once what the mailbox refuses', async () => {
    mail.planCreates('reject');
    expect(await desk.dispatch(opportunityId)).toMatchObject({ outcome: 'created', state: 'failed' });
    expect(await dispatched()).toMatchObject({ state: 'failed', error: 'mail_rejected', attempts: 1, drafts: 0 });
    expect(desk.published.map((event) => event.type)).toContain('dispatch.failed');
    expect(await kinds()).toEqual(['queued', 'drafting', 'failed']);
  });

  it('says so where there is no mailbox at all, and goes on once there is one', async () => {
    const without = openDispatchDesk({ db: database.db, mail: null, clock });
    expect(await without.dispatch(opportunityId)).toMatchObject({ outcome: 'created', state: 'retrying' });
    clock.advance(MINUTE);
    expect(await desk.pump.run()).toBe(1);
    expect(await dispatched()).toMatchObject({ state: 'drafted', attempts: 2, drafts: 1 });
  });

  it.each<CreateFault>(['accept_then_time_out', 'accept_then_drop', 'late'])(
    'adopts the draft after «%s», and never makes a second one',
    async (fault) => {
      mail.planCreates(fault);
      await desk.dispatch(opportunityId);
      expect(await dispatched()).toMatchObject({ state: 'uncertain', status: 'queued', drafts: 1 });
      const quarantineEnds = clock().getTime() + SETTLE;
      expect((await dispatched()).nextAttemptAt?.getTime()).toBe(quarantineEnds);
      for (let minute = 0; minute < 5; minute += 1) {
        await desk.pump.run();
        await desk.dispatch(opportunityId);
        expect([mail.creates.length, mail.lookups.length]).toEqual([1, 0]);
        clock.advance(MINUTE - 1);
      }
      clock.set(new Date(quarantineEnds));
      expect(await desk.pump.run()).toBe(1);
      expect(await dispatched()).toMatchObject({ state: 'drafted', status: 'drafted', attempts: 1, drafts: 1 });
      expect([mail.creates.length, mail.lookups.length]).toEqual([1, 1]);
      expect(await kinds()).toEqual(['queued', 'drafting', 'uncertain', 'drafted']);
    },
  );

  it.each<CreateFault>(['hang', 'drop'])(
    'tries again after «%s» only once the draft is known not to be there',
    async (fault) => {
      mail.planCreates(fault);
      await desk.dispatch(opportunityId);
      expect(await dispatched()).toMatchObject({ state: 'uncertain', drafts: 0 });
      clock.advance(SETTLE - 1);
      await desk.pump.run();
      expect([mail.creates.length, mail.lookups.length]).toEqual([1, 0]);
      clock.advance(1);
      await desk.pump.run();
      expect(await dispatched()).toMatchObject({ state: 'retrying', error: 'outcome_unknown' });
      clock.advance(SECOND);
      await desk.pump.run();
      expect(await dispatched()).toMatchObject({ state: 'drafted', attempts: 2, drafts: 1 });
      expect([mail.creates.length, mail.lookups.length]).toEqual([2, 1]);
    },
  );

  it('finds a draft whose search lags as long as the quarantine lasts', async () => {
    mail = createFaultyMail({ clock, whenStuck: deadlines.expire, settleMs: SETTLE, searchLagMs: SETTLE });
    desk = openDispatchDesk({ db: database.db, mail, clock });
    mail.planCreates('accept_then_drop');
    await desk.dispatch(opportunityId);
    clock.advance(SETTLE);
    await desk.pump.run();
    expect(await dispatched()).toMatchObject({ state: 'drafted', drafts: 1 });
  });

  it('keeps asking a mailbox that does not answer the search, and creates nothing meanwhile', async () => {
    mail.planCreates('accept_then_drop');
    mail.planFinds('unavailable', 'hang');
    await desk.dispatch(opportunityId);
    clock.advance(SETTLE);
    for (let round = 1; round <= 2; round += 1) {
      await desk.pump.run();
      expect(await dispatched()).toMatchObject({ state: 'uncertain', error: 'outcome_unknown' });
      expect([mail.creates.length, mail.lookups.length]).toEqual([1, round]);
      clock.advance(TEST_POLICY.backoffMs);
    }
    await desk.pump.run();
    expect(await dispatched()).toMatchObject({ state: 'drafted', drafts: 1 });
  });

  it('leaves it to a person where the mailbox cannot say, and Retry makes the draft', async () => {
    mail.planCreates('drop');
    mail.planFinds('unknown');
    await desk.dispatch(opportunityId);
    clock.advance(SETTLE);
    await desk.pump.run();
    expect(await dispatched()).toMatchObject({ state: 'uncertain', error: 'needs_person', nextAttemptAt: null });
    clock.advance(30 * MINUTE);
    expect(await desk.pump.run()).toBe(0);
    expect([mail.creates.length, mail.lookups.length]).toEqual([1, 1]);
    expect(await desk.retry((await dispatched()).id)).toBe(true);
    expect(await dispatched()).toMatchObject({ state: 'drafted', drafts: 1 });
  });

  it('does not adopt a draft whose header is another’s', async () => {
    mail.planCreates('accept_then_drop');
    await desk.dispatch(opportunityId);
    const { messageId } = await dispatched();
    mail.tamper(messageId);
    clock.advance(SETTLE);
    await desk.pump.run();
    expect(await dispatched()).toMatchObject({ state: 'uncertain', error: 'needs_person', provider: null });
  });

  it('refuses Retry while the outcome is still being found out', async () => {
    mail.planCreates('accept_then_drop');
    await desk.dispatch(opportunityId);
    const { id } = await dispatched();
    expect(await desk.retry(id)).toBe(false);
    expect(mail.creates).toHaveLength(1);
  });

  it('makes the draft that was decided on, whatever changes between the attempts', async () => {
    mail.planCreates('unavailable');
    await desk.dispatch(opportunityId);
    await database.db.write.opportunity.update({
      where: { id: opportunityId },
      data: { talkTrack: 'Changed', impactCents: 1n },
    });
    clock.advance(SECOND);
    await desk.pump.run();
    const content = mail.ledger[0]?.content.toString('utf8') ?? '';
    expect(content).toContain('$7,200');
    expect(content).not.toContain('Changed');
  });
});

describe('a process that dies', () => {
  /** Every place in the life of one dispatch at which a process can die: before or after the n-th call. */
  it.each([
    ['all is well', 'none', 'none'],
    ['the answer is lost', 'accept_then_drop', 'none'],
    ['nothing comes of it', 'drop', 'none'],
    ['the mailbox is away', 'unavailable', 'none'],
    ['the draft is late', 'late', 'none'],
    ['the search fails once', 'accept_then_drop', 'unavailable'],
  ] as [string, CreateFault, FindFault][])('leaves one draft wherever it dies while %s', async (_, create, find) => {
    const dead = new Set<string>();
    let deaths = 0;
    for (let call = 1; ; call += 1) {
      let survived = true;
      for (const effect of ['before', 'after'] as const) {
        mail.always('none');
        const doomed = openDispatchDesk({ db: database.db, mail, clock, dead, owner: `doomed-${call}-${effect}` });
        opportunityId = await seedOne(openDispatchDesk({ db: database.db, mail, clock }));
        mail.planCreates(create);
        mail.planFinds(find);
        doomed.dieAt(call, effect);
        const life = (async () => {
          await doomed.dispatch(opportunityId);
          for (let step = 0; step < 4; step += 1) {
            clock.advance(SETTLE);
            await doomed.pump.run();
          }
        })();
        await Promise.race([life, doomed.died]);
        if (doomed.isDead()) {
          survived = false;
          deaths += 1;
        }
        // The next process takes over, again and again until nothing is left to do.
        const heir = openDispatchDesk({ db: database.db, mail, clock, dead, owner: `heir-${call}-${effect}` });
        for (let step = 0; step < 6; step += 1) {
          await heir.pump.run();
          clock.advance(SETTLE);
        }
        // Where it died before anything was on disk, the button is pressed again.
        await heir.dispatch(opportunityId);
        for (let step = 0; step < 6; step += 1) {
          clock.advance(SETTLE);
          await heir.pump.run();
        }
        expect(await dispatched(), `died ${effect} call ${call}`).toMatchObject({
          state: 'drafted',
          status: 'drafted',
          drafts: 1,
        });
        await expectOneDraftEach(database.db, mail);
      }
      if (survived) break;
    }
    expect(deaths).toBeGreaterThan(6);
  });

  it('is taken over at once where its owner is known to be gone, and after the lease where nobody knows', async () => {
    const dead = new Set<string>();
    mail = createFaultyMail({ clock, settleMs: SETTLE });
    const doomed = openDispatchDesk({ db: database.db, mail, clock, dead, owner: 'doomed' });
    mail.planCreates('hang');
    void doomed.dispatch(opportunityId);
    while (mail.inFlight() === 0) await new Promise((resolve) => setImmediate(resolve));
    doomed.die();
    dead.delete('doomed');
    const heir = openDispatchDesk({ db: database.db, mail, clock, dead, owner: 'heir' });
    clock.advance(69 * SECOND);
    expect(await heir.pump.run()).toBe(0);
    expect(await dispatched()).toMatchObject({ state: 'drafting', leaseOwner: 'doomed' });
    dead.add('doomed');
    expect(await heir.pump.run()).toBe(1);
    expect(await dispatched()).toMatchObject({ state: 'uncertain', error: 'interrupted', leaseOwner: null });
    // Once the draft is known not to be there, it is made: the mailbox is not to be spared for that.
    clock.advance(SETTLE);
    expect(await heir.pump.run()).toBe(2);
    expect(await dispatched()).toMatchObject({ state: 'drafted', attempts: 2, drafts: 1 });
    dead.clear();

    opportunityId = await seedOne(heir);
    const other = openDispatchDesk({ db: database.db, mail, clock, owner: 'elsewhere' });
    mail.planCreates('hang');
    void other.dispatch(opportunityId);
    while (mail.inFlight() < 2) await new Promise((resolve) => setImmediate(resolve));
    other.die();
    clock.advance(70 * SECOND);
    await heir.pump.run();
    expect(await dispatched()).toMatchObject({ state: 'uncertain', leaseOwner: null });
  });

  it('does not undo what another process has settled when its late answer comes', async () => {
    // Its clock stood still: the lease ran out while the mailbox was still at work.
    const slow = openDispatchDesk({ db: database.db, mail, clock, owner: 'slow' });
    let answer = (): void => {};
    const created = mail.createDraft;
    const slowMail: FaultyMail = {
      ...mail,
      createDraft: async (message, options) => {
        const draft = await created(message, options);
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return draft;
      },
    };
    const sleeper = openDispatchDesk({ db: database.db, mail: slowMail, clock, owner: 'sleeper' });
    const attempt = sleeper.dispatch(opportunityId);
    while (mail.ledger.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(70 * SECOND);
    await slow.pump.run();
    expect(await dispatched()).toMatchObject({ state: 'uncertain' });
    clock.advance(SETTLE);
    await slow.pump.run();
    expect(await dispatched()).toMatchObject({ state: 'drafted' });
    answer();
    await attempt;
    expect(await dispatched()).toMatchObject({ state: 'drafted', drafts: 1 });
    expect(await kinds()).toEqual(['queued', 'drafting', 'uncertain', 'drafted']);
  });

  it('takes a late answer for good news while the outcome is uncertain', async () => {
    const waiting: (() => void)[] = [];
    const created = mail.createDraft;
    const slowMail: FaultyMail = {
      ...mail,
      createDraft: async (message, options) => {
        const draft = await created(message, options);
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
        return draft;
      },
    };
    const sleeper = openDispatchDesk({ db: database.db, mail: slowMail, clock, owner: 'sleeper' });
    const attempt = sleeper.dispatch(opportunityId);
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(70 * SECOND);
    await desk.pump.run();
    expect(await dispatched()).toMatchObject({ state: 'uncertain' });
    for (const answer of waiting) answer();
    await attempt;
    expect(await dispatched()).toMatchObject({ state: 'drafted', leaseOwner: null, nextAttemptAt: null });
    clock.advance(SETTLE);
    expect(await desk.pump.run()).toBe(0);
  });
});

describe('whatever happens', () => {
  type Step =
    | { kind: 'dispatch'; which: number; times: number; create: CreateFault }
    | { kind: 'wait'; ms: number }
    | { kind: 'pump'; desk: number; creates: CreateFault[]; finds: FindFault[] }
    | { kind: 'crash'; desk: number; which: number; call: number; effect: 'before' | 'after'; create: CreateFault }
    | { kind: 'retry'; which: number }
    | { kind: 'tamper'; which: number };

  const create = fc.constantFrom<CreateFault>(
    ...(['none', 'reject', 'unavailable', 'hang', 'accept_then_time_out', 'accept_then_drop', 'drop', 'late'] as const),
  );
  const find = fc.constantFrom<FindFault>('none', 'none', 'unknown', 'unavailable', 'hang');
  const which = fc.nat({ max: 2 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('dispatch' as const),
        which,
        times: fc.integer({ min: 1, max: 4 }),
        create,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.constantFrom(400, SECOND, 30 * SECOND, 2 * MINUTE, SETTLE),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('pump' as const),
        desk: fc.nat({ max: 1 }),
        creates: fc.array(create, { maxLength: 3 }),
        finds: fc.array(find, { maxLength: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('crash' as const),
        desk: fc.nat({ max: 1 }),
        which,
        call: fc.integer({ min: 1, max: 8 }),
        effect: fc.constantFrom('before' as const, 'after' as const),
        create,
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('retry' as const), which }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('tamper' as const), which }) },
  );

  it('no opportunity ever has two drafts, and every one comes to an end', { timeout: 120_000 }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 16 }), async (steps) => {
        run += 1;
        await database.db.write.account.deleteMany();
        await database.db.write.setting.deleteMany();
        clock = createClock(NOW);
        mail = createFaultyMail({
          clock,
          whenStuck: deadlines.expire,
          settleMs: SETTLE,
          searchLagMs: 2 * MINUTE,
          lateMs: 3 * MINUTE,
        });
        const dead = new Set<string>();
        let births = 0;
        const born = () => openDispatchDesk({ db: database.db, mail, clock, dead, owner: `p${run}-${++births}` });
        const desks = [born(), born()];
        const ids = await seedOpportunities(database.db, born(), [`r${run}-a`, `r${run}-b`, `r${run}-c`]);
        expect(ids).toHaveLength(3);
        const at = (index: number) => desks[index] as DispatchDesk;
        const idOf = (index: number) => ids[index] as string;
        const rowOf = (index: number) =>
          database.db.read.dispatch.findUnique({ where: { opportunityId: idOf(index) } });
        const tampered = new Set<string>();

        /** Presses Retry as a person does who was told to look in the drafts first. */
        const pressRetry = async (index: number): Promise<void> => {
          const row = await rowOf(index);
          if (!row || (row.state === 'uncertain' && mail.count(row.messageId) > 0)) return;
          await at(0).retry(row.id);
        };

        for (const each of steps) {
          if (each.kind === 'wait') clock.advance(each.ms);
          if (each.kind === 'retry') await pressRetry(each.which);
          if (each.kind === 'dispatch') {
            mail.planCreates(each.create);
            await Promise.all(Array.from({ length: each.times }, (_, time) => at(time % 2).dispatch(idOf(each.which))));
          }
          if (each.kind === 'pump') {
            mail.planCreates(...each.creates);
            mail.planFinds(...each.finds);
            await Promise.all([
              at(each.desk).pump.run(),
              ...(each.creates.length > 1 ? [at(1 - each.desk).pump.run()] : []),
            ]);
          }
          if (each.kind === 'crash') {
            const doomed = at(each.desk);
            mail.planCreates(each.create);
            doomed.dieAt(each.call, each.effect);
            const life = doomed.dispatch(idOf(each.which)).then(() => doomed.pump.run());
            await Promise.race([life, doomed.died]);
            doomed.die();
            desks[each.desk] = born();
          }
          if (each.kind === 'tamper') {
            const row = await rowOf(each.which);
            // Only what no look-up has adopted: nobody reads the header of a draft again after that.
            if (row && row.state !== 'drafted' && mail.count(row.messageId) > 0) {
              mail.tamper(row.messageId);
              tampered.add(row.messageId);
            }
          }
          await expectOneDraftEach(database.db, mail);
        }

        // The storm is over: whatever is left comes to its end.
        mail.always('none');
        for (let round = 0; round < 30; round += 1) {
          clock.advance(SETTLE);
          await at(0).pump.run();
          for (const index of ids.keys()) {
            if (round < 15) await pressRetry(index);
            if (round === 0) await at(1).dispatch(idOf(index));
          }
        }
        for (const index of ids.keys()) {
          const row = await rowOf(index);
          const stuck = row?.state === 'uncertain' && row.nextAttemptAt === null && mail.count(row.messageId) === 1;
          expect(row?.state === 'drafted' || stuck, `${row?.state} ${row?.errorCode}`).toBe(true);
          expect(mail.count(row?.messageId ?? '')).toBe(1);
        }
        await expectOneDraftEach(database.db, mail);
        await expectOrderedTimelines(database.db);
        await expectTotalsToAdd(database.db);
      }),
      { numRuns: 60 },
    );
  });
});
