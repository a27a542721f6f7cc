import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImportKind } from '../../lib/contracts';
import type { Database } from '../../lib/db/client';
import { createImportStore } from '../../lib/db/import-store';
import { type ImportRequest, importFile } from '../../lib/importer';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';

const NOW = new Date('2026-11-22T15:00:00Z');
const LATER = new Date('2026-11-23T15:00:00Z');

let database: TemporaryDatabase;
let directory: string;
let db: Database;

beforeAll(async () => {
  database = await openTemporaryDatabase();
  ({ directory, db } = database);
});
afterAll(() => database.close());
beforeEach(async () => {
  await db.write.account.deleteMany();
  await db.write.catalogueItem.deleteMany();
});

type Row = { [column: string]: string };

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

function run(text: string, options: Partial<ImportRequest> = {}) {
  const { now = NOW } = options;
  return importFile({
    kind: 'accounts',
    format: 'csv',
    body: bytes(text),
    store: createImportStore(db, () => now),
    now,
    rejectedDirectory: path.join(directory, 'imports'),
    ...options,
  });
}

function csv(rows: readonly Row[]): string {
  return stringify([...rows], { header: true, columns: [...new Set(rows.flatMap((row) => Object.keys(row)))] });
}

async function counts(rows: readonly Row[], now = NOW, kind: ImportKind = 'accounts') {
  const { created, updated, unchanged, rejectedRows, changedAccountIds } = await run(csv(rows), { now, kind });
  return { created, updated, unchanged, rejectedRows, changed: changedAccountIds };
}

const ACME: Row = {
  account_id: 'a-1',
  name: 'Acme',
  arr: '24000.50',
  seats_purchased: '100',
  seats_active: '97',
  nps_score: '9',
};
const BOLT: Row = {
  account_id: 'a-2',
  name: 'Bolt',
  arr: '100',
  seats_purchased: '10',
  seats_active: '5',
  nps_score: '7',
};
const at = (row: Row, observedAt: string, more: Row = {}): Row => ({ ...row, observed_at: observedAt, ...more });

async function current(id = 'a-1') {
  const account = await db.read.account.findUniqueOrThrow({ where: { id } });
  const snapshot = await db.read.signalSnapshot.findUniqueOrThrow({ where: { id: account.currentSnapshotId ?? -1 } });
  return { account, snapshot, history: await db.read.signalSnapshot.count({ where: { accountId: id } }) };
}

describe('importing accounts', () => {
  it('changes nothing when the same file comes again, with or without times', async () => {
    for (const rows of [
      [ACME, BOLT],
      [at(ACME, '2026-11-20'), at(BOLT, '2026-11-20')],
    ]) {
      await db.write.account.deleteMany();
      expect(await counts(rows)).toEqual({
        created: 2,
        updated: 0,
        unchanged: 0,
        rejectedRows: 0,
        changed: ['a-1', 'a-2'],
      });
      const before = await db.read.account.findMany();
      expect(await counts(rows, LATER)).toEqual({ created: 0, updated: 0, unchanged: 2, rejectedRows: 0, changed: [] });
      expect(await db.read.account.findMany()).toEqual(before);
      expect(await db.read.signalSnapshot.count()).toBe(2);
    }
  });

  it('stores what the file says, as Prisma itself would', async () => {
    const row = at(ACME, '2026-11-20T06:00:00Z', {
      domain: 'Acme.example',
      renewal_date: '2027-05-04',
      last_interaction_at: '2026-11-01',
      modules: 'b;a',
    });
    await run(csv([row]));
    const { account, snapshot } = await current();
    expect(account).toMatchObject({
      source: 'csv',
      arrCents: 2_400_050n,
      currency: 'USD',
      renewalDate: '2027-05-04',
      modules: '["a","b"]',
      searchKey: 'acme acme.example a-1',
      createdAt: NOW,
      updatedAt: NOW,
    });
    expect(snapshot).toMatchObject({
      observedAt: new Date('2026-11-20T06:00:00Z'),
      recordedAt: NOW,
      seatsActive: 97,
      npsScore: 9,
    });
    // Text as written by us and by Prisma must compare equal.
    expect(
      await db.read.signalSnapshot.count({
        where: { observedAt: snapshot.observedAt, lastInteractionAt: new Date('2026-11-01') },
      }),
    ).toBe(1);
  });

  it('updates the account and adds to its history when a row changed', async () => {
    await counts([at(ACME, '2026-11-13'), BOLT]);
    const changed = at(ACME, '2026-11-20', { name: 'Acme Ltd', seats_active: '99' });
    expect(await counts([changed, BOLT], LATER)).toMatchObject({
      created: 0,
      updated: 1,
      unchanged: 1,
      changed: ['a-1'],
    });
    const { account, snapshot, history } = await current();
    expect(account).toMatchObject({ name: 'Acme Ltd', createdAt: NOW, updatedAt: LATER });
    expect(snapshot.seatsActive).toBe(99);
    expect(history).toBe(2);
  });

  it('takes a changed row without a time to be observed now', async () => {
    await counts([ACME]);
    await counts([{ ...ACME, nps_score: '3' }], LATER);
    const { snapshot, history } = await current();
    expect(snapshot).toMatchObject({ npsScore: 3, observedAt: LATER });
    expect(history).toBe(2);
  });

  it('puts an older row into the history only', async () => {
    await counts([at(ACME, '2026-11-20')]);
    const older = at(ACME, '2026-11-06', { name: 'Acme as it was', nps_score: '2' });
    expect(await counts([older], LATER)).toMatchObject({ updated: 1 });
    const { account, snapshot, history } = await current();
    expect([account.name, account.updatedAt, snapshot.npsScore, history]).toEqual(['Acme', NOW, 9, 2]);
    expect(await counts([older, at(ACME, '2026-11-20')])).toMatchObject({ unchanged: 2 });
  });

  it('lets a later row for the same time correct an earlier one, and back again', async () => {
    const wrong = at(ACME, '2026-11-20', { nps_score: '1' });
    const right = at(ACME, '2026-11-20');
    await counts([wrong]);
    const steps: [Row, Date, number, number][] = [
      [right, new Date('2026-11-23T00:00:00Z'), 1, 9],
      [right, new Date('2026-11-24T00:00:00Z'), 0, 9],
      [wrong, new Date('2026-11-25T00:00:00Z'), 1, 1],
    ];
    for (const [row, now, updated, nps] of steps) {
      expect((await counts([row], now)).updated).toBe(updated);
      expect((await current()).snapshot.npsScore).toBe(nps);
    }
    expect((await current()).history).toBe(3);
  });

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]]])(
    'takes several rows of one account in the order %j',
    async (order) => {
      const rows = ['2026-11-06', '2026-11-13', '2026-11-20'].map((day, week) =>
        at(ACME, day, { name: `Acme ${week}`, nps_score: String(week) }),
      );
      const file = order.map((index) => rows[index] ?? ACME);
      expect(await counts(file)).toEqual({ created: 1, updated: 2, unchanged: 0, rejectedRows: 0, changed: ['a-1'] });
      const { account, snapshot } = await current();
      expect([account.name, snapshot.npsScore]).toEqual(['Acme 2', 2]);
      expect(await counts(file, LATER)).toMatchObject({ unchanged: 3, updated: 0 });
    },
  );

  it('recognises a file that contradicts itself when it comes again', async () => {
    const file = [at(ACME, '2026-11-20', { nps_score: '1' }), at(ACME, '2026-11-20', { nps_score: '2' })];
    expect(await counts(file)).toMatchObject({ created: 1, updated: 1 });
    expect((await current()).snapshot.npsScore).toBe(2);
    expect(await counts(file, LATER)).toMatchObject({ unchanged: 2, updated: 0 });
  });

  it('lets good rows in, and gives bad ones back to be mended', async () => {
    const file = csv([
      ACME,
      { ...BOLT, arr: '24.000,50', nps_score: '12' },
      { ...BOLT, account_id: 'a-3', name: '=Bolt' },
      { ...ACME, account_id: '' },
    ]);
    const outcome = await run(file);
    expect(outcome).toMatchObject({ created: 2, updated: 0, unchanged: 0, errorCount: 3, rejectedRows: 2 });
    expect(outcome.errors).toEqual([
      { line: 3, column: 'arr', value: '24.000,50', message: expect.stringContaining('Write 24000.50.') },
      { line: 3, column: 'nps_score', value: '12', message: expect.stringContaining('from 0 to 10') },
      { line: 5, column: 'account_id', value: null, message: expect.stringContaining('Fill it in') },
    ]);
    const rejected = await readFile(outcome.rejectedCsv ?? '', 'utf8');
    const mended = rejected.replace('"24.000,50"', '24000.50').replace(',12', ',7').replace(',,Acme', ',a-4,Acme');
    expect(await run(mended)).toMatchObject({ created: 2, errorCount: 0, rejectedCsv: null });
    expect(await db.read.account.findMany({ orderBy: { id: 'asc' }, select: { id: true, name: true } })).toEqual([
      { id: 'a-1', name: 'Acme' },
      { id: 'a-2', name: 'Bolt' },
      { id: 'a-3', name: '=Bolt' },
      { id: 'a-4', name: 'Acme' },
    ]);
  });

  it('reads JSON to the same end', async () => {
    await counts([ACME]);
    const json = JSON.stringify([
      { accountId: 'a-1', name: 'Acme', arr: 24000.5, seatsPurchased: 100, seatsActive: 97, npsScore: 9 },
    ]);
    expect(await run(json, { format: 'json', now: LATER })).toMatchObject({ unchanged: 1, created: 0 });
  });

  it('gives bad JSON rows back as CSV', async () => {
    const json = JSON.stringify([{ account_id: 'a-1', name: 'Acme', arr: '1,5', modules: ['x', 'y'] }]);
    const outcome = await run(json, { format: 'json' });
    expect(outcome.errors).toMatchObject([{ line: 1, column: 'arr', value: '1,5' }]);
    const rejected = await readFile(outcome.rejectedCsv ?? '', 'utf8');
    expect(await run(rejected.replace('"1,5"', '1.5'))).toMatchObject({ created: 1, errorCount: 0 });
    expect((await current()).account).toMatchObject({ arrCents: 150n, modules: '["x","y"]' });
  });

  it('leaves an account of another source alone', async () => {
    await counts([ACME]);
    await db.write.account.update({ where: { id: 'a-1' }, data: { source: 'salesforce' } });
    const outcome = await run(csv([{ ...ACME, name: 'Changed' }, BOLT]));
    expect(outcome).toMatchObject({ created: 1, rejectedRows: 1 });
    expect(outcome.errors[0]).toMatchObject({
      line: 2,
      column: 'account_id',
      message: expect.stringContaining('belongs to source «salesforce»'),
    });
    expect((await current()).account.name).toBe('Acme');
  });

  it('keeps the owners on opportunities in step', async () => {
    await counts([{ ...ACME, csm_email: 'dana@x.example', rep_email: 'tom@x.example' }]);
    await db.write.opportunity.create({
      data: {
        id: 'o-1',
        fingerprint: 'f',
        accountId: 'a-1',
        origin: 'scan',
        type: 'seats',
        subject: 'seats',
        status: 'open',
        confidence: 'high',
        confidenceRank: 3,
        title: 't',
        headline: 'h',
        why: 'w',
        currency: 'USD',
        impactRank: -1,
        evidence: '[]',
        calculation: '[]',
        talkTrack: 't',
        csmEmail: 'dana@x.example',
        repEmail: 'tom@x.example',
        firstSeenAt: NOW,
        lastSeenAt: NOW,
        stateChangedAt: NOW,
      },
    });
    await counts([{ ...ACME, csm_email: 'noah@x.example', rep_email: '' }], LATER);
    expect(await db.read.opportunity.findFirst()).toMatchObject({ csmEmail: 'noah@x.example', repEmail: null });
  });

  it('imports nothing from a file that cannot be used, and leaves no file behind', async () => {
    const before = await readdir(path.join(directory, 'imports'));
    await expect(run('account_id,nome\n1,2\n')).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(run('account_id,name\n1,2\n,bad\n3,"open\n')).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await db.read.account.count()).toBe(0);
    expect(await readdir(path.join(directory, 'imports'))).toEqual(before);
  });

  it('keeps what came before a break, and says where it stopped', async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => ({ account_id: `a-${index}`, name: 'N'.repeat(60) }));
    const outcome = await run(`${csv(rows)}x,"never closed`);
    expect(outcome.created).toBeGreaterThan(0);
    expect(outcome.created % 250).toBe(0);
    expect(outcome.errors).toEqual([
      {
        line: outcome.created + 2,
        column: null,
        value: null,
        message: expect.stringContaining('line 3002 opens a quote'),
      },
    ]);
    const whole = await run(csv(rows), { now: LATER });
    expect(whole).toMatchObject({ created: 3_000 - outcome.created, unchanged: outcome.created });
  });

  it('returns the first thousand errors and counts them all', async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => ({ account_id: `a-${index}`, name: '' }));
    const outcome = await run(csv(rows));
    expect(outcome.errors).toHaveLength(1_000);
    expect(outcome).toMatchObject({ errorCount: 1_500, rejectedRows: 1_500, created: 0 });
    expect((await readFile(outcome.rejectedCsv ?? '', 'utf8')).split('\r\n')).toHaveLength(1_502);
  });

  it('takes two imports at once', async () => {
    const files = ['x', 'y'].map((prefix) =>
      csv(Array.from({ length: 1_000 }, (_, index) => ({ ...ACME, account_id: `${prefix}-${index}` }))),
    );
    const outcomes = await Promise.all(files.map((file) => run(file)));
    expect(outcomes.map((outcome) => outcome.created)).toEqual([1_000, 1_000]);
  });
});

describe('importing the catalogue and usage', () => {
  const MODULE: Row = {
    item_id: 'forecasting',
    type: 'module',
    name: 'Forecasting',
    price: '14000',
    signal_features: 'Exports',
    eligible_plans: 'growth',
  };
  const use = (more: Row = {}): Row => ({
    account_id: 'a-1',
    feature: 'Exports',
    observed_at: '2026-11-20',
    uses: '12',
    limit_hits: '1',
    ...more,
  });

  it('inserts, updates and recognises catalogue items; any account may be fit for a new one', async () => {
    expect(await counts([MODULE], NOW, 'catalogue')).toEqual({
      created: 1,
      updated: 0,
      unchanged: 0,
      rejectedRows: 0,
      changed: null,
    });
    expect(await counts([MODULE], LATER, 'catalogue')).toMatchObject({ unchanged: 1, changed: [] });
    expect(await counts([{ ...MODULE, price: '15000' }], LATER, 'catalogue')).toMatchObject({ updated: 1 });
    expect(await db.read.catalogueItem.findFirst()).toMatchObject({
      priceCents: 1_500_000n,
      signalFeatures: '["Exports"]',
      updatedAt: LATER,
    });
  });

  it('inserts, updates and recognises usage, and rejects that of unknown accounts', async () => {
    await counts([ACME]);
    expect(
      await counts([use(), use({ account_id: 'ghost' }), use({ observed_at: '2026-11-13' })], NOW, 'usage'),
    ).toEqual({
      created: 2,
      updated: 0,
      unchanged: 0,
      rejectedRows: 1,
      changed: ['a-1'],
    });
    expect(await counts([use(), use({ observed_at: '2026-11-13' })], NOW, 'usage')).toMatchObject({
      unchanged: 2,
      changed: [],
    });
    expect(await counts([use({ uses: '13', active_users: '4' })], NOW, 'usage')).toMatchObject({ updated: 1 });
    const { errors } = await run(csv([use({ account_id: 'ghost' })]), { kind: 'usage' });
    expect(errors).toEqual([
      { line: 2, column: 'account_id', value: 'ghost', message: expect.stringContaining('no account «ghost»') },
    ]);
    const stored = await db.read.featureUsage.findMany({ where: { observedAt: new Date('2026-11-20') } });
    expect(stored).toMatchObject([{ uses: 13, activeUsers: 4, limitHits: 1 }]);
  });
});
