import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountItem, AccountQuery, OpportunityItem, OpportunityQuery } from '../../lib/contracts';
import { NOW } from '../helpers/clock';
import { FORECASTING, importAtDesk, type Row, SLACK } from '../helpers/portfolio';
import { createRandom, randomRow } from '../helpers/random';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

let desk: TestRuntime;
let accounts: AccountItem[];
let opportunities: OpportunityItem[];

/** Everything at once, by the one page size that needs no cursor. */
async function everyOpportunity(): Promise<OpportunityItem[]> {
  const rows = await desk.db.read.opportunity.findMany({ select: { id: true } });
  return Promise.all(rows.map(({ id }) => desk.runtime.reads.getOpportunity(id)));
}

async function everyAccount(): Promise<AccountItem[]> {
  const rows = await desk.db.read.account.findMany({ select: { id: true } });
  return Promise.all(rows.map(({ id }) => desk.runtime.reads.getAccount(id)));
}

async function walk<Item extends { id: string }>(
  list: (cursor?: string) => Promise<{ items: Item[]; nextCursor: string | null }>,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await list(cursor ?? undefined);
    if (page.nextCursor === null) expect(page.items.length).toBeLessThanOrEqual(limit);
    else expect(page.items).toHaveLength(limit);
    items.push(...page.items);
    if (items.length > 5_000) throw new Error('The pages have no end.');
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

beforeAll(async () => {
  desk = await openRuntime();
  const random = createRandom(7);
  const rows: Row[] = Array.from({ length: 90 }, (_, index) =>
    randomRow(random, `a-${index}`, {
      // Many equal names, amounts, dates and none at all: what a cursor trips over.
      name: random.pick(['Acme', 'acme', 'Bolt', 'Ångström', 'Zebra']),
      arr: random.pick(['', '1000', '1000', '2500.50', '99.99']),
      currency: random.pick(['USD', 'EUR']),
      seats_purchased: '10',
      seats_active: String(random.whole(7, 10)),
      renewal_date: random.pick(['', '2027-02-01', '2027-02-01', '2027-08-09']),
      ...(random.chance(0.1) ? { usage_trend: '' } : {}),
      ...(random.chance(0.1) ? { status: random.pick(['inactive', 'churned']) } : {}),
      csm_email: random.pick(['dana@x.example', 'noah@x.example', '']),
      rep_email: random.pick(['tom@x.example', 'dana@x.example', '']),
    }),
  );
  await importAtDesk(desk.runtime, [FORECASTING, { ...SLACK, price: '' }], 'catalogue');
  await importAtDesk(desk.runtime, rows);
  opportunities = await everyOpportunity();
  for (const [index, { id, status }] of opportunities.entries()) {
    if (status !== 'open' && status !== 'held') continue;
    if (index % 5 === 0) await desk.runtime.desk.dispatch(id, 'test', { reason: 'for the test' });
    if (index % 5 === 1) await desk.runtime.desk.actOnOpportunity(id, { action: 'dismiss', reason: 'other' }, 'test');
    if (index % 5 === 2) {
      await desk.runtime.desk.actOnOpportunity(id, { action: 'snooze', until: '2026-12-01T00:00:00Z' }, 'test');
    }
  }
  opportunities = await everyOpportunity();
  accounts = await everyAccount();
  const texts = await desk.db.read.$queryRaw<{ text: string }[]>`
    SELECT "text" FROM (SELECT "name" AS "text" FROM "accounts" UNION SELECT "id" FROM "accounts") AS t ORDER BY "text"`;
  for (const [index, { text }] of texts.entries()) places.set(text, index);
});
afterAll(() => desk.close());

const limit = fc.integer({ min: 1, max: 40 });
const some = <T>(values: readonly T[]) => fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined });

describe('the list of opportunities', () => {
  const query = fc.record({
    sort: fc.constantFrom('-impact', 'impact', '-confidence', '-firstSeenAt', 'firstSeenAt', undefined),
    status: some(['open', 'held', 'drafted', 'dismissed', 'snoozed'] as const),
    type: some(['seats', 'module', 'integration'] as const),
    confidence: some(['low', 'medium', 'high'] as const),
    rag: some(['GREEN', 'AMBER', 'RED'] as const),
    owner: fc.constantFrom(undefined, undefined, 'dana@x.example', 'nobody@x.example'),
    q: fc.constantFrom(undefined, undefined, 'ACME', 'a-1', '%', 'ångström'),
  });

  it('shows under every sort and filter each row that fits, once, in order', async () => {
    expect(opportunities.length).toBeGreaterThan(60);
    await fc.assert(
      fc.asyncProperty(query, limit, async (drawn, size) => {
        const asked = withoutUndefined<OpportunityQuery>(drawn);
        const items = await walk(
          (cursor) => desk.runtime.reads.listOpportunities({ ...asked, limit: size, ...(cursor ? { cursor } : {}) }),
          size,
        );
        const expected = opportunities.filter((each) => fits(each, asked));
        expect(items.map((item) => item.id).sort()).toEqual(expected.map((item) => item.id).sort());
        const keys = items.map((item) => sortKey(item, asked.sort ?? '-impact'));
        const rising = asked.sort === 'impact' || asked.sort === 'firstSeenAt';
        for (const [index, key] of keys.slice(1).entries()) {
          const order = compare(keys[index] ?? [], key);
          expect(rising ? order : -order, `${JSON.stringify(keys[index])} before ${JSON.stringify(key)}`).toBeLessThan(
            0,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  function fits(item: OpportunityItem, asked: OpportunityQuery): boolean {
    const text = `${item.account.name} ${item.account.domain ?? ''} ${item.account.id}`.toLowerCase();
    return (
      (asked.status?.includes(item.status) ?? true) &&
      (asked.type?.includes(item.type) ?? true) &&
      (asked.confidence?.includes(item.confidence) ?? true) &&
      (!asked.rag || (item.account.rag !== null && asked.rag.includes(item.account.rag))) &&
      (!asked.owner || [item.account.repEmail, item.account.csmEmail].includes(asked.owner)) &&
      (!asked.q || text.includes(asked.q.toLowerCase()))
    );
  }

  function sortKey(item: OpportunityItem, sort: NonNullable<OpportunityQuery['sort']>): (string | number)[] {
    const impact = item.impact?.amountCents ?? -1;
    if (sort.endsWith('firstSeenAt')) return [item.firstSeenAt, item.id];
    if (sort === '-confidence') return [{ low: 1, medium: 2, high: 3 }[item.confidence], impact, item.id];
    return [impact, item.id];
  }
});

describe('the list of accounts', () => {
  const query = fc.record({
    sort: fc.constantFrom('name', '-name', 'score', '-score', 'renewalDate', '-renewalDate', 'arr', '-arr', undefined),
    status: some(['active', 'onboarding', 'inactive', 'churned'] as const),
    rag: some(['GREEN', 'AMBER', 'RED'] as const),
    churnRisk: some(['low', 'medium', 'high', 'critical'] as const),
    owner: fc.constantFrom(undefined, undefined, 'tom@x.example'),
    q: fc.constantFrom(undefined, undefined, 'acme', '_', 'a-2'),
  });

  it('shows under every sort and filter each row that fits, once, in order, those without a value last', async () => {
    expect(accounts.filter((account) => account.score === null).length).toBeGreaterThan(3);
    await fc.assert(
      fc.asyncProperty(query, limit, async (drawn, size) => {
        const asked = withoutUndefined<AccountQuery>(drawn);
        const items = await walk(
          (cursor) => desk.runtime.reads.listAccounts({ ...asked, limit: size, ...(cursor ? { cursor } : {}) }),
          size,
        );
        const expected = accounts.filter((each) => fits(each, asked));
        expect(items.map((item) => item.id).sort()).toEqual(expected.map((item) => item.id).sort());
        const sort = asked.sort ?? 'name';
        const direction = sort.startsWith('-') ? -1 : 1;
        const keys = items.map((item) => [sortValue(item, sort), item.id] as const);
        for (const [index, [value, id]] of keys.slice(1).entries()) {
          const [before, idBefore] = keys[index] ?? [null, ''];
          const order =
            before === null || value === null
              ? before === null && value === null
                ? compare([idBefore], [id])
                : before === null
                  ? 1
                  : -1
              : direction * compare([before, idBefore], [value, id]);
          expect(order, `${before} ${idBefore} before ${value} ${id}`).toBeLessThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  function fits(item: AccountItem, asked: AccountQuery): boolean {
    const text = `${item.name} ${item.domain ?? ''} ${item.id}`.toLowerCase();
    return (
      (asked.status?.includes(item.status) ?? true) &&
      (!asked.rag || (item.rag !== null && asked.rag.includes(item.rag))) &&
      (!asked.churnRisk || (item.churnRiskLevel !== null && asked.churnRisk.includes(item.churnRiskLevel))) &&
      (!asked.owner || [item.repEmail, item.csmEmail].includes(asked.owner)) &&
      (!asked.q || text.includes(asked.q.toLowerCase()))
    );
  }

  function sortValue(item: AccountItem, sort: NonNullable<AccountQuery['sort']>): string | number | null {
    if (sort.endsWith('name')) return item.name;
    if (sort.endsWith('score')) return item.score;
    return sort.endsWith('arr') ? (item.arr?.amountCents ?? null) : item.renewalDate;
  }
});

describe('the trend of an account', () => {
  it('is its newest scores, oldest first, the same in the list as on its page', async () => {
    const { db, runtime } = desk;
    const first = await db.read.healthScore.findFirstOrThrow({ orderBy: { id: 'asc' } });
    const { id: _, ...score } = first;
    const day = (ago: number) => new Date(first.asOf.getTime() - ago * 86_400_000);
    // Stored in no order; two of one day are told apart by which was stored later.
    const added = [40, 3, 17, 1, 1, 29, ...Array.from({ length: 30 }, (_each, index) => 50 + index)];
    for (const [index, ago] of added.entries()) {
      await db.write.healthScore.create({ data: { ...score, asOf: day(ago), score: index } });
    }
    try {
      const { trend } = await runtime.reads.getAccount(first.accountId);
      expect(trend).toHaveLength(26);
      expect(trend.slice(-7)).toEqual([0, 5, 2, 1, 3, 4, first.score]);
      const listed = await walk(
        (cursor) => runtime.reads.listAccounts({ limit: 40, ...(cursor ? { cursor } : {}) }),
        40,
      );
      for (const item of listed) expect(item.trend).toEqual((await runtime.reads.getAccount(item.id)).trend);
      expect(listed.some((item) => item.trend.length === 0)).toBe(true);
    } finally {
      await db.write.healthScore.deleteMany({ where: { accountId: first.accountId, id: { not: first.id } } });
    }
  });
});

describe('the lists of dispatches and runs', () => {
  it.each([1, 3, 7, 100])('walks the dispatches by %d, newest first', async (size) => {
    const rows = await desk.db.read.dispatch.findMany({ select: { id: true, createdAt: true } });
    const items = await walk(
      (cursor) => desk.runtime.reads.listDispatches({ limit: size, ...(cursor ? { cursor } : {}) }),
      size,
    );
    expect(items.map((item) => item.id)).toEqual(
      rows
        .sort((a, b) => compare([b.createdAt.toISOString(), b.id], [a.createdAt.toISOString(), a.id]))
        .map((row) => row.id),
    );
    expect(items.length).toBeGreaterThan(5);
  });

  it.each([1, 2, 5])('walks the runs by %d, newest first', async (size) => {
    const rows = Array.from({ length: 11 }, (_, index) => ({
      id: `run-${size}-${index}`,
      job: 'health_scan',
      trigger: 'manual',
      state: index % 2 === 0 ? 'succeeded' : 'failed',
      createdAt: new Date(NOW.getTime() + Math.floor(index / 4) * 1_000),
    }));
    await desk.db.write.run.deleteMany({ where: { job: 'health_scan' } });
    await desk.db.write.run.createMany({ data: rows });
    const items = await walk(
      (cursor) => desk.runtime.reads.listRuns({ job: 'health_scan', limit: size, ...(cursor ? { cursor } : {}) }),
      size,
    );
    expect(items.map((item) => item.id)).toEqual(
      rows
        .sort((a, b) => compare([b.createdAt.toISOString(), b.id], [a.createdAt.toISOString(), a.id]))
        .map((row) => row.id),
    );
    const failed = await desk.runtime.reads.listRuns({ job: 'health_scan', state: ['failed'] });
    expect(failed.items).toHaveLength(5);
  });
});

describe('a cursor', () => {
  it('with anything for its values is refused or answered, never an error of the database', async () => {
    const { runtime } = desk;
    const value = fc.oneof(
      fc.double(),
      fc.maxSafeInteger(),
      fc.constantFrom(1.5, 1e300, 2 ** 31, '\0', '\ud800', '9999-99-99T00:00:00Z', '2026-11-22T09:30:00.000+00:00'),
      fc.string({ unit: 'binary' }),
    );
    const lists: [string, (cursor: string) => Promise<unknown>][] = [
      ...(['-impact', 'impact', '-confidence', '-firstSeenAt'] as const).map(
        (sort): [string, (cursor: string) => Promise<unknown>] => [
          sort,
          (cursor) => runtime.reads.listOpportunities({ cursor, sort }),
        ],
      ),
      ...(['name', 'score', '-renewalDate', 'arr', 'arr:rest'] as const).map(
        (name): [string, (cursor: string) => Promise<unknown>] => [
          name,
          (cursor) => runtime.reads.listAccounts({ cursor, sort: name === 'arr:rest' ? 'arr' : name }),
        ],
      ),
      ['dispatches:newest', (cursor) => runtime.reads.listDispatches({ cursor })],
      ['runs:newest', (cursor) => runtime.reads.listRuns({ cursor })],
      ['audit:newest', (cursor) => runtime.access.audit.list({ cursor })],
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...lists), fc.array(value, { maxLength: 3 }), async ([sort, list], position) => {
        const cursor = Buffer.from(JSON.stringify([sort, ...position])).toString('base64url');
        await list(cursor).catch((error: unknown) => expect(error).toMatchObject({ code: 'invalid_input' }));
      }),
      { numRuns: 400 },
    );
  });

  it('of another list, of another sort or made up is refused', async () => {
    const { runtime } = desk;
    const opportunity = (await runtime.reads.listOpportunities({ limit: 1, sort: '-impact' })).nextCursor ?? '';
    const account = (await runtime.reads.listAccounts({ limit: 1, sort: 'score' })).nextCursor ?? '';
    const dispatch = (await runtime.reads.listDispatches({ limit: 1 })).nextCursor ?? '';
    const refused = { code: 'invalid_input', issues: [expect.objectContaining({ path: 'cursor' })] };
    for (const cursor of [account, dispatch, 'x', '!', Buffer.from('["-impact","1","2"]').toString('base64url')]) {
      await expect(runtime.reads.listOpportunities({ cursor, sort: '-impact' })).rejects.toMatchObject(refused);
      if (cursor !== account)
        await expect(runtime.reads.listAccounts({ cursor, sort: 'score' })).rejects.toMatchObject(refused);
      if (cursor !== dispatch) await expect(runtime.reads.listDispatches({ cursor })).rejects.toMatchObject(refused);
    }
    await expect(runtime.reads.listOpportunities({ cursor: opportunity, sort: 'impact' })).rejects.toMatchObject(
      refused,
    );
    await expect(runtime.reads.listAccounts({ cursor: account, sort: '-score' })).rejects.toMatchObject(refused);
  });

  it.each([
    ['a part of a cent', ['-impact', 1.5, 'x']],
    ['more cents than there are', ['-impact', 2 ** 63, 'x']],
    ['a rank that no integer of 32 bits is', ['-confidence', 3e9, 1, 'x']],
    ['a tiny ARR', ['arr', 5e-324, 'x']],
    ['a huge ARR', ['-arr', 1e300, 'x']],
    ['the year 0', ['firstSeenAt', '0000-01-01T00:00:00.000Z', 'x']],
    ['30 February', ['-firstSeenAt', '2026-02-30T00:00:00.000Z', 'x']],
    ['a day of 24 hours', ['firstSeenAt', '2026-02-28T24:00:00.000Z', 'x']],
    ['a dispatch of the year 0', ['dispatches:newest', '0000-01-01T00:00:00.000Z', 'x']],
    ['a run of 31 April', ['runs:newest', '2026-04-31T00:00:00.000Z', 'x']],
    ['an event with half a number', ['audit:newest', 1.5]],
    ['an event beyond the last', ['audit:newest', 2 ** 31]],
  ])('at %s is refused, whatever the engine makes of it', async (_what, position) => {
    const cursor = Buffer.from(JSON.stringify(position)).toString('base64url');
    const { reads, access } = desk.runtime;
    const [sort = ''] = position as [string];
    const list = () => {
      if (sort === 'dispatches:newest') return reads.listDispatches({ cursor });
      if (sort === 'runs:newest') return reads.listRuns({ cursor });
      if (sort === 'audit:newest') return access.audit.list({ cursor });
      if (sort.endsWith('arr')) return reads.listAccounts({ cursor, sort: sort as AccountQuery['sort'] });
      return reads.listOpportunities({ cursor, sort: sort as OpportunityQuery['sort'] });
    };
    await expect(list()).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('of the runs is not one of the dispatches', async () => {
    const { nextCursor } = await desk.runtime.reads.listDispatches({ limit: 1 });
    const madeUp = Buffer.from('["runs:newest","no time","x"]').toString('base64url');
    for (const cursor of [nextCursor ?? '', madeUp]) {
      await expect(desk.runtime.reads.listRuns({ cursor })).rejects.toMatchObject({ code: 'invalid_input' });
    }
  });
});

function withoutUndefined<Query extends object>(query: object): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Query;
}

/** Of names and ids of accounts in the order of the database: by their bytes on SQLite, by its language on PostgreSQL. */
const places = new Map<string, number>();

/** As the database compares: numbers by value, texts by their place. */
function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? '';
    if (value === other) continue;
    if (typeof value === 'string' && typeof other === 'string') {
      const [place, otherPlace] = [places.get(value), places.get(other)];
      if (place !== undefined && otherPlace !== undefined) return place - otherPlace;
      return Buffer.compare(Buffer.from(value), Buffer.from(other));
    }
    return value < other ? -1 : 1;
  }
  return 0;
}
