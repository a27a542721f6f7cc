import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { AgentContext } from './agents/agent';
import type { CustomerSuccessAgent, DispatchOutcome } from './agents/customer-success';
import type { DispatchPump } from './agents/dispatch-pump';
import type { Dispatching } from './agents/dispatching';
import { parseExpansionTask } from './agents/expansion-task';
import { parseReviewTask } from './agents/reviews';
import { composeDraft } from './agents/sales';
import type { Config } from './config';
import type { ImportKind, ImportResult, OpportunityDetail, OpportunityPatch } from './contracts';
import type { Database } from './db/client';
import { readDraftReference } from './db/dispatch-reads';
import { readGateFacts } from './db/gate-facts';
import type { ImportStore } from './db/import-store';
import { readOpportunityState, upsertApiOpportunity, writeOpportunityAction } from './db/opportunity-writes';
import { fingerprint } from './domain/expansion';
import { checkGates, type GateCheck, holding } from './domain/gates';
import { applyAction, nextOnFound } from './domain/opportunity-state';
import { AppError, isAppError, UnknownTaskTypeError } from './errors';
import { importFile } from './importer';
import type { JobRunner } from './job-runner';
import type { DraftLocation, DraftReference, EventBus, Log, Mailboxes, MailDrafts } from './ports';
import type { DispatchLog, DispatchRecord } from './ports/drafting';
import type { Reads } from './reads';
import type { Reviews } from './reviews';

export interface DeskOptions {
  db: Database;
  config: Config;
  clock: () => Date;
  log: Log;
  events: EventBus;
  jobs: JobRunner;
  pump: DispatchPump;
  dispatchLog: DispatchLog;
  dispatching: Dispatching;
  customerSuccess: CustomerSuccessAgent;
  mailboxes: Mailboxes;
  /** The message of a draft, for a copy of it. */
  buildMessage(draft: ReturnType<typeof composeDraft>): Promise<Uint8Array>;
  reads: Reads;
  reviews: Pick<Reviews, 'startQuarter'>;
  imports: ImportStore;
  /** Told of an account that was scanned alone. */
  onAccountScanned(accountId: string): void;
}

/** A task over the whole portfolio answers with its run; a task for one account with its result. */
export type TaskAnswer = { kind: 'run'; runId: string } | { kind: 'result'; result: object };

/** Tasks that run as background jobs where no account is named, and the job that does each. */
const PORTFOLIO_TASKS: Record<string, string> = {
  health_scan: 'health_scan',
  check_expansion: 'check_expansion',
  check_contracts: 'contract_check',
  portfolio_scan: 'portfolio_scan',
  track_feature_adoption: 'track_feature_adoption',
  contract_qbr: 'contract_qbr',
};

/** How long somebody who opens a draft waits for its mailbox, in milliseconds. */
const LOOK_MS = 8_000;

const IMPORT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What people and programs do at the desk, besides reading. Everything that answers well is on disk. */
export interface Desk {
  dispatch(opportunityId: string, actor: string, override?: { reason: string }): Promise<DispatchOutcome>;
  /** @throws AppError `conflict` where the dispatch is not one that can be retried. */
  retryDispatch(dispatchId: string, actor: string): Promise<void>;
  /**
   * A person looked for the draft of a dispatch that nobody else can settle: it is there, or it is made again.
   * @throws AppError `conflict` where the dispatch is not waiting for that.
   */
  resolveDispatch(dispatchId: string, draft: 'there' | 'not_there', actor: string): Promise<void>;
  /** Where the draft is now; null where there is none yet. Asked of the mailbox at each call. */
  locateDraft(dispatchId: string): Promise<DraftLocation | null>;
  /** The draft as an RFC 5322 message: what lies in the mailbox, or where that gives nothing a copy of what was left. */
  readDraft(dispatchId: string): Promise<{ content: Uint8Array; copy: boolean }>;
  actOnOpportunity(id: string, action: OpportunityPatch, actor: string): Promise<OpportunityDetail>;
  submitTask(agentId: string, task: { type: string } & Record<string, unknown>, actor: string): Promise<TaskAnswer>;
  importFile(request: {
    kind: ImportKind;
    format: 'csv' | 'json';
    body: AsyncIterable<Uint8Array>;
    mapping?: Record<string, string | null>;
    /** Told the number of rows done after each batch. */
    onProgress?: (rows: number) => void;
  }): Promise<ImportResult>;
  /** Asks for a scan of all that is stored by now. @returns its run; null while the server stops. */
  requestScan(): Promise<string | null>;
  /** @returns the run that scans what was loaded. */
  loadSample(): Promise<string>;
  rejectedRows(importId: string): Promise<ReadableStream<Uint8Array>>;
}

export function createDesk(options: DeskOptions): Desk {
  const { db, config, clock, events, jobs, dispatchLog, dispatching, customerSuccess, mailboxes, reads } = options;
  const rejectedDirectory = path.join(config.dataDir, 'imports');

  const context = (actor: string): AgentContext => ({
    now: clock(),
    actor,
    signal: new AbortController().signal,
    log: options.log,
  });

  async function dispatch(
    opportunityId: string,
    actor: string,
    override?: { reason: string },
  ): Promise<DispatchOutcome> {
    const outcome = await customerSuccess.dispatchToSales(opportunityId, context(actor), override);
    if (outcome.outcome === 'gated') events.publish({ type: 'opportunity.changed', opportunityId });
    return outcome;
  }

  /** One that works already may be past what has changed, so that does not count. */
  const requestScan = () => jobs.startAnew('portfolio_scan', 'import');

  /** What the segments use is added up again once the scan is through: other pages wait for that one. */
  function requestAdoption(): void {
    void jobs
      .finished('portfolio_scan')
      .then(() => jobs.start('track_feature_adoption', 'import'))
      .catch((error: unknown) => options.log.warn({ err: error }, 'Feature adoption could not be added up'));
  }

  async function submitCustomerSuccess(
    task: { type: string } & Record<string, unknown>,
    actor: string,
  ): Promise<TaskAnswer> {
    const job = Object.hasOwn(PORTFOLIO_TASKS, task.type) ? PORTFOLIO_TASKS[task.type] : undefined;
    if (job && task.accountId === undefined) {
      const unknown = Object.keys(task).filter((key) => key !== 'type');
      if (unknown.length > 0) {
        throw new AppError('invalid_input', 'The task does not fit its type.', {
          issues: unknown.map((key) => ({ path: key, message: 'unknown field' })),
        });
      }
      const runId = await jobs.start(job, 'manual');
      if (!runId) throw new AppError('unavailable', 'The server is stopping.', { retryable: true });
      return { kind: 'run', runId };
    }
    if (task.type === 'generate_qbr' && task.accountId === undefined) {
      const { type: _, ...payload } = task;
      const runId = await options.reviews.startQuarter(parseReviewTask(payload), actor, {
        start: (job) => jobs.start(job, 'manual'),
        runOf: jobs.runOf,
      });
      return { kind: 'run', runId };
    }
    if (!customerSuccess.supports(task.type)) {
      throw new UnknownTaskTypeError(task.type, [
        ...customerSuccess.capabilities.map(({ type }) => type),
        'portfolio_scan',
        'contract_qbr',
      ]);
    }
    const result = await customerSuccess.execute({ ...task, type: task.type }, context(actor));
    if (task.type === 'health_scan' && typeof task.accountId === 'string') options.onAccountScanned(task.accountId);
    events.publish({ type: 'accounts.changed' });
    return { kind: 'result', result };
  }

  /** A handoff over the API is an opportunity like any other: it gets its row, and goes the one way to its draft. */
  async function submitSales({ type, ...payload }: { type: string } & Record<string, unknown>, actor: string) {
    if (type !== 'handle_expansion_opportunity') throw new UnknownTaskTypeError(type, ['handle_expansion_opportunity']);
    const task = parseExpansionTask(payload);
    const subject = `api:${createHash('sha256').update(JSON.stringify(task)).digest('hex').slice(0, 24)}`;
    const print = fingerprint(task.accountId, task.opportunityType, subject, null);
    const opportunityId = await upsertApiOpportunity(db, task, { fingerprint: print, subject, now: clock() });
    const outcome = await dispatch(opportunityId, actor, { reason: 'Handed to the sales agent over the API.' });
    if (outcome.outcome === 'gated') throw new AppError('gated', 'A gate holds this opportunity.');
    const made = await reads.getDispatch(outcome.dispatchId);
    const { accountId, opportunityType } = task;
    const about = { taskType: type, accountId, opportunityType, dispatchId: made.id, state: made.state };
    if (made.draft) return { ...about, draftId: made.draft.draftId, confidence: 'high' };
    const error = made.error?.message ?? 'The draft is not there yet; the dispatch goes on by itself.';
    return { ...about, error, confidence: 'low', partial: true };
  }

  async function findDispatch(id: string): Promise<DispatchRecord> {
    const dispatch = await dispatchLog.get(id);
    if (dispatch) return dispatch;
    throw new AppError('not_found', `There is no dispatch "${id}".`);
  }

  /** There is no draft of it anywhere, so it goes where the rep's drafts go now. */
  async function retry(before: DispatchRecord, actor: string, detail?: string): Promise<boolean> {
    const facts = await dispatchLog.readFacts(before.opportunityId);
    const mailbox = await mailboxes.route(facts?.repEmail ?? null);
    const retried = await dispatchLog.retry(before.id, { now: clock(), actor, mailbox, ...(detail ? { detail } : {}) });
    if (!retried) return false;
    dispatching.changed(before, 'retrying');
    await dispatching.step(before.id);
    return true;
  }

  /** The provider never named the draft: its Message-ID is what it is known by. */
  async function adopt(before: DispatchRecord, actor: string): Promise<boolean> {
    const { id, mailboxId, messageId } = before;
    const provider = await mailboxes.open(mailboxId).then(
      (mail) => mail.provider,
      () => (mailboxId ?? 'eml').split(/[._:]/)[0] ?? 'eml',
    );
    const draft = { provider, draftId: messageId, location: '' };
    if (!(await dispatchLog.adopt(id, { now: clock(), actor, draft }))) return false;
    dispatching.changed(before, 'drafted');
    return true;
  }

  /** The draft as the mailbox knows it: one that a person adopted is looked for by its Message-ID. */
  async function identify(
    mail: MailDrafts,
    dispatch: DispatchRecord,
    reference: DraftReference,
    signal: AbortSignal,
  ): Promise<DraftReference | null> {
    if (mail.provider !== reference.provider) return null;
    if (reference.draftId !== dispatch.messageId) return reference;
    const { id: dispatchId, messageId, createdAt: since } = dispatch;
    const found = await mail.findDraft(messageId, { dispatchId, since, signal });
    return found.outcome === 'found' ? found.draft : null;
  }

  /** Null where the mailbox does not have it, or does not answer in time. */
  async function readFromMailbox(dispatch: DispatchRecord, reference: DraftReference): Promise<Uint8Array | null> {
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<null>((resolve) => {
      late = setTimeout(() => resolve(null), LOOK_MS);
    });
    const read = mailboxes
      .open(dispatch.mailboxId)
      .then(async (mail) => {
        const found = await identify(mail, dispatch, reference, AbortSignal.timeout(LOOK_MS));
        return found ? mail.readDraft(found) : null;
      })
      .catch((error: unknown) => {
        if (!isAppError(error)) options.log.warn({ dispatchId: dispatch.id, err: error }, 'A draft could not be read');
        return null;
      });
    try {
      return await Promise.race([read, tooLate]);
    } finally {
      clearTimeout(late);
    }
  }

  return {
    dispatch,

    retryDispatch: (dispatchId, actor) =>
      dispatching.enter(async () => {
        const before = await findDispatch(dispatchId);
        if (await retry(before, actor)) return;
        if (before.state === 'failed' || before.state === 'retrying') {
          // Somebody else, or the desk by itself, was a moment faster: what was asked for is under way.
          await dispatching.running(dispatchId);
          return;
        }
        throw new AppError('conflict', `This dispatch is ${before.state} and cannot be retried.`, {
          remedy: 'Only a failed dispatch, or one that waits, can be retried.',
        });
      }),

    resolveDispatch: (dispatchId, draft, actor) =>
      dispatching.enter(async () => {
        const before = await findDispatch(dispatchId);
        const settled =
          before.state === 'uncertain' && before.nextAttemptAt === null
            ? draft === 'there'
              ? await adopt(before, actor)
              : await retry(before, actor, 'There is no draft, says who looked; it is made again.')
            : false;
        if (settled) return;
        throw new AppError(
          'conflict',
          `This dispatch is ${before.state}: nobody needs to say whether its draft is there.`,
          {
            remedy: 'Reload it and look at its state.',
          },
        );
      }),

    async locateDraft(dispatchId) {
      const reference = await readDraftReference(db, dispatchId);
      if (!reference) return null;
      const dispatch = await findDispatch(dispatchId);
      const signal = AbortSignal.timeout(LOOK_MS);
      try {
        const mail = await mailboxes.open(dispatch.mailboxId);
        const found = await identify(mail, dispatch, reference, signal);
        if (!found) return { outcome: 'unknown', href: null };
        return await mail.locateDraft({ ...found, messageId: dispatch.messageId }, { signal });
      } catch (error) {
        options.log.warn({ dispatchId, err: error }, 'The mailbox did not say where a draft is');
        return { outcome: 'unknown', href: null };
      }
    },

    async readDraft(dispatchId) {
      const reference = await readDraftReference(db, dispatchId);
      const dispatch = await findDispatch(dispatchId);
      if (!reference) {
        throw new AppError('not_found', `There is no draft yet: the dispatch is ${dispatch.state}.`);
      }
      const content = await readFromMailbox(dispatch, reference);
      if (content) return { content, copy: false };
      return { content: await options.buildMessage(composeDraft(dispatch.task, dispatch)), copy: true };
    },

    async actOnOpportunity(id, action, actor) {
      const state = await readOpportunityState(db, id);
      const now = clock();
      const decided = applyAction(state.status, action.action, state.hasDraft);
      if (!decided.ok) throw new AppError('conflict', decided.reason, { remedy: 'Reload it and look at its status.' });
      const snoozedUntil = action.action === 'snooze' ? new Date(action.until) : null;
      if (snoozedUntil && snoozedUntil <= now) {
        throw new AppError('invalid_input', 'A snooze ends in the future.', {
          issues: [{ path: 'until', message: 'must be later than now' }],
        });
      }
      let status = decided.status;
      let heldBy: GateCheck[] = [];
      if (status === 'open') {
        heldBy = holding(checkGates(await readGateFacts(db, state.accountId), config.gates, now));
        status = nextOnFound({ status, snoozedUntil: null }, heldBy.length > 0, now);
      }
      const written = await writeOpportunityAction(db, {
        id,
        expectedStatus: state.status,
        status,
        heldBy,
        snoozedUntil,
        dismissReason: action.action === 'dismiss' ? action.reason : null,
        dismissNote: action.action === 'dismiss' ? (action.note ?? null) : null,
        event: { kind: EVENT_KINDS[action.action], actor, detail: describeAction(action) },
        now,
      });
      if (!written) {
        throw new AppError('conflict', 'Somebody changed this opportunity a moment ago.', {
          remedy: 'Reload and try again.',
        });
      }
      events.publish({ type: 'opportunity.changed', opportunityId: id });
      return reads.getOpportunity(id);
    },

    async submitTask(agentId, task, actor) {
      if (agentId === 'customer-success') return submitCustomerSuccess(task, actor);
      if (agentId === 'sales') return { kind: 'result', result: await submitSales(task, actor) };
      throw new AppError('not_found', `There is no agent "${agentId}". There are customer-success and sales.`);
    },

    async importFile(request) {
      const outcome = await importFile({ ...request, store: options.imports, now: clock(), rejectedDirectory });
      const changed = outcome.created + outcome.updated > 0;
      events.publish({ type: 'accounts.changed' });
      const { importId, rejectedCsv, changedAccountIds: _, ...result } = outcome;
      const runId = changed ? await requestScan() : null;
      if (changed && request.kind === 'usage') requestAdoption();
      return {
        ...result,
        rejectedCsv: rejectedCsv === null ? null : `/api/v1/imports/${importId}/rejected.csv`,
        runId,
      };
    },

    requestScan,

    async loadSample() {
      const { loadSamplePortfolio } = await import('../prisma/sample/load');
      await loadSamplePortfolio({ store: options.imports, now: clock(), rejectedDirectory });
      events.publish({ type: 'accounts.changed' });
      const runId = await requestScan();
      if (!runId) throw new AppError('unavailable', 'The server is stopping.', { retryable: true });
      requestAdoption();
      return runId;
    },

    async rejectedRows(importId) {
      const file = path.join(rejectedDirectory, `${importId}.csv`);
      // The id is checked before it becomes part of a path.
      if (!IMPORT_ID.test(importId) || !(await stat(file).catch(() => null))?.isFile()) {
        throw new AppError('not_found', 'There is no file of rejected rows for this import.');
      }
      return Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
    },
  };
}

const EVENT_KINDS: Record<OpportunityPatch['action'], string> = {
  snooze: 'snoozed',
  dismiss: 'dismissed',
  reopen: 'reopened',
  accept: 'accepted',
  won: 'won',
  lost: 'lost',
};

function describeAction(action: OpportunityPatch): string | null {
  if (action.action === 'snooze') return `Until ${action.until.slice(0, 10)}`;
  if (action.action === 'dismiss') return [action.reason.replaceAll('_', ' '), action.note].filter(Boolean).join(': ');
  return null;
}
