import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createClock, MINUTE } from '../helpers/clock';
import { createFaultyMail } from '../helpers/faulty-mail';
import { importAtDesk, outgrowingRow } from '../helpers/portfolio';
import { parseMetrics, type Sample, sampleOf } from '../helpers/prometheus';
import { openRuntime, type TestRuntime, type TestRuntimeOptions } from '../helpers/runtime';

const opened: TestRuntime[] = [];
afterEach(async () => {
  for (const desk of opened.splice(0)) await desk.close();
});

async function open(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const desk = await openRuntime(options);
  opened.push(desk);
  return desk;
}

async function read(desk: TestRuntime): Promise<Sample[]> {
  return parseMetrics(await desk.runtime.metrics.text());
}

async function opportunities(desk: TestRuntime, count: number): Promise<string[]> {
  await importAtDesk(
    desk.runtime,
    Array.from({ length: count }, (_, index) => outgrowingRow(`a-${index}`)),
  );
  const { items } = await desk.runtime.reads.listOpportunities({ status: ['open'] });
  expect(items).toHaveLength(count);
  return items.map(({ id }) => id);
}

describe('the metrics', () => {
  it('tell of runs, and of what is there by state', async () => {
    const desk = await open();
    const before = await read(desk);
    expect(sampleOf(before, 'headroom_accounts', { status: 'active' })).toBe(0);
    expect(sampleOf(before, 'headroom_runs_total', { job: 'portfolio_scan', outcome: 'failed' })).toBe(0);
    expect(sampleOf(before, 'headroom_job_last_success_timestamp_seconds')).toBeNull();
    await opportunities(desk, 3);
    const after = await read(desk);
    expect(sampleOf(after, 'headroom_accounts', { status: 'active' })).toBe(3);
    expect(sampleOf(after, 'headroom_opportunities', { status: 'open' })).toBe(3);
    expect(sampleOf(after, 'headroom_runs_total', { job: 'portfolio_scan', outcome: 'succeeded' })).toBe(1);
    expect(sampleOf(after, 'headroom_run_duration_seconds_count', { job: 'portfolio_scan' })).toBe(1);
    // The scan and the expansion check each go over the three.
    expect(sampleOf(after, 'headroom_scan_accounts_total', { job: 'portfolio_scan' })).toBe(6);
    expect(sampleOf(after, 'headroom_scan_accounts_per_second', { job: 'portfolio_scan' })).toBeGreaterThan(0);
    expect(sampleOf(after, 'headroom_job_last_success_timestamp_seconds', { job: 'portfolio_scan' })).toBe(
      desk.clock().getTime() / 1000,
    );
  });

  it('tell of dispatches, their age, and of the mailbox', async () => {
    const clock = createClock();
    const mail = createFaultyMail({ clock, settleMs: MINUTE });
    const desk = await open({ mail, clock });
    const [first = '', second = '', third = '', fourth = ''] = await opportunities(desk, 4);
    mail.planCreates('none', 'reject', 'unavailable', 'accept_then_drop');
    for (const id of [first, second, third, fourth]) await desk.runtime.desk.dispatch(id, 'dana');
    clock.advance(30_000);
    const now = await read(desk);
    const states = { drafted: 1, failed: 1, retrying: 1, uncertain: 1, queued: 0, drafting: 0 };
    for (const [state, count] of Object.entries(states)) {
      expect(sampleOf(now, 'headroom_dispatches', { state }), state).toBe(count);
    }
    expect(sampleOf(now, 'headroom_dispatch_oldest_waiting_seconds')).toBe(30);
    for (const outcome of ['ok', 'rejected', 'unavailable', 'error']) {
      const labels = { provider: 'fake', operation: 'create_draft', outcome };
      expect(sampleOf(now, 'headroom_mail_request_duration_seconds_count', labels), outcome).toBe(1);
    }
    for (const outcome of ['drafted', 'mail_rejected', 'mail_unavailable', 'internal']) {
      expect(sampleOf(now, 'headroom_dispatch_attempt_duration_seconds_count', { outcome }), outcome).toBe(1);
    }
    expect(sampleOf(now, 'headroom_dispatches_needing_person')).toBe(0);
  });

  it('hear of a mailbox that never answers, and of dispatches that only a person can settle', async () => {
    const clock = createClock();
    const mail = createFaultyMail({ clock, settleMs: 0 });
    const desk = await open({ mail, clock, env: { HEADROOM_DISPATCH_TIMEOUT_MS: '100' } });
    const [id = ''] = await opportunities(desk, 1);
    mail.planCreates('hang');
    mail.planFinds('unknown');
    await desk.runtime.desk.dispatch(id, 'dana');
    const labels = { operation: 'create_draft', outcome: 'timeout' };
    expect(sampleOf(await read(desk), 'headroom_mail_request_duration_seconds_count', labels)).toBe(1);
    const { items } = await desk.runtime.reads.listDispatches({});
    clock.advance(MINUTE);
    // The pump has no timer before `start`: the person's Retry is the next step.
    await desk.runtime.start();
    await expect
      .poll(async () => sampleOf(await read(desk), 'headroom_dispatches_needing_person'), { timeout: 5_000 })
      .toBe(1);
    expect(items).toHaveLength(1);
  });

  it('say that a part is degraded, and that the database is gone, without an old figure', async () => {
    const desk = await open();
    await opportunities(desk, 1);
    const well = await read(desk);
    expect(sampleOf(well, 'headroom_ready')).toBe(1);
    expect(sampleOf(well, 'headroom_degraded', { part: 'mail' })).toBe(0);
    // A database on a server of its own is measured there.
    if (desk.db.engine === 'sqlite') expect(sampleOf(well, 'headroom_database_bytes')).toBeGreaterThan(10_000);
    else expect(sampleOf(well, 'headroom_database_bytes')).toBeNull();
    expect(sampleOf(well, 'headroom_disk_free_bytes')).toBeGreaterThan(0);
    await desk.runtime.stop();
    const gone = await read(desk);
    expect(sampleOf(gone, 'headroom_database_up')).toBe(0);
    expect(sampleOf(gone, 'headroom_ready')).toBe(0);
    for (const name of ['headroom_accounts', 'headroom_dispatches', 'headroom_database_bytes', 'headroom_degraded']) {
      expect(sampleOf(gone, name), name).toBeNull();
    }
    expect(sampleOf(gone, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('are those of one desk: another in the same process counts for itself', async () => {
    const one = await open();
    const other = await open();
    one.runtime.metrics.answered({ method: 'GET', url: '/api/v1/accounts/x', status: 404, seconds: 0.01 });
    const labels = { method: 'GET', route: '/api/v1/accounts/[id]', status: '404' };
    expect(sampleOf(await read(one), 'headroom_http_requests_total', labels)).toBe(1);
    expect(sampleOf(await read(other), 'headroom_http_requests_total', labels)).toBeNull();
  });

  it('stay few, whatever is asked for', async () => {
    const desk = await open();
    for (let index = 0; index < 1_000; index += 1) {
      const request = { status: 404, seconds: 0.01 };
      desk.runtime.metrics.answered({ ...request, method: 'GET', url: `/${index}/x` });
      desk.runtime.metrics.answered({ ...request, method: `M${index}`, url: `/api/v1/runs/${index}` });
    }
    expect((await read(desk)).length).toBeLessThan(200);
  });
});

describe('what ops/ reads', () => {
  const names = (expression: string) => expression.match(/\b(headroom|process|nodejs)_\w+/g) ?? [];
  const dashboard = JSON.parse(readFileSync('ops/grafana/headroom.json', 'utf8')) as {
    panels: { type: string; title: string; targets?: { expr: string }[] }[];
  };
  const fromDashboard = dashboard.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => names(expr)));
  const alerts = readFileSync('ops/prometheus/alerts.yml', 'utf8');
  const fromAlerts = [...alerts.matchAll(/expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)/g)].flatMap(([, block, line]) =>
    names(block ?? line ?? ''),
  );

  it('is something that the metrics have', async () => {
    const desk = await open();
    const text = await desk.runtime.metrics.text();
    const defined = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    );
    expect(fromDashboard.length).toBeGreaterThan(20);
    expect(fromAlerts.length).toBeGreaterThan(12);
    for (const name of [...fromDashboard, ...fromAlerts]) expect(defined).toContain(name);
  });

  it('is shown in panels of which each has something to show', () => {
    for (const panel of dashboard.panels) {
      if (panel.type !== 'row') expect(panel.targets?.length, panel.title).toBeGreaterThan(0);
    }
  });
});
