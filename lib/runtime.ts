import { mkdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Access, createAccess } from './access/access';
import { buildMime } from './adapters/mail/mime';
import { createTaskWatch } from './agent-tasks';
import { type CustomerSuccessAgent, createCustomerSuccessAgent } from './agents/customer-success';
import { createDispatchPump } from './agents/dispatch-pump';
import { createDispatching } from './agents/dispatching';
import { createAdoptionReader } from './agents/feature-adoption';
import { createRangeWork } from './agents/range-work';
import { createSalesAgent, type SalesAgent } from './agents/sales';
import { createSharedRanges } from './agents/shared-ranges';
import { type Alerts, createAlerts } from './alerts';
import { createAttention } from './attention';
import { type Config, loadConfig } from './config';
import { createAdoptionStore } from './db/adoption-store';
import { type Database, openDatabase } from './db/client';
import { createDispatchLog } from './db/dispatch-log';
import { createExpansionStore } from './db/expansion-store';
import { createHealthStore } from './db/health-store';
import { createImportStore } from './db/import-store';
import { createLeases } from './db/leases';
import { migrate } from './db/migrate';
import { refuseHalfMoved } from './db/move-mark';
import { createRunLog } from './db/run-log';
import { createScanShares } from './db/scan-shares';
import { readInstalledAt } from './db/settings';
import { openSharedClock } from './db/shared-clock';
import { createTaskLog } from './db/task-log';
import { createDesk, type Desk } from './desk';
import { openEvents } from './desk-events';
import { EVERYTHING, type Scope } from './domain/access';
import { publicMessage } from './errors';
import { followPosition } from './event-position';
import { createExports, type Exports } from './exports';
import { createInstances } from './instances';
import { connectMail, connectMailboxes, type MailConnection } from './integrations';
import { createJobRunner } from './job-runner';
import { ALERTS, followed, jobsOf, retentionJob, SCANS } from './jobs';
import { connectLanguageModel } from './language-model';
import { createLeaseOwner, isOwnerGone } from './lease-owner';
import { createLogger, type Logger } from './logger';
import type { MailboxDesk } from './mail/mailboxes';
import { delegationProblem } from './mail/ways';
import { createMetrics, type Metrics } from './metrics';
import { readForMetrics } from './metrics-reading';
import { connectNotion, type Notion } from './notion';
import { observeJobs, observeMailboxes, observeSales } from './observed';
import type { DraftMessage, EventBus, MailDrafts } from './ports';
import { createReads, type Reads } from './reads';
import { createRetention, type RetentionDuty } from './retention';
import { createReviews, REVIEW_JOBS } from './reviews';
import { createScanThreads, type ThreadSetup } from './scan-threads';
import { openSchedule, type Schedule } from './schedule';
import { startTracing, type Tracing } from './tracing';
import { openWebhooks, type Webhooks } from './webhooks';

/** The running desk: what routes and pages call. */
export interface Runtime {
  readonly config: Config;
  readonly log: Logger;
  readonly events: EventBus;
  /** How far the events are: what was read at the position that there is now, is not out of date. */
  eventPosition(): string;
  readonly customerSuccess: CustomerSuccessAgent;
  readonly sales: SalesAgent;
  readonly mail: MailConnection;
  /** The mailboxes that people and the configuration have connected. */
  readonly mailboxes: MailboxDesk;
  /** All there is; {@link readsFor} narrows it. */
  readonly reads: Reads;
  readsFor(scope: Scope): Reads;
  readonly access: Access;
  readonly notion: Notion;
  readonly exports: Exports;
  readonly retention: RetentionDuty;
  readonly schedule: Schedule;
  readonly desk: Desk;
  /** Who outside is told of events. */
  readonly webhooks: Webhooks;
  readonly alerts: Alerts;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  clock(): Date;
  /** Whether the desk can serve, and what works only in part. */
  readiness(): Promise<Readiness>;
  /** Starts the scheduler and takes up unfinished work; `createRuntime` alone does neither. */
  start(): Promise<void>;
  /** Says that it is not ready any more, for whoever spreads requests; everything goes on until `stop`. */
  leave(): void;
  /** No new work, scheduler stopped, what is in flight finished or released. Idempotent. */
  stop(): Promise<void>;
}

export interface Readiness {
  ready: boolean;
  /** What does not work, and why; the rest goes on. */
  degraded: { part: string; reason: string }[];
}

/** What an embedder or a test may put in the place of the real thing. */
export interface RuntimeParts {
  /** Starts a thread for scans; without it they share the thread of whoever composes the desk. */
  spawnScanThread?: (setup: ThreadSetup) => Worker;
  mail?: MailDrafts;
  clock?: () => Date;
  random?: () => number;
  log?: Logger;
}

/** How long work in flight may take to finish when the desk stops, in milliseconds. */
const DRAIN_MS = 8_000;
/** How often to look for runs whose instance is gone, in milliseconds. */
const RECOVER_MS = 10_000;

/**
 * Composes the desk: opens the database, applies migrations, connects what is configured. An integration that is broken
 * is left out and said to be so; only a database that cannot be used throws.
 */
export async function createRuntime(config: Config, parts: RuntimeParts = {}): Promise<Runtime> {
  const tracing = await startTracing(config.tracing, config.version);
  const log = parts.log ?? createLogger(config.logLevel, config.tracing ? tracing.logFields : undefined);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const applied = await migrate(config.databaseUrl, config.prismaDirectory);
  if (applied.length > 0) log.info({ applied }, 'Migrations applied');
  const db = await openDatabase(config.databaseUrl, (error) => log.warn({ err: error }, 'A database connection broke'));
  try {
    await refuseHalfMoved(db.rows);
    return await compose(config, db, log, tracing, parts);
  } catch (error) {
    await db.close();
    await tracing.stop();
    throw error;
  }
}

async function compose(
  config: Config,
  db: Database,
  log: Logger,
  tracing: Tracing,
  parts: RuntimeParts,
): Promise<Runtime> {
  const sharedClock = parts.clock ? null : await openSharedClock(db, log);
  const clock = parts.clock ?? sharedClock ?? (() => new Date());
  const owner = createLeaseOwner();
  const metrics = createMetrics({
    version: config.version,
    clock,
    parts: PARTS,
    jobs: [...SCANS, ALERTS, 'track_feature_adoption', ...REVIEW_JOBS, 'retention', 'notion_pull'],
    read: () => readForMetrics({ db, config, readiness, notion: notion.facts }),
  });
  const observers = { metrics, tracing };
  const installedAt = await readInstalledAt(db, clock());
  const instances = createInstances({
    leases: createLeases(db),
    owner,
    isOwnerGone: (other) => isOwnerGone(other, owner),
    log,
  });
  const { events, close: closeEvents } = await openEvents(config.databaseUrl, db, owner, log);
  // The first to listen, so that an event is counted by the time that anybody hears of it.
  const eventPosition = followPosition(events);
  const mail = await connectMail(config, parts.mail, log);
  const connected = await connectMailboxes({
    ...{ config, db, mail, given: parts.mail, clock, random: parts.random ?? Math.random, log },
    onResume: () => {
      void pump.run();
      void alerts.run();
    },
  });
  const mailboxes = observeMailboxes(connected.mailboxes, observers);
  const sales = observeSales(createSalesAgent(mailboxes), observers);
  const dispatchLog = createDispatchLog(db);
  const health = createHealthStore(db);
  const expansion = createExpansionStore(db);
  const adoption = createAdoptionStore(db);
  const rules = { scoring: config.scoring, policy: config.expansion, gates: config.gates };
  const attention = createAttention();
  const threads = parts.spawnScanThread
    ? createScanThreads({
        ...{ database: db.forThreads, rules, spawn: parts.spawnScanThread },
        attended: attention.isRecent,
        log,
      })
    : null;
  const work = threads ?? createRangeWork({ health, expansion }, rules);
  // On SQLite all there is to gain is on this machine, which the threads use already.
  const shares = createScanShares(db);
  const shared =
    db.engine === 'postgresql' ? createSharedRanges({ shares, store: health, work, rules, owner, log }) : null;
  const dispatching = createDispatching({
    log: dispatchLog,
    salesAgent: sales,
    mailboxes,
    events,
    policy: config.dispatch,
    owner,
    clock,
    random: parts.random ?? Math.random,
    logger: log,
  });
  const tasks = createTaskWatch({ log: createTaskLog(db), owner, gone: instances.gone, clock, logger: log });
  const languageModel = connectLanguageModel({
    ...{ config, db, tasks, metrics, clock, random: parts.random ?? Math.random, log },
  });
  const runs = createRunLog(db);
  const imports = createImportStore(db, clock);
  const notion = await connectNotion({
    ...{ config, db, imports, instances, runs, events, owner, clock, log },
    requestScan: () => desk.requestScan(),
    observe: (pull) => observeJobs(pull, SCANS, observers),
    observeRequest: metrics.notion,
  });
  const buildMessage = (draft: DraftMessage) => buildMime(draft, config.mailFrom);
  const alerts = await createAlerts({
    ...{ db, config, health, mailboxes, events, metrics, owner, clock, log, buildMessage },
    turn: (signal) => instances.turn('alerts', signal),
    timeZone: () => schedule.plan().timeZone,
    isOwnerGone: (other) => isOwnerGone(other, owner),
    random: parts.random ?? Math.random,
    writer: languageModel.writer,
    publisher: notion.publishers.alerts,
  });
  const reviews = createReviews({
    ...{ db, config, events, clock, log, owner },
    timeZone: () => schedule.plan().timeZone,
    record: tasks.record,
    adoption: createAdoptionReader({ adoption, store: expansion }),
    writer: languageModel.writer,
    notices: alerts.notices,
    publisher: notion.publishers.reviews,
  });
  const agent = createCustomerSuccessAgent({
    store: expansion,
    health,
    adoption,
    ...rules,
    work,
    shared,
    dispatchLog,
    dispatching,
    mailboxes,
    dispatchPolicy: config.dispatchPolicy,
    events,
    reviews: reviews.writer,
    wording: languageModel.talkTrack,
  });
  const customerSuccess = tasks.watch(agent);
  const pump = createDispatchPump({
    dispatchLog,
    // The pump's timer would carry on the trace of whatever set it.
    dispatching: {
      ...dispatching,
      step: (id) =>
        tracing.span('dispatch step', { 'headroom.dispatch.id': id }, () => dispatching.step(id), { root: true }),
    },
    mailboxes,
    events,
    isOwnerGone: (other) => isOwnerGone(other, owner),
    clock,
    log,
  });
  const webhooks = await openWebhooks({
    ...{ db, config, events, owner, clock, random: parts.random ?? Math.random, log },
    isOwnerGone: (other) => isOwnerGone(other, owner),
    observe: metrics.webhook,
  });
  const retention = createRetention({ db, clock, log });
  const jobs = createJobRunner({
    runs,
    events,
    jobs: observeJobs(
      {
        ...followed(jobsOf(customerSuccess, clock, log), () => jobs.start(ALERTS, 'scan')),
        [ALERTS]: alerts.job,
        ...reviews.jobs,
        retention: retentionJob(retention),
      },
      SCANS,
      observers,
    ),
    owner,
    turn: (signal) => instances.turn('jobs', signal),
    gone: instances.gone,
    clock,
    log,
  });
  const stopHelping = shared
    ? events.subscribe((event) => {
        if (event.type === 'run.changed' && !jobs.isBusy()) void shared.help();
      })
    : () => {};
  let recovering: NodeJS.Timeout | null = null;
  const schedule = openSchedule({
    ...{ db, config, clock, events, jobs, runs, installedAt, elect: instances.elect, log },
    resume: async () => {
      await connected.desk.recheck();
      await Promise.all([pump.run(), alerts.run(), reviews.followUp()]);
    },
    pullNotion: notion.pull,
  });
  // Whoever asks before the clock starts is to hear what is set, too.
  await schedule.readPlan();

  const readsFor = createReads({
    ...{ db, config, clock, mail, mailboxes, customerSuccess, sales, schedule },
    ...{ adoption, expansion, reviews, languageModel, notion: notion.desk },
  });
  const reads = readsFor(EVERYTHING);
  const access = await createAccess({ db, config, clock, asked: attention.asked, log });
  await instances.enter();
  const desk = createDesk({
    db,
    config,
    clock,
    log,
    events,
    jobs,
    pump,
    dispatchLog,
    dispatching,
    customerSuccess,
    mailboxes,
    buildMessage,
    onAccountScanned: alerts.accountScanned,
    reads,
    reviews,
    imports,
  });
  let stopping: Promise<void> | null = null;
  let leaving = false;

  async function stop(): Promise<void> {
    // All at once: from here on nothing new begins.
    stopHelping();
    if (recovering) clearInterval(recovering);
    languageModel.close();
    const work = [schedule.stop(), jobs.stop(), shared?.stop(), pump.stop(), dispatching.drain(), webhooks.stop()];
    const drained = Promise.all([...work, reviews.stop(), notion.stop(), alerts.stop()]);
    const late = await Promise.race([drained.then(() => false), setTimeout(DRAIN_MS, true, { ref: false })]);
    // What could not finish is released: the next start looks for its drafts before it makes any.
    if (late) log.warn({}, 'Work in flight did not finish in time and is released');
    await dispatchLog.releaseOwners([owner], clock());
    await Promise.all([alerts.release(), reviews.release()]);
    await threads?.stop();
    await instances.leave();
    await closeEvents();
    await connected.close();
    sharedClock?.stop();
    await db.close();
    metrics.stop();
    await tracing.stop();
  }

  async function readiness(): Promise<Readiness> {
    const degraded: Readiness['degraded'] = [];
    if (mail.problem) degraded.push({ part: 'mail', reason: mail.problem });
    const delegation = await delegationProblem(config);
    if (delegation) degraded.push({ part: 'mail', reason: delegation });
    const modelProblem = languageModel.problem();
    if (modelProblem) degraded.push({ part: 'language_model', reason: modelProblem });
    const off = schedule.problem();
    if (off) degraded.push({ part: 'scheduler', reason: off });
    try {
      const notionState = await notion.desk.describe();
      if (notionState.state === 'degraded') degraded.push({ part: 'notion', reason: notionState.reason });
      await db.read.$queryRaw`SELECT 1 AS "one" FROM "settings" LIMIT 1`;
    } catch (error) {
      return { ready: false, degraded: [...degraded, { part: 'database', reason: publicMessage(error) }] };
    }
    return { ready: stopping === null && !leaving, degraded };
  }

  return {
    config,
    log,
    events,
    eventPosition,
    customerSuccess,
    sales,
    mail,
    mailboxes: connected.desk,
    reads,
    readsFor,
    access,
    notion,
    exports: createExports({ db, audit: access.audit, clock }),
    retention,
    schedule,
    desk,
    webhooks,
    alerts,
    metrics,
    tracing,
    clock,
    readiness,
    async start() {
      await endAbandonedRuns();
      recovering = setInterval(() => {
        void endAbandonedRuns().catch((error: unknown) => log.warn({ err: error }, 'Runs could not be looked at'));
      }, RECOVER_MS).unref();
      await connected.desk.checkCredentials();
      void pump.run();
      webhooks.start();
      void reviews.followUp();
      notion.start();
      void alerts.run();
      schedule.start();
    },
    leave() {
      leaving = true;
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };

  /** Runs whose process is gone are over; one among them that matters for long, or that a stop cut short, is made again. */
  async function endAbandonedRuns(): Promise<void> {
    await tasks.endAbandoned();
    const newest = await runs.newest([...SCANS, ALERTS, ...MADE_AGAIN]);
    const wasCutShort = (jobs: readonly string[]) =>
      newest.find(({ job }) => jobs.includes(job))?.state === 'cancelled';
    let again = wasCutShort(SCANS);
    let alertsAgain = wasCutShort([ALERTS]);
    const unfinished = await runs.unfinished();
    const dead = await instances.gone(unfinished.flatMap((run) => run.owner ?? []));
    const cut = new Set<string>(MADE_AGAIN.filter((job) => wasCutShort([job])));
    for (const run of unfinished) {
      if (run.owner !== null && !dead.has(run.owner)) continue;
      await runs.finish(run.id, 'failed', 'The server stopped while this ran.', clock());
      await shares.close(run.id);
      again ||= SCANS.includes(run.job);
      alertsAgain ||= run.job === ALERTS;
      cut.add(run.job);
    }
    if (again) await jobs.start('portfolio_scan', 'catch_up');
    else if (alertsAgain) await jobs.start(ALERTS, 'catch_up');
    // Not one that somebody asked for: it may have been over another quarter.
    if (await reviews.wasCutShort()) cut.add('quarterly_qbr');
    else cut.delete('quarterly_qbr');
    const plan = cut.size > 0 ? await schedule.readPlan() : null;
    for (const job of MADE_AGAIN) {
      if (cut.has(job) && plan?.jobs[job].enabled) await jobs.start(job, 'catch_up');
    }
  }
}

/** Jobs of the schedule, besides the scan, whose next run is too far away to wait for. */
const MADE_AGAIN = ['track_feature_adoption', 'contract_qbr', 'quarterly_qbr'] as const;

/** What {@link Readiness} can call degraded. */
const PARTS = ['mail', 'language_model', 'notion', 'scheduler', 'database'];

// ------------------------------------------------------------------------------------------------- the singleton

interface Slot {
  runtime: Promise<Runtime> | null;
  /** Why the last start failed; the server's script shows it. */
  failure: unknown;
}

/** Instrumentation and routes may load this module twice; the slot is one for the process. */
function slot(): Slot {
  const holder = globalThis as { [key: symbol]: Slot | undefined };
  const key = Symbol.for('headroom.runtime');
  holder[key] ??= { runtime: null, failure: null };
  return holder[key];
}

/** Composes and starts the desk once; concurrent callers share the promise, and a start that failed can be repeated. */
export function startRuntime(): Promise<Runtime> {
  const holder = slot();
  holder.runtime ??= (async () => {
    const runtime = await createRuntime(loadConfig(), { spawnScanThread });
    await runtime.start();
    const { config, access, log } = runtime;
    const setup = config.development ? await access.makeStartLink('setup', config.port) : null;
    if (setup) log.info({ link: setup.link }, 'Nobody can sign in yet: this link makes the first admin');
    holder.failure = null;
    return runtime;
  })().catch((error: unknown) => {
    holder.runtime = null;
    holder.failure = error;
    createLogger('error').error({ err: error }, 'The desk did not start');
    throw error;
  });
  return holder.runtime;
}

/** The bundler finds the thread's file by this very expression. */
function spawnScanThread(setup: ThreadSetup): Worker {
  return new Worker(new URL('./scan-thread.ts', import.meta.url), { workerData: setup });
}

/** The desk that instrumentation started. */
export function getRuntime(): Promise<Runtime> {
  return startRuntime();
}

/**
 * Stops the desk where one runs.
 * @public for whoever embeds the desk; the server's script stops it by the slot
 */
export async function stopRuntime(): Promise<void> {
  const holder = slot();
  const running = holder.runtime;
  holder.runtime = null;
  await (await running?.catch(() => null))?.stop();
}
