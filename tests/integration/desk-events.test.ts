import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookEventType } from '../../lib/contracts/webhooks';
import { createClock, DAY, type TestClock } from '../helpers/clock';
import { createFaultyMail, type FaultyMail } from '../helpers/faulty-mail';
import { startInstance } from '../helpers/instances';
import { importAtDesk, importRows, outgrowingRow } from '../helpers/portfolio';
import { parseMetrics, sampleOf } from '../helpers/prometheus';
import { openRuntime, type TestRuntime } from '../helpers/runtime';
import { tellOf } from '../helpers/webhook-desk';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver';

const ENV = { HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1', HEADROOM_URL: 'https://desk.example' };
let clock: TestClock;
let mail: FaultyMail;
let desk: TestRuntime;
let receiver: WebhookReceiver;

beforeEach(async () => {
  clock = createClock();
  mail = createFaultyMail({ clock });
  receiver = await startWebhookReceiver(clock);
  desk = await openRuntime({ clock, mail, env: ENV });
});
afterEach(async () => {
  await desk.close();
  await receiver.close();
  expect(receiver.violations).toEqual([]);
});

async function listen(...eventTypes: WebhookEventType[]): Promise<string> {
  const { webhook, secret } = await desk.runtime.webhooks.create({ url: receiver.url, eventTypes }, 'user:ada');
  receiver.trust(secret);
  return webhook.id;
}

async function told(): Promise<{ type: string; data: Record<string, unknown> }[]> {
  await desk.runtime.webhooks.run();
  return receiver.received.splice(0).map(({ event: { type, data } }) => ({ type, data }));
}

describe('what others are told', () => {
  it('of opportunities that a scan finds: each once, when it is new', async () => {
    await listen('expansion.detected');
    await importAtDesk(desk.runtime, [outgrowingRow('a'), outgrowingRow('b', { currency: 'EUR' })]);
    const { items } = await desk.runtime.reads.listOpportunities({});
    const found = await told();
    expect(found).toHaveLength(2);
    for (const { id, account, title } of items) {
      expect(found).toContainEqual({
        type: 'expansion.detected',
        data: {
          ...{ opportunityId: id, account: { id: account.id, name: account.name }, opportunityType: 'seats', title },
          confidence: 'high',
          impact: { amountCents: 720_000, currency: account.id === 'a' ? 'USD' : 'EUR' },
          ...{ origin: 'scan', state: 'open', detectedAt: clock().toISOString() },
          link: `https://desk.example/opportunities?tab=all&id=${id}`,
        },
      });
    }
    clock.advance(DAY);
    const observed = new Date(clock().getTime()).toISOString();
    await importAtDesk(desk.runtime, [outgrowingRow('a', { seats_active: '99', observed_at: observed })]);
    expect(await told()).toEqual([]);
  });

  it('of a dispatch that is drafted or fails, and of an opportunity that a program hands over', async () => {
    await listen('expansion.detected', 'dispatch.drafted', 'dispatch.failed');
    await importAtDesk(desk.runtime, [outgrowingRow('a'), outgrowingRow('b')]);
    expect(await told()).toHaveLength(2);
    mail.planCreates('none', 'reject');
    const { items } = await desk.runtime.reads.listOpportunities({});
    for (const { id } of items) await desk.runtime.desk.dispatch(id, 'user:dana');
    const { items: dispatches } = await desk.runtime.reads.listDispatches({});
    const events = await told();
    expect(events).toHaveLength(2);
    for (const dispatch of dispatches) {
      const common = {
        ...{ dispatchId: dispatch.id, opportunityId: dispatch.opportunityId, attempts: 1 },
        account: { id: dispatch.account.id, name: dispatch.account.name },
        ...{ opportunityType: 'seats', confidence: 'high', impact: { amountCents: 720_000, currency: 'USD' } },
        requestedAt: clock().toISOString(),
        link: `https://desk.example/dispatches?id=${dispatch.id}`,
      };
      const now = clock().toISOString();
      expect(events).toContainEqual(
        dispatch.state === 'drafted'
          ? { type: 'dispatch.drafted', data: { ...common, state: 'drafted', draftedAt: now } }
          : {
              type: 'dispatch.failed',
              data: {
                ...common,
                ...{ state: 'failed', failedAt: now },
                error: { code: 'mail_rejected', message: dispatch.error?.message },
              },
            },
      );
    }
    const task = {
      ...{ type: 'handle_expansion_opportunity', accountId: 'a', opportunityType: 'module', confidence: 'medium' },
      ...{ evidence: ['They asked for it'], estimatedArrImpact: null, recommendedTalkTrack: 'Ask them.' },
    };
    await desk.runtime.desk.submitTask('sales', task, 'key:ci');
    await desk.runtime.desk.submitTask('sales', task, 'key:ci');
    const handed = await told();
    expect(handed.map(({ type }) => type).sort()).toEqual(['dispatch.drafted', 'expansion.detected']);
    expect(handed.find(({ type }) => type === 'expansion.detected')?.data).toMatchObject({
      ...{ origin: 'api', impact: null, opportunityType: 'module', account: { id: 'a' } },
    });
  });

  it('survives a restart, is in the export of its account, and in the metrics', async () => {
    await listen('churn.alert');
    await importAtDesk(desk.runtime, [outgrowingRow('a')]);
    await tellOf(desk.db, clock, { accountId: 'a' });
    clock.advance(60_000);
    const metrics = async (name: string, labels = {}) =>
      sampleOf(parseMetrics(await desk.runtime.metrics.text()), name, labels);
    expect(await metrics('headroom_webhook_deliveries_waiting')).toBe(1);
    expect(await metrics('headroom_webhook_oldest_waiting_seconds')).toBe(60);
    desk = await desk.restart();
    expect(await told()).toMatchObject([{ type: 'churn.alert', data: { account: { id: 'a', name: 'Company a' } } }]);
    expect(await metrics('headroom_webhook_deliveries_waiting')).toBe(0);
    expect(await metrics('headroom_webhook_oldest_waiting_seconds')).toBe(0);
    expect(await metrics('headroom_webhook_attempt_duration_seconds_count', { outcome: 'delivered' })).toBe(1);
    const { account } = await desk.runtime.exports.account('a');
    expect(account.toldEvents).toMatchObject([{ type: 'churn.alert', data: { alertId: 'al-1' } }]);
  });

  it('is deleted by the retention job after its days', async () => {
    await listen('churn.alert');
    await tellOf(desk.db, clock, {});
    await told();
    clock.advance(29 * DAY);
    await tellOf(desk.db, clock, {});
    await told();
    clock.advance(DAY);
    expect(await desk.runtime.retention.read()).toMatchObject({ eventDays: 30 });
    const signal = new AbortController().signal;
    expect(await desk.runtime.retention.apply(signal)).toMatchObject({ events: 0 });
    clock.advance(1);
    expect(await desk.runtime.retention.apply(signal)).toMatchObject({ events: 1 });
    expect(await desk.db.read.webhookDelivery.count()).toBe(1);
    await desk.runtime.retention.write({ snapshotDays: null, runDays: 90, auditDays: null, eventDays: null });
    // Who does not know of it does not change it.
    const kept = await desk.runtime.retention.write({ snapshotDays: null, runDays: 30, auditDays: null });
    expect(kept).toMatchObject({ snapshotDays: null, runDays: 30, auditDays: null, eventDays: null });
  });
});

describe('a process that is killed', () => {
  it('leaves nothing undelivered, and hears of events that another part of it commits', async () => {
    const patient = await startWebhookReceiver(() => new Date());
    const secretOfServer = 'the secret of this server, long enough';
    const env = { ...ENV, HEADROOM_SECRET: secretOfServer };
    const here = await openRuntime({ env: { ...ENV, HEADROOM_SECRET: secretOfServer } });
    const { webhook, secret } = await here.runtime.webhooks.create(
      { url: patient.url, eventTypes: ['expansion.detected'] },
      'user:ada',
    );
    patient.trust(secret);
    patient.plan('hang');
    const observed = { observed_at: new Date(Date.now() - 60_000).toISOString() };
    await importRows(here.db, [outgrowingRow('a', observed)], { now: new Date() });
    const first = await startInstance(here.dataDir, here.config.databaseUrl, env);
    try {
      await first.ask('scan');
      await patient.waitFor(1);
    } finally {
      await first.kill();
    }
    const second = await startInstance(here.dataDir, here.config.databaseUrl, env);
    try {
      await patient.waitFor(2);
      expect(new Set(patient.received.map(({ event }) => event.id)).size).toBe(1);
    } finally {
      await second.stop();
    }
    expect((await here.runtime.webhooks.listDeliveries({ webhookId: webhook.id })).items).toMatchObject([
      { state: 'delivered', attempts: 2 },
    ]);
    await here.close();
    await patient.close();
    expect(patient.violations).toEqual([]);
  }, 90_000);
});
