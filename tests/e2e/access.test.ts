import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as contracts from '../../lib/contracts';
import { type AccessRule, may, PAGES, ROLES, ROUTES, type Role } from '../../lib/domain/access';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { eventually } from '../helpers/eventually';
import { signInAs, type TestPerson } from '../helpers/people';
import { csv } from '../helpers/portfolio';
import { startServer, TEST_API_KEY, type TestServer } from '../helpers/server';

let server: TestServer;
let api: ApiClient;
const people = {} as Record<Role, TestPerson>;
const keys = {} as Record<Role, string>;
const TOM = 'tom@headroom.example';

/** Of the account `toms`. */
let reviewId: string;

beforeAll(async () => {
  server = await startServer();
  api = createApiClient(server.url);
  const rows = [
    liveOutgrowingRow('toms'),
    liveOutgrowingRow('toms-too'),
    liveOutgrowingRow('anothers', { rep_email: 'kim@headroom.example' }),
    liveOutgrowingRow('nobodys', { rep_email: '' }),
  ];
  await api.upload('/api/v1/accounts/import', csv(rows), 'text/csv');
  await eventually(async () => (await list('/api/v1/opportunities')).length === 4, 'four opportunities');
  const task = { type: 'generate_qbr', accountId: 'toms' };
  const made = await api.send('POST', '/api/v1/agents/customer-success/tasks', task);
  reviewId = (JSON.parse(made.text) as { reviewId: string }).reviewId;
  for (const role of ROLES) {
    people[role] = await signInAs(server.url, role, role === 'rep' ? TOM : undefined);
    const made = await api.send('POST', '/api/v1/api-keys', { name: role, role, expiresInDays: 1 });
    keys[role] = (JSON.parse(made.text) as { key: string }).key;
  }
});
afterAll(() => server.stop());

const as = (role: Role) => createApiClient(server.url, { cookie: people[role].cookie });
const nobody = () => createApiClient(server.url, {});

async function list<Item = { id: string; account: { id: string } }>(path: string, client = api): Promise<Item[]> {
  return (JSON.parse((await client.send('GET', path)).text) as { items: Item[] }).items;
}

/** Status of one request whose body, where it would be one, never comes to its end. */
function statusOf(method: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const request = http.request(
      { hostname, port, path, method, headers: { host: 'localhost', ...headers } },
      (response) => {
        resolve(response.statusCode ?? 0);
        // The stream of events has no end.
        response.destroy();
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** The events that somebody hears, from when the stream is open. */
async function listen(cookie: string): Promise<{ text: string; stop(): Promise<void> }> {
  const abort = new AbortController();
  const response = await fetch(new URL('/api/v1/events', server.url), { headers: { cookie }, signal: abort.signal });
  const heard = { text: '', stop: async () => abort.abort() };
  void (async () => {
    for await (const chunk of response.body ?? []) heard.text += Buffer.from(chunk).toString('utf8');
  })().catch(() => undefined);
  await eventually(() => heard.text.includes('event: opened'), 'the stream to open');
  return heard;
}

describe('a rep', () => {
  it('sees and decides what is theirs, as if nothing else were there', async () => {
    const rep = as('rep');
    const own = await list('/api/v1/opportunities', rep);
    expect(own.map((item) => item.account.id).sort()).toEqual(['toms', 'toms-too']);
    expect((await list<{ id: string }>('/api/v1/accounts', rep)).map(({ id }) => id)).toEqual(['toms', 'toms-too']);
    const foreign = (await list('/api/v1/opportunities')).find((item) => item.account.id === 'anothers');
    expect(foreign).toBeDefined();
    const hidden = foreign?.id ?? '';
    expect((await rep.send('GET', `/api/v1/opportunities/${hidden}`)).status).toBe(404);
    expect((await rep.send('GET', '/api/v1/accounts/anothers')).status).toBe(404);
    expect(await list('/api/v1/opportunities?accountId=anothers', rep)).toEqual([]);
    expect(await list('/api/v1/opportunities?owner=kim@headroom.example', rep)).toEqual([]);
    const dismissal = { action: 'dismiss', reason: 'no_budget' };
    expect((await rep.send('PATCH', `/api/v1/opportunities/${hidden}`, dismissal)).status).toBe(404);
    const summary = JSON.parse((await rep.send('GET', '/api/v1/accounts/summary')).text) as { total: number };
    expect(summary.total).toBe(2);
    const workspace = JSON.parse((await rep.send('GET', '/api/v1/workspace')).text) as { opportunities: number };
    expect(workspace.opportunities).toBe(2);
    const page = await fetch(new URL('/opportunities', server.url), { headers: { cookie: people.rep.cookie } });
    const html = await page.text();
    expect(html).toContain('Company toms');
    expect(html).not.toContain('Company anothers');

    const heard = await listen(people.rep.cookie);
    const dispatched = await as('csm').send('POST', '/api/v1/dispatches', { opportunityId: hidden });
    expect(dispatched.status).toBe(201);
    // That something changed, not what.
    await eventually(() => heard.text.includes('dispatch.drafted'), 'the event');
    await heard.stop();
    expect(heard.text).toContain('data: {"type":"dispatch.drafted"}\n');
    expect(heard.text).not.toContain('Id"');
    const dispatch = JSON.parse(dispatched.text) as { id: string };
    for (const path of [`/api/v1/dispatches/${dispatch.id}`, `/api/v1/dispatches/${dispatch.id}/draft`]) {
      expect((await rep.send('GET', path)).status, path).toBe(404);
    }
    const [mine] = own;
    expect((await rep.send('POST', '/api/v1/dispatches', { opportunityId: mine?.id })).status).toBe(403);
    const snooze = { action: 'snooze', until: new Date(Date.now() + 1e9).toISOString() };
    expect((await rep.send('PATCH', `/api/v1/opportunities/${mine?.id}`, snooze)).status).toBe(403);
    await as('csm').send('POST', '/api/v1/dispatches', { opportunityId: mine?.id });
    const accepted = await rep.send('PATCH', `/api/v1/opportunities/${mine?.id}`, { action: 'accept' });
    expect(accepted.status).toBe(200);
    const detail = JSON.parse(accepted.text) as contracts.OpportunityDetail;
    expect(detail.timeline.at(-1)).toMatchObject({ kind: 'accepted', actor: 'Rep Test' });
  });
});

describe('the session cookie', () => {
  it('is not taken from whoever brings one along, and ends with the sign-out', async () => {
    const { email, password } = people.csm;
    const planted = 'headroom.session_token=planted-before-the-sign-in.AAAA';
    const signIn = await nobody().send('POST', '/api/v1/session', { email, password }, { cookie: planted });
    expect(signIn.status).toBe(200);
    const cookie = signIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(cookie).not.toContain('planted');
    const copy = createApiClient(server.url, { cookie });
    expect((await copy.send('GET', '/api/v1/accounts')).status).toBe(200);
    const out = await copy.send('DELETE', '/api/v1/session', undefined, { origin: server.url });
    expect(out.status).toBe(200);
    expect(out.headers.getSetCookie().join()).toMatch(/session_token=;.*Max-Age=0/i);
    expect((await copy.send('GET', '/api/v1/accounts')).status).toBe(401);
  });

  it('cannot be used from another site', async () => {
    const csm = as('csm');
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ];
    for (const headers of foreign) {
      for (const [method, path] of [
        ['POST', '/api/v1/dispatches'],
        ['DELETE', '/api/v1/session'],
        ['POST', '/api/v1/session'],
        ['POST', '/api/v1/links/redeem'],
      ] as const) {
        const answer = await csm.send(method, path, {}, headers);
        expect(answer.status, `${method} ${path}`).toBe(403);
      }
    }
    expect((await csm.send('GET', '/api/v1/accounts')).status).toBe(200);
  });

  it('ends with the password that it came from', async () => {
    const person = await signInAs(server.url, 'viewer');
    const { email, password } = person;
    const other = await nobody().send('POST', '/api/v1/session', { email, password });
    const stolen = createApiClient(server.url, { cookie: other.headers.getSetCookie()[0]?.split(';')[0] ?? '' });
    const own = createApiClient(server.url, { cookie: person.cookie });
    const change = { currentPassword: password, newPassword: 'quite another set of words' };
    expect((await own.send('POST', '/api/v1/password', change)).status).toBe(204);
    expect((await stolen.send('GET', '/api/v1/accounts')).status).toBe(401);
    expect((await own.send('GET', '/api/v1/accounts')).status).toBe(200);
  });
});

describe('signing in', () => {
  it('takes as much work for an address that is not known as for one that is', async () => {
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 4; round += 1) {
      for (const who of ['known', 'unknown'] as const) {
        const email = who === 'known' ? people.viewer.email : `nobody-${round}@people.example`;
        const started = performance.now();
        const answer = await nobody().refused(401, 'POST', '/api/v1/session', { email, password: 'not the right one' });
        times[who].push(performance.now() - started);
        expect(answer.detail).toBe('Address or password are not right.');
      }
    }
    // Hashing is by far the most of it: without it the unknown address would be answered many times sooner.
    const ratio = Math.min(...times.unknown) / Math.min(...times.known);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('leads on to a page of this desk alone', async () => {
    for (const next of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/%09/evil.example',
    ]) {
      const path = `/sign-in?next=${encodeURIComponent(next)}`;
      const answer = await fetch(new URL(path, server.url), {
        headers: { cookie: people.csm.cookie },
        redirect: 'manual',
      });
      expect(answer.status).toBe(307);
      const location = new URL(answer.headers.get('location') ?? '', server.url);
      expect(location.origin, next).toBe(server.url);
    }
  });
});

describe('the audit log', () => {
  it('tells who did what to which record from where, overrides and sign-ins among it', async () => {
    const held = (await list('/api/v1/opportunities')).find((item) => item.account.id === 'nobodys');
    const reason = 'They asked for it by phone';
    await as('csm').send('POST', '/api/v1/dispatches', { opportunityId: held?.id, override: { reason } });
    const again = { opportunityId: held?.id, override: { reason: 'It is there already' } };
    expect((await as('csm').send('POST', '/api/v1/dispatches', again)).status).toBe(200);
    const retention = { snapshotDays: 400, runDays: null, auditDays: null };
    expect((await api.send('PUT', '/api/v1/settings/retention', retention)).status).toBe(200);
    const items = await list<contracts.AuditItem>('/api/v1/audit?limit=100');
    const [repeated, dispatched] = items.filter((item) => item.subjectId === held?.id);
    expect(repeated?.detail).toEqual({});
    expect(dispatched).toMatchObject({
      action: 'dispatch.requested',
      actorName: 'Csm Test',
      subjectType: 'opportunity',
      ip: '127.0.0.1',
      detail: { override: reason },
    });
    expect(dispatched?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const actions = new Set(items.map((item) => item.action));
    for (const action of [
      'api_key.made',
      'invitation.made',
      'link.invitation_used',
      'sign_in.failed',
      'settings.retention_changed',
    ]) {
      expect(actions).toContain(action);
    }
    const exported = await api.send('GET', '/api/v1/audit/export.csv?action=dispatch.requested');
    expect(exported.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(exported.text).toContain(reason);
    expect(exported.text).not.toContain('api_key.made');
  });
});

describe('data', () => {
  it('of an account leaves whole', async () => {
    const answer = await as('csm').send('GET', '/api/v1/accounts/toms/export');
    expect(answer.status).toBe(200);
    const { account } = JSON.parse(answer.text) as { account: Record<string, unknown[]> };
    expect(account).toMatchObject({ id: 'toms', name: 'Company toms', arrCents: 2_400_000 });
    expect(account.snapshots).toHaveLength(1);
    expect(account.opportunities).toHaveLength(1);
  });
});

describe('limits', () => {
  it('are told in the headers, and hold by key', async () => {
    const strict = await startServer({ env: { HEADROOM_RATE_LIMIT_FACTOR: '0.1' } });
    try {
      const its = createApiClient(strict.url);
      const first = await its.send('GET', '/api/v1/accounts');
      expect(first.headers.get('ratelimit-limit')).toBe('300');
      const rest = await Promise.all(Array.from({ length: 320 }, () => its.send('GET', '/api/v1/accounts')));
      const refused = rest.filter((answer) => answer.status === 429);
      expect(refused.length).toBe(21);
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
      const other = createApiClient(strict.url, {});
      expect((await other.send('GET', '/api/v1/accounts')).status).toBe(401);
    } finally {
      await strict.stop();
    }
  });
});

// Last: what an admin may do is done, and the sample portfolio is loaded on the way.
describe('every route', () => {
  const routes = Object.entries(ROUTES) as [string, AccessRule][];

  it.each(routes)('%s answers whom the table says, and nobody else', async (name, rule) => {
    const [method = '', address = ''] = name.split(' ');
    const path = address.replace(/\[[.\w]+\]/g, 'nothing-of-that-name');
    const refused = [401, 403];
    const without = await statusOf(method, path, {});
    if (rule.needs === 'public') expect(refused).not.toContain(without);
    else expect(without).toBe(401);
    for (const [kind, headers] of [
      ['user', (role: Role) => ({ cookie: people[role].cookie })],
      ['key', (role: Role) => ({ authorization: `Bearer ${keys[role]}` })],
    ] as const) {
      // The session that asks must outlive the question.
      if (name === 'DELETE /api/v1/session') continue;
      for (const role of ROLES) {
        const status = await statusOf(method, path, headers(role));
        const allowed = rule.needs === 'public' || may({ kind, role }, rule.needs);
        if (allowed) expect(refused, `${kind} ${role}`).not.toContain(status);
        else expect(status, `${kind} ${role}`).toBe(403);
        expect(status, `${kind} ${role}`).toBeLessThan(500);
      }
    }
    const stale = { authorization: `Bearer ${TEST_API_KEY}x` };
    if (rule.needs !== 'public') expect(await statusOf(method, path, stale)).toBe(401);
  });

  it('leaves a line in the log where somebody was refused', () => {
    expect(server.output()).toMatch(/"route":"GET \/api\/v1\/users","actor":"user:[^"]+","msg":"Access was refused"/);
  });

  it.each(Object.entries(PAGES) as [string, AccessRule][])('%s opens for whom the table says', async (name, rule) => {
    const path = name.replace('[id]', name.startsWith('/reviews/') ? reviewId : 'toms');
    const open = (cookie: string) => fetch(new URL(path, server.url), { headers: { cookie }, redirect: 'manual' });
    const without = await open('');
    if (rule.needs === 'public') expect([200, 307]).toContain(without.status);
    else {
      expect(without.status).toBe(307);
      expect(without.headers.get('location')).toBe(`/sign-in?next=${encodeURIComponent(path)}`);
    }
    for (const role of ROLES) {
      const answer = await open(people[role].cookie);
      const allowed = rule.needs === 'public' || may({ kind: 'user', role }, rule.needs);
      if (rule.needs === 'public') expect([200, 307], role).toContain(answer.status);
      else expect(answer.status, role).toBe(allowed ? 200 : 403);
      const html = await answer.text();
      if (!allowed) expect(html).toContain('Your role does not include this page');
    }
  });
});
