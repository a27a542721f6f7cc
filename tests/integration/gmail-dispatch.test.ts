import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock, MINUTE, NOW, SECOND } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { type DispatchDesk, openDispatchDesk, seedOpportunities } from '../helpers/dispatch-desk';
import { DANA, danasDrafts, danasToken } from '../helpers/gmail-desk';
import { type Fault, GMAIL_FAULTS } from '../helpers/gmail-faults';
import { startGmailServer } from '../helpers/gmail-server';
import { expectOrderedTimelines } from '../helpers/ledger';

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await openTemporaryDatabase();
});
afterAll(() => database.close());

/** How long Gmail may take here; the faults that make it late are shorter. */
const TIMEOUT_MS = 300;
const CREATE_FAULTS: (Fault | null)[] = [
  ...[null, GMAIL_FAULTS.rateLimited, GMAIL_FAULTS.userRate, GMAIL_FAULTS.serverError, GMAIL_FAULTS.serverErrorAfter],
  ...[GMAIL_FAULTS.unavailable, GMAIL_FAULTS.resetBefore, GMAIL_FAULTS.resetAfter, GMAIL_FAULTS.half, GMAIL_FAULTS.cut],
  ...[GMAIL_FAULTS.hang, GMAIL_FAULTS.hangAfter, { effect: { lateMs: 50 }, answer: 'hang' } as const],
];
const READ_FAULTS: (Fault | null)[] = [
  ...[null, null, GMAIL_FAULTS.rateLimited, GMAIL_FAULTS.serverError, GMAIL_FAULTS.resetBefore, GMAIL_FAULTS.half],
  ...[GMAIL_FAULTS.cut, GMAIL_FAULTS.hang],
];

describe('from dispatch to draft in a Gmail that fails', () => {
  const storm = fc.record({
    create: fc.array(fc.constantFrom(...CREATE_FAULTS), { minLength: 3, maxLength: 8 }),
    list: fc.array(fc.constantFrom(...READ_FAULTS), { maxLength: 5 }),
    get: fc.array(fc.constantFrom(...READ_FAULTS), { maxLength: 3 }),
    token: fc.array(fc.constantFrom(null, GMAIL_FAULTS.serverError, GMAIL_FAULTS.resetAfter), { maxLength: 2 }),
    searchLagMs: fc.constantFrom(0, 30 * SECOND),
    rewriteMessageIds: fc.constantFrom(false, false, true),
    crash: fc.option(fc.record({ call: fc.integer({ min: 1, max: 8 }), effect: fc.constantFrom('before', 'after') })),
    revoked: fc.boolean(),
  });

  it('every opportunity has one draft in the end, and nothing was sent', { timeout: 120_000 }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(storm, async (weather) => {
        run += 1;
        await database.db.write.account.deleteMany();
        await database.db.write.setting.deleteMany();
        const clock = createClock(NOW);
        const server = await startGmailServer({ clock });
        try {
          let consent = await danasToken(server, { clock, timeoutMs: TIMEOUT_MS });
          const mail = await danasDrafts(server, {
            clock,
            timeoutMs: TIMEOUT_MS,
            token: { accessToken: (signal) => consent.accessToken(signal), discard: (token) => consent.discard(token) },
          });
          const dead = new Set<string>();
          let births = 0;
          const born = (): DispatchDesk =>
            openDispatchDesk({
              db: database.db,
              mail,
              clock,
              dead,
              owner: `p${run}-${++births}`,
              policy: { maxAttempts: 20, timeoutMs: 2_000 },
            });
          let desk = born();
          const ids = await seedOpportunities(database.db, desk, [`g${run}-a`, `g${run}-b`, `g${run}-c`]);

          await server.behave({ searchLagMs: weather.searchLagMs, rewriteMessageIds: weather.rewriteMessageIds });
          for (const operation of ['create', 'list', 'get', 'token'] as const) {
            await server.plan(operation, ...weather[operation]);
          }
          if (weather.crash) desk.dieAt(weather.crash.call, weather.crash.effect as 'before' | 'after');
          await Promise.race([Promise.all(ids.map((id) => desk.dispatch(id))), desk.died]);
          if (weather.crash) {
            desk.die();
            desk = born();
            await Promise.all(ids.map((id) => desk.dispatch(id)));
          }
          if (weather.revoked) {
            await server.revoke(DANA);
            clock.advance(MINUTE);
            await desk.pump.run();
            consent = await danasToken(server, { clock, timeoutMs: TIMEOUT_MS });
          }
          for (let round = 0; round < 60 && !(await allDrafted(ids)); round += 1) {
            // Sooner than the search has caught up, and later.
            clock.advance(round % 3 === 2 ? 3 * MINUTE : 2 * SECOND);
            await desk.pump.run();
          }

          const rows = await database.db.read.dispatch.findMany();
          expect(rows.map(({ state }) => state)).toEqual(['drafted', 'drafted', 'drafted']);
          const { creates, sends } = await server.ledger();
          expect(creates.map(({ dispatchId }) => dispatchId).sort()).toEqual(rows.map(({ id }) => id).sort());
          for (const { id, provider, draftId } of rows) {
            const entry = creates.find(({ dispatchId }) => dispatchId === id);
            expect([provider, draftId]).toEqual(['gmail', entry?.draftId]);
          }
          expect(sends).toEqual([]);
          await expectOrderedTimelines(database.db);
        } finally {
          await server.close();
        }
      }),
      { numRuns: 20 },
    );
  });

  async function allDrafted(ids: string[]): Promise<boolean> {
    return (await database.db.read.dispatch.count({ where: { state: 'drafted' } })) === ids.length;
  }
});
