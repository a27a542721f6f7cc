import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricFacts } from './db/metric-facts';
import type { AlertDecision } from './domain/churn-alert';
import { OPPORTUNITY_STATUSES } from './domain/expansion';
import { ACCOUNT_STATUSES } from './domain/import-records';
import { methodName, routeTemplate } from './domain/route-templates';
import type { AlertChannel } from './ports/alerts';
import type { DispatchState } from './ports/drafting';
import type { ModelCallRecord } from './ports/wording';
import { createProcessMetrics } from './process-metrics';

const RUN_OUTCOMES = ['succeeded', 'failed', 'cancelled'] as const;
/** How a run ended. */
type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** What the parts of the desk report as it happens. Every label has a fixed set of values; none is an id or a name. */
export interface Observations {
  /** A request that the front door answered. */
  answered(request: { method: string; url: string; status: number; seconds: number }): void;
  /** A call to the mailbox. */
  mail(call: { provider: string; operation: MailOperation; outcome: string; seconds: number }): void;
  /** One attempt at a dispatch; `drafted`, or the code of what went wrong. */
  attempt(attempt: { outcome: string; seconds: number }): void;
  run(run: { job: string; outcome: RunOutcome; seconds: number; accounts: number | null }): void;
  /** A wish to have texts reworded by a language model. */
  modelCall(call: ModelCallRecord): void;
  /** A request to Notion. */
  notion(request: NotionRequest): void;
  /** Accounts that a scan has been over since the last report. */
  scanned(job: string, accounts: number): void;
  /** One attempt at a delivery: `delivered`, `retried`, `failed` or `gone`. */
  webhook(attempt: { outcome: string; seconds: number }): void;
  /** What was decided about an account whose health changed. */
  alert(decision: AlertDecision): void;
  /** What became of an attempt to tell of an alert. */
  alertDelivery(delivery: { channel: AlertChannel; outcome: 'done' | 'skipped' | 'failed' | 'retrying' }): void;
}

/** `outcome`: `ok`, `rate_limited`, or the code of what went wrong. */
export interface NotionRequest {
  operation: string;
  outcome: string;
  seconds: number;
}

export type MailOperation = 'create_draft' | 'find_draft' | 'read_draft' | 'locate_draft';

/** What is looked up when somebody reads the metrics. */
export interface Reading {
  facts: MetricFacts;
  ready: boolean;
  /** Parts that work only in part. */
  degraded: string[];
  /** Size of the SQLite file with its log; null on a server of its own. */
  databaseBytes: number | null;
  disk: { free: number; size: number } | null;
  notion: { connected: boolean; waiting: number; failed: number; oldestAt: Date | null; pulledAt: Date | null };
}

export interface MetricsOptions {
  version: string;
  clock: () => Date;
  /** Parts that can be degraded, so that a healthy one reads 0. */
  parts: readonly string[];
  /** Jobs that can run: the first failure is a step from 0, which an alert sees, not a new series. */
  jobs: readonly string[];
  read: () => Promise<Reading>;
}

export interface Metrics extends Observations {
  readonly contentType: string;
  /** In the text format of Prometheus. A database that does not answer takes away what is read from it, no more. */
  text(): Promise<string>;
  stop(): void;
}

const DISPATCH_STATES: readonly DispatchState[] = ['queued', 'drafting', 'uncertain', 'retrying', 'drafted', 'failed'];
/** A stream of events lasts as long as its page is open: no figure for how long requests take. */
const STREAMS = ['/api/v1/events'];
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const MAIL_SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60];
const MODEL_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60, 120];
const RUN_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600];

/** The figures of one desk, in a registry of their own. */
export function createMetrics({ version, clock, parts, jobs, read }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge<L>({ name, help, labelNames, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter<L>({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram<L>({ name, help, labelNames, buckets, registers });

  gauge('headroom_build_info', 'What runs; always 1.', ['version', 'node']).set({ version, node: process.version }, 1);
  const ready = gauge('headroom_ready', 'Whether the desk can serve.');
  const degraded = gauge('headroom_degraded', 'Whether a part works only in part.', ['part']);
  const databaseUp = gauge('headroom_database_up', 'Whether the database answered this reading.');
  const databaseRead = gauge('headroom_database_read_seconds', 'How long the database took for this reading.');
  const databaseBytes = gauge('headroom_database_bytes', 'Size of the SQLite file and its write-ahead log.');
  const diskFree = gauge('headroom_disk_free_bytes', 'Free space where the data directory is.');
  const diskSize = gauge('headroom_disk_size_bytes', 'Size of the disk that the data directory is on.');

  const accounts = gauge('headroom_accounts', 'Accounts by status.', ['status']);
  const opportunities = gauge('headroom_opportunities', 'Opportunities by status.', ['status']);
  const dispatches = gauge('headroom_dispatches', 'Dispatches by state.', ['state']);
  const oldest = gauge('headroom_dispatch_oldest_waiting_seconds', 'Age of the oldest unfinished dispatch; 0: none.');
  const needPerson = gauge('headroom_dispatches_needing_person', 'Uncertain dispatches that only a person can settle.');
  const webhooksWaiting = gauge(
    'headroom_webhook_deliveries_waiting',
    'Deliveries of webhooks that are not over, without those of disabled endpoints; counted up to 100,000.',
  );
  const webhookOldest = gauge('headroom_webhook_oldest_waiting_seconds', 'Age of the oldest of them; 0: none.');
  const lastSuccess = gauge(
    'headroom_job_last_success_timestamp_seconds',
    'End of the last run that succeeded, in seconds since 1970.',
    ['job'],
  );

  const notionWaiting = gauge('headroom_notion_backlog', 'Changes that Notion is still to be told, by state.', [
    'state',
  ]);
  const notionOldest = gauge('headroom_notion_backlog_oldest_seconds', 'Age of the oldest change that waits; 0: none.');
  const notionPulled = gauge(
    'headroom_notion_last_pull_timestamp_seconds',
    'End of the last pull from Notion that succeeded, in seconds since 1970; absent before the first.',
  );
  const notionRequests = histogram(
    'headroom_notion_request_duration_seconds',
    'Requests of this process to Notion, by how they ended; `rate_limited` are those that it told to wait.',
    ['operation', 'outcome'],
    MAIL_SECONDS,
  );
  const attempts = histogram(
    'headroom_dispatch_attempt_duration_seconds',
    'Attempts at dispatches of this process, by how they ended.',
    ['outcome'],
    MAIL_SECONDS,
  );
  const webhooks = histogram(
    'headroom_webhook_attempt_duration_seconds',
    'Attempts at deliveries of webhooks by this process, by how they ended.',
    ['outcome'],
    REQUEST_SECONDS,
  );
  const mail = histogram(
    'headroom_mail_request_duration_seconds',
    'Calls of this process to the mailbox, by how they ended.',
    ['provider', 'operation', 'outcome'],
    MAIL_SECONDS,
  );
  const modelCalls = histogram(
    'headroom_model_call_duration_seconds',
    'Texts that a language model was to reword, by what became of them, with all tries.',
    ['purpose', 'outcome'],
    MODEL_SECONDS,
  );
  const modelTokens = counter('headroom_model_tokens_total', 'Tokens as the provider counts them.', [
    'purpose',
    'direction',
  ]);
  const modelCost = counter('headroom_model_cost_total', 'Cost by the configured prices.', ['purpose', 'currency']);
  const runs = counter('headroom_runs_total', 'Runs of jobs that ended in this process.', ['job', 'outcome']);
  const runSeconds = histogram('headroom_run_duration_seconds', 'How long runs took.', ['job'], RUN_SECONDS);
  const scanned = counter(
    'headroom_scan_accounts_total',
    'Accounts that scans of this process went over; a portfolio scan passes twice.',
    ['job'],
  );
  const pace = gauge('headroom_scan_accounts_per_second', 'Pace of the last scan that ended in this process.', ['job']);
  const requests = counter('headroom_http_requests_total', 'Requests answered.', ['method', 'route', 'status']);
  const requestSeconds = histogram(
    'headroom_http_request_duration_seconds',
    'From the header of a request to the end of its answer; streams are left out.',
    ['method', 'route'],
    REQUEST_SECONDS,
  );
  const alerts = counter('headroom_alerts_total', 'Changes of churn risk that this process decided about.', [
    'kind',
    'outcome',
  ]);
  const alertDeliveries = counter(
    'headroom_alert_deliveries_total',
    'Attempts of this process to tell of alerts, by channel and how they ended.',
    ['channel', 'outcome'],
  );
  const ofProcess = createProcessMetrics(registry);
  for (const job of jobs) for (const outcome of RUN_OUTCOMES) runs.inc({ job, outcome }, 0);
  // What was not read yet is not there, rather than 0.
  hide();

  const secondsSince = (at: Date | null) => (at === null ? 0 : Math.max(0, clock().getTime() - at.getTime()) / 1000);

  function show(reading: Reading): void {
    const { facts } = reading;
    const count = (scope: string, key: string) =>
      facts.totals.find((total) => total.scope === scope && total.key === key)?.count ?? 0;
    ready.set(reading.ready ? 1 : 0);
    for (const part of parts) degraded.set({ part }, reading.degraded.includes(part) ? 1 : 0);
    if (reading.databaseBytes !== null) databaseBytes.set(reading.databaseBytes);
    if (reading.disk) {
      diskFree.set(reading.disk.free);
      diskSize.set(reading.disk.size);
    }
    for (const status of ACCOUNT_STATUSES) accounts.set({ status }, count('account', status));
    for (const status of OPPORTUNITY_STATUSES) opportunities.set({ status }, count('opportunity', status));
    for (const state of DISPATCH_STATES) dispatches.set({ state }, count('dispatch', state));
    oldest.set(secondsSince(facts.oldestWaiting));
    needPerson.set(facts.needPerson);
    webhooksWaiting.set(facts.webhooks.count);
    webhookOldest.set(secondsSince(facts.webhooks.oldest));
    for (const { job, at } of facts.lastSuccess) lastSuccess.set({ job }, at.getTime() / 1000);
    const { notion } = reading;
    notionWaiting.set({ state: 'waiting' }, notion.waiting);
    notionWaiting.set({ state: 'failed' }, notion.failed);
    notionOldest.set(notion.oldestAt ? Math.max(0, clock().getTime() - notion.oldestAt.getTime()) / 1000 : 0);
    if (notion.pulledAt) notionPulled.set(notion.pulledAt.getTime() / 1000);
  }

  /** An old figure would pass for a new one. */
  function hide(): void {
    ready.set(0);
    degraded.reset();
    const single = [databaseBytes, diskFree, diskSize, oldest, needPerson, webhooksWaiting, webhookOldest];
    for (const metric of [...single, notionOldest, notionPulled]) metric.remove();
    for (const metric of [accounts, opportunities, dispatches, lastSuccess, notionWaiting]) metric.reset();
  }

  return {
    contentType: registry.contentType,
    async text() {
      const started = performance.now();
      const reading = await read().catch(() => null);
      databaseUp.set(reading ? 1 : 0);
      databaseRead.set((performance.now() - started) / 1000);
      if (reading) show(reading);
      else hide();
      await ofProcess.refresh();
      return registry.metrics();
    },
    stop: () => ofProcess.stop(),
    answered({ method, url, status, seconds }) {
      const labels = { method: methodName(method), route: routeTemplate(url) };
      requests.inc({ ...labels, status: String(status) });
      if (!STREAMS.includes(labels.route)) requestSeconds.observe(labels, seconds);
    },
    mail: ({ seconds, ...labels }) => mail.observe(labels, seconds),
    notion: ({ seconds, ...labels }) => notionRequests.observe(labels, seconds),
    attempt: ({ outcome, seconds }) => attempts.observe({ outcome }, seconds),
    run({ job, outcome, seconds, accounts: total }) {
      runs.inc({ job, outcome });
      runSeconds.observe({ job }, seconds);
      if (total !== null && seconds > 0) pace.set({ job }, total / seconds);
    },
    modelCall({ purpose, outcome, latencyMs, inputTokens, outputTokens, costMicros, currency }) {
      modelCalls.observe({ purpose, outcome }, latencyMs / 1000);
      if (inputTokens !== null) modelTokens.inc({ purpose, direction: 'input' }, inputTokens);
      if (outputTokens !== null) modelTokens.inc({ purpose, direction: 'output' }, outputTokens);
      if (costMicros !== null && currency !== null) modelCost.inc({ purpose, currency }, costMicros / 1e6);
    },
    scanned: (job, count) => scanned.inc({ job }, count),
    webhook: ({ outcome, seconds }) => webhooks.observe({ outcome }, seconds),
    alert(decision) {
      if (decision.outcome === 'silent') return;
      alerts.inc({
        kind: decision.kind,
        outcome: decision.outcome === 'alert' ? 'told' : (decision.next.held?.reason ?? 'held'),
      });
    },
    alertDelivery: (labels) => alertDeliveries.inc(labels),
  };
}
