import { alertDocument, alertMail, digestDocument } from '../domain/alert-message';
import type { StructuredDocument } from '../domain/document';
import { type AppError, isAppError, publicMessage } from '../errors';
import { latest } from '../latest';
import type { EventBus, Log } from '../ports';
import type { AlertChannel, AlertDeliveries, AlertDelivery, AlertPublisher, ChatNotifier } from '../ports/alerts';
import type { Lease, NoticeDrafts } from '../ports/drafting';
import { toTold } from './churn-alerts';

export type ChatChannel = 'google_chat' | 'slack';

export interface AlertDeliveringOptions {
  deliveries: AlertDeliveries;
  notices: NoticeDrafts;
  /** Null: not connected. */
  publisher: AlertPublisher | null;
  chat: Record<ChatChannel, ChatNotifier>;
  /** The address to post to; null where none is connected any more. */
  webhook(channel: ChatChannel): Promise<string | null>;
  /** Told what a chat answered, so that the settings can show it. */
  onChatOutcome(channel: ChatChannel, error: string | null, now: Date): Promise<void>;
  /** How the desk is reached from outside, e.g. `https://desk.example`; null where that is not known. */
  publicUrl: string | null;
  events: EventBus;
  policy: { timeoutMs: number; maxAttempts: number; backoffMs: number };
  owner: string;
  isOwnerGone: (owner: string) => boolean;
  clock: () => Date;
  random: () => number;
  log: Log;
  onOutcome(channel: AlertDelivery['channel'], outcome: 'done' | 'skipped' | 'failed' | 'retrying'): void;
}

const BATCH = 100;
/** Of one channel: a chat that hangs holds up its own messages alone. */
const AT_ONCE = 3;
const CHANNELS: readonly AlertChannel[] = ['events', 'draft_csm', 'draft_rep', 'notion', 'google_chat', 'slack'];
const LEASE_MARGIN_MS = 10_000;
const LONGEST_SLEEP_MS = 60_000;
const ASK_AGAIN_MS = 2_000;
/** Alerts that a digest names. */
const DIGEST_LINES = 20;

/**
 * Takes alerts to their channels, each on its own: what one of them does never keeps another one waiting. Claimed by lease
 * before anything is done. A chat cannot be asked what it has: an attempt that was not answered is made again, and may then
 * have been told twice; every other one is told once.
 */
export function createAlertDelivering(options: AlertDeliveringOptions) {
  const { deliveries, policy, owner, clock, log, events } = options;
  let timer: NodeJS.Timeout | null = null;
  let wakesAt = Number.POSITIVE_INFINITY;
  const looks = CHANNELS.map((channel) => latest(() => look(channel)));
  let stopped = false;

  const lease = (): Lease => ({ owner, until: new Date(clock().getTime() + policy.timeoutMs + LEASE_MARGIN_MS) });

  async function deliver(id: string): Promise<boolean> {
    const delivery = await deliveries.claim(id, { now: clock(), lease: lease() });
    if (!delivery) return false;
    try {
      await carryOut(delivery);
    } catch (error) {
      await failed(delivery, error);
    }
    events.publish({ type: 'alerts.changed' });
    return true;
  }

  async function carryOut(delivery: AlertDelivery): Promise<void> {
    const { channel } = delivery;
    if (channel === 'draft_csm' || channel === 'draft_rep') return leaveDraft(delivery, channel);
    if (channel === 'notion') return publish(delivery);
    if (channel === 'google_chat' || channel === 'slack') return post(delivery, channel);
    return done(delivery, {});
  }

  async function leaveDraft(delivery: AlertDelivery, channel: 'draft_csm' | 'draft_rep'): Promise<void> {
    const document = await documentOf(delivery, channel === 'draft_csm' ? 'csm' : 'rep');
    const { alert, recipient } = delivery;
    const notice = {
      ...{ key: `alert:${alert.id}:${channel}:${recipient}`, kind: 'churn_alert' as const, accountId: alert.accountId },
      to: { address: recipient, name: null },
      ...alertMail(document),
    };
    const { noticeId } = await options.notices.leave(notice, clock());
    return done(delivery, { noticeId });
  }

  async function publish(delivery: AlertDelivery): Promise<void> {
    const problem = options.publisher ? await options.publisher.problem() : NO_NOTION;
    if (!options.publisher || problem !== null) return skip(delivery, problem ?? NO_NOTION);
    const { id, accountId, kind, level, createdAt } = delivery.alert;
    const document = await documentOf(delivery, 'all');
    const { href } = await within(policy.timeoutMs, (signal) =>
      (options.publisher as AlertPublisher).publish({ id, accountId, kind, level, document, createdAt }, { signal }),
    );
    return done(delivery, { reference: href });
  }

  async function post(delivery: AlertDelivery, channel: ChatChannel): Promise<void> {
    const webhook = await options.webhook(channel);
    if (webhook === null) return skip(delivery, 'The webhook was disconnected before the alert was told.');
    const document = await documentOf(delivery, 'all');
    const threadKey = delivery.alert.accountId === null ? delivery.alert.id : `account-${delivery.alert.accountId}`;
    try {
      await within(policy.timeoutMs, (signal) =>
        options.chat[channel].post({ document, threadKey }, { webhook, signal }),
      );
    } catch (error) {
      await options.onChatOutcome(channel, isAppError(error) ? error.message : NO_ANSWER, clock());
      throw error;
    }
    await options.onChatOutcome(channel, null, clock());
    return done(delivery, {});
  }

  /** What the channel shows: one alert, or a digest, to one addressee of their own accounts alone. */
  async function documentOf(
    { alert, recipient }: AlertDelivery,
    of: 'all' | 'csm' | 'rep',
  ): Promise<StructuredDocument> {
    const { publicUrl } = options;
    if (alert.kind !== 'digest') {
      const path = `/accounts/${encodeURIComponent(alert.accountId ?? '')}`;
      return alertDocument(toTold(alert), publicUrl && `${publicUrl}${path}`);
    }
    const { alerts, counts } = await deliveries.members(alert.id, { of, recipient, limit: DIGEST_LINES });
    return digestDocument({ alerts: alerts.map(toTold), counts }, publicUrl && `${publicUrl}/alerts`);
  }

  async function done(
    { id, channel }: AlertDelivery,
    { reference = null, noticeId = null }: { reference?: string | null; noticeId?: string | null },
  ): Promise<void> {
    await deliveries.done(id, { owner, now: clock(), reference, noticeId });
    options.onOutcome(channel, 'done');
  }

  async function skip({ id, channel }: AlertDelivery, reason: string): Promise<void> {
    await deliveries.skip(id, { owner, now: clock(), reason });
    options.onOutcome(channel, 'skipped');
  }

  async function failed(delivery: AlertDelivery, error: unknown): Promise<void> {
    const { id, channel, attempts } = delivery;
    const known = isAppError(error) ? error : null;
    const refused = known !== null && REFUSED.includes(known.code);
    const told = {
      code: known?.code ?? 'outcome_unknown',
      message: known?.message ?? (isTimeout(error) ? NO_ANSWER : publicMessage(error)),
    };
    if (!known && !isTimeout(error)) log.warn({ deliveryId: id, channel, err: error }, 'An alert was not delivered');
    if (refused || attempts >= policy.maxAttempts) {
      await deliveries.fail(id, { owner, now: clock(), error: told });
      log.error({ deliveryId: id, channel, ...told }, 'An alert could not be delivered; the other channels go on');
      options.onOutcome(channel, 'failed');
      return;
    }
    const nextAttemptAt = new Date(clock().getTime() + waitBefore(known, attempts));
    await deliveries.retryLater(id, { owner, nextAttemptAt, unanswered: known === null, error: told });
    options.onOutcome(channel, 'retrying');
  }

  /** Longer each time, never shorter than the receiver asked for, never in step; in milliseconds. */
  function waitBefore(error: AppError | null, attempts: number): number {
    const backoff = policy.backoffMs * 2 ** (attempts - 1) * (0.5 + options.random() / 2);
    const asked = Math.min(error?.retryAfterSeconds ?? 0, LONGEST_ASKED_SECONDS) * 1_000;
    return Math.max(backoff, asked * (1 + options.random() / 4));
  }

  /** All that is due on one channel, a few at a time. */
  async function deliverOn(channel: AlertChannel): Promise<number> {
    let delivered = 0;
    // Others hold them, or the database refuses: looked at again by the next run, or this one would spin.
    const unmoved = new Set<string>();
    while (!stopped) {
      const due = (await deliveries.due(channel, clock(), BATCH)).filter((id) => !unmoved.has(id));
      if (due.length === 0) return delivered;
      const next = due.values();
      const work = async () => {
        for (const id of next) {
          if (stopped) return;
          const moved = await deliver(id).catch((error: unknown) => {
            log.error({ deliveryId: id, err: error }, 'A delivery could not be recorded');
            return false;
          });
          if (moved) delivered += 1;
          else unmoved.add(id);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }
    return delivered;
  }

  function look(channel: AlertChannel): Promise<number> {
    return deliverOn(channel)
      .catch((error: unknown) => {
        log.error({ channel, err: error }, 'Alerts could not be looked at for delivery');
        return 0;
      })
      .finally(() => void schedule());
  }

  async function schedule(): Promise<void> {
    if (stopped) return;
    const next = await deliveries.nextDueAt().catch(() => new Date(clock().getTime() + ASK_AGAIN_MS));
    const wait = next === null ? LONGEST_SLEEP_MS : next.getTime() - clock().getTime();
    const delay = Math.min(LONGEST_SLEEP_MS, Math.max(50, wait));
    const at = performance.now() + delay;
    if (stopped || (timer && wakesAt <= at)) return;
    if (timer) clearTimeout(timer);
    wakesAt = at;
    timer = setTimeout(() => {
      timer = null;
      void run();
    }, delay);
    timer.unref();
  }

  /** Delivers what is due, each channel beside the others. @returns how many deliveries were moved on. */
  async function run(): Promise<number> {
    if (stopped) return 0;
    const owners = await deliveries.leaseOwners().catch(() => []);
    await deliveries.releaseOwners(owners.filter(options.isOwnerGone), clock()).catch(() => 0);
    const delivered = await Promise.all(looks.map((lookAgain) => lookAgain()));
    return delivered.reduce((sum, count) => sum + count, 0);
  }

  return {
    run,
    async stop(): Promise<void> {
      stopped = true;
      if (timer) clearTimeout(timer);
      // One that begins now ends at once, once what is under way has.
      await Promise.all(looks.map((lookAgain) => lookAgain()));
    },
  };
}

export type AlertDelivering = ReturnType<typeof createAlertDelivering>;

const NO_NOTION = 'Notion is not connected.';
const NO_ANSWER = 'It did not answer in time, so whether the message is there is not known.';
/** What says that the receiver will never take it. */
const REFUSED: readonly string[] = ['invalid_input', 'forbidden', 'not_found', 'payload_too_large', 'mail_rejected'];
const LONGEST_ASKED_SECONDS = 6 * 3_600;

/** A channel that ignores its signal must not hold the delivery for ever. */
async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise<T>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work(signal).then(resolve, reject);
  });
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}
