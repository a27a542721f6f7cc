import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInProcessEventBus } from '../../lib/adapters/events/in-process';
import { type AlertDelivering, createAlertDelivering } from '../../lib/agents/alert-delivering';
import { createAlertDeliveries } from '../../lib/db/alert-deliveries';
import { narrateAlert } from '../../lib/domain/alert-narrative';
import { assessHealth } from '../../lib/domain/health-score';
import { DEFAULT_SCORING_MODEL } from '../../lib/domain/scoring-model';
import { AppError } from '../../lib/errors';
import type { AlertDeliveries, AlertPublisher, ChatNotifier } from '../../lib/ports/alerts';
import { createClock, HOUR, NOW, type TestClock } from '../helpers/clock';
import { openTemporaryDatabase, type TemporaryDatabase } from '../helpers/database';
import { silentLog } from '../helpers/dispatch-desk';
import { eventually } from '../helpers/eventually';
import { accountRow, importRows } from '../helpers/portfolio';
import { WORST } from '../unit/domain/arbitraries';

const POLICY = { timeoutMs: 300, maxAttempts: 3, backoffMs: 1_000 };
const CHANNELS = ['draft_csm', 'notion', 'google_chat', 'slack'] as const;

let place: TemporaryDatabase;
let clock: TestClock;
let posts: { slack: number; google_chat: number };
let slack: () => Promise<void>;
let published: Parameters<AlertPublisher['publish']>[0][];
let publisher: AlertPublisher;
const opened: AlertDelivering[] = [];

beforeEach(async () => {
  place = await openTemporaryDatabase();
  clock = createClock();
  posts = { slack: 0, google_chat: 0 };
  slack = async () => {};
  published = [];
  publisher = {
    problem: async () => null,
    async publish(alert) {
      published.push(alert);
      return { href: 'https://notes.example/page' };
    },
  };
  await importRows(place.db, [accountRow('acme')]);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((delivering) => delivering.stop()));
  await place.close();
});

/** One alert, to be told on every channel now. */
async function plan(id = 'alert-1'): Promise<void> {
  const { score, rag, churnRiskLevel, breakdown, factors, churnTriggeredBy } = assessHealth(WORST);
  const after = {
    score,
    rag,
    churnRisk: churnRiskLevel,
    breakdown,
    factors,
    asOf: NOW,
    signals: WORST,
    observedAt: NOW,
  };
  const narrative = narrateAlert(
    {
      ...{ accountName: 'Acme', kind: 'new_risk', level: 'critical', before: null, after, trigger: churnTriggeredBy },
      ...{ arr: null, renewalDate: null },
    },
    DEFAULT_SCORING_MODEL,
    NOW,
  );
  const content = JSON.stringify({
    narrative,
    before: null,
    after: { score, rag, churnRisk: churnRiskLevel, asOf: NOW },
  });
  await place.db.write.alert.create({
    data: {
      ...{ id, accountId: 'acme', kind: 'new_risk', level: 'critical', route: 'single', content, currency: 'USD' },
      ...{ createdAt: NOW, deliverAt: NOW },
      deliveries: {
        create: CHANNELS.map((channel) => ({
          ...{ id: `${id}-${channel}`, channel, state: 'waiting', nextAttemptAt: NOW, createdAt: NOW },
          recipient: channel === 'draft_csm' ? 'dana@headroom.example' : '',
        })),
      },
    },
  });
}

function open(owner = 'desk-1', other: { publisher?: null; deliveries?: AlertDeliveries } = {}): AlertDelivering {
  const notifier = (channel: 'slack' | 'google_chat'): ChatNotifier => ({
    async post() {
      posts[channel] += 1;
      if (channel === 'slack') await slack();
    },
  });
  const delivering = createAlertDelivering({
    deliveries: other.deliveries ?? createAlertDeliveries(place.db),
    notices: { leave: async () => ({ noticeId: 'notice-1' }) },
    publisher: other.publisher === null ? null : publisher,
    chat: { slack: notifier('slack'), google_chat: notifier('google_chat') },
    webhook: async () => 'https://hooks.example/secret',
    onChatOutcome: async () => {},
    publicUrl: null,
    events: createInProcessEventBus(silentLog),
    policy: POLICY,
    owner,
    isOwnerGone: () => false,
    clock,
    random: () => 0,
    log: silentLog,
    onOutcome: () => {},
  });
  opened.push(delivering);
  return delivering;
}

async function states(): Promise<Record<string, string>> {
  const rows = await place.db.read.alertDelivery.findMany();
  return Object.fromEntries(rows.map(({ channel, state }) => [channel, state]));
}

describe('the deliveries of an alert', () => {
  it('are each done once, by however many instances', async () => {
    await plan();
    await Promise.all([open('desk-1'), open('desk-2'), open('desk-3')].map((delivering) => delivering.run()));
    expect(await states()).toEqual({ draft_csm: 'done', notion: 'done', google_chat: 'done', slack: 'done' });
    expect(posts).toEqual({ slack: 1, google_chat: 1 });
    expect(published).toMatchObject([{ id: 'alert-1', accountId: 'acme', level: 'critical' }]);
    expect(await place.db.read.alertDelivery.findFirst({ where: { channel: 'notion' } })).toMatchObject({
      reference: 'https://notes.example/page',
    });
  });

  it('do not wait for a chat that hangs: only its own is not known', async () => {
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => plan(id)));
    slack = () => new Promise(() => {});
    const running = open().run();
    // The others are through while messages to Slack are still on their way.
    await eventually(async () => {
      const rows = await place.db.read.alertDelivery.findMany({ select: { channel: true, state: true } });
      const others = rows.filter(({ channel }) => channel !== 'slack');
      const slackUnderWay = rows.some(({ channel, state }) => channel === 'slack' && state !== 'retrying');
      return others.every(({ state }) => state === 'done') && slackUnderWay ? rows : null;
    }, 'the other channels');
    await running;
    expect(await states()).toEqual({ draft_csm: 'done', notion: 'done', google_chat: 'done', slack: 'retrying' });
    const [late] = await place.db.read.alertDelivery.findMany({ where: { channel: 'slack' }, take: 1 });
    expect(late).toMatchObject({ unanswered: true, attempts: 1, errorCode: 'outcome_unknown' });
  });

  it('that come after a look has seen nothing are done by the look that is asked for then', async () => {
    slack = () => pause(150);
    const stored = createAlertDeliveries(place.db);
    let seen = () => {};
    let goOn = () => {};
    let asking = 0;
    const hasSeen = new Promise<void>((resolve) => {
      seen = resolve;
    });
    const mayGoOn = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const delivering = open('desk-1', {
      deliveries: {
        ...stored,
        async due(channel, now, limit) {
          const due = await stored.due(channel, now, limit);
          if (channel !== 'slack') return due;
          seen();
          await mayGoOn;
          return due;
        },
        async releaseOwners(owners, now) {
          asking += 1;
          return stored.releaseOwners(owners, now);
        },
      },
    });
    const first = delivering.run();
    await hasSeen;
    await plan();
    const asked = Promise.all([delivering.run(), delivering.run()]);
    await eventually(async () => (asking === 3 ? true : null), 'both to ask');
    await pause(20);
    goOn();
    expect(await first).toBe(0);
    await asked;
    expect(await states()).toMatchObject({ slack: 'done' });
    expect(posts.slack).toBe(1);
  });

  it.each<[string, unknown, string, number]>([
    ['refuses for good', new AppError('forbidden', 'The webhook is gone.'), 'failed', 1],
    ['is away', new AppError('unavailable', 'It is away.', { retryable: true }), 'failed', 3],
    ['breaks', new Error('socket hang up'), 'failed', 3],
  ])('end where a chat %s', async (_name, error, state, attempts) => {
    await plan();
    slack = () => Promise.reject(error);
    const delivering = open();
    for (let round = 0; round < 5; round += 1) {
      await delivering.run();
      clock.advance(HOUR);
    }
    expect(await place.db.read.alertDelivery.findFirst({ where: { channel: 'slack' } })).toMatchObject({
      state,
      attempts,
    });
    expect(posts.slack).toBe(attempts);
    expect(await states()).toMatchObject({ draft_csm: 'done', google_chat: 'done', notion: 'done' });
  });

  it('are not sooner than the receiver asked for, and later each time', async () => {
    await plan();
    slack = () => Promise.reject(new AppError('unavailable', 'Wait.', { retryable: true, retryAfterSeconds: 90 }));
    await open().run();
    const row = await place.db.read.alertDelivery.findFirst({ where: { channel: 'slack' } });
    expect(row?.nextAttemptAt?.getTime()).toBeGreaterThanOrEqual(NOW.getTime() + 90_000);
  });

  it('skip what is not connected, with the reason', async () => {
    await plan();
    const without = open('desk-1', { publisher: null });
    await without.run();
    // It looks again by itself, and would be first.
    await without.stop();
    expect(await place.db.read.alertDelivery.findFirst({ where: { channel: 'notion' } })).toMatchObject({
      state: 'skipped',
      errorMessage: 'Notion is not connected.',
    });
    await plan('alert-2');
    publisher = { ...publisher, problem: async () => 'The page was taken away from the desk.' };
    await open('desk-2').run();
    expect(await place.db.read.alertDelivery.findFirst({ where: { id: 'alert-2-notion' } })).toMatchObject({
      errorMessage: 'The page was taken away from the desk.',
    });
  });
});
