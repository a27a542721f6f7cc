import type { AttemptRecord, ClaimedDelivery, OpenEndpoint, WebhookStore } from '../db/webhook-store';
import { webhookBody, webhookHeaders } from '../domain/webhook-message';
import {
  type AttemptAnswer,
  askedMs,
  type DeliveryDecision,
  decideDelivery,
  parseRetryAfter,
  STRUGGLING_AFTER,
} from '../domain/webhook-retry';
import { AppError, isAppError } from '../errors';
import type { Outgoing } from '../outgoing';
import type { EventBus, Log } from '../ports';
import type { Signing } from './signing';

export interface DelivererOptions {
  store: WebhookStore;
  signing: Signing;
  /** Sends one request; its answer is cut, and its time is out after {@link ATTEMPT_MS}. */
  outgoing: Outgoing;
  events: EventBus;
  /** Names this process in leases. */
  owner: string;
  isOwnerGone: (owner: string) => boolean;
  /** Where people reach the desk; null leaves links out. */
  deskUrl: string | null;
  version: string;
  observe: (attempt: { outcome: string; seconds: number }) => void;
  /** How long a stop waits for what is being sent, in milliseconds; what is not answered by then is sent again later. */
  graceMs: number;
  clock: () => Date;
  random: () => number;
  log: Log;
}

/** How long a receiver may take to answer, in milliseconds. */
export const ATTEMPT_MS = 15_000;
/** How much of an answer is kept, in characters; read are as many bytes. */
export const ANSWER_KEPT = 1_000;
/** Attempts at a time to one endpoint: a slow receiver holds up its own deliveries alone. */
const AT_ONCE = 4;
/** A lease outlives the attempt it covers by this much: time to write the outcome down. */
const LEASE_MARGIN_MS = 15_000;
/** How soon after an event it is looked for deliveries: a burst of events is one look. */
const GATHER_MS = 100;
const LONGEST_SLEEP_MS = 30_000;
/** How often people are told at most that deliveries changed, in milliseconds. */
const TELL_EVERY_MS = 500;

/**
 * Sends deliveries when they are due: at least once each, to every endpoint a few at a time. Wakes with every event of the
 * desk and by itself; `run` asks for a look now.
 */
export function createDeliverer(options: DelivererOptions) {
  const { store, signing, outgoing, events, owner, isOwnerGone, clock, log } = options;
  const lanes = new Map<string, Promise<void>>();
  const sending = new Set<Promise<unknown>>();
  const cut = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let wakesAt = Number.POSITIVE_INFINITY;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  let tellTimer: NodeJS.Timeout | null = null;
  let started = false;
  let stopped = false;
  /** Nobody listens: not every event of the desk is worth a look. */
  let idle = false;

  const leaseUntil = (now: Date) => new Date(now.getTime() + ATTEMPT_MS + LEASE_MARGIN_MS);

  /** Starts to send to every endpoint that something is due for and that is not being sent to yet. */
  async function look(): Promise<void> {
    const now = clock();
    const { owners, expiresAt } = await store.senders();
    const gone = owners.filter(isOwnerGone);
    if (gone.length > 0 || (expiresAt !== null && expiresAt <= now)) await store.expire(gone, now);
    const { enabled, due, nextAt } = await store.look(now);
    idle = enabled === 0;
    for (const endpointId of due) if (!stopped && !lanes.has(endpointId)) startLane(endpointId);
    const next = [nextAt, expiresAt].flatMap((at) => (at === null ? [] : [at.getTime() - now.getTime()]));
    wakeIn(Math.max(GATHER_MS, Math.min(LONGEST_SLEEP_MS, ...next)));
  }

  function startLane(endpointId: string): void {
    const lane = drive(endpointId)
      .catch((error: unknown) => log.error({ endpointId, err: error }, 'Webhooks could not be delivered for a while'))
      .finally(() => {
        lanes.delete(endpointId);
        // What came due between the last claim and now.
        wakeIn(GATHER_MS);
      });
    lanes.set(endpointId, lane);
  }

  /** Claims and sends for one endpoint until nothing is due or it is to be left alone. */
  async function drive(endpointId: string): Promise<void> {
    const underWay = new Set<Promise<void>>();
    for (;;) {
      const now = clock();
      const endpoint = stopped ? null : await store.open(endpointId, now);
      const atOnce = endpoint && endpoint.consecutiveFailures >= STRUGGLING_AFTER ? 1 : AT_ONCE;
      const limit = endpoint ? atOnce - underWay.size : 0;
      const claimed = limit > 0 ? await store.claim(endpointId, { limit, owner, now, until: leaseUntil(now) }) : [];
      for (const delivery of claimed) {
        const sent = send(delivery, endpoint as OpenEndpoint)
          .then(() => {})
          .catch((error: unknown) => {
            // Its lease runs out, and it is sent again.
            log.error({ deliveryId: delivery.id, err: error }, 'What came of a webhook could not be written down');
          })
          .finally(() => underWay.delete(sent));
        underWay.add(sent);
      }
      if (underWay.size === 0) return;
      await Promise.race(underWay);
    }
  }

  /** One attempt at a delivery that we hold the lease of. */
  async function send(delivery: ClaimedDelivery, endpoint: OpenEndpoint): Promise<DeliveryDecision | null> {
    const work = attempt(delivery, endpoint);
    sending.add(work);
    try {
      return await work;
    } finally {
      sending.delete(work);
    }
  }

  async function attempt(delivery: ClaimedDelivery, endpoint: OpenEndpoint): Promise<DeliveryDecision | null> {
    const startedAt = clock();
    const started = performance.now();
    const { answer, body } = await ask(delivery, endpoint, startedAt);
    if (answer === 'cut') {
      await store.release([delivery.id], owner, clock());
      return null;
    }
    const ms = Math.round(performance.now() - started);
    const now = clock();
    const decision = decideDelivery(answer, {
      attempt: delivery.attempt,
      random: options.random(),
      retries: delivery.trigger !== 'test',
    });
    const error = answer.status === null ? answer.problem : refusalInWords(answer.status);
    const record: AttemptRecord = { at: startedAt.toISOString(), ms, status: answer.status, error, body };
    const asked = askedMs(answer);
    const restUntil = asked > 0 ? new Date(now.getTime() + asked) : null;
    const disabled = await store.settle(delivery, record, decision, { owner, now, restUntil });
    options.observe({ outcome: decision.next === 'retry' ? 'retried' : decision.next, seconds: ms / 1_000 });
    if (disabled !== null) {
      log.warn(
        { endpointId: endpoint.id, reason: disabled, error },
        'A webhook endpoint is disabled: an admin must look',
      );
    } else if (decision.next === 'failed') {
      log.warn(
        { endpointId: endpoint.id, deliveryId: delivery.id, error },
        'A webhook was given up after its last attempt',
      );
    }
    tell();
    return decision;
  }

  async function ask(
    { event }: ClaimedDelivery,
    { id, url, secrets }: OpenEndpoint,
    now: Date,
  ): Promise<{ answer: AttemptAnswer | 'cut'; body: string | null }> {
    try {
      const body = webhookBody(event, options.deskUrl);
      const response = await outgoing(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'user-agent': `Headroom/${options.version} (webhooks)`,
          ...webhookHeaders({ id: event.id, body }, signing.secretsOf({ id, secrets }, now), now),
        },
        signal: cut.signal,
      });
      const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), clock());
      return { answer: { status: response.status, retryAfterMs }, body: shown(await response.text()) };
    } catch (error) {
      if (cut.signal.aborted) return { answer: 'cut', body: null };
      return { answer: { status: null, problem: problemInWords(error) }, body: null };
    }
  }

  /** Sets the alarm, unless one is set for an earlier time. */
  function wakeIn(ms: number): void {
    if (!started || stopped) return;
    const at = performance.now() + ms;
    if (timer && wakesAt <= at) return;
    if (timer) clearTimeout(timer);
    wakesAt = at;
    timer = setTimeout(() => {
      timer = null;
      void lookOnce();
    }, ms);
    timer.unref();
  }

  /** One look at a time. What comes due after a look has asked the database is for the next one. */
  function lookOnce(): Promise<void> {
    if (stopped) return Promise.resolve();
    if (looking) lookAgain = true;
    looking ??= look()
      .catch((error: unknown) => {
        log.error({ err: error }, 'Deliveries of webhooks could not be looked at');
        wakeIn(LONGEST_SLEEP_MS);
      })
      .finally(() => {
        looking = null;
        if (lookAgain) wakeIn(0);
        lookAgain = false;
      });
    return looking;
  }

  function tell(): void {
    tellTimer ??= setTimeout(() => {
      tellTimer = null;
      events.publish({ type: 'webhooks.changed' });
    }, TELL_EVERY_MS).unref();
  }

  const unsubscribe = events.subscribe((event) => {
    if (!idle || event.type === 'webhooks.changed' || event.type === 'desk.resumed') wakeIn(GATHER_MS);
  });

  return {
    /** From now on it wakes by itself. */
    start(): void {
      started = true;
      wakeIn(0);
    },

    /** Sends all that is due now, also what comes due meanwhile. */
    async run(): Promise<void> {
      await lookOnce();
      while (lanes.size > 0) await Promise.all(lanes.values());
    },

    /**
     * Sends an event to one endpoint, disabled or resting or not.
     * @returns the delivery's id, once it is over.
     * @throws AppError `unavailable` once the desk stops.
     */
    async test(endpoint: OpenEndpoint, event: { type: string; data: Record<string, unknown> }): Promise<string> {
      if (stopped) throw new AppError('unavailable', 'The server is stopping.', { retryable: true });
      const now = clock();
      const claimed = await store.claimTest(endpoint.id, event, { owner, now, until: leaseUntil(now) });
      await send(claimed, endpoint);
      return claimed.id;
    },

    /** Claims nothing more; what is being sent has a moment to end, and what does not is given back. */
    async stop(): Promise<void> {
      stopped = true;
      unsubscribe();
      if (timer) clearTimeout(timer);
      if (tellTimer) clearTimeout(tellTimer);
      await looking;
      const grace = setTimeout(() => cut.abort(), options.graceMs);
      while (lanes.size + sending.size > 0) await Promise.allSettled([...lanes.values(), ...sending]);
      clearTimeout(grace);
    },
  };
}

export type Deliverer = ReturnType<typeof createDeliverer>;

/** Null for a success. */
function refusalInWords(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) {
    return `The receiver answered ${status}, a redirect, which is not followed: enter the address that it leads to.`;
  }
  if (status === 410) return 'The receiver answered 410: there is nothing there any more.';
  return `The receiver answered ${status}.`;
}

const PROBLEMS: Partial<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused: nothing listens there.',
  ECONNRESET: 'The connection was closed before an answer came.',
  ENOTFOUND: 'The name of the host is not known.',
  EAI_AGAIN: 'The name of the host could not be looked up.',
  ETIMEDOUT: 'The host did not answer.',
  EHOSTUNREACH: 'The host cannot be reached.',
  ENETUNREACH: 'The network of the host cannot be reached.',
  EPIPE: 'The connection was closed while the event was being sent.',
  CERT_HAS_EXPIRED: 'The certificate of the host has expired.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate of the host is signed by itself.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate of the host is signed by an authority that is not known.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate of the host is signed by an authority that is not known.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The certificate of the host is signed by an authority that is not known.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is one for another host.',
};

/** What errors of the network say may name addresses inside; what is written down is ours. */
function problemInWords(error: unknown): string {
  if (isAppError(error)) return [error.message, error.remedy].filter(Boolean).join(' ');
  const { name, code } = error as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError') return `No answer came within ${ATTEMPT_MS / 1_000} seconds.`;
  const known = typeof code === 'string' ? PROBLEMS[code] : undefined;
  return known ?? `The request failed${typeof code === 'string' ? ` (${code})` : ''}.`;
}

/** As a database can keep it, and short. */
function shown(text: string): string | null {
  const kept = [...text.replaceAll('\u0000', '')].slice(0, ANSWER_KEPT).join('');
  return kept === '' ? null : kept;
}
