import { afterEach, describe, expect, it } from 'vitest';
import type { AlertItem } from '../../lib/contracts/alerts';
import { DEFAULT_ALERT_SETTINGS } from '../../lib/domain/churn-alert';
import { startChatServer } from '../helpers/chat-server';
import { DAY, HOUR, NOW } from '../helpers/clock';
import { eventually } from '../helpers/eventually';
import { listenFor } from '../helpers/listener';
import { AT_RISK, accountRow, importAtDesk, type Row } from '../helpers/portfolio';
import { openRuntime, type TestRuntime, type TestRuntimeOptions } from '../helpers/runtime';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

/** A desk that may post on this machine. */
async function open(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const env = {
    HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1',
    HEADROOM_URL: 'https://desk.example',
    ...options.env,
  };
  const desk = await openRuntime({ ...options, env });
  opened.push(desk);
  return desk;
}

async function restart(desk: TestRuntime): Promise<TestRuntime> {
  const next = await desk.restart();
  opened.splice(opened.indexOf(desk), 1, next);
  return next;
}

async function openWithChat(settings: Partial<typeof DEFAULT_ALERT_SETTINGS> = {}) {
  const chat = await startChatServer();
  opened.push(chat);
  const desk = await open();
  await listenFor(desk.db, ['health.scored'], desk.clock());
  await desk.runtime.alerts.channels.connect('slack', chat.slackUrl, 'user:1');
  await desk.runtime.alerts.channels.connect('google_chat', chat.googleUrl, 'user:1');
  await desk.runtime.alerts.saveSettings({ ...DEFAULT_ALERT_SETTINGS, ...settings });
  return { chat, desk };
}

/** Imports, waits for the scan and for the alerts that follow it, and delivers what is due. */
async function scan(desk: TestRuntime, rows: readonly Row[]): Promise<AlertItem[]> {
  const before = await alertRuns(desk);
  await importAtDesk(desk.runtime, rows);
  await eventually(async () => {
    const runs = await alertRuns(desk);
    return runs.length > before.length && runs.every(({ finishedAt }) => finishedAt !== null) ? runs : null;
  }, 'the alerts of a scan');
  await desk.runtime.alerts.run();
  return alertsOf(desk);
}

async function alertRuns(desk: TestRuntime) {
  return (await desk.runtime.reads.listRuns({ job: 'churn_alerts' })).items;
}

async function alertsOf(desk: TestRuntime): Promise<AlertItem[]> {
  return (await desk.runtime.reads.listAlerts({ limit: 100 })).items;
}

/** Observed an hour before the desk's time. */
function at(desk: TestRuntime, id: string, more: Row = {}): Row {
  return accountRow(id, { observed_at: new Date(desk.clock().getTime() - HOUR).toISOString(), ...more });
}

async function eventsOf(desk: TestRuntime, type: string) {
  const rows = await desk.db.read.deskEvent.findMany({ where: { type }, orderBy: { id: 'asc' } });
  return rows.map((row) => ({ accountId: row.accountId, data: JSON.parse(row.data) as Record<string, unknown> }));
}

const outcomes = (alert: AlertItem | undefined) =>
  Object.fromEntries((alert?.deliveries ?? []).map(({ channel, state }) => [channel, state]));

describe('an account that gets into danger', () => {
  it('is told of on every channel, with why and what to do, and each result is kept', async () => {
    const { chat, desk } = await openWithChat();
    expect(await scan(desk, [at(desk, 'acme')])).toEqual([]);
    desk.clock.advance(2 * DAY);
    const [alert, ...others] = await scan(desk, [at(desk, 'acme', AT_RISK)]);
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ kind: 'new_risk', told: 'alone', account: { id: 'acme', rag: 'RED' } });
    expect(alert?.before).toMatchObject({ rag: 'GREEN' });
    expect(alert?.reasons[0]).toMatchObject({
      label: 'Feature adoption',
      from: 16,
      to: 1,
      fromValue: '80\u00a0%',
      toValue: '5\u00a0%',
    });
    expect(alert?.reasons.every(({ observedAt }) => observedAt !== null)).toBe(true);
    expect(alert?.actions).toHaveLength(3);
    expect(outcomes(alert)).toEqual({
      events: 'done',
      notion: 'skipped',
      draft_csm: 'done',
      draft_rep: 'done',
      google_chat: 'done',
      slack: 'done',
    });
    expect(alert?.deliveries.find(({ channel }) => channel === 'notion')?.detail).toBe('Notion is not connected.');
    expect(chat.violations).toEqual([]);
    expect(chat.slack).toHaveLength(1);
    expect(JSON.stringify(chat.slack[0])).toContain('https://desk.example/accounts/acme');
    expect(chat.google).toMatchObject([{ thread: 'account-acme' }]);
    expect(await eventsOf(desk, 'churn.alert')).toMatchObject([
      { accountId: 'acme', data: { alertId: alert?.id, kind: 'new_risk', rag: 'RED' } },
    ]);
    expect(await eventsOf(desk, 'health.rag_changed')).toMatchObject([
      { accountId: 'acme', data: { from: 'GREEN', to: 'RED' } },
    ]);
    expect(await eventsOf(desk, 'health.scored')).toHaveLength(2);
  });

  it('leaves one draft for the CSM and one for the rep, which can be read', async () => {
    const { desk } = await openWithChat();
    await scan(desk, [at(desk, 'acme', AT_RISK)]);
    const notices = await desk.db.read.notice.findMany({ orderBy: { toAddress: 'asc' } });
    expect(notices.map(({ toAddress, state }) => [toAddress, state])).toEqual([
      ['dana@headroom.example', 'drafted'],
      ['tom@headroom.example', 'drafted'],
    ]);
    const { content, copy } = await desk.runtime.alerts.noticeDesk.read(notices[0]?.id ?? '', { repEmail: null });
    const mail = Buffer.from(content).toString();
    expect(copy).toBe(false);
    expect(mail).toContain(`X-Headroom-Dispatch: ${notices[0]?.id}`);
    expect(mail).toContain('X-Unsent: 1');
    const foreign = desk.runtime.alerts.noticeDesk.read(notices[0]?.id ?? '', { repEmail: 'eve@headroom.example' });
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is told of again only after a change, and not of its unchanged neighbours', async () => {
    const { chat, desk } = await openWithChat();
    await scan(desk, [at(desk, 'acme', AT_RISK), at(desk, 'calm')]);
    desk.clock.advance(HOUR);
    for (let round = 0; round < 2; round += 1) {
      expect(await scan(desk, [at(desk, 'other', { arr: String(1_000 + round) })])).toHaveLength(1);
      desk.clock.advance(DAY);
    }
    expect(chat.slack).toHaveLength(1);
    expect((await eventsOf(desk, 'health.scored')).map(({ accountId }) => accountId).sort()).toEqual([
      'acme',
      'calm',
      'other',
    ]);
  });

  it('that recovers is a quiet note in a digest, and leaves no draft', async () => {
    const { chat, desk } = await openWithChat();
    await scan(desk, [at(desk, 'acme', AT_RISK)]);
    desk.clock.advance(2 * DAY);
    const [note] = await scan(desk, [at(desk, 'acme')]);
    expect(note).toMatchObject({ kind: 'recovered', level: 'none', told: 'digest' });
    expect(note?.deliveries.filter(({ channel }) => channel.startsWith('draft'))).toEqual([]);
    expect(chat.slack).toHaveLength(2);
    expect(JSON.stringify(chat.slack[1])).toContain('recovered');
    expect(await desk.db.read.notice.count()).toBe(2);
  });

  it('is not told of twice within the cool-down unless it got worse, and is told of afterwards', async () => {
    const { desk } = await openWithChat();
    const high = { usage_trend: 'declining', login_frequency_days: '45', feature_adoption_rate: '0.2' };
    expect(await scan(desk, [at(desk, 'acme', high)])).toMatchObject([{ kind: 'new_risk', level: 'high' }]);
    desk.clock.advance(DAY);
    expect(await scan(desk, [at(desk, 'acme')])).toHaveLength(2);
    desk.clock.advance(DAY);
    expect(await scan(desk, [at(desk, 'acme', high)])).toHaveLength(2);
    const { held } = await desk.runtime.reads.getAccountAlerts('acme');
    expect(held).toEqual({ reason: 'cool_down', until: new Date(NOW.getTime() + 7 * DAY).toISOString() });
    desk.clock.set(new Date(NOW.getTime() + 7 * DAY + HOUR));
    const [again] = await scan(desk, [at(desk, 'other')]);
    expect(again).toMatchObject({ kind: 'new_risk', account: { id: 'acme' }, before: { rag: 'GREEN' } });
  });

  it('goes past the cool-down where it got worse', async () => {
    const { desk } = await openWithChat();
    const high = { usage_trend: 'declining', login_frequency_days: '45', feature_adoption_rate: '0.2' };
    await scan(desk, [at(desk, 'acme', high)]);
    desk.clock.advance(DAY);
    const [worse] = await scan(desk, [
      at(desk, 'acme', { ...high, ...AT_RISK, usage_trend: 'inactive', renewal_date: '2026-12-20' }),
    ]);
    expect(worse).toMatchObject({ kind: 'worse', level: 'critical', before: { churnRisk: 'high' } });
  });

  it('is not told of while it is snoozed, and is once the snooze ends', async () => {
    const { desk } = await openWithChat();
    await scan(desk, [at(desk, 'acme')]);
    const until = new Date(NOW.getTime() + 5 * DAY).toISOString();
    await desk.runtime.alerts.snooze('acme', { until, reason: 'The renewal is being signed.' }, 'user:1');
    desk.clock.advance(DAY);
    expect(await scan(desk, [at(desk, 'acme', AT_RISK)])).toEqual([]);
    expect(await desk.runtime.reads.getAccountAlerts('acme')).toMatchObject({
      snooze: { until, reason: 'The renewal is being signed.' },
      held: { reason: 'snoozed', until },
    });
    await desk.runtime.alerts.unsnooze('acme');
    expect(await scan(desk, [at(desk, 'other')])).toMatchObject([{ kind: 'new_risk', account: { id: 'acme' } }]);
  });

  it('is told of after a scan of it alone', async () => {
    const { chat, desk } = await openWithChat();
    await scan(desk, [at(desk, 'acme')]);
    desk.clock.advance(200 * DAY);
    await desk.runtime.desk.submitTask('customer-success', { type: 'health_scan', accountId: 'acme' }, 'user:1');
    // Only time has passed: interaction long ago, renewal near.
    const state = await eventually(async () => {
      const row = await desk.db.read.announcedHealth.findUniqueOrThrow({ where: { accountId: 'acme' } });
      return row.asOf.getTime() > NOW.getTime() ? row : null;
    }, 'the account to be announced again');
    expect(state.score).toBeLessThan(100);
    expect(chat.slack).toEqual([]);
  });
});

describe('many accounts in one scan', () => {
  const at5 = Array.from({ length: 12 }, (_, index) => ({
    id: `a-${String(index).padStart(2, '0')}`,
    arr: 1_000 * index,
  }));

  it('are told of alone where the most is at stake, the others in one digest', async () => {
    const { chat, desk } = await openWithChat({ singlesPerScan: 3 });
    const alerts = await scan(
      desk,
      at5.map(({ id, arr }) => at(desk, id, { ...AT_RISK, arr: String(arr) })),
    );
    expect(alerts).toHaveLength(12);
    const alone = alerts.filter(({ told }) => told === 'alone').map(({ account }) => account.id);
    expect(alone.sort()).toEqual(['a-09', 'a-10', 'a-11']);
    expect(alerts.filter(({ told }) => told === 'digest')).toHaveLength(9);
    expect(chat.slack).toHaveLength(4);
    const digest = chat.slack.find(({ text }) => text.includes('9 accounts'));
    expect(JSON.stringify(digest)).toContain('Company a-08');
    // Two for each alone, and one digest to each of the two.
    expect(await desk.db.read.notice.count()).toBe(8);
    expect(await eventsOf(desk, 'churn.alert')).toHaveLength(12);
    expect(chat.violations).toEqual([]);
  });

  it('each reach their own CSM alone in a digest', async () => {
    const { desk } = await openWithChat({ singlesPerScan: 0 });
    await scan(desk, [
      at(desk, 'a-1', { ...AT_RISK, csm_email: 'ann@headroom.example', rep_email: '' }),
      at(desk, 'a-2', { ...AT_RISK, csm_email: 'bob@headroom.example', rep_email: '' }),
      at(desk, 'a-3', { ...AT_RISK, csm_email: 'bob@headroom.example', rep_email: '' }),
    ]);
    const notices = await desk.db.read.notice.findMany({ orderBy: { toAddress: 'asc' } });
    expect(notices.map(({ toAddress, subject }) => [toAddress, subject])).toEqual([
      ['ann@headroom.example', '[Churn risk] 1 account: 1 new risk'],
      ['bob@headroom.example', '[Churn risk] 2 accounts: 2 new risk'],
    ]);
    expect(notices[1]?.text).not.toContain('a-1');
    const [alert] = await alertsOf(desk);
    expect(alert?.deliveries.find(({ channel }) => channel === 'draft_rep')).toMatchObject({ state: 'skipped' });
  });
});

describe('quiet hours', () => {
  it('put alerts off until they end, past a restart, and events are not put off', async () => {
    const { chat, desk } = await openWithChat({ quietHours: { from: '08:00', to: '11:00' } });
    const [alert] = await scan(desk, [at(desk, 'acme', AT_RISK)]);
    expect(alert).toMatchObject({ createdAt: NOW.toISOString(), deliverAt: '2026-11-22T11:00:00.000Z' });
    expect(outcomes(alert)).toMatchObject({ events: 'done', slack: 'waiting', draft_csm: 'waiting' });
    const next = await restart(desk);
    next.clock.advance(HOUR);
    await next.runtime.alerts.run();
    expect(chat.slack).toHaveLength(0);
    next.clock.advance(HOUR);
    await next.runtime.alerts.run();
    expect(chat.slack).toHaveLength(1);
    expect(outcomes((await alertsOf(next))[0])).toMatchObject({
      slack: 'done',
      google_chat: 'done',
      draft_csm: 'done',
    });
  });
});

describe('a chat that does not work', () => {
  const later = async (desk: TestRuntime, ms: number) => {
    desk.clock.advance(ms);
    await desk.runtime.alerts.run();
    return (await alertsOf(desk))[0]?.deliveries.find(({ channel }) => channel === 'slack');
  };

  it('that asks to wait is waited for, and the others are not', async () => {
    const { chat, desk } = await openWithChat();
    chat.plan('slack', { status: 429, body: 'rate_limited', headers: { 'retry-after': '120' } });
    const [alert] = await scan(desk, [at(desk, 'acme', AT_RISK)]);
    expect(outcomes(alert)).toMatchObject({
      slack: 'retrying',
      google_chat: 'done',
      draft_csm: 'done',
      draft_rep: 'done',
    });
    expect(await later(desk, 119_000)).toMatchObject({ state: 'retrying', attempts: 1 });
    expect(await later(desk, 30_000)).toMatchObject({ state: 'done', attempts: 2, unanswered: false });
    expect(chat.slack).toHaveLength(1);
  });

  it('that fails in the middle is asked again, and it is said that it may be there twice', async () => {
    const { chat, desk } = await openWithChat();
    chat.plan('slack', { status: 500 }, 'reset after taking');
    await scan(desk, [at(desk, 'acme', AT_RISK)]);
    expect(await later(desk, HOUR)).toMatchObject({ state: 'retrying', unanswered: true });
    expect(await later(desk, HOUR)).toMatchObject({ state: 'done', attempts: 3, unanswered: true });
    expect(chat.slack).toHaveLength(2);
  });

  it('that is gone for good fails once, with what to do on the settings page', async () => {
    const { chat, desk } = await openWithChat();
    chat.plan('slack', { status: 404, body: 'no_service' });
    await scan(desk, [at(desk, 'acme', AT_RISK)]);
    expect(await later(desk, HOUR)).toMatchObject({ state: 'failed', attempts: 1 });
    const { chat: channels } = await desk.runtime.alerts.settings();
    expect(channels.find(({ channel }) => channel === 'slack')?.error).toContain('no_service');
    expect(channels.find(({ channel }) => channel === 'google_chat')?.error).toBeNull();
  });

  it('that cannot be reached is given up after a number of attempts', async () => {
    const { chat, desk } = await openWithChat();
    await chat.close();
    await scan(desk, [at(desk, 'acme', AT_RISK)]);
    for (let attempt = 0; attempt < 6; attempt += 1) await later(desk, DAY);
    expect(await later(desk, DAY)).toMatchObject({ state: 'failed', attempts: 6, unanswered: false });
  });
});

describe('a process that dies', () => {
  it('between the scan and its alerts, the next one tells of what changed', async () => {
    const { chat, desk } = await openWithChat();
    await scan(desk, [at(desk, 'acme')]);
    await desk.db.write.announcedHealth.update({ where: { accountId: 'acme' }, data: { score: 1, rag: 'GREEN' } });
    await desk.db.write.run.create({
      data: {
        id: 'r-1',
        job: 'churn_alerts',
        trigger: 'scan',
        state: 'queued',
        owner: 'gone',
        createdAt: desk.clock(),
      },
    });
    const next = await restart(desk);
    await next.runtime.start();
    await eventually(async () => {
      const runs = await alertRuns(next);
      return runs.some(({ trigger, state }) => trigger === 'catch_up' && state === 'succeeded') ? runs : null;
    }, 'the alerts to be caught up');
    const row = await next.db.read.announcedHealth.findUniqueOrThrow({ where: { accountId: 'acme' } });
    expect(row.score).toBeGreaterThan(1);
    expect(chat.slack).toEqual([]);
  });

  it('between decision and delivery, or in the middle of one, it is told by the next one', async () => {
    const { chat, desk } = await openWithChat({ quietHours: { from: '08:00', to: '11:00' } });
    await scan(desk, [at(desk, 'acme', AT_RISK)]);
    desk.clock.advance(2 * HOUR);
    // As a process leaves it that was killed after it had claimed.
    await desk.db.write.alertDelivery.updateMany({
      where: { channel: 'slack' },
      data: {
        state: 'sending',
        attempts: 1,
        leaseOwner: JSON.stringify({ host: 'elsewhere' }),
        leaseUntil: new Date(desk.clock().getTime() - 1),
      },
    });
    const next = await restart(desk);
    await next.runtime.alerts.run();
    const [alert] = await alertsOf(next);
    expect(alert?.deliveries.find(({ channel }) => channel === 'slack')).toMatchObject({
      state: 'done',
      attempts: 2,
      unanswered: true,
    });
    expect(chat.slack).toHaveLength(1);
  });
});

describe('two instances', () => {
  it('tell of each change once', async () => {
    const { chat, desk } = await openWithChat({ singlesPerScan: 50 });
    const other = await openRuntime({
      clock: desk.clock,
      dataDir: desk.dataDir,
      env: { HEADROOM_ALLOWED_PRIVATE_RANGES: '127.0.0.1' },
    });
    opened.unshift(other);
    const rows = Array.from({ length: 8 }, (_, index) => at(desk, `a-${index}`, AT_RISK));
    await Promise.all([scan(desk, rows), eventually(async () => (await alertRuns(other)).length > 0 || null, 'a run')]);
    await Promise.all([
      desk.runtime.alerts.run(),
      other.runtime.alerts.run(),
      ...rows.map(({ account_id: accountId }, index) =>
        (index % 2 ? desk : other).runtime.desk.submitTask('customer-success', { type: 'health_scan', accountId }, 'x'),
      ),
    ]);
    await eventually(async () => (chat.slack.length >= 8 ? true : null), 'all messages');
    await Promise.all([desk.runtime.alerts.run(), other.runtime.alerts.run()]);
    expect(chat.slack).toHaveLength(8);
    expect(await alertsOf(desk)).toHaveLength(8);
    expect(await desk.db.read.notice.count()).toBe(16);
    expect(await eventsOf(desk, 'churn.alert')).toHaveLength(8);
  });
});
