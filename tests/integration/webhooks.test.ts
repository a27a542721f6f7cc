import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../../lib/contracts/webhooks';
import { appendEvents, deleteEvents } from '../../lib/db/event-log';
import { createWebhookStore } from '../../lib/db/webhook-store';
import { MAX_ATTEMPTS, RETRY_WAITS_MS } from '../../lib/domain/webhook-retry';
import { createSecretBox } from '../../lib/secrets';
import { rotateWebhookSecrets } from '../../lib/webhooks/signing';
import { createClock, DAY, HOUR, MINUTE, SECOND, type TestClock } from '../helpers/clock';
import { everythingStored, openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { openTestWebhooks, type TestWebhooks, tellOf, type WebhookDeskOptions } from '../helpers/webhook-desk';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver';

const SECRET = 'the secret of this server, long enough';
let temporary: TemporaryDatabase;
let clock: TestClock;
let receiver: WebhookReceiver;
let webhooks: TestWebhooks;
const opened: TestWebhooks[] = [];

beforeEach(async () => {
  temporary = await openTemporaryDatabase();
  clock = createClock();
  receiver = await startWebhookReceiver(clock);
  webhooks = await open();
});
afterEach(async () => {
  await receiver.close();
  await Promise.all(opened.splice(0).map((one) => one.stop()));
  await temporary.close();
  expect(receiver.violations).toEqual([]);
});

async function open(more: Partial<WebhookDeskOptions> = {}): Promise<TestWebhooks> {
  const { db, directory } = temporary;
  const env = { HEADROOM_SECRET: SECRET, ...more.env };
  const one = await openTestWebhooks({ db, directory, clock, ...more, env });
  opened.push(one);
  return one;
}

/** An endpoint at the receiver, which trusts its secret. */
async function listen(more: Partial<WebhookRequest> = {}): Promise<string> {
  const { webhook, secret } = await webhooks.create(
    { url: receiver.url, eventTypes: ['churn.alert', 'qbr.ready'], ...more },
    'user:ada',
  );
  receiver.trust(secret);
  return webhook.id;
}

const tell = (...events: Parameters<typeof tellOf>[2][]) =>
  tellOf(temporary.db, clock, ...(events.length > 0 ? events : [{}]));
const deliveries = async (webhookId?: string) =>
  (await webhooks.listDeliveries(webhookId === undefined ? {} : { webhookId })).items;
const states = async () => (await deliveries()).map(({ state }) => state);

describe('an event', () => {
  it('goes to every enabled endpoint that is told of its type, signed, once', async () => {
    const first = await listen();
    await webhooks.create({ url: receiver.url, eventTypes: ['qbr.ready'] }, 'user:ada');
    await webhooks.create({ url: receiver.url, eventTypes: ['churn.alert'], enabled: false }, 'user:ada');
    await tell({ data: { account: { id: 'a', name: 'Acme' } } });
    await webhooks.run();
    await webhooks.run();
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]?.event).toMatchObject({
      type: 'churn.alert',
      timestamp: clock().toISOString(),
      data: { churnRisk: 'high', link: 'https://desk.example/alerts?id=al-1' },
    });
    const [delivery] = await deliveries(first);
    expect(delivery).toMatchObject({
      ...{ state: 'delivered', attempts: 1, responseStatus: 204, error: null, trigger: 'event' },
      account: { id: 'a', name: 'Acme' },
    });
    const detail = await webhooks.getDelivery(delivery?.id ?? '');
    expect(detail.request).toEqual({ url: receiver.url, body: receiver.received[0]?.body });
    expect(detail.history).toMatchObject([{ status: 204, error: null, body: null }]);
    expect(await webhooks.get(first)).toMatchObject({ lastSuccessAt: clock().toISOString(), waiting: 0, failed: 0 });
    expect(webhooks.outcomes).toEqual(['delivered']);
  });

  it('is logged for a replay where nobody listens, but for those that a scan has thousands of', async () => {
    await tell({}, { type: 'health.scored' }, { type: 'expansion.detected' });
    const types = async () => (await temporary.db.read.deskEvent.findMany()).map(({ type }) => type).sort();
    expect(await types()).toEqual(['churn.alert']);
    const id = await listen({ eventTypes: ['health.scored'] });
    await webhooks.update(id, { enabled: false });
    await tell({ type: 'health.scored' }, { type: 'expansion.detected' });
    expect(await types()).toEqual(['churn.alert', 'health.scored']);
    expect(await deliveries()).toEqual([]);
  });

  it('is not told of where what made it true is undone', async () => {
    await listen();
    const undone = temporary.db.bulk(async (tx) => {
      await appendEvents(tx, [{ type: 'churn.alert', accountId: null, data: {} }], clock());
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await webhooks.run();
    expect(receiver.received).toEqual([]);
    expect(await temporary.db.read.deskEvent.count()).toBe(0);
  });
});

describe('a delivery that does not get through', () => {
  it('is tried again by the schedule until it is given up, with the same id and body', async () => {
    const id = await listen();
    receiver.always({ status: 500, body: 'out of order' });
    await tell();
    for (const [index, wait] of RETRY_WAITS_MS.entries()) {
      await webhooks.run();
      expect(receiver.received).toHaveLength(index + 1);
      const [delivery] = await deliveries();
      expect(delivery).toMatchObject({ state: 'waiting', attempts: index + 1, responseStatus: 500 });
      expect(Date.parse(delivery?.nextAttemptAt ?? '') - clock().getTime()).toBe(wait);
      clock.advance(wait - 1);
      await webhooks.run();
      expect(receiver.received).toHaveLength(index + 1);
      clock.advance(1);
    }
    await webhooks.run();
    expect(receiver.received).toHaveLength(MAX_ATTEMPTS);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    const [delivery] = await deliveries();
    expect(delivery).toMatchObject({ state: 'failed', error: 'The receiver answered 500.', nextAttemptAt: null });
    const { history } = await webhooks.getDelivery(delivery?.id ?? '');
    expect(history).toHaveLength(MAX_ATTEMPTS);
    expect(history.at(-1)).toMatchObject({ status: 500, body: 'out of order' });
    // Nothing got through in all that time.
    expect(await webhooks.get(id)).toMatchObject({ enabled: false, disabledReason: 'failing' });
    expect(webhooks.logged()).toContain('is disabled');
  });

  it('waits as long as a 429 or 503 asks, and so does everything else for that endpoint', async () => {
    await listen();
    receiver.plan({ status: 429, headers: { 'retry-after': '90' } });
    await tell();
    await webhooks.run();
    await tell();
    clock.advance(89 * SECOND);
    await webhooks.run();
    expect(receiver.received).toHaveLength(1);
    clock.advance(SECOND);
    receiver.plan({ status: 503, headers: { 'retry-after': new Date(clock().getTime() + HOUR).toUTCString() } });
    // One of the two is refused; the other may be under way with it.
    await webhooks.run();
    expect((await states()).sort()).toContain('waiting');
    clock.advance(HOUR + SECOND);
    await webhooks.run();
    expect(await states()).toEqual(['delivered', 'delivered']);
  });

  it('disables the endpoint where the receiver says that it is gone; what waits is kept', async () => {
    const id = await listen();
    receiver.plan({ status: 500 });
    await tell();
    await webhooks.run();
    receiver.plan({ status: 410 });
    await tell();
    await webhooks.run();
    expect(await webhooks.get(id)).toMatchObject({ enabled: false, disabledReason: 'gone', waiting: 1, failed: 1 });
    expect((await states()).sort()).toEqual(['failed', 'paused']);
    clock.advance(DAY);
    await webhooks.run();
    expect(receiver.received).toHaveLength(2);
    await webhooks.update(id, { enabled: true });
    await webhooks.run();
    expect((await states()).sort()).toEqual(['delivered', 'failed']);
    expect(await webhooks.get(id)).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
  });

  it('says why there was no answer, and follows no redirect', async () => {
    const quick = await open({ attemptMs: 300 });
    await listen();
    receiver.plan('hang', 'drop', { status: 302, headers: { location: `${receiver.url}/elsewhere` } }, 'endless');
    await tell();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await quick.run();
      clock.advance(HOUR);
    }
    const [delivery] = await deliveries();
    const { history } = await webhooks.getDelivery(delivery?.id ?? '');
    expect(history.map(({ status, error }) => [status, error])).toEqual([
      [null, 'No answer came within 15 seconds.'],
      [null, 'The connection was closed before an answer came.'],
      [302, 'The receiver answered 302, a redirect, which is not followed: enter the address that it leads to.'],
      // Its status is what counts.
      [200, null],
    ]);
    expect(history.at(-1)?.body).toHaveLength(1_000);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hooks', '/hooks', '/hooks', '/hooks']);
  });

  it('is sent into no private network that was not named, nor in the clear to the world', async () => {
    const strict = await open({ env: { HEADROOM_ALLOWED_PRIVATE_RANGES: '' } });
    for (const url of [receiver.url, 'https://169.254.169.254/latest', 'https://[::1]/', 'http://93.184.216.34/']) {
      await expect(strict.create({ url, eventTypes: ['churn.alert'] }, 'user:ada')).rejects.toMatchObject({
        code: 'invalid_input',
        issues: [{ path: 'url' }],
      });
    }
    // A name is looked up at each attempt; and an address may be allowed no longer.
    await listen();
    await webhooks.create(
      { url: receiver.url.replace('127.0.0.1', 'localhost'), eventTypes: ['churn.alert'] },
      'user:ada',
    );
    await tell();
    await strict.run();
    expect(receiver.received).toEqual([]);
    for (const { state, error } of await deliveries()) {
      expect([state, error]).toEqual(['waiting', expect.stringMatching(/is not an address that the desk may call/)]);
    }
  });

  it('is sent more gently to an endpoint that fails again and again', async () => {
    const id = await listen();
    receiver.always({ status: 500 });
    await tell(...Array.from({ length: 30 }, () => ({})));
    await webhooks.run();
    // Those that were under way together may all have failed before the tenth was written down.
    expect(receiver.received.length).toBeGreaterThanOrEqual(10);
    expect(receiver.received.length).toBeLessThan(16);
    expect((await webhooks.get(id)).resumesAt).not.toBeNull();
    receiver.always({ status: 200 });
    for (let minute = 0; minute < 3; minute += 1) {
      clock.advance(MINUTE);
      await webhooks.run();
    }
    expect(new Set(await states())).toEqual(new Set(['delivered']));
    expect(await webhooks.get(id)).toMatchObject({ failingSince: null, resumesAt: null });
  });
});

describe('several instances', () => {
  it('share the deliveries: one claims each', async () => {
    await listen();
    const other = await open({ owner: 'two' });
    await tell(...Array.from({ length: 60 }, () => ({})));
    await Promise.all([webhooks.run(), other.run()]);
    await Promise.all([webhooks.run(), other.run()]);
    expect(receiver.received).toHaveLength(60);
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(60);
    expect(webhooks.outcomes.length + other.outcomes.length).toBe(60);
  });

  it('take over what one that died was sending, at once or when its lease is over', async () => {
    await listen();
    await tell();
    const { db } = temporary;
    const [{ endpointId = '' } = {}] = await db.read.webhookDelivery.findMany();
    const store = createWebhookStore(db);
    const claim = (owner: string) =>
      store.claim(endpointId, { limit: 5, owner, now: clock(), until: new Date(clock().getTime() + 30 * SECOND) });
    const [lost] = await claim('dead');
    expect(await claim('another')).toEqual([]);
    await webhooks.run();
    expect(receiver.received).toEqual([]);
    // The machine is known to be another's: its lease has to run out.
    clock.advance(30 * SECOND);
    await webhooks.run();
    expect(receiver.received).toHaveLength(1);
    // The dead one was not dead after all; its answer comes too late to change anything.
    const record = { at: clock().toISOString(), ms: 1, status: 500, error: 'late', body: null };
    if (!lost) throw new Error('nothing was claimed');
    await store.settle(lost, record, { next: 'failed' }, { owner: 'dead', now: clock(), restUntil: null });
    expect(await states()).toEqual(['delivered']);

    await tell();
    await claim('dead');
    const survivor = await open({ gone: ['dead'], owner: 'three' });
    await survivor.run();
    expect(receiver.received).toHaveLength(2);
  });

  it('a slow receiver holds up nobody else', async () => {
    const slow = await startWebhookReceiver(clock);
    slow.always('hang');
    const made = await webhooks.create({ url: slow.url, eventTypes: ['churn.alert'] }, 'user:ada');
    slow.trust(made.secret);
    await listen();
    await tell(...Array.from({ length: 20 }, () => ({})));
    const running = webhooks.run();
    await receiver.waitFor(20);
    // A few at a time, and the rest waits.
    expect(slow.received).toHaveLength(4);
    await slow.close();
    await running;
    expect(slow.violations).toEqual([]);
  });

  it('leaves no lease when it stops, and does not count what it cut short', async () => {
    await listen();
    receiver.plan('hang');
    await tell();
    const running = webhooks.run();
    await receiver.waitFor(1);
    await webhooks.stop();
    await running;
    const [left] = await temporary.db.read.webhookDelivery.findMany();
    expect(left).toMatchObject({ state: 'waiting', attempts: 0, leaseOwner: null });
    await (await open({ owner: 'next' })).run();
    expect(receiver.received).toHaveLength(2);
    await expect(webhooks.test(left?.endpointId ?? '')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a secret', () => {
  it('is shown once and kept encrypted', async () => {
    const made = await webhooks.create({ url: receiver.url, eventTypes: ['churn.alert'] }, 'user:ada');
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    receiver.trust(made.secret);
    await tell();
    await webhooks.run();
    const [delivery] = await deliveries();
    const answers = [
      await webhooks.list(),
      await webhooks.get(made.webhook.id),
      await webhooks.getDelivery(delivery?.id ?? ''),
    ];
    const plain = made.secret.slice('whsec_'.length);
    expect(JSON.stringify(answers)).not.toContain(plain);
    expect(webhooks.logged()).not.toContain(plain);
    expect((await everythingStored(temporary.db, temporary.directory)).includes(plain)).toBe(false);
  });

  it('that is replaced signs beside the new one for a day, or ends at once', async () => {
    const id = await listen();
    const first = receiver;
    const [before] = await secretsAfterDelivery();
    const kept = await webhooks.rotateSecret(id, 'keep_for_a_day');
    expect(kept.webhook.oldSecretUntil).toBe(new Date(clock().getTime() + DAY).toISOString());
    first.trust(before ?? '', kept.secret);
    expect(await secretsAfterDelivery()).toEqual([before, kept.secret]);
    clock.advance(DAY);
    expect(await secretsAfterDelivery()).toEqual([kept.secret]);
    expect((await webhooks.get(id)).oldSecretUntil).toBeNull();
    const last = await webhooks.rotateSecret(id, 'end_now');
    first.trust(kept.secret, last.secret);
    expect(await secretsAfterDelivery()).toEqual([last.secret]);
  });

  async function secretsAfterDelivery(): Promise<string[]> {
    await tell();
    await webhooks.run();
    return receiver.received.at(-1)?.signedWith ?? [];
  }

  it('is encrypted anew with a new secret of the server, which then signs as before', async () => {
    await listen();
    const { db } = temporary;
    const later = 'another secret of this server, as long';
    const store = createWebhookStore(db);
    const box = createSecretBox(later, [SECRET]);
    expect(await rotateWebhookSecrets(store, box, clock())).toEqual({ rotated: 1, current: 0, unreadable: [] });
    expect(await rotateWebhookSecrets(store, box, clock())).toEqual({ rotated: 0, current: 1, unreadable: [] });
    await tell();
    await webhooks.run();
    expect((await deliveries())[0]).toMatchObject({
      state: 'waiting',
      error: expect.stringContaining('The secret of this endpoint cannot be read'),
    });
    clock.advance(MINUTE);
    await (await open({ env: { HEADROOM_SECRET: later } })).run();
    expect(await states()).toEqual(['delivered']);
  });
});

describe('a replay', () => {
  it('sends one event again, with its id, whether it got there or not', async () => {
    const id = await listen();
    await tell();
    await webhooks.run();
    const [delivery] = await deliveries();
    expect(await webhooks.replay(id, { what: 'event', eventId: delivery?.eventId ?? '' })).toBe(1);
    await webhooks.run();
    expect(receiver.received.map(({ event }) => event.id)).toEqual([delivery?.eventId, delivery?.eventId]);
    expect(await deliveries()).toMatchObject([{ state: 'delivered', trigger: 'replay', attempts: 1 }]);
    // To an endpoint that was not there when it happened, too.
    const late = await listen({ eventTypes: ['qbr.ready'] });
    await webhooks.replay(late, { what: 'event', eventId: delivery?.eventId ?? '' });
    await webhooks.run();
    expect(await deliveries(late)).toMatchObject([{ state: 'delivered', type: 'churn.alert' }]);
    await expect(webhooks.replay(id, { what: 'event', eventId: 'evt_none' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('sends whatever was given up', async () => {
    const id = await listen();
    receiver.always({ status: 500 });
    await tell({}, {}, {});
    for (let days = 0; days < 5 && !(await states()).includes('failed'); days += 0.125) {
      await webhooks.run();
      clock.advance(3 * HOUR);
    }
    await webhooks.update(id, { enabled: true });
    receiver.always({ status: 200 });
    await webhooks.run();
    const before = (await states()).filter((state) => state === 'failed').length;
    expect(before).toBeGreaterThan(0);
    expect(await webhooks.replay(id, { what: 'failed' })).toBe(before);
    await webhooks.run();
    expect(await states()).toEqual(['delivered', 'delivered', 'delivered']);
    expect(await webhooks.replay(id, { what: 'failed' })).toBe(0);
  });

  it('sends what an endpoint missed in a time, and what it had only where asked for', async () => {
    await tell({ data: { score: 1 } });
    clock.advance(HOUR);
    const from = clock();
    await tell({ data: { score: 2 } }, { type: 'dispatch.failed', data: { score: 3 } });
    clock.advance(HOUR);
    const id = await listen();
    await tell({ data: { score: 4 } });
    await webhooks.run();
    clock.advance(HOUR);
    await tell({ data: { score: 5 } });
    const numbers = () => receiver.received.map(({ event }) => event.data.score).sort();
    const range = { what: 'range', from: from.toISOString(), to: clock().toISOString() } as const;
    expect(await webhooks.replay(id, range)).toBe(1);
    await webhooks.run();
    expect(numbers()).toEqual([2, 4, 5]);
    expect(await webhooks.replay(id, { ...range, delivered: true })).toBe(2);
    await webhooks.run();
    expect(numbers()).toEqual([2, 2, 4, 4, 5]);
    await expect(webhooks.replay(id, { ...range, to: range.from })).rejects.toMatchObject({ code: 'invalid_input' });
    await webhooks.update(id, { enabled: false });
    await expect(webhooks.replay(id, range)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a test event', () => {
  it('says how it went, also where the endpoint is disabled, and is not tried again', async () => {
    const id = await listen({ enabled: false });
    expect(await webhooks.test(id)).toMatchObject({ type: 'webhook.test', state: 'delivered', responseStatus: 204 });
    receiver.plan({ status: 404, body: 'No such hook' });
    const failed = await webhooks.test(id);
    expect(failed).toMatchObject({ state: 'failed', responseStatus: 404, maxAttempts: 1 });
    expect(failed.history).toMatchObject([{ body: 'No such hook' }]);
    clock.advance(DAY);
    await webhooks.run();
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[0]?.event.data).toMatchObject({ webhookId: id, account: null, link: null });
  });
});

describe('what is kept', () => {
  it('goes with its time, unless it is still on its way', async () => {
    const id = await listen();
    await tell({ data: { score: 1 } });
    await webhooks.run();
    receiver.always({ status: 500 });
    await tell({ data: { score: 2 } });
    await webhooks.run();
    clock.advance(HOUR);
    await tell({ data: { score: 3 } });
    const signal = new AbortController().signal;
    const before = new Date(clock().getTime() - MINUTE);
    expect(await deleteEvents(temporary.db, before, { batch: 1, signal })).toBe(1);
    expect(await states()).toEqual(['waiting', 'waiting']);
    await webhooks.update(id, { enabled: false });
    expect(await deleteEvents(temporary.db, before, { batch: 1, signal })).toBe(1);
    expect(await states()).toEqual(['paused']);
    await webhooks.remove(id);
    expect(await temporary.db.read.webhookDelivery.count()).toBe(0);
    await expect(webhooks.get(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is listed in pages, newest first, by endpoint, state and type', async () => {
    const id = await listen();
    for (let index = 0; index < 5; index += 1) await tell({ type: index % 2 === 0 ? 'qbr.ready' : 'churn.alert' });
    await webhooks.run();
    const page = await webhooks.listDeliveries({ webhookId: id, limit: 3 });
    const rest = await webhooks.listDeliveries({ webhookId: id, limit: 3, cursor: page.nextCursor ?? '' });
    expect([page.items.length, rest.items.length, rest.nextCursor]).toEqual([3, 2, null]);
    const ids = [...page.items, ...rest.items].map((item) => item.id);
    expect(ids).toEqual([...ids].sort().reverse());
    expect((await webhooks.listDeliveries({ type: 'qbr.ready', state: ['delivered'] })).items).toHaveLength(3);
    expect((await webhooks.listDeliveries({ state: ['failed', 'paused'] })).items).toEqual([]);
    expect((await webhooks.listDeliveries({ webhookId: 'none' })).items).toEqual([]);
  });

  it('has room for fifty endpoints', async () => {
    const add = () => webhooks.create({ url: receiver.url, eventTypes: ['churn.alert'] }, 'user:ada');
    for (let index = 0; index < 50; index += 1) await add();
    await expect(add()).rejects.toMatchObject({ code: 'conflict' });
  });
});
