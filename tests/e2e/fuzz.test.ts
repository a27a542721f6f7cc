import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as core from 'zod/v4/core';
import * as contracts from '../../lib/contracts';
import { agentTaskQuery } from '../../lib/contracts/agent-activity';
import * as alerts from '../../lib/contracts/alerts';
import * as notion from '../../lib/contracts/notion';
import { reviewEdition, reviewQuery } from '../../lib/contracts/reviews';
import * as schedule from '../../lib/contracts/schedule';
import * as webhookContracts from '../../lib/contracts/webhooks';
import { ROUTES } from '../../lib/domain/access';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { eventually } from '../helpers/eventually';
import { type NotionServer, startNotionServer } from '../helpers/notion-server';
import { csv } from '../helpers/portfolio';
import { inputsFor } from '../helpers/schema-arbitrary';
import { startServer, type TestServer } from '../helpers/server';

/** What each route takes; a route that takes nothing says so. */
const BODIES: Record<string, core.$ZodType | null> = {
  'POST /api/v1/session': contracts.signInRequest,
  'DELETE /api/v1/session': null,
  'POST /api/v1/links/inspect': contracts.linkInspect,
  'POST /api/v1/links/redeem': contracts.linkRedeem,
  'DELETE /api/v1/sessions/[id]': null,
  'POST /api/v1/password': contracts.passwordChange,
  'PATCH /api/v1/opportunities/[id]': contracts.opportunityPatch,
  'POST /api/v1/dispatches': contracts.dispatchRequest,
  'POST /api/v1/dispatches/[id]/retry': null,
  'POST /api/v1/dispatches/[id]/resolve': contracts.dispatchResolution,
  'POST /api/v1/health-score/preview': contracts.previewRequest,
  'POST /api/v1/agents/[agent]/tasks': contracts.agentTask,
  'PATCH /api/v1/users/[id]': contracts.userPatch,
  'DELETE /api/v1/users/[id]': null,
  'POST /api/v1/users/[id]/reset-link': null,
  'POST /api/v1/invitations': contracts.invitationRequest,
  'DELETE /api/v1/invitations/[id]': null,
  'POST /api/v1/api-keys': contracts.apiKeyRequest,
  'DELETE /api/v1/api-keys/[id]': null,
  'PUT /api/v1/settings/retention': contracts.retentionRequest,
  'PATCH /api/v1/settings/schedule': schedule.scheduleChange,
  'PUT /api/v1/accounts/[id]/alert-snooze': alerts.alertSnoozeRequest,
  'DELETE /api/v1/accounts/[id]/alert-snooze': null,
  'POST /api/v1/notices/[id]/retry': null,
  'POST /api/v1/notices/[id]/resolve': alerts.noticeResolution,
  'PUT /api/v1/settings/alerts': alerts.alertSettings,
  'PUT /api/v1/settings/alerts/channels/[channel]': alerts.chatConnectRequest,
  'POST /api/v1/settings/alerts/channels/[channel]/test': null,
  'DELETE /api/v1/settings/alerts/channels/[channel]': null,
  'POST /api/v1/mailboxes/google/connect': contracts.googleConnectRequest,
  'POST /api/v1/mailboxes/imap': contracts.imapConnectRequest,
  'DELETE /api/v1/notion': null,
  'PUT /api/v1/notion/token': notion.notionConnectRequest,
  'POST /api/v1/notion/preview': notion.notionPreviewRequest,
  'PUT /api/v1/notion/accounts': notion.notionAccountsRequest,
  'PUT /api/v1/notion/targets/[id]': notion.notionTargetRequest,
  'POST /api/v1/notion/mend': null,
  'POST /api/v1/notion/pull': null,
  'POST /api/v1/notion/take-over': null,
  'POST /api/v1/notion/release': null,
  'POST /api/v1/mailboxes/[id]/test': null,
  'DELETE /api/v1/mailboxes/[id]': null,
  'POST /api/v1/webhooks': webhookContracts.webhookRequest,
  'PATCH /api/v1/webhooks/[id]': webhookContracts.webhookPatch,
  'DELETE /api/v1/webhooks/[id]': null,
  'POST /api/v1/webhooks/[id]/secret': webhookContracts.webhookSecretRequest,
  'POST /api/v1/webhooks/[id]/test': null,
  'POST /api/v1/webhooks/[id]/replay': webhookContracts.webhookReplayRequest,
};
/** Files: their parsers have properties of their own. The sample takes nothing, and would fill the desk. */
const OTHERS = [
  'POST /api/v1/accounts/import',
  'POST /api/v1/catalogue/import',
  'POST /api/v1/usage/import',
  'POST /api/v1/sample',
  'POST /api/auth/[...provider]',
];
const QUERIES: Record<string, core.$ZodType> = {
  'GET /api/v1/opportunities': contracts.opportunityQuery,
  'GET /api/v1/dispatches': contracts.dispatchQuery,
  'GET /api/v1/dispatches/[id]/draft': contracts.draftFormat,
  'GET /api/v1/mailboxes/google/callback': contracts.googleCallbackQuery,
  'GET /api/v1/notion/places': notion.notionPlaceQuery,
  'GET /api/v1/accounts': contracts.accountQuery,
  'GET /api/v1/reviews': reviewQuery,
  'GET /api/v1/reviews/[id]/markdown': reviewEdition,
  'GET /api/v1/alerts': alerts.alertQuery,
  'GET /api/v1/notices/[id]/draft': contracts.draftFormat,
  'GET /api/v1/runs': contracts.runQuery,
  'GET /api/v1/agents/[agent]/tasks': agentTaskQuery,
  'GET /api/v1/settings/schedule/preview': schedule.schedulePreviewQuery,
  'GET /api/v1/audit': contracts.auditQuery,
  'GET /api/v1/audit/export.csv': contracts.auditQuery,
  'GET /api/v1/webhooks/deliveries': webhookContracts.deliveryQuery,
};
const RUNS = 25;
const SLOW_MS = 5_000;

let server: TestServer;
let notionServer: NotionServer;
let api: ApiClient;
let opportunity: string;

beforeAll(async () => {
  // Whatever host the fuzzer names, nobody waits for it.
  notionServer = await startNotionServer();
  server = await startServer({
    env: {
      HEADROOM_DISPATCH_TIMEOUT_MS: '1000',
      HEADROOM_NOTION_API_URL: notionServer.url,
      HEADROOM_NOTION_REQUESTS_PER_SECOND: '1000',
    },
  });
  api = createApiClient(server.url);
  await api.upload('/api/v1/accounts/import', csv([liveOutgrowingRow('a'), liveOutgrowingRow('b')]), 'text/csv');
  const items = await eventually(async () => {
    const list = JSON.parse((await api.send('GET', '/api/v1/opportunities')).text) as contracts.OpportunityList;
    return list.items.length === 2 ? list.items : null;
  }, 'two opportunities');
  opportunity = items[0]?.id ?? '';
});
afterAll(async () => {
  expect(server.output()).not.toMatch(/"level":(50|60)/);
  expect(await server.stop()).toBe(0);
  await notionServer.close();
});

/** All that a request could have changed. */
async function state(): Promise<string> {
  const paths = [
    'opportunities',
    'accounts',
    'dispatches',
    'users',
    'invitations',
    'api-keys',
    'settings/retention',
    'settings/alerts',
    'accounts/a/alerts',
    'mailboxes',
    'webhooks',
  ];
  const answers = await Promise.all(paths.map((path) => api.send('GET', `/api/v1/${path}`)));
  // When the fuzzer itself last used a key is no change.
  return answers.map((answer) => answer.text.replace(/"lastUsedAt":("[^"]*"|null)/g, '')).join('\n');
}

const addressOf = (name: string) =>
  (name.split(' ')[1] ?? '')
    .replace('opportunities/[id]', `opportunities/${opportunity}`)
    .replace('[agent]', 'customer-success')
    .replace('accounts/[id]', 'accounts/a')
    .replace('[channel]', 'slack')
    .replace(/\[\w+\]/, 'nothing');

async function check(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<void> {
  const before = await state();
  const started = performance.now();
  const answer = await api.send(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
  expect(performance.now() - started).toBeLessThan(SLOW_MS);
  expect(answer.status, `${method} ${path.slice(0, 300)}: ${answer.text.slice(0, 300)}`).toBeLessThan(500);
  if (answer.status === 204) return;
  if (answer.status < 400) return;
  // An address or method that is none gets no further than Next.js, which has little to say.
  if ([400, 405].includes(answer.status) && answer.headers.get('content-type') === null) {
    expect(answer.text.length).toBeLessThan(50);
    return;
  }
  expect(answer.headers.get('content-type'), `${answer.status} ${path} ${answer.text.slice(0, 80)}`).toBe(
    'application/problem+json',
  );
  expect(JSON.parse(answer.text)).toMatchObject({ status: answer.status, code: expect.any(String) });
  expect(await state()).toBe(before);
}

describe('whatever is sent', () => {
  it('covers every route that takes something', () => {
    const changing = Object.keys(ROUTES).filter((name) => !name.startsWith('GET '));
    expect(changing.filter((name) => !(name in BODIES) && !OTHERS.includes(name))).toEqual([]);
  });

  it.each(Object.entries(BODIES))('%s answers in time and changes nothing that it refuses', async (name, schema) => {
    const [method = ''] = name.split(' ');
    const input = schema ? inputsFor(schema) : fc.constantFrom<unknown>({}, null, [], 'x', { id: 1 });
    await fc.assert(
      fc.asyncProperty(input, (body) => check(method, addressOf(name), body)),
      { numRuns: RUNS },
    );
  });

  it.each(Object.entries(QUERIES))('%s answers any query in time', async (name, schema) => {
    const keys = Object.keys((schema as unknown as { def: { shape: object } }).def.shape);
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        '',
        '0',
        '-1',
        '1e9',
        'open,held',
        'GREEN',
        'null',
        '%00',
        "'",
        '\\',
        '%',
        '_',
        'a'.repeat(500),
        '-impact',
        '2026-01-01T00:00:00Z',
      ),
    );
    const query = fc.array(
      fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, fc.string({ maxLength: 9 })), value),
      {
        maxLength: 4,
      },
    );
    await fc.assert(
      fc.asyncProperty(query, async (pairs) => {
        const search = new URLSearchParams(pairs.map(([key, text]): [string, string] => [key, wellFormed(text)]));
        await check('GET', `${addressOf(name)}?${search}`);
      }),
      { numRuns: RUNS },
    );
  });

  it('survives identifiers, bodies and headers that are none', async () => {
    for (const id of ['%00', '..%2f..%2fetc%2fpasswd', '%ff', 'x'.repeat(5_000), '__proto__', '%F0%9F%92%A9', "'--"]) {
      for (const collection of ['opportunities', 'accounts', 'dispatches', 'runs', 'users', 'imports']) {
        await check('GET', `/api/v1/${collection}/${id}`.replace(/imports\/.*/, `imports/${id}/rejected.csv`));
      }
    }
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    for (const body of ['{', '{"a":', deep, '"\\ud800"', '\u0000', '{"__proto__":1}', 'null', '1e999']) {
      const answer = await api.send('POST', '/api/v1/dispatches', body);
      expect(answer.status, body.slice(0, 20)).toBe(400);
    }
    for (const type of ['', 'text/html', 'application/xml', 'multipart/form-data', 'application/json; charset=utf-7']) {
      const answer = await api.send('POST', '/api/v1/dispatches', '{}', { 'content-type': type });
      expect([400, 415], type).toContain(answer.status);
    }
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const answer = await api.send(method, '/api/v1/opportunities');
      expect([204, 400, 404, 405], method).toContain(answer.status);
    }
  });
});

/** Lone surrogates cannot be written into an address. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
