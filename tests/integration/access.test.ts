import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Access, Origin } from '../../lib/access/access';
import { DAY, HOUR, MINUTE } from '../helpers/clock';
import { everythingStored } from '../helpers/database';
import { accountRow, importRows, runEnded } from '../helpers/portfolio';
import { openRuntime, type TestRuntime } from '../helpers/runtime';

let desk: TestRuntime;
let access: Access;
beforeEach(async () => {
  desk = await openRuntime({ env: { HEADROOM_BOOTSTRAP_API_KEY: BOOTSTRAP } });
  access = desk.runtime.access;
});
afterEach(() => desk.close());

const BOOTSTRAP = 'bootstrap-key-of-these-tests-0123456789';
const PASSWORD = 'seven plain words are long enough';
const FROM: Origin = { ip: '192.0.2.7', userAgent: 'Tests/1.0', requestId: 'request-1' };
const secretOf = (link: string) => new URL(link).hash.slice(1);
const cookieOf = (cookies: string[]) => new Headers({ cookie: cookies.map((one) => one.split(';')[0]).join('; ') });

async function setUp(email = 'ada@people.example') {
  const made = await access.makeStartLink('setup', 3000);
  if (!made) throw new Error('There is somebody already.');
  return access.redeem({ secret: secretOf(made.link), name: 'Ada', email, password: PASSWORD }, FROM);
}

async function join(role: 'admin' | 'csm' | 'rep' | 'viewer', email: string) {
  const { link } = await access.people.invite(email, role, 'system');
  return access.redeem({ secret: secretOf(link), name: email, password: PASSWORD }, FROM);
}

const actions = async () => (await access.audit.list({ limit: 100 })).items.map(({ action }) => action);

describe('the set-up link', () => {
  it('makes the first admin, once', async () => {
    const made = await access.makeStartLink('setup', 3000);
    const given = { secret: secretOf(made?.link ?? ''), name: 'Ada', email: 'ada@people.example', password: PASSWORD };
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => access.redeem({ ...given, email: `ada-${index}@people.example` }, FROM)),
    );
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect(await access.people.count()).toBe(1);
    expect(await access.people.list()).toMatchObject([{ role: 'admin', methods: ['credential'] }]);
    expect(await access.makeStartLink('setup', 3000)).toBeNull();
    await expect(access.redeem(given, FROM)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is replaced by the next start, runs out after a day, and survives a mistake', async () => {
    const first = await access.makeStartLink('setup', 3000);
    const second = await access.makeStartLink('setup', 3000);
    await expect(access.links.find(secretOf(first?.link ?? ''))).rejects.toMatchObject({ code: 'not_found' });
    const secret = secretOf(second?.link ?? '');
    const given = { secret, name: 'Ada', email: 'ada@people.example' };
    await expect(access.redeem(given, FROM)).rejects.toMatchObject({ issues: [{ path: 'password' }] });
    const guessable = { ...given, password: 'ada@people.example' };
    await expect(access.redeem(guessable, FROM)).rejects.toMatchObject({ issues: [{ path: 'password' }] });
    desk.clock.advance(DAY + MINUTE);
    await expect(access.redeem({ ...given, password: PASSWORD }, FROM)).rejects.toMatchObject({ code: 'not_found' });
    expect(await access.people.count()).toBe(0);
  });
});

describe('signing in', () => {
  it('gives a session of its own each time, which ends when it is ended', async () => {
    await setUp();
    const [one, two] = [
      await access.signIn({ email: 'ada@people.example', password: PASSWORD }, FROM),
      await access.signIn({ email: 'ada@people.example', password: PASSWORD }, FROM),
    ];
    expect(one.cookies).not.toEqual(two.cookies);
    for (const { cookies } of [one, two]) {
      expect(cookies.join()).toMatch(/HttpOnly/i);
      expect(cookies.join()).toMatch(/SameSite=Lax/i);
      expect((await access.identify(cookieOf(cookies)))?.viewer).toMatchObject({ role: 'admin', name: 'Ada' });
    }
    await access.signOut(cookieOf(one.cookies), FROM);
    expect(await access.identify(cookieOf(one.cookies))).toBeNull();
    expect(await access.identify(cookieOf(two.cookies))).not.toBeNull();
  });

  it('refuses a cookie that is forged, changed, or signed elsewhere', async () => {
    const { cookies } = await setUp();
    const [name, value = ''] = (cookies[0] ?? '').split(';')[0]?.split('=') ?? [];
    const [token = '', signature = ''] = decodeURIComponent(value).split('.');
    const forged = [
      token,
      `${token}.`,
      `${token}.${'A'.repeat(43)}=`,
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}.${signature}`,
      `${token}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      `.${signature}`,
    ];
    for (const one of forged) {
      expect(await access.identify(new Headers({ cookie: `${name}=${encodeURIComponent(one)}` })), one).toBeNull();
    }
    expect(await access.identify(new Headers({ cookie: `${name}=${value}` }))).not.toBeNull();
  });

  it('ends after a week, used or not', async () => {
    const { cookies } = await setUp();
    expect(await access.identify(cookieOf(cookies))).not.toBeNull();
    // Sessions end by the clock of the machine, which a test cannot turn; so the row is turned instead.
    await desk.db.write.session.updateMany({ data: { expiresAt: new Date(Date.now() - 1000) } });
    expect(await access.identify(cookieOf(cookies))).toBeNull();
  });

  it('makes an address wait after five failures, known or not, longer each time, whoever asks', async () => {
    await setUp();
    for (const email of ['ada@people.example', 'nobody@people.example']) {
      const wrong = (ip: string) => access.signIn({ email, password: 'not the right one' }, { ...FROM, ip });
      for (let failure = 1; failure <= 5; failure += 1) {
        await expect(wrong(`192.0.2.${failure}`)).rejects.toMatchObject({ code: 'unauthenticated' });
      }
      await expect(wrong('198.51.100.1')).rejects.toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 30 });
      desk.clock.advance(31_000);
      await expect(wrong('198.51.100.1')).rejects.toMatchObject({ code: 'unauthenticated' });
      await expect(wrong('198.51.100.1')).rejects.toMatchObject({ retryAfterSeconds: 60 });
    }
    const right = { email: 'ada@people.example', password: PASSWORD };
    await expect(access.signIn(right, FROM)).rejects.toMatchObject({ code: 'too_many_requests' });
    await desk.restart().then((next) => {
      desk = next;
      access = next.runtime.access;
    });
    await expect(access.signIn(right, FROM)).rejects.toMatchObject({ code: 'too_many_requests' });
    desk.clock.advance(2 * HOUR);
    expect((await access.signIn(right, FROM)).viewer.name).toBe('Ada');
    expect(await actions()).toContain('sign_in.throttled');
  });

  it('lets no more than five through where many guess at once', async () => {
    await setUp();
    const guesses = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        access.signIn({ email: 'ada@people.example', password: `guess number ${index}` }, FROM),
      ),
    );
    const tried = guesses.filter((one) => one.status === 'rejected' && one.reason.code === 'unauthenticated');
    expect(tried).toHaveLength(5);
  });
});

describe('people', () => {
  it('come by invitation, with the role that it names', async () => {
    await setUp();
    const { viewer } = await join('rep', 'tom@people.example');
    expect(viewer).toMatchObject({ role: 'rep', email: 'tom@people.example' });
    await expect(access.people.invite('tom@people.example', 'csm', 'system')).rejects.toMatchObject({
      code: 'conflict',
    });
    const withdrawn = await access.people.invite('eve@people.example', 'admin', 'system');
    await access.people.withdrawInvitation(withdrawn.id);
    await expect(access.links.find(secretOf(withdrawn.link))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('lose what is taken from them at once', async () => {
    await setUp();
    const { viewer, cookies } = await join('admin', 'tom@people.example');
    await access.people.change(viewer.id, { role: 'viewer' });
    expect((await access.identify(cookieOf(cookies)))?.viewer.role).toBe('viewer');
    await access.people.change(viewer.id, { disabled: true });
    expect(await access.identify(cookieOf(cookies))).toBeNull();
    await expect(access.signIn({ email: 'tom@people.example', password: PASSWORD }, FROM)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('always leave one admin', async () => {
    const { viewer } = await setUp();
    for (const change of [{ role: 'csm' }, { disabled: true }] as const) {
      await expect(access.people.change(viewer.id, change)).rejects.toMatchObject({ code: 'conflict' });
    }
    await expect(access.people.remove(viewer.id)).rejects.toMatchObject({ code: 'conflict' });
    await join('admin', 'tom@people.example');
    await access.people.change(viewer.id, { role: 'csm' });
  });

  it('get a new password by a link, which ends every session', async () => {
    const { viewer, cookies } = await setUp();
    const { link } = await access.people.makeResetLink(viewer.id, 'system');
    const next = 'another seven words, and longer';
    const back = await access.redeem({ secret: secretOf(link), password: next }, FROM);
    expect(await access.identify(cookieOf(cookies))).toBeNull();
    expect(await access.identify(cookieOf(back.cookies))).not.toBeNull();
    await expect(access.signIn({ email: 'ada@people.example', password: PASSWORD }, FROM)).rejects.toThrow();
    expect((await access.signIn({ email: 'ada@people.example', password: next }, FROM)).viewer.id).toBe(viewer.id);
  });

  it('are forgotten when they are deleted, but not what they did', async () => {
    await setUp();
    const { viewer, cookies } = await join('csm', 'canary-person@people.example');
    await access.audit.record({ actor: `user:${viewer.id}`, action: 'test.did', ip: '203.0.113.99' });
    await access.people.remove(viewer.id);
    expect(await access.identify(cookieOf(cookies))).toBeNull();
    const { items } = await access.audit.list({ action: 'test.did' });
    expect(items).toMatchObject([{ actor: `user:${viewer.id}`, actorName: 'somebody who was deleted', ip: null }]);
    const bytes = await everythingStored(desk.db, desk.dataDir);
    expect(bytes.includes('canary-person')).toBe(false);
    expect(bytes.includes('203.0.113.99')).toBe(false);
  });
});

describe('admins', () => {
  it('never all lose the role, however they take it from each other at once', async () => {
    const { viewer: ada } = await setUp();
    const { viewer: bob } = await join('admin', 'bob@people.example');
    const { viewer: eve } = await join('admin', 'eve@people.example');
    const tries = await Promise.allSettled([
      access.people.change(ada.id, { role: 'viewer' }),
      access.people.change(bob.id, { disabled: true }),
      access.people.remove(eve.id),
    ]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    const left = (await access.people.list()).filter(({ role, disabledAt }) => role === 'admin' && disabledAt === null);
    expect(left).toHaveLength(1);
  });
});

describe('links', () => {
  it('let nobody in once whoever made them is no admin any more', async () => {
    await setUp();
    const { viewer: mal } = await join('admin', 'mal@people.example');
    const { link } = await access.people.invite('friend@people.example', 'admin', `user:${mal.id}`);
    await access.people.change(mal.id, { disabled: true });
    const given = { secret: secretOf(link), name: 'Friend', password: PASSWORD };
    await expect(access.redeem(given, FROM)).rejects.toMatchObject({ code: 'not_found' });
    await access.people.change(mal.id, { disabled: false });
    expect((await access.redeem(given, FROM)).viewer).toMatchObject({ role: 'admin' });
  });
});

describe('API keys', () => {
  const bearer = (key: string) => new Headers({ authorization: `Bearer ${key}` });

  it('open the desk until they are revoked or run out', async () => {
    const { key, id, ...shown } = await access.keys.make({ name: 'CI', role: 'csm', expiresInDays: 30 }, 'system');
    expect(shown.start).toBe(key.slice(0, 9));
    expect((await access.identify(bearer(key)))?.viewer).toEqual({
      kind: 'key',
      id,
      name: 'CI',
      email: null,
      role: 'csm',
    });
    expect((await access.keys.list())[0]?.lastUsedAt).toBe(desk.clock().toISOString());
    expect(await access.identify(bearer(`${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`))).toBeNull();
    desk.clock.advance(30 * DAY + MINUTE);
    expect(await access.identify(bearer(key))).toBeNull();
    const other = await access.keys.make({ name: 'CI', role: 'admin', expiresInDays: null }, 'system');
    expect(await access.identify(bearer(other.key))).not.toBeNull();
    await access.keys.revoke(other.id);
    expect(await access.identify(bearer(other.key))).toBeNull();
  });

  it('work for as long as whoever made them is an admin', async () => {
    const { viewer: ada } = await setUp();
    const { viewer: mal } = await join('admin', 'mal@people.example');
    const made = (by: string) => access.keys.make({ name: 'CI', role: 'admin', expiresInDays: null }, by);
    const first = await made(`user:${mal.id}`);
    const second = await made(`key:${first.id}`);
    const other = await made(`user:${ada.id}`);
    const works = async ({ key }: { key: string }) => (await access.identify(bearer(key))) !== null;
    const suspended = async () => (await access.keys.list()).filter((key) => key.suspended).map(({ id }) => id);
    expect(await Promise.all([first, second, other].map(works))).toEqual([true, true, true]);
    for (const [change, expected] of [
      [{ disabled: true }, false],
      [{ disabled: false }, true],
      [{ role: 'viewer' }, false],
      [{ role: 'admin' }, true],
    ] as const) {
      await access.people.change(mal.id, change);
      expect(await Promise.all([first, second, other].map(works))).toEqual([expected, expected, true]);
      expect((await suspended()).sort()).toEqual(expected ? [] : [first.id, second.id].sort());
    }
    await access.keys.revoke(first.id);
    expect(await works(second)).toBe(true);
    await access.people.remove(mal.id);
    expect(await Promise.all([first, second, other].map(works))).toEqual([false, false, true]);
  });

  it('leave only a digest behind', async () => {
    const { key } = await access.keys.make({ name: 'CI', role: 'csm', expiresInDays: null }, 'system');
    const bytes = await everythingStored(desk.db, desk.dataDir);
    expect(bytes.includes('csm')).toBe(true);
    expect(bytes.includes(key)).toBe(false);
  });

  it('accept the one of the environment as an admin', async () => {
    expect((await access.identify(bearer(BOOTSTRAP)))?.viewer).toMatchObject({ id: 'bootstrap', role: 'admin' });
    expect(await access.identify(bearer(`${BOOTSTRAP}x`))).toBeNull();
  });
});

describe('the audit log', () => {
  it('cannot be changed, nor can what is young be deleted', async () => {
    await access.audit.record({ actor: 'system', action: 'test.done', ip: '192.0.2.1' });
    const { db } = desk;
    for (const sql of [
      `UPDATE "audit_events" SET "actor" = 'user:somebody-else'`,
      `UPDATE "audit_events" SET "ip" = '192.0.2.2'`,
      `UPDATE "audit_events" SET "detail" = '{"x":1}', "ip" = NULL`,
      'DELETE FROM "audit_events"',
    ]) {
      await expect(db.write.$executeRawUnsafe(sql), sql).rejects.toThrow(/append-only/);
    }
    expect((await access.audit.list({})).items).toMatchObject([
      { actor: 'system', action: 'test.done', ip: '192.0.2.1' },
    ]);
  });

  it('is filtered, paged and exported whole, with nothing a spreadsheet would run', async () => {
    for (let index = 0; index < 120; index += 1) {
      await access.audit.record({ actor: index % 2 ? 'system' : '=HYPERLINK("x")', action: 'test.done' });
    }
    const first = await access.audit.list({ actor: 'system', limit: 50 });
    const second = await access.audit.list({ actor: 'system', limit: 50, cursor: first.nextCursor ?? '' });
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([50, 10, null]);
    const csv = await new Response(await desk.runtime.exports.auditCsv({ action: 'test.done' })).text();
    expect(csv.trim().split('\r\n')).toHaveLength(121);
    expect(csv).not.toMatch(/(^|,)"[=+@\t]/m);
    expect(csv).toContain(`"'=HYPERLINK(""x"")"`);
  });
});

describe('retention', () => {
  it('lets go of what is old, never of what is current or what no scan has seen', async () => {
    const { db, clock } = desk;
    const old = new Date(clock().getTime() - 400 * DAY);
    await access.audit.record({ actor: 'system', action: 'test.young' });
    await db.write
      .$executeRaw`INSERT INTO "audit_events" ("at", "actor", "action") VALUES (${old.toISOString().replace('Z', '+00:00')}, 'system', 'test.old')`;
    await desk.runtime.retention.write({ snapshotDays: 90, runDays: 30, auditDays: 365 });
    const deleted = await desk.runtime.retention.apply(new AbortController().signal);
    expect(deleted).toMatchObject({ audit: 1 });
    expect(await actions()).toEqual(['test.young']);
  });

  it('lets go of what Notion refused long ago, never of what is still to be told', async () => {
    const { db, clock, runtime } = desk;
    const rows = [
      ['refused long ago', 'failed', 31],
      ['refused just now', 'failed', 29],
      ['still to be told', 'waiting', 31],
    ] as const;
    await db.write.notionOutboxItem.createMany({
      data: rows.map(([id, state, days]) => {
        const at = new Date(clock().getTime() - days * DAY);
        const item = { id, kind: 'health', targetId: id, accountId: 'a', digest: '', state };
        return { ...item, nextAttemptAt: at, createdAt: at, updatedAt: at };
      }),
    });
    await runtime.retention.write({ snapshotDays: null, runDays: 30, auditDays: null });
    expect(await runtime.retention.apply(new AbortController().signal)).toMatchObject({ notion: 1 });
    const left = await db.read.notionOutboxItem.findMany({ orderBy: { id: 'asc' } });
    expect(left.map(({ id }) => id)).toEqual(['refused just now', 'still to be told']);
  });

  it('keeps the newest signals and score of an account, however old, and thins what came before', async () => {
    const { runtime, db, clock } = desk;
    const observe = async (daysAgo: number, more: Record<string, string>) => {
      const observed = new Date(clock().getTime() - daysAgo * DAY).toISOString();
      await importRows(db, [accountRow('a', { observed_at: observed, ...more })], { now: clock() });
      const answer = await runtime.desk.submitTask('customer-success', { type: 'portfolio_scan' }, 'test');
      if (answer.kind === 'run') await runEnded(runtime, answer.runId);
      clock.advance(MINUTE);
    };
    await observe(400, { nps_score: '2' });
    await observe(300, { nps_score: '5' });
    await observe(200, { nps_score: '9' });
    const before = await runtime.reads.getAccount('a');
    await runtime.retention.write({ snapshotDays: 250, runDays: null, auditDays: null });
    await runtime.retention.apply(new AbortController().signal);
    const snapshots = await db.read.signalSnapshot.findMany();
    expect(snapshots.map((row) => Math.round((clock().getTime() - row.observedAt.getTime()) / DAY))).toContain(200);
    const after = await runtime.reads.getAccount('a');
    expect(after.health?.score).toBe(before.health?.score);
    expect(after.signals).toEqual(before.signals);
    // Everything of it is old by now, and the newest stays all the same.
    await runtime.retention.write({ snapshotDays: 90, runDays: null, auditDays: null });
    clock.advance(100 * DAY);
    await runtime.retention.apply(new AbortController().signal);
    expect(await db.read.signalSnapshot.count()).toBe(1);
    expect(await db.read.healthScore.count()).toBe(1);
    expect((await runtime.reads.getAccount('a')).health?.score).toBe(before.health?.score);
  });

  it('takes away what lets nobody in any more', async () => {
    await setUp();
    await access.people.invite('eve@people.example', 'viewer', 'system');
    await desk.db.write.session.updateMany({ data: { expiresAt: new Date(desk.clock().getTime() - 1000) } });
    desk.clock.advance(40 * DAY);
    await desk.runtime.retention.apply(new AbortController().signal);
    expect([await desk.db.read.session.count(), await desk.db.read.oneTimeLink.count()]).toEqual([0, 0]);
  });
});
