import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import * as contracts from '../../lib/contracts';
import type { HealthSignals } from '../../lib/domain/signals';
import { type ApiClient, createApiClient, liveOutgrowingRow, liveRow } from '../helpers/api-client';
import { removeDirectory, temporaryDirectory } from '../helpers/database';
import { eventually } from '../helpers/eventually';
import { signInAs } from '../helpers/people';
import { AT_RISK, csv, FORECASTING, SLACK } from '../helpers/portfolio';
import { startServer, TEST_API_KEY, type TestServer } from '../helpers/server';
import { anySignals } from '../unit/domain/arbitraries';

let server: TestServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startServer();
  api = createApiClient(server.url);
  await importFile('catalogue', csv([FORECASTING, SLACK]));
  await importFile(
    'accounts',
    csv([
      ...Array.from({ length: 12 }, (_, index) => liveOutgrowingRow(`full-${index}`)),
      liveOutgrowingRow('risky', AT_RISK),
      liveRow('stack', { tech_stack: 'Slack;Jira' }),
      liveRow('calm'),
      liveRow('bad', { usage_trend: '' }),
      liveOutgrowingRow('gone', { status: 'churned' }),
    ]),
  );
});
afterAll(async () => {
  const code = await server.stop();
  expect(code, server.output()).toBe(0);
  // Nothing that was asked of it here is a failure of the server.
  expect(
    server
      .output()
      .split('\n')
      .filter((line) => /"level":(50|60)/.test(line)),
  ).toEqual([]);
});

async function importFile(kind: string, content: string, type = 'text/csv') {
  const answer = await api.upload(`/api/v1/${kind}/import`, content, type);
  expect(answer.status, answer.text).toBe(200);
  const result = z.parse(contracts.importResult, JSON.parse(answer.text));
  if (result.runId !== null) await ended(result.runId);
  return result;
}

function ended(runId: string) {
  return eventually(
    async () => {
      const run = await api.expect(contracts.runDetail, 200, 'GET', `/api/v1/runs/${runId}`);
      return run.finishedAt === null ? null : run;
    },
    'the run to end',
    30_000,
  );
}

async function opportunityOf(accountId: string): Promise<contracts.OpportunityItem> {
  const { items } = await api.expect(
    contracts.opportunityList,
    200,
    'GET',
    `/api/v1/opportunities?accountId=${accountId}`,
  );
  const [item] = items;
  if (!item) throw new Error(`${accountId} has no opportunity.`);
  return item;
}

const HANDOFF = {
  type: 'handle_expansion_opportunity',
  accountId: 'calm',
  opportunityType: 'seats',
  evidence: 'They asked',
  recommendedTalkTrack: 'Call them',
  confidence: 'low',
};

describe('reading', () => {
  it('tells that it lives, and that it is ready', async () => {
    const health = z.object({ status: z.string(), degraded: z.optional(z.array(z.unknown())) });
    expect(await api.expect(health, 200, 'GET', '/api/livez')).toEqual({ status: 'ok' });
    expect(await api.expect(health, 200, 'GET', '/api/readyz')).toEqual({ status: 'ok', degraded: [] });
  });

  it('shows the workspace and the agents', async () => {
    const workspace = await api.expect(contracts.workspaceSummary, 200, 'GET', '/api/v1/workspace');
    expect(workspace).toMatchObject({ accounts: 17, opportunities: 14, hasCatalogue: true, activeRun: null });
    const { agents, integrations, schedule } = await api.expect(contracts.agentsResponse, 200, 'GET', '/api/v1/agents');
    expect(agents.map((agent) => [agent.id, agent.state])).toEqual([
      ['customer-success', 'ready'],
      ['sales', 'ready'],
    ]);
    expect(agents[1]?.capabilities.map((capability) => capability.type)).toEqual(['handle_expansion_opportunity']);
    expect(integrations.find((integration) => integration.id === 'mail')?.state).toBe('ready');
    for (const job of schedule.jobs) expect(Date.parse(job.nextRunAt ?? '')).toBeGreaterThan(Date.now());
  });

  it('lists, filters and details opportunities', async () => {
    const list = await api.expect(
      contracts.opportunityList,
      200,
      'GET',
      '/api/v1/opportunities?limit=5&status=open,held&sort=-impact',
    );
    expect(list.items).toHaveLength(5);
    expect(list.nextCursor).not.toBeNull();
    const next = await api.expect(
      contracts.opportunityList,
      200,
      'GET',
      `/api/v1/opportunities?limit=100&status=open&status=held&sort=-impact&cursor=${list.nextCursor}`,
    );
    expect(next.items).toHaveLength(9);
    expect(next.nextCursor).toBeNull();
    const stack = await opportunityOf('stack');
    expect(stack).toMatchObject({ type: 'integration', impact: { amountCents: 300_000, currency: 'USD' } });
    const detail = await api.expect(contracts.opportunityDetail, 200, 'GET', `/api/v1/opportunities/${stack.id}`);
    expect(detail.evidence.length).toBeGreaterThan(0);
    for (const evidence of detail.evidence) expect(Date.parse(evidence.observedAt)).toBeLessThan(Date.now());
    expect(detail.gates).toHaveLength(5);
    const { groups, owners } = await api.expect(
      contracts.opportunitySummary,
      200,
      'GET',
      '/api/v1/opportunities/summary',
    );
    expect(groups).toContainEqual({
      status: 'held',
      type: 'seats',
      count: 1,
      impact: [{ amountCents: 720_000, currency: 'USD' }],
    });
    expect(owners).toEqual(['dana@headroom.example', 'tom@headroom.example']);
  });

  it('lists and details accounts', async () => {
    const { items } = await api.expect(contracts.accountList, 200, 'GET', '/api/v1/accounts?sort=score&limit=100');
    expect(items).toHaveLength(17);
    expect(items[0]).toMatchObject({ id: 'risky', rag: 'RED', shouldAlert: true });
    const account = await api.expect(contracts.accountDetail, 200, 'GET', '/api/v1/accounts/full-1');
    expect(account.health?.parts.reduce((sum, part) => sum + part.points, 0)).toBeCloseTo(account.score ?? 0, 9);
    expect(account.opportunities).toHaveLength(1);
    const bad = await api.expect(contracts.accountDetail, 200, 'GET', '/api/v1/accounts/bad');
    expect(bad.signalProblems).toEqual([{ signal: 'usageTrend', message: expect.stringContaining('usageTrend') }]);
    const summary = await api.expect(contracts.accountSummary, 200, 'GET', '/api/v1/accounts/summary');
    expect(summary).toMatchObject({ total: 17, unscored: 2 });
  });

  it('lists and details runs', async () => {
    const { items } = await api.expect(
      contracts.runList,
      200,
      'GET',
      '/api/v1/runs?job=portfolio_scan&state=succeeded&limit=1',
    );
    const run = await api.expect(contracts.runDetail, 200, 'GET', `/api/v1/runs/${items[0]?.id}`);
    expect(run.errors).toEqual([
      { accountId: 'bad', code: 'bad_signals', message: expect.stringContaining('usageTrend') },
    ]);
  });

  it.each(['opportunities', 'accounts', 'dispatches', 'runs'])(
    'knows nothing of an unknown one among %s',
    async (list) => {
      expect(await api.refused(404, 'GET', `/api/v1/${list}/nothing`)).toMatchObject({ code: 'not_found' });
    },
  );
});

describe('requests that do not fit', () => {
  it.each([
    ['/api/v1/opportunities?colour=red', 'colour'],
    ['/api/v1/opportunities?status=closed', 'status.0'],
    ['/api/v1/opportunities?sort=name', 'sort'],
    ['/api/v1/opportunities?limit=0', 'limit'],
    ['/api/v1/opportunities?limit=101', 'limit'],
    ['/api/v1/opportunities?limit=many', 'limit'],
    ['/api/v1/opportunities?limit=1.5', 'limit'],
    ['/api/v1/opportunities?limit=', 'limit'],
    ['/api/v1/opportunities?cursor=x', 'cursor'],
    [`/api/v1/opportunities?q=${'x'.repeat(201)}`, 'q'],
    ['/api/v1/accounts?rag=BLUE', 'rag.0'],
    ['/api/v1/accounts?page=2', 'page'],
    ['/api/v1/accounts?cursor=WyJuYW1lIl0', 'cursor'],
    ['/api/v1/dispatches?state=sent', 'state.0'],
    ['/api/v1/runs?state=done', 'state.0'],
    ['/api/v1/workspace?verbose=1', 'verbose'],
    ['/api/v1/accounts/calm?expand=all', 'expand'],
    ['/api/v1/agents?x=1', 'x'],
    ['/api/v1/accounts?q=a%00b', 'q'],
    ['/api/v1/opportunities?owner=%00', 'owner'],
    ['/api/v1/dispatches?accountId=%00', 'accountId'],
    ['/api/v1/runs?job=%00', 'job'],
    ['/api/v1/audit?actor=%00', 'actor'],
    ['/api/v1/audit?from=0000-01-01T00:00:00Z', 'from'],
    ['/api/v1/audit?to=9999-12-31T23:59:59-23:59', 'to'],
    ['/api/v1/accounts/%00', 'id'],
    ['/api/v1/dispatches/a%00/draft', 'id'],
    ['/api/v1/imports/%00/rejected.csv', 'id'],
  ])('GET %s names the field', async (target, field) => {
    const { code, errors } = await api.refused(400, 'GET', target);
    expect(code).toBe('invalid_input');
    expect(errors?.map((error) => error.path)).toContain(field);
  });

  it.each([
    ['POST', '/api/v1/dispatches', {}, 'opportunityId'],
    ['POST', '/api/v1/dispatches', { opportunityId: 7 }, 'opportunityId'],
    ['POST', '/api/v1/dispatches', { opportunityId: 'x', force: true }, 'force'],
    ['POST', '/api/v1/dispatches', { opportunityId: 'x', override: { reason: ' ' } }, 'override.reason'],
    ['POST', '/api/v1/dispatches', { opportunityId: 'x', override: { reason: 'fine', by: 'me' } }, 'override.by'],
    ['POST', '/api/v1/dispatches', { opportunityId: 'x', override: { reason: 'fine\0' } }, 'override.reason'],
    ['PATCH', '/api/v1/opportunities/x', { action: 'dismiss', reason: 'other', note: 'half \ud83d' }, 'note'],
    ['PATCH', '/api/v1/opportunities/x', { action: 'snooze', until: '9999-12-31T23:59:59-23:59' }, 'until'],
    ['DELETE', '/api/v1/users/%00', undefined, 'id'],
    ['POST', '/api/v1/agents/customer-success/tasks', { type: 'health_scan', accountId: '\0' }, 'accountId'],
    [
      'POST',
      '/api/v1/agents/sales/tasks',
      { type: 'handle_expansion_opportunity', accountId: 'calm', evidence: ['a', '\udc00'] },
      'evidence.1',
    ],
    [
      'POST',
      '/api/v1/agents/sales/tasks',
      { ...HANDOFF, estimatedArrImpact: { amountCents: Number.MAX_SAFE_INTEGER, currency: 'USD' } },
      'estimatedArrImpact.amountCents',
    ],
    ['POST', '/api/v1/health-score/preview', { accounts: [] }, 'accounts'],
    [
      'POST',
      '/api/v1/health-score/preview',
      { accounts: [{ signals: {} }, { accountId: 3, signals: {} }] },
      'accounts.1.accountId',
    ],
    ['POST', '/api/v1/agents/customer-success/tasks', {}, 'type'],
    ['POST', '/api/v1/agents/customer-success/tasks', { type: 'health_scan', accountId: 5 }, 'accountId'],
    ['POST', '/api/v1/agents/customer-success/tasks', { type: 'health_scan', everything: true }, 'everything'],
    ['POST', '/api/v1/agents/sales/tasks', { type: 'handle_expansion_opportunity', accountId: 'calm' }, 'evidence'],
  ])('%s %s %j names the field', async (method, target, body, field) => {
    const { code, errors } = await api.refused(400, method, target, body);
    expect(code).toBe('invalid_input');
    expect(errors?.map((error) => error.path)).toContain(field);
  });

  it('refuses a body that is no JSON, no text, of another type, or too large', async () => {
    const broken = Buffer.from('{"opportunityId":"\xff"}', 'latin1');
    expect((await api.refused(400, 'POST', '/api/v1/dispatches', broken)).detail).toContain('not JSON');
    expect((await api.refused(400, 'POST', '/api/v1/dispatches', '{"opportunityId":')).detail).toContain('not JSON');
    await api.refused(415, 'POST', '/api/v1/dispatches', 'opportunityId=1', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    await api.refused(415, 'POST', '/api/v1/dispatches', '{}', { 'content-type': 'text/plain' });
    const large = JSON.stringify({ opportunityId: 'x'.repeat(1024 * 1024) });
    expect(await api.refused(413, 'POST', '/api/v1/dispatches', large)).toMatchObject({ code: 'payload_too_large' });
  });

  it('refuses what comes from another site, or by another name', async () => {
    const { id } = await opportunityOf('calm').catch(() => opportunityOf('full-11'));
    const body = { opportunityId: id };
    const browser = createApiClient(server.url, { cookie: (await signInAs(server.url, 'admin')).cookie });
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: server.url.replace('http:', 'https:').replace('localhost', 'localhost.evil.example') },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[]) {
      expect(await browser.refused(403, 'POST', '/api/v1/dispatches', body, headers)).toMatchObject({
        code: 'forbidden',
      });
      expect(await browser.refused(403, 'POST', '/api/v1/sample', undefined, headers)).toMatchObject({
        code: 'forbidden',
      });
    }
    expect((await opportunityOf('full-11')).status).toBe('open');
    const own = await browser.send(
      'PATCH',
      `/api/v1/opportunities/${id}`,
      { action: 'won' },
      { origin: new URL(server.url).origin },
    );
    expect(own.status).toBe(409);

    for (const host of ['evil.example', '169.254.0.1:80', 'localhost.evil.example']) {
      const { hostname, port } = new URL(server.url);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        http
          .get({ hostname, port, path: '/api/v1/workspace', headers: { host } }, (response) => {
            response.resume();
            resolve(response.statusCode);
          })
          .on('error', reject);
      });
      expect(status, host).toBe(421);
    }
  });

  it('keeps the connection usable after a refusal in the middle of an upload', async () => {
    const broken = `nonsense\n${'1\n'.repeat(2_000_000)}`;
    const uploads: [number, string, string, string][] = [
      [400, '/api/v1/accounts/import', broken, 'text/csv'],
      [415, '/api/v1/accounts/import', 'x'.repeat(4_000_000), 'image/png'],
      [413, '/api/v1/dispatches', `"${'x'.repeat(4_000_000)}"`, 'application/json'],
      [400, '/api/v1/dispatches?x=1', `"${'x'.repeat(4_000_000)}"`, 'application/json'],
    ];
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    const call = (method: string, target: string, body: string, type: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = http.request(
          new URL(target, server.url),
          { method, agent, headers: { 'content-type': type, authorization: `Bearer ${TEST_API_KEY}` } },
          (response) => {
            response.resume().on('end', () => resolve(response.statusCode));
          },
        );
        request.on('socket', (socket) => socket.once('connect', () => ports.add(socket.localPort)));
        request.on('error', reject).end(body);
      });
    for (const [status, target, body, type] of uploads) {
      expect(await call('POST', target, body, type), target).toBe(status);
      expect(await call('GET', '/api/livez', '', 'text/plain')).toBe(200);
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  it('answers an unknown path and a wrong method without a stack', async () => {
    const unknown = await api.send('GET', '/api/v1/nothing');
    expect(unknown.status).toBe(404);
    const wrong = await api.send('DELETE', '/api/v1/accounts');
    expect(wrong.status).toBe(405);
    expect(unknown.text + wrong.text).not.toMatch(/node_modules/);
  });
});

describe('the preview of health scores', () => {
  it('scores 4,000 random accounts as the tables say', async () => {
    const sets = fc.sample(anySignals, { numRuns: 4_000, seed: 20_261_122 });
    const accounts = sets.map((signals, index) => ({ accountId: `p-${index}`, signals }));
    const { results } = await api.expect(contracts.previewResponse, 200, 'POST', '/api/v1/health-score/preview', {
      accounts,
    });
    expect(results).toHaveLength(4_000);
    for (const [index, result] of results.entries()) {
      const signals = JSON.parse(JSON.stringify(sets[index])) as HealthSignals;
      const expected = oracle(signals);
      if ('error' in result) throw new Error(`${JSON.stringify(signals)}: ${result.error}`);
      const { score, breakdown, ...rest } = result;
      expect(Math.abs(score - expected.score), JSON.stringify(signals)).toBeLessThan(1e-9);
      expect(Object.keys(breakdown).sort()).toEqual(Object.keys(expected.breakdown).sort());
      for (const [part, points] of Object.entries(expected.breakdown)) {
        expect(Math.abs((breakdown[part] ?? Number.NaN) - points), part).toBeLessThan(1e-9);
      }
      expect(rest).toEqual({ accountId: `p-${index}`, ...expected.verdict });
    }
  });

  it('puts the error of a bad account in its place, and stores nothing', async () => {
    const [good] = fc.sample(anySignals, { numRuns: 1, seed: 1 });
    const bad = [
      { ...good, npsScore: 11 },
      { ...good, usageTrend: 'soaring' },
      { ...good, openTicketCount: 1.5 },
      { ...good, featureAdoptionRate: undefined },
      { ...good, seatsUtilizationRate: '0.9' },
      { ...good, mood: 'fine' },
    ];
    const names = ['npsScore', 'usageTrend', 'openTicketCount', 'featureAdoptionRate', 'seatsUtilizationRate', 'mood'];
    const accounts = [
      { signals: good },
      ...bad.map((signals, index) => ({ accountId: names[index], signals })),
      { signals: good },
    ];
    const { results } = await api.expect(contracts.previewResponse, 200, 'POST', '/api/v1/health-score/preview', {
      accounts,
    });
    expect(results.map((result) => ('error' in result ? result.accountId : 'scored'))).toEqual([
      'scored',
      ...names,
      'scored',
    ]);
    for (const result of results) if ('error' in result) expect(result.error).toContain(result.accountId);
    const summary = await api.expect(contracts.accountSummary, 200, 'GET', '/api/v1/accounts/summary');
    expect(summary.total).toBe(17);
  });

  it('takes 10,000 and not one more', async () => {
    const [signals] = fc.sample(anySignals, { numRuns: 1, seed: 2 });
    const accounts = Array.from({ length: 10_000 }, () => ({ signals }));
    const { results } = await api.expect(contracts.previewResponse, 200, 'POST', '/api/v1/health-score/preview', {
      accounts,
    });
    expect(results).toHaveLength(10_000);
    const { errors } = await api.refused(400, 'POST', '/api/v1/health-score/preview', {
      accounts: [...accounts, { signals }],
    });
    expect(errors?.map((error) => error.path)).toEqual(['accounts']);
    await api.refused(
      413,
      'POST',
      '/api/v1/health-score/preview',
      `{"accounts":[],"pad":"${'x'.repeat(17 * 1024 * 1024)}"}`,
    );
  });
});

describe('acting on opportunities', () => {
  it('snoozes, dismisses and reopens, with a timeline', async () => {
    const { id } = await opportunityOf('full-0');
    const patch = (body: object, status = 200) =>
      api.expect(contracts.opportunityDetail, status, 'PATCH', `/api/v1/opportunities/${id}`, body);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    expect(await patch({ action: 'snooze', until })).toMatchObject({ status: 'snoozed', snoozedUntil: until });
    expect(await patch({ action: 'reopen' })).toMatchObject({ status: 'open', snoozedUntil: null });
    const dismissed = await patch({ action: 'dismiss', reason: 'no_budget', note: 'Frozen until March' });
    expect(dismissed).toMatchObject({
      status: 'dismissed',
      dismissReason: 'no_budget',
      dismissNote: 'Frozen until March',
    });
    expect(await api.refused(409, 'POST', '/api/v1/dispatches', { opportunityId: id })).toMatchObject({
      code: 'conflict',
    });
    const reopened = await patch({ action: 'reopen' });
    expect(reopened.timeline.map((event) => event.kind)).toEqual([
      'detected',
      'snoozed',
      'reopened',
      'dismissed',
      'reopened',
    ]);
    const refuse = (body: object, status: number) => api.refused(status, 'PATCH', `/api/v1/opportunities/${id}`, body);
    expect(await refuse({ action: 'won' }, 409)).toMatchObject({ code: 'conflict' });
    expect((await refuse({ action: 'snooze', until: '2020-01-01T00:00:00Z' }, 400)).errors?.[0]?.path).toBe('until');
    expect((await refuse({ action: 'dismiss', reason: 'bored' }, 400)).errors?.[0]?.path).toBe('reason');
    await refuse({ action: 'send' }, 400);
  });
});

describe('dispatching', () => {
  it('makes one draft: 201, then 200 for everybody else', async () => {
    const { id } = await opportunityOf('full-1');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.send('POST', '/api/v1/dispatches', { opportunityId: id })),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(19);
    const items = answers.map((answer) => z.parse(contracts.dispatchDetail, JSON.parse(answer.text)));
    expect(new Set(items.map((item) => item.id)).size).toBe(1);
    const [item] = items;
    expect(item).toMatchObject({
      state: 'drafted',
      recipient: 'tom@headroom.example',
      attempts: 1,
      draft: { provider: 'eml' },
    });
    expect(answers[0]?.headers.get('location')).toBe(`/api/v1/dispatches/${item?.id}`);
    const log = await api.expect(
      contracts.dispatchList,
      200,
      'GET',
      '/api/v1/dispatches?accountId=full-1&state=drafted',
    );
    expect(log.items.map((each) => each.id)).toEqual([item?.id]);
    const detail = await api.expect(contracts.dispatchDetail, 200, 'GET', `/api/v1/dispatches/${item?.id}`);
    expect(detail.timeline.map((event) => event.kind)).toEqual(['queued', 'drafting', 'drafted']);
    expect(await api.refused(409, 'POST', `/api/v1/dispatches/${item?.id}/retry`)).toMatchObject({ code: 'conflict' });
    await api.refused(404, 'POST', '/api/v1/dispatches/nothing/retry');
    await api.refused(404, 'POST', '/api/v1/dispatches', { opportunityId: 'nothing' });
  });

  it('is held by gates, and goes past them with a reason', async () => {
    const { id } = await opportunityOf('risky');
    const held = await api.refused(409, 'POST', '/api/v1/dispatches', { opportunityId: id });
    expect(held.code).toBe('gated');
    expect(held.gates?.filter((gate) => !gate.passed).map((gate) => gate.code)).toContain('account_at_risk');
    const override = { reason: 'The CFO asked for it' };
    const done = await api.expect(contracts.dispatchDetail, 201, 'POST', '/api/v1/dispatches', {
      opportunityId: id,
      override,
    });
    expect(done).toMatchObject({ state: 'drafted', overrideReason: override.reason });
  });

  it('shows the draft as a page that can do nothing, as a file and as JSON', async () => {
    const { id } = await opportunityOf('full-2');
    const dispatch = await api.expect(contracts.dispatchDetail, 201, 'POST', '/api/v1/dispatches', {
      opportunityId: id,
    });
    const href = dispatch.draft?.href ?? '';
    const page = await api.send('GET', href);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).toContain('sandbox=""');
    expect(page.text).toContain('Nothing has been sent');
    expect(page.text).not.toMatch(/<script/i);

    const file = await api.send('GET', `${href}?format=eml`);
    expect(file.headers.get('content-type')).toBe('message/rfc822');
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="headroom-${dispatch.id}.eml"`);
    const mail = await simpleParser(file.text);
    expect(mail.subject).toBe('[CSM Expansion] Company full-2 — seats opportunity');
    expect(mail.headers.get('x-unsent')).toBe('1');
    expect(mail.messageId).toBe(`<${dispatch.messageId}>`);
    for (const part of ['$7,200', '97 of 100 seats in use', 'Company full-2', 'you decide']) {
      expect(mail.text).toContain(part);
      expect(mail.html).toContain(part);
    }

    const preview = await api.expect(contracts.draftPreview, 200, 'GET', `${href}?format=json`);
    expect(preview).toMatchObject({ subject: mail.subject, to: 'tom@headroom.example' });
    expect((await api.refused(400, 'GET', `${href}?format=pdf`)).errors?.[0]?.path).toBe('format');
    await api.refused(404, 'GET', '/api/v1/dispatches/nothing/draft');
  });

  it('tells listeners of its events as they happen', async () => {
    const abort = new AbortController();
    const response = await fetch(new URL('/api/v1/events', server.url), {
      signal: abort.signal,
      headers: { authorization: `Bearer ${TEST_API_KEY}` },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let heard = '';
    const listening = (async () => {
      for await (const chunk of response.body ?? []) heard += Buffer.from(chunk).toString('utf8');
    })().catch(() => undefined);
    await eventually(() => heard.startsWith('retry:'), 'the stream to open');
    const { id } = await opportunityOf('full-3');
    const dispatch = await api.expect(contracts.dispatchDetail, 201, 'POST', '/api/v1/dispatches', {
      opportunityId: id,
    });
    await eventually(() => heard.includes('"type":"dispatch.drafted"') && heard.endsWith('\n\n'), 'the event');
    const events = heard
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)) as object);
    const positions = heard.split('\n').filter((line) => line.startsWith('id: '));
    expect(heard).toMatch(/^retry: \d+\nevent: opened\ndata: \S+\n\n/);
    expect(new Set(positions).size).toBe(events.length);
    const ids = { dispatchId: dispatch.id, opportunityId: id };
    expect(events).toContainEqual({ type: 'dispatch.changed', ...ids, state: 'drafting' });
    expect(events).toContainEqual({ type: 'dispatch.changed', ...ids, state: 'drafted' });
    expect(events).toContainEqual({ type: 'dispatch.drafted', ...ids });
    abort.abort();
    await listening;
    // Listeners that went away disturb nobody.
    await api.expect(contracts.dispatchDetail, 201, 'POST', '/api/v1/dispatches', {
      opportunityId: (await opportunityOf('full-4')).id,
    });
  });
});

describe('importing', () => {
  it('takes what Excel makes: BOM, semicolons, CRLF', async () => {
    const row = liveRow('excel', { name: 'Müller & Söhne' });
    const columns = Object.keys(row);
    const file = `\ufeff${columns.join(';')}\r\n${columns.map((column) => `"${row[column]}"`).join(';')}\r\n`;
    expect(await importFile('accounts', file)).toMatchObject({ created: 1, errorCount: 0, rejectedCsv: null });
    expect(await importFile('accounts', file)).toMatchObject({ created: 0, unchanged: 1, runId: null });
    const account = await api.expect(contracts.accountDetail, 200, 'GET', '/api/v1/accounts/excel');
    expect(account).toMatchObject({ name: 'Müller & Söhne', rag: 'GREEN' });
  });

  it('takes JSON, and columns by another name', async () => {
    const { account_id, name, ...rest } = liveRow('json');
    const json = JSON.stringify([{ ...rest, account_id, name }]);
    expect(await importFile('accounts', json, 'application/json')).toMatchObject({ created: 1 });
    const mapping = encodeURIComponent(JSON.stringify({ Kunde: 'account_id', Firma: 'name', Notiz: null }));
    const answer = await api.upload(
      `/api/v1/accounts/import?mapping=${mapping}`,
      'Kunde,Firma,Notiz\nk-1,Kunde 1,x\n',
      'text/csv',
    );
    expect(JSON.parse(answer.text)).toMatchObject({ created: 1, errorCount: 0 });
    expect(
      (
        await api.refused(400, 'POST', '/api/v1/accounts/import?mapping=nonsense', 'a,b\n', {
          'content-type': 'text/csv',
        })
      ).errors?.[0]?.path,
    ).toBe('mapping');
  });

  it('gives bad rows back with what to do, as a file too', async () => {
    const result = await importFile(
      'accounts',
      csv([
        liveRow('good-row'),
        liveRow('bad-row', { nps_score: '12', arr: '1.234,50' }),
        liveRow('=cmd', { seats_active: 'many', domain: '' }),
      ]),
    );
    expect(result).toMatchObject({ created: 1, rejectedRows: 2, errorCount: 3 });
    expect(result.errors.map((error) => [error.line, error.column, error.value])).toEqual([
      [3, 'arr', '1.234,50'],
      [3, 'nps_score', '12'],
      [4, 'seats_active', 'many'],
    ]);
    const file = await api.send('GET', result.rejectedCsv ?? '');
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(file.headers.get('content-disposition')).toContain('attachment');
    expect(file.text).toContain('bad-row');
    expect(file.text).not.toContain('good-row');
    expect(file.text).not.toMatch(/(^|,)=cmd/m);
    for (const id of ['..%2f..%2fheadroom', '00000000-0000-0000-0000-000000000000']) {
      await api.refused(404, 'GET', `/api/v1/imports/${id}/rejected.csv`);
    }
  });

  it('imports usage and catalogue', async () => {
    const observedAt = new Date(Date.now() - 86_400_000).toISOString();
    const use = { account_id: 'calm', feature: 'Exports', observed_at: observedAt, uses: '40', limit_hits: '4' };
    expect(await importFile('usage', csv([use]))).toMatchObject({ created: 1 });
    expect(await opportunityOf('calm')).toMatchObject({ type: 'module', subject: 'forecasting' });
    expect(await importFile('catalogue', csv([{ ...FORECASTING, price: '15000' }]))).toMatchObject({ updated: 1 });
    expect(await opportunityOf('calm')).toMatchObject({ impact: { amountCents: 1_500_000, currency: 'USD' } });
  });

  it('refuses what is no such file', async () => {
    const file = '/api/v1/accounts/import';
    await api.refused(415, 'POST', file, 'x', { 'content-type': 'image/png' });
    await api.refused(415, 'POST', file, 'x', { 'content-type': 'multipart/form-data; boundary=x' });
    await api.refused(400, 'POST', file, '', { 'content-type': 'text/csv' });
    await api.refused(400, 'POST', file, 'nonsense\n1\n', { 'content-type': 'text/csv' });
    await api.refused(400, 'POST', file, '{"not":"a list"', { 'content-type': 'application/json' });
    await api.refused(400, 'POST', file, 'account_id,name\n"never closed', { 'content-type': 'text/csv' });
  });
});

describe('tasks of the agents', () => {
  const tasks = (agent: string) => `/api/v1/agents/${agent}/tasks`;

  it('answers a task over the whole portfolio with its run', async () => {
    for (const type of ['health_scan', 'check_expansion', 'check_contracts', 'portfolio_scan']) {
      const answer = await api.send('POST', tasks('customer-success'), { type });
      expect(answer.status, answer.text).toBe(202);
      const run = z.parse(contracts.runDetail, JSON.parse(answer.text));
      expect(answer.headers.get('location')).toBe(`/api/v1/runs/${run.id}`);
      expect(await ended(run.id)).toMatchObject({ state: 'succeeded', trigger: 'manual' });
    }
  });

  it('answers a task for one account with its result', async () => {
    const scan = await api.send('POST', tasks('customer-success'), { type: 'health_scan', accountId: 'full-5' });
    expect(scan.status).toBe(200);
    expect(JSON.parse(scan.text)).toMatchObject({
      taskType: 'health_scan',
      accountId: 'full-5',
      rag: 'GREEN',
      confidence: 'high',
    });
    const check = await api.send('POST', tasks('customer-success'), { type: 'check_expansion', accountId: 'full-5' });
    expect(JSON.parse(check.text)).toMatchObject({ taskType: 'check_expansion', opportunities: [{ type: 'seats' }] });
    await api.refused(404, 'POST', tasks('customer-success'), { type: 'health_scan', accountId: 'nobody' });
    const bad = await api.refused(400, 'POST', tasks('customer-success'), { type: 'health_scan', accountId: 'bad' });
    expect(bad.detail).toContain('usageTrend');
  });

  it('names what it supports where the type is unknown', async () => {
    const unknown = await api.refused(400, 'POST', tasks('customer-success'), { type: 'send_email' });
    expect(unknown.code).toBe('unknown_task_type');
    for (const type of ['health_scan', 'check_expansion']) expect(unknown.detail).toContain(type);
    const sales = await api.refused(400, 'POST', tasks('sales'), { type: 'health_scan' });
    expect(sales).toMatchObject({
      code: 'unknown_task_type',
      detail: expect.stringContaining('handle_expansion_opportunity'),
    });
    for (const type of ['__proto__', 'constructor', 'toString', '']) {
      expect(await api.refused(400, 'POST', tasks('sales'), { type })).toMatchObject({ code: 'unknown_task_type' });
      expect(await api.refused(400, 'POST', tasks('customer-success'), { type })).toMatchObject({
        code: 'unknown_task_type',
      });
    }
    await api.refused(404, 'POST', tasks('marketing'), { type: 'health_scan' });
  });

  it('makes one draft of a handoff, however often it is repeated', async () => {
    const task = {
      type: 'handle_expansion_opportunity',
      accountId: 'calm',
      opportunityType: 'module',
      evidence: ['They asked for forecasts', '<b>twice</b>'],
      estimatedArrImpact: 12_000,
      recommendedTalkTrack: 'Ask what the forecast is for.',
      confidence: 'high',
    };
    const answers = await Promise.all(Array.from({ length: 5 }, () => api.send('POST', tasks('sales'), task)));
    const results = answers.map((answer) => {
      expect(answer.status, answer.text).toBe(200);
      return JSON.parse(answer.text) as { draftId: string; dispatchId: string };
    });
    expect(new Set(results.map((result) => result.draftId)).size).toBe(1);
    expect(results[0]).toMatchObject({
      taskType: task.type,
      accountId: 'calm',
      opportunityType: 'module',
      confidence: 'high',
    });
    const file = await api.send('GET', `/api/v1/dispatches/${results[0]?.dispatchId}/draft?format=eml`);
    const mail = await simpleParser(file.text);
    expect(mail.text).toContain('Estimated ARR impact: $12,000');
    expect(mail.html).toContain('&lt;b&gt;twice&lt;/b&gt;');
    const other = await api.send('POST', tasks('sales'), { ...task, estimatedArrImpact: null });
    const second = JSON.parse(other.text) as { draftId: string; dispatchId: string };
    expect(second.draftId).not.toBe(results[0]?.draftId);
    const unknown = await api.send('GET', `/api/v1/dispatches/${second.dispatchId}/draft?format=eml`);
    expect((await simpleParser(unknown.text)).text).toContain('Estimated ARR impact: TBD');
    await api.refused(404, 'POST', tasks('sales'), { ...task, accountId: 'nobody' });
  });
});

describe('a mailbox that cannot be written', () => {
  it('is said to be degraded, and everything else goes on', async () => {
    const dataDir = await temporaryDirectory();
    await writeFile(path.join(dataDir, 'drafts'), 'a file where a folder should be');
    const crippled = await startServer({
      dataDir,
      env: { HEADROOM_DISPATCH_BACKOFF_MS: '20', HEADROOM_DISPATCH_MAX_ATTEMPTS: '2' },
    });
    const its = createApiClient(crippled.url);
    try {
      const ready = await its.send('GET', '/api/readyz');
      expect(ready.status).toBe(200);
      expect(JSON.parse(ready.text)).toEqual({
        status: 'degraded',
        degraded: [{ part: 'mail', reason: expect.stringContaining('drafts') }],
      });
      const { agents, integrations } = await its.expect(contracts.agentsResponse, 200, 'GET', '/api/v1/agents');
      expect(agents.find((agent) => agent.id === 'sales')?.state).toBe('degraded');
      expect(integrations.find((integration) => integration.id === 'mail')?.state).toBe('degraded');

      await its.upload('/api/v1/accounts/import', csv([liveOutgrowingRow('a-1')]), 'text/csv');
      const opportunity = await eventually(async () => {
        const { items } = await its.expect(contracts.opportunityList, 200, 'GET', '/api/v1/opportunities');
        return items[0];
      }, 'the opportunity');
      const waiting = await its.expect(contracts.dispatchDetail, 202, 'POST', '/api/v1/dispatches', {
        opportunityId: opportunity.id,
      });
      expect(waiting.state).toBe('retrying');
      const failed = await eventually(async () => {
        const dispatch = await its.expect(contracts.dispatchDetail, 200, 'GET', `/api/v1/dispatches/${waiting.id}`);
        return dispatch.state === 'failed' ? dispatch : null;
      }, 'the dispatch to fail');
      expect(failed).toMatchObject({ attempts: 2, draft: null, error: { code: 'mail_unavailable' } });
      await its.refused(404, 'GET', `/api/v1/dispatches/${waiting.id}/draft`);
      const again = await its.expect(contracts.dispatchDetail, 202, 'POST', `/api/v1/dispatches/${waiting.id}/retry`);
      expect(again.state).toBe('retrying');
    } finally {
      expect(await crippled.stop(), crippled.output()).toBe(0);
      await removeDirectory(dataDir);
    }
  });
});

/** The tables of points, written down a second time and by nobody who looked at the first. */
function oracle(s: HealthSignals) {
  const login = s.loginFrequencyDays;
  const talk = s.daysSinceLastInteraction;
  const renewal = s.daysToRenewal;
  const nps = s.npsScore;
  const seats = s.seatsUtilizationRate;
  const sentiment = { positive: 10, neutral: 7, negative: 3, critical: 0 }[s.avgTicketSentiment];
  const breakdown: Record<string, number> = {
    featureAdoptionRate: s.featureAdoptionRate * 20,
    usageTrend: { growing: 15, stable: 10, declining: 3, inactive: 0 }[s.usageTrend],
    loginFrequencyDays: login === null ? 5 : login <= 7 ? 10 : login <= 30 ? 7 : login <= 60 ? 4 : 0,
    daysSinceLastInteraction: talk === null ? 5 : talk <= 30 ? 10 : talk <= 60 ? 7 : talk <= 90 ? 4 : 0,
    invoicePaymentStatus: { current: 10, overdue_30: 6, overdue_60: 3, overdue_90_plus: 0 }[s.invoicePaymentStatus],
    support: Math.max(0, sentiment - Math.min(5, s.openTicketCount)),
    daysToRenewal:
      renewal === null ? 7 : renewal > 180 ? 10 : renewal > 90 ? 8 : renewal > 60 ? 6 : renewal > 30 ? 3 : 1,
    seatsUtilizationRate: seats > 1 ? 4 : seats >= 0.8 ? 5 : seats >= 0.5 ? 3 : 1,
    stakeholderEngagement: { high: 5, medium: 3, low: 1 }[s.stakeholderEngagement],
    npsScore: nps === null ? 2 : nps >= 9 ? 3 : nps >= 7 ? 2 : nps >= 5 ? 1 : 0,
    escalationCount90Days: s.escalationCount90Days === 0 ? 2 : s.escalationCount90Days === 1 ? 1 : 0,
  };
  let score = Object.values(breakdown).reduce((sum, points) => sum + points, 0);
  if (s.collectionsRisk === 'CRITICAL') score *= 0.8;
  else if (s.collectionsRisk === 'RED') score *= 0.9;
  if (s.tamHealthRag === 'RED') score *= 0.85;
  else if (s.tamHealthRag === 'AMBER') score *= 0.95;
  const rag = score >= 70 ? 'GREEN' : score >= 40 ? 'AMBER' : 'RED';
  const contract = rag !== 'GREEN' && renewal !== null && renewal <= 60;
  const behaviour = ['declining', 'inactive'].includes(s.usageTrend) && (login === null || login > 30);
  let churnRiskLevel: string;
  let churnTriggeredBy = 'none';
  if (contract && behaviour) {
    churnRiskLevel = 'critical';
    churnTriggeredBy = 'both';
  } else if (contract) {
    churnRiskLevel = rag === 'RED' ? 'critical' : 'high';
    churnTriggeredBy = 'contract_proximity';
  } else if (behaviour) {
    churnRiskLevel = rag === 'GREEN' ? 'medium' : 'high';
    churnTriggeredBy = 'behavioral';
  } else {
    churnRiskLevel = rag === 'GREEN' ? 'low' : 'medium';
  }
  const shouldAlert = rag === 'RED' || churnRiskLevel === 'high' || churnRiskLevel === 'critical';
  return { score, breakdown, verdict: { rag, churnRiskLevel, churnTriggeredBy, shouldAlert } };
}
