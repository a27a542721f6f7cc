import { createGoogleChat } from './adapters/chat/google-chat';
import { createSlack } from './adapters/chat/slack';
import type { AgentContext } from './agents/agent';
import { createAlertDelivering } from './agents/alert-delivering';
import { createChurnAlerts } from './agents/churn-alerts';
import { createNoticing } from './agents/noticing';
import { createAlertChannels } from './alert-channels';
import type { Config } from './config';
import type { AlertSettingsView } from './contracts/alerts';
import { createAlertDeliveries } from './db/alert-deliveries';
import { createAlertSettingsStore } from './db/alert-settings';
import { createAlertStore } from './db/alert-store';
import type { Database } from './db/client';
import { newId } from './db/ids';
import { createNoticeLog } from './db/notice-log';
import type { AlertSettings } from './domain/churn-alert';
import { AppError } from './errors';
import { openSecretBox } from './integrations';
import type { Job } from './job-runner';
import type { Observations } from './metrics';
import { createNoticeDesk } from './notices';
import { createOutgoing } from './outgoing';
import type { DraftMessage, EventBus, HealthStore, Log, Mailboxes } from './ports';
import type { AlertPublisher } from './ports/alerts';
import type { TextWriter } from './ports/wording';

export interface AlertsOptions {
  db: Database;
  config: Config;
  health: HealthStore;
  mailboxes: Mailboxes;
  events: EventBus;
  metrics: Pick<Observations, 'alert' | 'alertDelivery'>;
  buildMessage(draft: DraftMessage): Promise<Uint8Array>;
  /** Waits until no other instance decides alerts. @returns what gives the turn back. */
  turn: (signal: AbortSignal) => Promise<() => Promise<void>>;
  /** That of the schedule: the quiet hours are on its clocks. */
  timeZone: () => string;
  owner: string;
  isOwnerGone: (owner: string) => boolean;
  clock: () => Date;
  random: () => number;
  log: Log;
  /** What others bring, where they are there. */
  publisher?: AlertPublisher | null;
  writer?: TextWriter | null;
}

/** How long a channel may take for one message, in milliseconds, and how a failure is made up for. */
const DELIVERY = { timeoutMs: 15_000, maxAttempts: 6, backoffMs: 30_000 };
/** The longest snooze, in days. */
const SNOOZE_DAYS = 366;
const DAY_MS = 86_400_000;

/** Churn alerts, composed: the pass after a scan, the deliveries, the drafts, and what people decide about them. */
export async function createAlerts(options: AlertsOptions) {
  const { db, config, events, mailboxes, owner, isOwnerGone, clock, random, log, metrics } = options;
  const publisher = options.publisher ?? null;
  const outgoing = createOutgoing({ allowedRanges: config.allowedPrivateRanges, timeoutMs: DELIVERY.timeoutMs });
  const chat = { slack: createSlack(outgoing), google_chat: createGoogleChat(outgoing) };
  const settings = createAlertSettingsStore(db);
  const box = await openSecretBox(config);
  const channels = createAlertChannels({ store: settings, box, chat, timeoutMs: DELIVERY.timeoutMs, clock });
  const notices = createNoticeLog(db);
  const noticing = createNoticing({
    ...{ log: notices, mailboxes, events, policy: config.dispatch, owner, isOwnerGone, clock, random },
    logger: log,
  });
  const notionProblem = async () => (publisher ? publisher.problem() : 'Notion is not connected.');
  const pass = createChurnAlerts({
    store: createAlertStore(db),
    health: options.health,
    model: config.scoring,
    timeZone: options.timeZone,
    settings: settings.read,
    channelProblem: (channel) => (channel === 'notion' ? notionProblem() : channels.problem(channel)),
    writer: options.writer ?? null,
    newId,
    onDecision: metrics.alert,
  });
  const deliveries = createAlertDeliveries(db);
  const delivering = createAlertDelivering({
    deliveries,
    notices: noticing.drafts,
    publisher,
    chat,
    webhook: channels.webhook,
    onChatOutcome: channels.checked,
    publicUrl: config.publicUrls[0] ?? null,
    ...{ events, policy: DELIVERY, owner, isOwnerGone, clock, random, log },
    onOutcome: (channel, outcome) => metrics.alertDelivery({ channel, outcome }),
  });
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  const context = (signal: AbortSignal): AgentContext => ({ now: clock(), actor: 'scheduler', signal, log });

  let last: Promise<unknown> = Promise.resolve();

  /** One pass here, then one among all instances; what came of it is delivered in the background. */
  function tell<T>(work: (context: AgentContext) => Promise<T>, given: AgentContext): Promise<T> {
    const pass = () => tellNow(work, given);
    const mine = last.then(pass, pass);
    last = mine.catch(() => undefined);
    return mine;
  }

  async function tellNow<T>(work: (context: AgentContext) => Promise<T>, given: AgentContext): Promise<T> {
    const leave = await options.turn(given.signal);
    try {
      return await work(given);
    } finally {
      await leave();
      events.publish({ type: 'alerts.changed' });
      void delivering.run();
    }
  }

  function remember(work: Promise<unknown>): void {
    const kept = work.finally(() => underWay.delete(kept));
    underWay.add(kept);
  }

  return {
    /** Where drafts of notices are left: for reviews too. */
    notices: noticing.drafts,
    noticeDesk: createNoticeDesk({
      ...{ db, notices, noticing, mailboxes, clock, log },
      buildMessage: options.buildMessage,
    }),

    /** Tells of what the last scan of the portfolio changed. */
    job: (async ({ signal, onProgress }) => {
      await tell(pass.tellOfPortfolio, { ...context(signal), onProgress });
    }) satisfies Job as Job,

    /** Tells of one account that was scanned alone, in the background. */
    accountScanned(accountId: string): void {
      if (stopping.signal.aborted) return;
      const told = tell((given) => pass.tellOfAccount(accountId, given), context(stopping.signal));
      remember(
        told.catch((error: unknown) => {
          if (!stopping.signal.aborted) log.error({ accountId, err: error }, 'Alerts of an account were not decided');
        }),
      );
    },

    async settings(): Promise<AlertSettingsView> {
      const [chosen, chats, problem] = await Promise.all([settings.read(), channels.states(), notionProblem()]);
      return {
        settings: { ...chosen, levels: [...chosen.levels] },
        timeZone: options.timeZone(),
        chat: chats,
        notionProblem: problem,
      };
    },
    readSettings: settings.read,
    saveSettings: (value: AlertSettings) => settings.write(value, clock()),
    channels,

    /** @throws AppError `not_found`; `invalid_input` for a date that is past or too far. */
    async snooze(accountId: string, given: { until: string; reason: string }, actor: string): Promise<void> {
      const now = clock();
      const until = new Date(given.until);
      const latest = new Date(now.getTime() + SNOOZE_DAYS * DAY_MS);
      if (until <= now || until > latest) {
        const message = until <= now ? 'must be later than now' : 'must be within a year';
        throw new AppError('invalid_input', `A snooze ${message.replace('must be', 'ends')}.`, {
          issues: [{ path: 'until', message }],
        });
      }
      await settings.snooze(accountId, { until, reason: given.reason, actor, now });
      events.publish({ type: 'alerts.changed' });
    },

    /** @throws AppError `not_found` where it is not snoozed. */
    async unsnooze(accountId: string): Promise<void> {
      if (!(await settings.unsnooze(accountId, clock()))) {
        throw new AppError('not_found', `The alerts of account "${accountId}" are not snoozed.`);
      }
      events.publish({ type: 'alerts.changed' });
    },

    /** Delivers what is due: alerts, and the drafts of notices. */
    async run(): Promise<void> {
      await delivering.run();
      // Drafts of what was just told among them.
      await noticing.run();
    },

    /** Nothing new begins; what is in flight is finished. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all([delivering.stop(), noticing.stop(), ...underWay]);
    },

    /** Ends what this process still holds, so that the next start need not wait. */
    async release(): Promise<void> {
      await Promise.all([noticing.releaseOwners([owner], clock()), deliveries.releaseOwners([owner], clock())]);
    },
  };
}

export type Alerts = Awaited<ReturnType<typeof createAlerts>>;
