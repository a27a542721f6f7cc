import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DispatchItem, OpportunityList } from '../../lib/contracts';
import { ROUTES } from '../../lib/domain/access';
import { type ApiClient, createApiClient, liveOutgrowingRow } from '../helpers/api-client';
import { type CollectedSpan, type Collector, startCollector } from '../helpers/collector';
import { eventually } from '../helpers/eventually';
import { csv } from '../helpers/portfolio';
import { parseMetrics, sampleOf } from '../helpers/prometheus';
import { startServer, type TestServer } from '../helpers/server';

const METRICS_TOKEN = 'a-token-that-reads-the-metrics-and-nothing-else';
const TRACE = '0af7651916cd43dd8448eb211c80319c';

let collector: Collector;
let server: TestServer;
let api: ApiClient;
let opportunityIds: string[];

beforeAll(async () => {
  collector = await startCollector();
  server = await startServer({
    env: {
      HEADROOM_METRICS_TOKEN: METRICS_TOKEN,
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=desk%20one',
      OTEL_SERVICE_NAME: 'desk-under-test',
      LOG_LEVEL: 'info',
    },
  });
  api = createApiClient(server.url);
  await api.upload('/api/v1/accounts/import', csv([liveOutgrowingRow('a'), liveOutgrowingRow('b')]), 'text/csv');
  opportunityIds = await eventually(async () => {
    const { items } = JSON.parse((await api.send('GET', '/api/v1/opportunities')).text) as OpportunityList;
    return items.length === 2 ? items.map(({ id }) => id) : null;
  }, 'two opportunities');
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await collector.close();
});

const metrics = async () => parseMetrics((await api.send('GET', '/api/metrics')).text);

describe('GET /api/metrics', () => {
  it('answers a key in the text format of Prometheus', async () => {
    const answer = await api.send('GET', '/api/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const samples = parseMetrics(answer.text);
    expect(sampleOf(samples, 'headroom_ready')).toBe(1);
    expect(sampleOf(samples, 'headroom_accounts', { status: 'active' })).toBe(2);
    expect(sampleOf(samples, 'headroom_build_info', { version: '0.1.0', node: process.version })).toBe(1);
  });

  it('answers the token of its own, which opens nothing else', async () => {
    const watcher = createApiClient(server.url, { authorization: `Bearer ${METRICS_TOKEN}` });
    expect((await watcher.send('GET', '/api/metrics')).status).toBe(200);
    for (const [name, rule] of Object.entries(ROUTES)) {
      const [method = '', path = ''] = name.split(' ');
      if (rule.needs === 'public' || path === '/api/metrics') continue;
      expect((await watcher.send(method, path.replace(/\[\w+\]/g, 'x'))).status, name).toBe(403);
    }
    const session = JSON.parse((await watcher.send('GET', '/api/v1/session')).text) as object;
    expect(session).toMatchObject({ viewer: { id: 'metrics', only: 'metrics.read' } });
  });

  it('answers nobody else', async () => {
    for (const credentials of [{}, { authorization: `Bearer ${METRICS_TOKEN}x` }]) {
      await createApiClient(server.url, credentials as Record<string, string>).refused(401, 'GET', '/api/metrics');
    }
  });

  it('counts requests by route, those among them that were refused at the door', async () => {
    await api.send('GET', '/api/v1/accounts/a');
    await api.send('GET', '/api/v1/accounts/nobody-of-that-name');
    await api.send('GET', '/api/livez', undefined, { host: 'evil.example' });
    await api.send('GET', '/opportunities');
    await api.send('GET', '/no-such-page');
    await eventually(async () => sampleOf(await metrics(), 'headroom_http_requests_total', { route: 'other' }), 'it');
    const samples = await metrics();
    const requests = (labels: Record<string, string>) => sampleOf(samples, 'headroom_http_requests_total', labels);
    expect(requests({ route: '/api/v1/accounts/[id]', method: 'GET', status: '200' })).toBe(1);
    expect(requests({ route: '/api/v1/accounts/[id]', method: 'GET', status: '404' })).toBe(1);
    expect(requests({ route: '/opportunities' })).toBe(1);
    expect(requests({ route: 'other', status: '404' })).toBe(1);
    expect(requests({ route: '/api/v1/accounts/import', method: 'POST', status: '200' })).toBe(1);
    const durations = { route: '/api/v1/accounts/[id]', method: 'GET' };
    expect(sampleOf(samples, 'headroom_http_request_duration_seconds_count', durations)).toBe(requests(durations));
    expect(sampleOf(samples, 'headroom_http_request_duration_seconds_sum', durations)).toBeGreaterThan(0);
  });
});

describe('a trace', () => {
  const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
  const named = (spans: readonly CollectedSpan[], name: string) => spans.find((span) => span.name === name);

  it('goes from the request over the attempt to the mailbox, and takes up that of who asks', async () => {
    const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
    const body = { opportunityId: opportunityIds[0] };
    const answer = await api.send('POST', '/api/v1/dispatches', body, { traceparent });
    expect(answer.status).toBe(201);
    const { id } = JSON.parse(answer.text) as DispatchItem;
    const spans = await eventually(() => {
      const found = spansOf(TRACE);
      return named(found, 'mail create_draft') && named(found, 'POST /api/v1/dispatches') ? found : null;
    }, 'the spans of the dispatch');
    const request = named(spans, 'POST /api/v1/dispatches');
    const attempt = named(spans, 'dispatch attempt');
    const mail = named(spans, 'mail create_draft');
    expect(request).toMatchObject({ parentSpanId: 'b7ad6b7169203331', service: 'desk-under-test' });
    expect(request?.attributes['http.status_code']).toBe(201);
    expect(attempt?.attributes).toMatchObject({ 'headroom.dispatch.id': id, 'headroom.dispatch.outcome': 'drafted' });
    expect(mail?.attributes).toMatchObject({ 'headroom.mail.provider': 'eml', 'headroom.mail.outcome': 'ok' });
    expect(mail?.parentSpanId).toBe(attempt?.spanId);
    const ancestors: string[] = [];
    for (let at = attempt; at?.parentSpanId; at = spans.find(({ spanId }) => spanId === at?.parentSpanId)) {
      ancestors.push(at.parentSpanId);
    }
    expect(ancestors).toContain(request?.spanId);
    expect(collector.headers[0]).toMatchObject({ 'x-tenant': 'desk one' });
  });

  it('is one of its own for a scan, and its ids are in the log', async () => {
    const scan = await eventually(() => named(collector.spans, 'run portfolio_scan'), 'the span of the scan');
    expect(scan.parentSpanId).toBeUndefined();
    expect(scan.attributes['headroom.run.outcome']).toBe('succeeded');
    // A request that is refused leaves a line in the log, in the middle of its trace.
    const trace = TRACE.replaceAll('0', 'e');
    const traceparent = `00-${trace}-b7ad6b7169203331-01`;
    const watcher = createApiClient(server.url, { authorization: `Bearer ${METRICS_TOKEN}`, traceparent });
    const { requestId } = await watcher.refused(403, 'GET', '/api/v1/users');
    const line = server
      .output()
      .split('\n')
      .find((text) => text.includes(requestId ?? '?'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ traceId: trace, msg: 'Access was refused' });
  });

  it('says nothing of what somebody searched for', async () => {
    const trace = TRACE.replaceAll('0', 'd');
    await api.send('GET', '/api/v1/accounts?q=canary-in-the-query', undefined, {
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
    });
    await eventually(() => named(spansOf(trace), 'GET /api/v1/accounts'), 'the span of the search');
    expect(JSON.stringify(collector.spans)).not.toMatch(/canary-in-the-query|Company a|@headroom\.example/);
  });
});
